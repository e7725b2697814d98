// SPDX-License-Identifier: MIT
// Certificates that must not be believed, and what is said of each; certificates that must be.
#include <functional>
#include <string>
#include <vector>

#include "tls/secure.hpp"

namespace fairlead::testing {
namespace {

constexpr long day = 86400;

/// Changes one thing between a client and a server that would get on otherwise.
struct meeting {
  tls_client_options client = client_options();
  tls_server_options server = server_options();
  std::string name = "localhost";

  void shows(const minted& m) { server.identities = {m.identity()}; }
  void shows(const certificate_recipe& r) { shows(mint(r, test_root())); }
  /// The server's own security level would keep it from showing these.
  void shows_weak(const certificate_recipe& r) {
    server.ciphers = "DEFAULT:@SECLEVEL=0";
    shows(r);
  }
};

certificate_recipe named(std::vector<std::string> names) {
  certificate_recipe r;
  r.names = std::move(names);
  return r;
}

certificate_recipe authority(std::string name) {
  certificate_recipe r;
  r.common_name = std::move(name);
  r.is_authority = true;
  return r;
}

certificate_recipe called(std::string name) {
  certificate_recipe r;
  r.common_name = std::move(name);
  return r;
}

minted between(const std::function<void(certificate_recipe&)>& change) {
  certificate_recipe r = authority("Between");
  change(r);
  return mint(r, test_root());
}

struct meeting_case {
  std::string title;
  std::function<void(meeting&)> arrange;
  std::string says;
};

void PrintTo(const meeting_case& c, std::ostream* out) { *out << c.title; }
std::string title_of(const ::testing::TestParamInfo<meeting_case>& c) { return c.param.title; }

const std::vector<meeting_case>& bad_servers() {
  static const std::vector<meeting_case> cases = {
      {"Expired",
       [](meeting& m) {
         certificate_recipe r;
         r.begins = -10 * day;
         r.ends = -day;
         m.shows(r);
       },
       "the certificate expired on 20"},
      {"NotYetValid",
       [](meeting& m) {
         certificate_recipe r;
         r.begins = day;
         m.shows(r);
       },
       "the certificate is not valid before 20"},
      {"ForAnotherHost", [](meeting& m) { m.name = "other.example"; },
       "wanted other.example, the certificate is for localhost, 127.0.0.1 and ::1"},
      {"ForAnotherAddress", [](meeting& m) { m.name = "127.0.0.2"; },
       "wanted 127.0.0.2, the certificate is for localhost, 127.0.0.1 and ::1"},
      {"ForAnotherIPv6Address", [](meeting& m) { m.name = "[::2]"; }, "wanted ::2, the certificate is for"},
      {"ForAHostThatIsAskedForByItsAddress",
       [](meeting& m) {
         m.shows(named({"DNS:localhost"}));
         m.name = "127.0.0.1";
       },
       "wanted 127.0.0.1, the certificate is for localhost"},
      {"WithAnAddressWrittenAsAName",
       [](meeting& m) {
         m.shows(named({"DNS:127.0.0.1"}));
         m.name = "127.0.0.1";
       },
       "wanted 127.0.0.1, the certificate is for 127.0.0.1"},
      {"SignedByItself", [](meeting& m) { m.shows(mint({})); },
       "the certificate is signed by itself (CN=leaf)"},
      {"OfAnUntrustedRoot", [](meeting& m) { m.shows(mint({}, mint_root("Somebody"))); },
       "the certificate is signed by CN=Somebody, which is neither among the trusted roots nor sent along"},
      {"OfAnUntrustedRootThatIsSentAlong",
       [](meeting& m) {
         const minted root = mint_root("Somebody");
         minted leaf = mint({}, root);
         leaf.above = root.certificate;
         m.shows(leaf);
       },
       "the certificate is signed by CN=Somebody, which is not among the trusted roots"},
      {"OfARootThatOnlyHasTheSameName", [](meeting& m) { m.shows(mint({}, mint_root())); },
       "the certificate was changed, or not signed by CN=Fairlead Test Root"},
      {"WithoutTheOneBetween",
       [](meeting& m) { m.server.identities = {mint({}, between([](certificate_recipe&) {})).alone()}; },
       "the certificate is signed by CN=Between, which is neither among the trusted roots nor sent along"},
      {"OfAnAuthorityThatExpired",
       [](meeting& m) {
         m.shows(mint({}, between([](certificate_recipe& r) {
                        r.begins = -10 * day;
                        r.ends = -day;
                      })));
       },
       "the certificate of CN=Between expired on 20"},
      {"WithAWeakKey",
       [](meeting& m) {
         certificate_recipe r;
         r.key = certificate_recipe::key_kind::rsa_1024;
         m.shows_weak(r);
       },
       "the certificate has too weak a key, RSA 1024"},
      {"WithAWeakSignature",
       [](meeting& m) {
         certificate_recipe r;
         r.digest = "SHA1";
         m.shows_weak(r);
       },
       "the certificate has too weak a signature, ecdsa-with-SHA1"},
      {"ForClientsOnly",
       [](meeting& m) {
         certificate_recipe r;
         r.extended_usage = "clientAuth";
         m.shows(r);
       },
       "the certificate is not for servers (its extended key usage does not name them)"},
      {"ForSigningCode",
       [](meeting& m) {
         certificate_recipe r;
         r.extended_usage = "codeSigning";
         m.shows(r);
       },
       "the certificate is not for servers"},
      {"Revoked",
       [](meeting& m) {
         const minted leaf = mint({}, test_root());
         m.shows(leaf);
         m.client.crl_pem = revoke(test_root(), {leaf});
       },
       "the certificate was revoked by its issuer (it is for localhost"},
      {"WhoseIssuerHasNoRevocationList",
       [](meeting& m) { m.client.crl_pem = revoke(mint_root("Somebody"), {}); },
       "there is no revocation list of CN=Fairlead Test Root among those given"},
      {"WhoseRevocationListIsOutOfDate",
       [](meeting& m) { m.client.crl_pem = revoke(test_root(), {}, -10 * day, -day); },
       "the revocation list of CN=Fairlead Test Root is out of date"},
      {"WhoseRevocationListIsNotYetValid",
       [](meeting& m) { m.client.crl_pem = revoke(test_root(), {}, day, 2 * day); },
       "the revocation list of CN=Fairlead Test Root is not valid yet"},
      {"WhoseRevocationListIsForged", [](meeting& m) { m.client.crl_pem = revoke(mint_root(), {}); },
       "the revocation list of CN=Fairlead Test Root is not signed by it"},
      {"OutsideOfItsAuthoritysNames",
       [](meeting& m) {
         m.shows(
             mint({}, between([](certificate_recipe& r) { r.constraints = "permitted;DNS:good.example"; })));
       },
       "may not vouch for localhost, 127.0.0.1 and ::1 (name constraints)"},
      {"AmongTheNamesThatItsAuthorityMayNotSign",
       [](meeting& m) {
         m.shows(mint({}, between([](certificate_recipe& r) { r.constraints = "excluded;DNS:localhost"; })));
       },
       "may not vouch for localhost"},
      {"WithANulInItsName",
       [](meeting& m) {
         certificate_recipe r;
         r.raw_dns_name = std::string("localhost\0.evil.example", 23);
         m.shows(r);
       },
       "wanted localhost, the certificate is for localhost\\x00.evil.example"},
      {"WithALineBreakInItsName",
       [](meeting& m) {
         certificate_recipe r;
         r.raw_dns_name = "evil.example\r\nfine: yes";
         m.shows(r);
       },
       "the certificate is for evil.example\\x0d\\x0afine:\\x20yes"},
      {"WithAStarForEverything", [](meeting& m) { m.shows(named({"DNS:*"})); },
       "wanted localhost, the certificate is for *"},
      {"WithAStarForATopLevelDomain",
       [](meeting& m) {
         m.shows(named({"DNS:*.example"}));
         m.name = "bank.example";
       },
       "wanted bank.example, the certificate is for *.example"},
      {"WithAStarForTwoLabels",
       [](meeting& m) {
         m.shows(named({"DNS:*.example.org"}));
         m.name = "a.b.example.org";
       },
       "wanted a.b.example.org, the certificate is for *.example.org"},
      {"WithAStarForNoLabel",
       [](meeting& m) {
         m.shows(named({"DNS:*.example.org"}));
         m.name = "example.org";
       },
       "wanted example.org, the certificate is for *.example.org"},
      {"WithAStarForPartOfALabel",
       [](meeting& m) {
         m.shows(named({"DNS:f*.example.org"}));
         m.name = "foo.example.org";
       },
       "wanted foo.example.org, the certificate is for f*.example.org"},
      {"WithAStarInTheMiddle",
       [](meeting& m) {
         m.shows(named({"DNS:www.*.example.org"}));
         m.name = "www.a.example.org";
       },
       "wanted www.a.example.org, the certificate is for www.*.example.org"},
      {"WithAStarForAnAddress",
       [](meeting& m) {
         m.shows(named({"DNS:*.0.0.1"}));
         m.name = "127.0.0.1";
       },
       "wanted 127.0.0.1, the certificate is for *.0.0.1"},
      {"WithItsNameInTheSubjectOnly",
       [](meeting& m) {
         certificate_recipe r = named({});
         r.common_name = "localhost";
         m.shows(r);
       },
       "wanted localhost, the certificate is for no host"},
      {"SignedWithAnotherLeaf", [](meeting& m) { m.shows(mint({}, mint(called("Between"), test_root()))); },
       "the certificate is signed with that of CN=Between, which is no certificate authority"},
      {"SignedWithACertificateThatDoesNotSayWhatItIs",
       [](meeting& m) {
         m.shows(mint({}, between([](certificate_recipe& r) {
                        r.says_what_it_is = false;
                        r.key_usage = "digitalSignature";
                      })));
       },
       "which is no certificate authority"},
      {"OfAnAuthorityThatMayNotSign",
       [](meeting& m) {
         m.shows(mint({}, between([](certificate_recipe& r) { r.key_usage = "critical,digitalSignature"; })));
       },
       "which is no certificate authority"},
      {"TooFarFromItsRoot",
       [](meeting& m) {
         const minted near = between([](certificate_recipe& r) { r.path_length = 0; });
         m.shows(mint({}, mint(authority("Further"), near)));
       },
       "the certificate is further away from its root than that permits (path length)"},
      {"Damaged",
       [](meeting& m) {
         certificate_recipe r;
         r.is_damaged = true;
         m.shows(r);
       },
       "its signature does not fit"},
      {"WithACriticalRiddle",
       [](meeting& m) {
         certificate_recipe r;
         r.has_riddle = true;
         m.shows(r);
       },
       "the certificate has a critical extension that is not understood"},
      {"WithAKeyThatIsNotPinned",
       [](meeting& m) { m.client.pins = {must(tls_identity::throw_away()).pin()}; },
       "which is not the one that is pinned"},
      {"WithAKeyThatIsNotPinnedAndNoRoots",
       [](meeting& m) {
         m.client = {};
         m.client.pins = {must(tls_identity::throw_away()).pin(), must(tls_identity::throw_away()).pin()};
       },
       "which is not among those that are pinned"},
      {"PinnedButOfAnUntrustedRoot",
       [](meeting& m) {
         const minted leaf = mint({}, mint_root("Somebody"));
         m.shows(leaf);
         m.client.pins = {leaf.identity().pin()};
       },
       "signed by CN=Somebody"},
      {"UnknownToTheSystem", [](meeting& m) { m.client = {}; },
       "the certificate is signed by CN=Fairlead Test Root, which is neither among the trusted roots"},
  };
  return cases;
}

class BadServerCertificate : public guarded<::testing::TestWithParam<meeting_case>> {};

TEST_P(BadServerCertificate, IsRefusedAndTheErrorSaysWhy) {
  for (const tls_version v : {tls_version::tls1_2, tls_version::tls1_3}) {
    meeting m;
    GetParam().arrange(m);
    m.client.maximum = v;
    const auto h = shake(way::wait, client_with(m.client), server_with(m.server), m.name);
    ASSERT_FALSE(h.client);
    const error& e = h.client.error();
    EXPECT_EQ(e, fault::untrusted) << e.message();
    EXPECT_EQ(e.operation(), verb::connect);
    EXPECT_NE(e.message().find(GetParam().says), std::string::npos) << e.message();
    EXPECT_TRUE(e.message().starts_with("connect tls://" + m.name)) << e.message();
    // In TLS 1.3 the server has finished with the first flight only once the client has answered.
    ASSERT_FALSE(h.server);
    EXPECT_EQ(h.server.error(), errc::connection_aborted) << h.server.error().message();
    EXPECT_NE(h.server.error().message().find("the client"), std::string::npos) << h.server.error().message();
  }
}

INSTANTIATE_TEST_SUITE_P(Of, BadServerCertificate, ::testing::ValuesIn(bad_servers()), title_of);

const std::vector<meeting_case>& bad_clients() {
  static const std::vector<meeting_case> cases = {
      {"None", [](meeting&) {}, "the client shows no certificate"},
      {"Expired",
       [](meeting& m) {
         certificate_recipe r;
         r.begins = -10 * day;
         r.ends = -day;
         m.client.identity = mint(r, test_root()).identity();
       },
       "the client's certificate expired on 20"},
      {"OfAnUntrustedRoot",
       [](meeting& m) { m.client.identity = mint({}, mint_root("Somebody")).identity(); },
       "the client's certificate is signed by CN=Somebody, which is neither among the trusted roots"},
      {"SignedByItself", [](meeting& m) { m.client.identity = must(tls_identity::throw_away()); },
       "the client's certificate is signed by itself (CN=localhost)"},
      {"ForServersOnly",
       [](meeting& m) {
         certificate_recipe r;
         r.extended_usage = "serverAuth";
         m.client.identity = mint(r, test_root()).identity();
       },
       "the client's certificate is not for clients"},
      {"Revoked",
       [](meeting& m) {
         const minted leaf = mint({}, test_root());
         m.client.identity = leaf.identity();
         m.server.crl_pem = revoke(test_root(), {leaf});
       },
       "the client's certificate was revoked by its issuer (it is for CN=leaf)"},
      {"WithAKeyThatIsNotPinned",
       [](meeting& m) {
         m.server.pins = {must(tls_identity::throw_away()).pin()};
         m.client.identity = test_leaf().identity();
       },
       "the client's key is sha256:"},
      {"OptionalButBad",
       [](meeting& m) {
         m.server.clients = client_certificates::optional;
         m.client.identity = must(tls_identity::throw_away());
       },
       "the client's certificate is signed by itself"},
  };
  return cases;
}

class BadClientCertificate : public guarded<::testing::TestWithParam<meeting_case>> {};

TEST_P(BadClientCertificate, IsRefusedAndTheErrorSaysWhy) {
  for (const tls_version v : {tls_version::tls1_2, tls_version::tls1_3}) {
    meeting m;
    m.server.clients = client_certificates::required;
    m.server.ca_pem = test_root().certificate;
    GetParam().arrange(m);
    m.client.maximum = v;
    auto h = shake(way::wait, client_with(m.client), server_with(m.server), m.name);
    ASSERT_FALSE(h.server);
    EXPECT_EQ(h.server.error(), fault::untrusted) << h.server.error().message();
    EXPECT_EQ(h.server.error().operation(), verb::accept);
    EXPECT_NE(h.server.error().message().find(GetParam().says), std::string::npos)
        << h.server.error().message();
    // In TLS 1.3 the client has finished before the server has looked at it, and learns of it when it
    // receives.
    std::string bytes(10, '\0');
    const result<std::size_t> n = h.client ? h.client->recv(mutable_buffer(bytes)).within(soon).wait()
                                           : result<std::size_t>(std::unexpected(h.client.error()));
    ASSERT_FALSE(n);
    EXPECT_EQ(n.error(), errc::connection_aborted) << n.error().message();
    EXPECT_NE(n.error().message().find(GetParam().title == "None" ? "wants a client certificate"
                                                                  : "does not accept our certificate"),
              std::string::npos)
        << n.error().message();
  }
}

INSTANTIATE_TEST_SUITE_P(Of, BadClientCertificate, ::testing::ValuesIn(bad_clients()), title_of);

const std::vector<meeting_case>& good_servers() {
  static const std::vector<meeting_case> cases = {
      {"ForThisHost", [](meeting&) {}, ""},
      {"ForThisHostInCapitals", [](meeting& m) { m.name = "LocalHost"; }, ""},
      {"ForThisHostWithTheDotOfTheRoot", [](meeting& m) { m.name = "localhost."; }, ""},
      {"ForThisAddress", [](meeting& m) { m.name = "127.0.0.1"; }, ""},
      {"ForThisIPv6Address", [](meeting& m) { m.name = "::1"; }, ""},
      {"ForThisIPv6AddressInBracketsAndWrittenOut", [](meeting& m) { m.name = "[0:0:0:0:0:0:0:1]"; }, ""},
      {"WithAStar",
       [](meeting& m) {
         m.shows(named({"DNS:*.example.org"}));
         m.name = "a.example.org";
       },
       ""},
      {"WithAnAuthorityBetween", [](meeting& m) { m.shows(mint({}, between([](certificate_recipe&) {}))); },
       ""},
      {"WithTwoAuthoritiesBetween",
       [](meeting& m) { m.shows(mint({}, mint(authority("Further"), between([](certificate_recipe&) {})))); },
       ""},
      {"AmongItsAuthoritysNames",
       [](meeting& m) {
         const minted good =
             between([](certificate_recipe& r) { r.constraints = "permitted;DNS:example.org"; });
         m.shows(mint(named({"DNS:a.example.org"}), good));
         m.name = "a.example.org";
       },
       ""},
      {"NotAmongThoseThatWereRevoked",
       [](meeting& m) { m.client.crl_pem = revoke(test_root(), {mint({}, test_root())}); }, ""},
      {"OfAnAuthorityThatIsTrustedThoughItIsNoRoot",
       [](meeting& m) {
         const minted near = between([](certificate_recipe&) {});
         m.shows(mint({}, near));
         m.client.ca_pem = near.certificate;
       },
       ""},
      {"SignedByItselfAndTrusted",
       [](meeting& m) {
         const tls_identity own = must(tls_identity::throw_away());
         m.server.identities = {own};
         m.client.ca_pem = own.certificates_pem();
       },
       ""},
      {"SignedByItselfAndPinned",
       [](meeting& m) {
         const tls_identity own = must(tls_identity::throw_away({"somebody.example"}));
         m.server.identities = {own};
         m.client = {};
         m.client.pins = {own.pin()};
       },
       ""},
      {"PinnedAndOfATrustedRoot", [](meeting& m) { m.client.pins = {test_leaf().identity().pin()}; }, ""},
      {"WithAnRsaKey",
       [](meeting& m) {
         certificate_recipe r;
         r.key = certificate_recipe::key_kind::rsa_2048;
         m.shows(r);
       },
       ""},
      {"WithAnEd25519Key",
       [](meeting& m) {
         certificate_recipe r;
         r.key = certificate_recipe::key_kind::ed25519;
         m.shows(r);
       },
       ""},
      {"WithAP384Key",
       [](meeting& m) {
         certificate_recipe r;
         r.key = certificate_recipe::key_kind::p384;
         m.shows(r);
       },
       ""},
  };
  return cases;
}

class GoodServerCertificate : public guarded<::testing::TestWithParam<meeting_case>> {};

TEST_P(GoodServerCertificate, IsBelieved) {
  for (const tls_version v : {tls_version::tls1_2, tls_version::tls1_3}) {
    meeting m;
    GetParam().arrange(m);
    m.client.maximum = v;
    auto h = shake(way::wait, client_with(m.client), server_with(m.server), m.name);
    ASSERT_TRUE(h.went_well());
    EXPECT_TRUE(h.client->verified());
    EXPECT_EQ(h.client->protocol(), v);
    converse(way::wait, *h.client, *h.server);
  }
}

INSTANTIATE_TEST_SUITE_P(Of, GoodServerCertificate, ::testing::ValuesIn(good_servers()), title_of);

TEST(DangerouslyTrustingAnyone, BelievesACertificateThatIsWrongInEveryWayAndDoesNotCallItVerified) {
  certificate_recipe r;
  r.begins = -10 * day;
  r.ends = -day;
  tls_server_options s;
  s.identities = {mint(r).identity()};
  tls_client_options o;
  o.dangerously_trust_anyone = true;
  auto h = shake(way::wait, client_with(o), server_with(s), "other.example");
  ASSERT_TRUE(h.went_well());
  EXPECT_FALSE(h.client->verified());
  EXPECT_TRUE(h.client->peer());
}

}  // namespace
}  // namespace fairlead::testing
