// SPDX-License-Identifier: MIT
// What a handshake agrees on, and what makes it fail besides certificates.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "support/temp_dir.hpp"
#include "tls/secure.hpp"

namespace fairlead::testing {
namespace {

using namespace std::chrono_literals;

class TlsHandshake : public secure_ways {};
FAIRLEAD_IN_SECURE_WAYS(TlsHandshake);

TEST_P(TlsHandshake, AgreesOnTheNewestVersionAndSaysWhoTheServerIs) {
  auto h = shake(GetParam(), client_with(), server_with());
  ASSERT_TRUE(h.went_well());
  EXPECT_EQ(h.client->protocol(), tls_version::tls1_3);
  EXPECT_EQ(h.server->protocol(), tls_version::tls1_3);
  EXPECT_EQ(h.client->cipher(), h.server->cipher());
  EXPECT_TRUE(h.client->cipher().starts_with("TLS_")) << h.client->cipher();
  EXPECT_EQ(h.client->server_name(), "localhost");
  EXPECT_EQ(h.server->server_name(), "localhost");
  EXPECT_TRUE(h.client->verified());
  EXPECT_FALSE(h.server->verified());
  EXPECT_FALSE(h.server->peer());
  const certificate_facts facts = h.client->peer().value();
  EXPECT_EQ(facts.subject, "CN=leaf");
  EXPECT_EQ(facts.issuer, "CN=Fairlead Test Root");
  EXPECT_EQ(facts.names, (std::vector<std::string>{"localhost", "127.0.0.1", "::1"}));
  EXPECT_EQ(facts.key, "P-256");
  EXPECT_EQ(facts.signature, "ecdsa-with-SHA256");
  EXPECT_EQ(facts.pin, test_leaf().identity().pin());
  EXPECT_EQ(facts.fingerprint.size(), 71U);
  EXPECT_EQ(facts.serial.size(), 16U);
  const auto now = std::chrono::system_clock::now();
  EXPECT_LT(facts.not_before, now);
  EXPECT_GT(facts.not_after, now + 24h);
  EXPECT_TRUE(h.client->inner().is_open());
}

TEST_P(TlsHandshake, CanBeHeldToOneVersion) {
  for (const tls_version v : {tls_version::tls1_2, tls_version::tls1_3}) {
    tls_server_options s = server_options();
    s.minimum = s.maximum = v;
    auto h = shake(GetParam(), client_with(), server_with(s));
    ASSERT_TRUE(h.went_well());
    EXPECT_EQ(h.client->protocol(), v);
    EXPECT_EQ(to_string(v), v == tls_version::tls1_2 ? "TLS 1.2" : "TLS 1.3");
    converse(GetParam(), *h.client, *h.server);
  }
}

TEST_P(TlsHandshake, FailsWithoutAVersionInCommon) {
  tls_server_options s = server_options();
  s.maximum = tls_version::tls1_2;
  tls_client_options c = client_options();
  c.minimum = tls_version::tls1_3;
  auto h = shake(GetParam(), client_with(c), server_with(s));
  expect_error(h.client, errc::connection_aborted);
  expect_error(h.server, errc::protocol_error);
  EXPECT_NE(h.client.error().message().find("no version of TLS in common"), std::string::npos)
      << h.client.error().message();
  EXPECT_NE(h.server.error().message().find("speaks no version of TLS that we permit"), std::string::npos)
      << h.server.error().message();
}

TEST_P(TlsHandshake, UsesTheCiphersThatAreNamed) {
  tls_client_options c = client_options();
  c.ciphers = "ECDHE-ECDSA-CHACHA20-POLY1305:TLS_CHACHA20_POLY1305_SHA256";
  auto newest = shake(GetParam(), client_with(c), server_with());
  ASSERT_TRUE(newest.went_well());
  EXPECT_EQ(newest.server->cipher(), "TLS_CHACHA20_POLY1305_SHA256");
  c.maximum = tls_version::tls1_2;
  auto older = shake(GetParam(), client_with(c), server_with());
  ASSERT_TRUE(older.went_well());
  EXPECT_EQ(older.server->cipher(), "ECDHE-ECDSA-CHACHA20-POLY1305");
}

TEST_P(TlsHandshake, FailsWithoutACipherInCommon) {
  tls_client_options c = client_options();
  c.ciphers = "TLS_AES_128_GCM_SHA256";
  tls_server_options s = server_options();
  s.ciphers = "TLS_AES_256_GCM_SHA384";
  s.minimum = tls_version::tls1_3;
  auto h = shake(GetParam(), client_with(c), server_with(s));
  expect_error(h.client, errc::connection_aborted);
  expect_error(h.server, errc::protocol_error);
  EXPECT_NE(h.server.error().message().find("offers no cipher"), std::string::npos)
      << h.server.error().message();
}

TEST_P(TlsHandshake, AgreesOnAProtocolByTheServersPreference) {
  tls_client_options c = client_options();
  c.alpn = {"http/1.1", "h2"};
  tls_server_options s = server_options();
  s.alpn = {"h3", "h2", "http/1.1"};
  auto h = shake(GetParam(), client_with(c), server_with(s));
  ASSERT_TRUE(h.went_well());
  EXPECT_EQ(h.client->alpn(), "h2");
  EXPECT_EQ(h.server->alpn(), "h2");
  auto without = shake(GetParam(), client_with(c), server_with());
  ASSERT_TRUE(without.went_well());
  EXPECT_EQ(without.client->alpn(), "");
}

TEST_P(TlsHandshake, FailsWithoutAProtocolInCommon) {
  tls_client_options c = client_options();
  c.alpn = {"smtp"};
  tls_server_options s = server_options();
  s.alpn = {"h2"};
  auto h = shake(GetParam(), client_with(c), server_with(s));
  expect_error(h.client, errc::connection_aborted);
  EXPECT_NE(h.client.error().message().find("(ALPN)"), std::string::npos) << h.client.error().message();
  expect_error(h.server, errc::protocol_error);
}

TEST_P(TlsHandshake, ShowsTheCertificateForTheNameThatWasAskedFor) {
  const auto named = [](const std::string& name, std::vector<std::string> names) {
    certificate_recipe r;
    r.common_name = name;
    r.names = std::move(names);
    return mint(r, test_root()).identity();
  };
  tls_server_options s;
  s.identities = {named("first", {"DNS:first.example"}),
                  named("second", {"DNS:Second.example", "DNS:2.example"}),
                  named("stars", {"DNS:*.stars.example"})};
  const tls_server server = server_with(s);
  const tls_client client = client_with();
  const auto shown_for = [&](const std::string& name) {
    auto h = shake(GetParam(), client, server, name);
    return h.client ? h.client->peer()->subject : h.client.error().message();
  };
  EXPECT_EQ(shown_for("first.example"), "CN=first");
  EXPECT_EQ(shown_for("SECOND.example"), "CN=second");
  EXPECT_EQ(shown_for("2.example"), "CN=second");
  EXPECT_EQ(shown_for("a.stars.example"), "CN=stars");
  EXPECT_NE(shown_for("third.example").find("the certificate is for first.example"), std::string::npos);
  EXPECT_NE(shown_for("a.b.stars.example").find("the certificate is for first.example"), std::string::npos);
  EXPECT_NE(shown_for("127.0.0.1").find("the certificate is for first.example"), std::string::npos);
}

TEST_P(TlsHandshake, ShowsTheKindOfKeyThatTheClientUnderstands) {
  certificate_recipe rsa;
  rsa.key = certificate_recipe::key_kind::rsa_2048;
  tls_server_options s = server_options();
  s.identities.push_back(mint(rsa, test_root()).identity());
  const tls_server server = server_with(s);
  tls_client_options c = client_options();
  c.maximum = tls_version::tls1_2;
  for (const auto& [ciphers, key] : {std::pair("ECDHE-RSA-AES128-GCM-SHA256", "RSA 2048"),
                                     std::pair("ECDHE-ECDSA-AES128-GCM-SHA256", "P-256")}) {
    c.ciphers = ciphers;
    auto h = shake(GetParam(), client_with(c), server);
    ASSERT_TRUE(h.went_well());
    EXPECT_EQ(h.client->peer()->key, key);
  }
}

TEST_P(TlsHandshake, AsksClientsWhoTheyAre) {
  tls_server_options s = server_options();
  s.ca_pem = test_root().certificate;
  tls_client_options c = client_options();
  c.identity = mint({}, test_root()).identity();
  for (const auto asked : {client_certificates::optional, client_certificates::required}) {
    s.clients = asked;
    auto h = shake(GetParam(), client_with(c), server_with(s));
    ASSERT_TRUE(h.went_well());
    EXPECT_TRUE(h.server->verified());
    EXPECT_EQ(h.server->peer()->pin, c.identity->pin());
    converse(GetParam(), *h.client, *h.server);
  }
  s.clients = client_certificates::optional;
  auto h = shake(GetParam(), client_with(), server_with(s));
  ASSERT_TRUE(h.went_well());
  EXPECT_FALSE(h.server->verified());
  EXPECT_FALSE(h.server->peer());
}

TEST_P(TlsHandshake, KnowsAClientByItsPinnedKey) {
  const tls_identity somebody = must(tls_identity::throw_away({"somebody"}));
  tls_server_options s = server_options();
  s.clients = client_certificates::required;
  s.pins = {somebody.pin()};
  tls_client_options c = client_options();
  c.identity = somebody;
  auto h = shake(GetParam(), client_with(c), server_with(s));
  ASSERT_TRUE(h.went_well());
  EXPECT_TRUE(h.server->verified());
}

// The session comes after the handshake in TLS 1.3, with the first bytes that are received.
bool resumes(way by, const tls_client& c, const tls_server& s, std::string name = "localhost") {
  auto h = shake(by, c, s, std::move(name));
  if (!h.went_well()) return false;
  converse(by, *h.client, *h.server);
  EXPECT_EQ(h.client->resumed(), h.server->resumed());
  EXPECT_TRUE(h.client->verified());
  EXPECT_EQ(h.client->peer()->subject, "CN=leaf");
  return h.client->resumed();
}

TEST_P(TlsHandshake, IsShortenedWithServersThatWereThereBefore) {
  for (const tls_version v : {tls_version::tls1_2, tls_version::tls1_3}) {
    tls_client_options c = client_options();
    c.maximum = v;
    const tls_client client = client_with(c);
    const tls_client copy = client;
    const tls_server server = server_with();
    EXPECT_FALSE(resumes(GetParam(), client, server));
    EXPECT_TRUE(resumes(GetParam(), client, server));
    EXPECT_TRUE(resumes(GetParam(), copy, server));
    EXPECT_FALSE(resumes(GetParam(), client_with(c), server)) << "another client knows nothing of it";
    EXPECT_FALSE(resumes(GetParam(), client, server_with())) << "nor does another server";
    EXPECT_FALSE(resumes(GetParam(), client, server, "127.0.0.1")) << "nor is it used for another name";
    c.cached_sessions = 0;
    const tls_client forgetful = client_with(c);
    EXPECT_FALSE(resumes(GetParam(), forgetful, server));
    EXPECT_FALSE(resumes(GetParam(), forgetful, server));
  }
}

TEST_P(TlsHandshake, TellsWhoAResumedClientIs) {
  tls_server_options s = server_options();
  s.ca_pem = test_root().certificate;
  s.clients = client_certificates::required;
  const tls_server server = server_with(s);
  tls_client_options c = client_options();
  c.identity = test_leaf().identity();
  const tls_client client = client_with(c);
  for (const bool again : {false, true}) {
    auto h = shake(GetParam(), client, server);
    ASSERT_TRUE(h.went_well());
    converse(GetParam(), *h.client, *h.server);
    EXPECT_EQ(h.server->resumed(), again);
    EXPECT_TRUE(h.server->verified());
    EXPECT_EQ(h.server->peer()->pin, c.identity->pin());
  }
}

TEST_P(TlsHandshake, GetsTheCertificateThatWasReloadedAndConnectionsStay) {
  const tls_client client = client_with();
  const tls_server server = server_with();
  auto before = shake(GetParam(), client, server);
  ASSERT_TRUE(before.went_well());
  converse(GetParam(), *before.client, *before.server);
  certificate_recipe r;
  r.common_name = "renewed";
  expect_ok(server.reload({mint(r, test_root()).identity()}));
  auto after = shake(GetParam(), client_with(), server);
  ASSERT_TRUE(after.went_well());
  EXPECT_EQ(after.client->peer()->subject, "CN=renewed");
  converse(GetParam(), *before.client, *before.server);
  auto again = shake(GetParam(), client, server);
  ASSERT_TRUE(again.went_well());
  EXPECT_TRUE(again.client->resumed()) << "tickets of before are still good";
  expect_error(server.reload({}), errc::invalid_argument);
}

TEST_P(TlsHandshake, WritesItsKeysDownForThoseWhoDebug) {
  const temp_dir dir;
  tls_client_options c = client_options();
  c.key_log_file = dir / "keys";
  tls_server_options s = server_options();
  s.key_log_file = dir / "keys.server";
  auto h = shake(GetParam(), client_with(c), server_with(s));
  ASSERT_TRUE(h.went_well());
  for (const std::string& file : {c.key_log_file, s.key_log_file}) {
    std::ifstream in(file);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    EXPECT_NE(text.find("CLIENT_TRAFFIC_SECRET_0 "), std::string::npos) << text;
    using std::filesystem::perms;
    EXPECT_EQ(std::filesystem::status(file).permissions() & perms::all,
              perms::owner_read | perms::owner_write);
  }
}

TEST_P(TlsHandshake, RefusesNamesThatNobodyCanHave) {
  for (const std::string name : {"", "two words", "a/b", "a:b:c", "m\xc3\xbcnchen.example", "tab\tbed",
                                 ".example.org", "a..example.org", "example.org..", "."}) {
    auto ends = must(tcp_stream::pair());
    const auto r = drive(GetParam(), client_with().connect(std::move(ends.first), name));
    expect_error(r, fault::bad_syntax);
  }
  const std::string with_nul("local\0host", 10);
  auto ends = must(tcp_stream::pair());
  expect_error(drive(GetParam(), client_with().connect(std::move(ends.first), with_nul)), fault::bad_syntax);
}

TEST_P(TlsHandshake, SaysThatWhatCameIsNotTls) {
  const std::string answers[] = {"SSH-2.0-OpenSSH_9.2\r\n", "220 mail.example ESMTP\r\n",
                                 "HTTP/1.1 400 Bad Request\r\n\r\n"};
  for (const std::string& answer : answers) {
    auto ends = must(tcp_stream::pair());
    ASSERT_TRUE(ends.second.send(answer).wait());
    const auto r = drive(GetParam(), client_with().connect(std::move(ends.first), "localhost").within(soon));
    expect_error(r, errc::protocol_error);
    EXPECT_NE(r.error().message().find("what came is not TLS"), std::string::npos) << r.error().message();
  }
  auto ends = must(tcp_stream::pair());
  ASSERT_TRUE(ends.first.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").wait());
  const auto r = drive(GetParam(), server_with().accept(std::move(ends.second)).within(soon));
  expect_error(r, errc::protocol_error);
  EXPECT_NE(r.error().message().find("a plain HTTP request came, not TLS"), std::string::npos)
      << r.error().message();
}

TEST_P(TlsHandshake, SaysThatTheServerClosedWithoutAWord) {
  auto ends = must(tcp_stream::pair());
  ASSERT_TRUE(ends.second.shutdown().wait());
  const auto r = drive(GetParam(), client_with().connect(std::move(ends.first), "localhost").within(soon));
  expect_error(r, fault::truncated);
  EXPECT_TRUE(r.error().message().starts_with("connect tls://localhost (127.0.0.1:")) << r.error().message();
  EXPECT_TRUE(r.error().message().ends_with(
      "the server closed the connection without a word of TLS; it may speak without it"))
      << r.error().message();
}

TEST_P(TlsHandshake, SaysThatThePeerClosedInTheMiddle) {
  {
    auto ends = must(tcp_stream::pair());
    constexpr std::string_view beginning_of_a_record("\x16\x03\x03\x00\x2a\x02", 6);
    ASSERT_TRUE(ends.second.send(beginning_of_a_record).wait());
    ASSERT_TRUE(ends.second.shutdown().wait());
    const auto r = drive(GetParam(), client_with().connect(std::move(ends.first), "localhost").within(soon));
    expect_error(r, fault::truncated);
    EXPECT_TRUE(r.error().message().ends_with("the server closed the connection during the handshake"))
        << r.error().message();
  }
  auto ends = must(tcp_stream::pair());
  ASSERT_TRUE(ends.first.shutdown().wait());
  const auto r = drive(GetParam(), server_with().accept(std::move(ends.second)).within(soon));
  expect_error(r, fault::truncated);
  EXPECT_TRUE(r.error().message().starts_with("accept tls://127.0.0.1:")) << r.error().message();
}

TEST_P(TlsHandshake, IsCutOffAtItsDeadlineHoweverSlowlyTheClientGoes) {
  auto ends = must(tcp_stream::pair());
  // One byte at a time, and never the last one.
  const std::string hello("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
  for (const char c : hello) ASSERT_TRUE(ends.first.send(const_buffer(&c, 1)).wait());
  const auto r = drive(GetParam(), server_with().accept(std::move(ends.second)).within(30ms));
  expect_error(r, errc::timed_out);
  EXPECT_TRUE(r.error().message().ends_with(": timed out, during the handshake")) << r.error().message();
}

TEST_P(TlsHandshake, IsStopped) {
  std::stop_source stop;
  stop.request_stop();
  auto ends = must(tcp_stream::pair());
  const auto r =
      drive(GetParam(), client_with().connect(std::move(ends.first), "localhost").stop_on(stop.get_token()));
  expect_error(r, errc::operation_canceled);
}

TEST_P(TlsHandshake, GivesConnectionsThatOutliveTheirClientAndServer) {
  std::optional<tls_client> client(client_with());
  std::optional<tls_server> server(server_with());
  auto h = shake(GetParam(), *client, *server);
  client.reset();
  server.reset();
  ASSERT_TRUE(h.went_well());
  converse(GetParam(), *h.client, *h.server);
}

TEST(TlsHandshakes, LeaveNothingBehindHoweverManyThereAre) {
  const int many = sanitized ? 300 : 10'000;
  const tls_client client = client_with();
  const tls_server server = server_with();
  const auto all = [&](int n) {
    for (int i = 0; i < n; ++i) {
      auto h = shake(way::epoll, client, server, must(unix_stream::pair()),
                     i % 2 == 0 ? "localhost" : "127.0.0.1");
      ASSERT_TRUE(h.went_well());
      converse(way::epoll, *h.client, *h.server);
    }
  };
  const auto resident = [] {
    std::ifstream in("/proc/self/statm");
    std::size_t size = 0;
    std::size_t pages = 0;
    in >> size >> pages;
    return pages * 4096;
  };
  all(many / 10);
  const std::size_t before = resident();
  all(many);
  if (!sanitized) {
    EXPECT_LT(resident(), before + (std::size_t{2} << 20U));
  }
}

TEST(KernelTls, IsDetectedAndTlsWorksWithoutIt) {
  // Whatever the kernel can do, the answer stays the same, and records are made here.
  EXPECT_EQ(kernel_tls_available(), kernel_tls_available());
  secured<tcp_stream> pair(way::wait, must(tcp_stream::pair()));
  converse(way::wait, pair.client, pair.server);
}

}  // namespace
}  // namespace fairlead::testing
