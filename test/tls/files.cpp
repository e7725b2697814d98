// SPDX-License-Identifier: MIT
// Files that cannot be used: one sentence says which one, and why, and no key is in it.
#include <openssl/pem.h>

#include <string>

#include "support/child.hpp"
#include "support/temp_dir.hpp"
#include "tls/secure.hpp"

namespace fairlead::testing {
namespace {

std::string said_of_loading(const std::string& certificate, const std::string& key) {
  const result<tls_identity> r = tls_identity::load(certificate, key);
  return r ? "loaded" : r.error().message();
}

TEST(TlsFiles, AreNamedWithWhatIsWrongWithThem) {
  const temp_dir dir;
  const std::string certificate = dir.write("good.pem", test_leaf().chain());
  const std::string key = dir.write("good.key", test_leaf().key);
  EXPECT_EQ(said_of_loading(certificate, key), "loaded");
  EXPECT_EQ(said_of_loading(dir.write("both.pem", test_leaf().key + test_leaf().chain()), dir / "both.pem"),
            "loaded");

  const std::string missing = dir / "missing.pem";
  EXPECT_EQ(said_of_loading(missing, key), "open " + missing + ": no such file or directory");
  EXPECT_EQ(said_of_loading(certificate, missing), "open " + missing + ": no such file or directory");
  EXPECT_EQ(said_of_loading(dir.path(), key), "read " + dir.path().string() + ": is a directory");

  const std::string nonsense = dir.write("nonsense.pem", "no certificate is here\n");
  EXPECT_EQ(said_of_loading(nonsense, key), "read " + nonsense + ": it holds no certificate in PEM");
  EXPECT_EQ(said_of_loading(certificate, nonsense), "read " + nonsense + ": it holds no private key in PEM");
  EXPECT_EQ(said_of_loading(dir.write("empty.pem", ""), key),
            "read " + (dir / "empty.pem").string() + ": it holds no certificate in PEM");

  std::string damaged = test_leaf().certificate;
  damaged[200] = damaged[200] == 'A' ? 'B' : 'A';
  damaged[201] = '!';
  const std::string bad = dir.write("bad.pem", damaged);
  EXPECT_TRUE(said_of_loading(bad, key).starts_with("read " + bad + ": a certificate in it is damaged: "))
      << said_of_loading(bad, key);
  std::string damaged_key = test_leaf().key;
  damaged_key[60] = '!';
  const std::string bad_key = dir.write("bad.key", damaged_key);
  EXPECT_EQ(said_of_loading(certificate, bad_key), "read " + bad_key + ": the private key in it is damaged");

  const std::string others = dir.write("other.key", mint({}).key);
  EXPECT_EQ(said_of_loading(certificate, others),
            "read " + others + ": the key does not belong to the certificate in " + certificate);
}

TEST(TlsFiles, UnderAPassphraseAreRefusedWithoutAsking) {
  const temp_dir dir;
  const std::string certificate = dir.write("good.pem", test_leaf().chain());
  const std::string key = dir.write("good.key", test_leaf().key);
  const std::string locked = dir / "locked.key";
  ASSERT_EQ(run_program({"/usr/bin/openssl", "pkey", "-in", key, "-aes256", "-passout", "pass:secret", "-out",
                         locked})
                .status,
            0);
  EXPECT_TRUE(
      said_of_loading(certificate, locked).starts_with("read " + locked + ": the key is under a passphrase"))
      << said_of_loading(certificate, locked);
}

TEST(TlsFiles, OfRootsAndRevocationsAreNamedToo) {
  const temp_dir dir;
  const std::string nonsense = dir.write("nonsense.pem", "nothing\n");
  tls_client_options o;
  o.ca_files = {dir.write("root.pem", test_root().certificate), nonsense};
  EXPECT_EQ(tls_client::create(o).error().message(), "read " + nonsense + ": it holds no certificate in PEM");
  o.ca_files = {dir / "missing"};
  EXPECT_EQ(tls_client::create(o).error().message(),
            "open " + (dir / "missing").string() + ": no such file or directory");
  o.ca_files = {dir / "root.pem"};
  o.crl_files = {nonsense};
  EXPECT_EQ(tls_client::create(o).error().message(),
            "read " + nonsense + ": it holds no revocation list in PEM");
  o.crl_files = {};
  o.key_log_file = dir / "no/such/directory";
  expect_error(tls_client::create(o), errc::no_such_file_or_directory);
}

TEST(TlsOptions, ThatMakeNoSenseAreRefused) {
  const auto client_says = [](auto change) {
    tls_client_options o = client_options();
    change(o);
    const auto r = tls_client::create(o);
    return r ? "created" : r.error().message();
  };
  EXPECT_EQ(client_says([](auto& o) { o.ciphers = "TLS_NO_SUCH_CIPHER"; }),
            "set option ciphers: OpenSSL does not know all of TLS_NO_SUCH_CIPHER");
  EXPECT_EQ(client_says([](auto& o) { o.ciphers = "NO-SUCH-CIPHER"; }),
            "set option ciphers: OpenSSL knows none of NO-SUCH-CIPHER");
  EXPECT_EQ(client_says([](auto& o) { o.ciphers = "aNULL:@SECLEVEL=0"; }),
            "set option ciphers: OpenSSL knows none of aNULL:@SECLEVEL=0");
  EXPECT_EQ(client_says([](auto& o) { o.minimum = tls_version::tls1_3, o.maximum = tls_version::tls1_2; }),
            "set option minimum: it is above the maximum");
  EXPECT_EQ(client_says([](auto& o) { o.alpn = {""}; }),
            "set option alpn: a protocol's name has 1 to 255 bytes");
  EXPECT_EQ(client_says([](auto& o) { o.alpn = {std::string(256, 'a')}; }),
            "set option alpn: a protocol's name has 1 to 255 bytes");
  tls_server_options s;
  EXPECT_EQ(tls_server::create(s).error().message(), "set option identities: a server needs at least one");
  s = server_options();
  s.clients = client_certificates::required;
  EXPECT_EQ(tls_server::create(s).error().message(),
            "set option clients: their certificates are asked for, and neither roots nor pins say which ones "
            "are good");
  for (const bool pinned : {false, true}) {
    s = server_options();
    if (pinned) {
      s.pins.push_back(test_leaf().identity().pin());
    } else {
      s.ca_pem = test_root().certificate;
    }
    EXPECT_EQ(tls_server::create(s).error().message(),
              "set option clients: roots or pins say which certificates of theirs are good, and they are not "
              "asked for any");
  }
  s = server_options();
  certificate_recipe weak;
  weak.key = certificate_recipe::key_kind::rsa_1024;
  s.identities = {mint(weak).identity()};
  EXPECT_EQ(tls_server::create(s).error().message(),
            "set option the identity of CN=leaf: OpenSSL refuses it: ee key too small");
}

TEST(ThrowAwayIdentities, AreForTheirNamesAndTellApart) {
  const tls_identity a = must(tls_identity::throw_away());
  const tls_identity b =
      must(tls_identity::throw_away({"a.example", "*.b.example", "192.0.2.1", "2001:db8::1"}));
  EXPECT_NE(a.pin(), b.pin());
  EXPECT_EQ(a.facts().names, (std::vector<std::string>{"localhost", "127.0.0.1", "::1"}));
  EXPECT_EQ(b.facts().names,
            (std::vector<std::string>{"a.example", "*.b.example", "192.0.2.1", "2001:db8::1"}));
  EXPECT_EQ(b.facts().subject, "CN=a.example");
  EXPECT_TRUE(a.certificates_pem().starts_with("-----BEGIN CERTIFICATE-----"));
  EXPECT_EQ(a.certificates_pem().find("PRIVATE"), std::string::npos);
  for (const std::string bad : {"two words", "a,DNS:b", "", "a\nb"}) {
    expect_error(tls_identity::throw_away({bad}), fault::bad_syntax);
  }
}

// One in 256 had a serial number that begins with a zero byte, which DER (X.690, 8.3.2) does not allow.
TEST(ThrowAwayIdentities, AreReadableWhateverIsRandomInThem) {
  for (int i = 0; i < 2000; ++i) {
    const std::string pem = must(tls_identity::throw_away()).certificates_pem();
    BIO* const source = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    X509* const read = PEM_read_bio_X509(source, nullptr, nullptr, nullptr);
    BIO_free(source);
    ASSERT_NE(read, nullptr) << pem;
    X509_free(read);
  }
}

}  // namespace
}  // namespace fairlead::testing
