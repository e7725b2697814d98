// SPDX-License-Identifier: MIT
// Real peers: openssl s_client, openssl s_server and curl, on the other side of a TCP connection.
#include <string>

#include "support/child.hpp"
#include "support/temp_dir.hpp"
#include "tls/secure.hpp"

namespace fairlead::testing {
namespace {

/// What the programs need, in files.
class TlsPeers : public secure_ways {
 protected:
  temp_dir dir;
  std::string root = dir.write("root.pem", test_root().certificate);
  std::string chain = dir.write("chain.pem", test_leaf().chain());
  std::string key = dir.write("key.pem", test_leaf().key);
};
FAIRLEAD_IN_SECURE_WAYS(TlsPeers);

task<result<std::string>> read_until(descriptor_stream& from, std::string_view mark) {
  std::string all;
  std::array<char, 4096> piece{};
  while (all.find(mark) == std::string::npos) {
    const std::size_t n = co_await or_return(from.recv(piece).within(soon));
    if (n == 0) break;
    all.append(piece.data(), n);
  }
  co_return all;
}

tcp_listener any_port() { return must(tcp_listener::listen({ipv4_address::loopback(), port(0)})); }
std::string port_of(const tcp_listener& l) { return must(l.local_endpoint()).ip().port().to_string(); }

command quiet(std::vector<std::string> words) {
  command c;
  c.words = std::move(words);
  c.errors = stdio::null;
  return c;
}

TEST_P(TlsPeers, OpensslAsAClientIsServed) {
  for (const std::string version : {"-tls1_2", "-tls1_3"}) {
    tcp_listener listener = any_port();
    const tls_server server = server_with();
    process client =
        must(process::start(quiet({"openssl", "s_client", "-connect", "127.0.0.1:" + port_of(listener),
                                   "-CAfile", root, "-servername", "localhost", "-verify_hostname",
                                   "localhost", "-verify_return_error", "-quiet", "-no_ign_eof", version})));
    play(GetParam(), [&]() -> task<result<void>> {
      auto conn = co_await or_return(listener.accept().within(soon));
      auto s = co_await or_return(server.accept(std::move(conn)).within(soon));
      EXPECT_EQ(to_string(s.protocol()), version == "-tls1_2" ? "TLS 1.2" : "TLS 1.3");
      EXPECT_EQ(s.server_name(), "localhost");
      co_await or_return(client.stream().send("ahoy\n"));
      std::string got(5, '\0');
      EXPECT_EQ(co_await or_return(s.recv(mutable_buffer(got)).within(soon)), 5U);
      co_await or_return(s.send("heard: " + got));
      EXPECT_EQ(co_await or_return(read_until(client.stream(), "\n")), "heard: ahoy\n");
      co_await or_return(client.stream().shutdown());
      EXPECT_EQ(co_await or_return(s.recv(mutable_buffer(got)).within(soon)), 0U) << "it says farewell";
      co_return {};
    });
  }
}

TEST_P(TlsPeers, OpensslAsAClientResumesItsSession) {
  const std::string session = dir / "session.pem";
  const tls_server server = server_with();
  for (const bool again : {false, true}) {
    tcp_listener listener = any_port();
    process client = must(process::start(
        quiet({"openssl", "s_client", "-connect", "127.0.0.1:" + port_of(listener), "-CAfile", root, "-quiet",
               "-no_ign_eof", "-tls1_3", again ? "-sess_in" : "-sess_out", session})));
    play(GetParam(), [&]() -> task<result<void>> {
      auto conn = co_await or_return(listener.accept().within(soon));
      auto s = co_await or_return(server.accept(std::move(conn)).within(soon));
      EXPECT_EQ(s.resumed(), again);
      co_await or_return(s.send("welcome\n"));
      EXPECT_EQ(co_await or_return(read_until(client.stream(), "\n")), "welcome\n");
      co_await or_return(client.stream().shutdown());
      std::string got(5, '\0');
      EXPECT_EQ(co_await or_return(s.recv(mutable_buffer(got)).within(soon)), 0U);
      co_await or_return(s.shutdown());
      (void)co_await client.wait().within(soon);
      co_return {};
    });
  }
}

TEST_P(TlsPeers, OpensslThatDoesNotTrustUsSaysSo) {
  tcp_listener listener = any_port();
  process client = must(process::start(
      quiet({"openssl", "s_client", "-connect", "127.0.0.1:" + port_of(listener), "-verify_return_error",
             "-quiet", "-CAfile", dir.write("other.pem", mint_root("Other").certificate)})));
  play(GetParam(), [&]() -> task<result<void>> {
    auto conn = co_await or_return(listener.accept().within(soon));
    const auto s = co_await server_with().accept(std::move(conn)).within(soon);
    expect_error(s, errc::connection_aborted);
    EXPECT_NE(s.error().message().find("the client does not accept our certificate (unknown ca)"),
              std::string::npos)
        << s.error().message();
    co_return {};
  });
}

TEST_P(TlsPeers, OpensslAsAServerAnswers) {
  for (const std::string version : {"-tls1_2", "-tls1_3"}) {
    process server = must(process::start(quiet({"openssl", "s_server", "-accept", "127.0.0.1:0", "-cert",
                                                chain, "-key", key, "-rev", "-naccept", "1", version})));
    play(GetParam(), [&]() -> task<result<void>> {
      std::string said = co_await or_return(read_until(server.stream(), "ACCEPT"));
      if (said.find('\n', said.find("ACCEPT")) == std::string::npos) {
        said += co_await or_return(read_until(server.stream(), "\n"));
      }
      const std::size_t colon = said.find(':', said.find("ACCEPT"));
      const port where = co_await or_return(
          port::parse(std::string_view(said).substr(colon + 1, said.find('\n', colon) - colon - 1)));
      auto conn = co_await or_return(tcp_stream::connect({ipv4_address::loopback(), where}));
      auto s = co_await or_return(client_with().connect(std::move(conn), "localhost").within(soon));
      EXPECT_EQ(s.peer()->subject, "CN=leaf");
      co_await or_return(s.send("ahoy\n"));
      std::string got(5, '\0');
      EXPECT_EQ(co_await or_return(s.recv(mutable_buffer(got)).within(soon)), 5U);
      EXPECT_EQ(got, "yoha\n");
      co_await or_return(s.shutdown());
      EXPECT_EQ(co_await or_return(s.recv(mutable_buffer(got)).within(soon)), 0U) << "it says farewell";
      (void)co_await server.wait().within(soon);
      co_return {};
    });
  }
}

// Answers one request with a body that ends where the connection ends.
task<result<void>> serve_once(tcp_listener& listener, const tls_server& server) {
  auto conn = co_await or_return(listener.accept().within(soon));
  buffered_reader request(co_await or_return(server.accept(std::move(conn)).within(soon)));
  EXPECT_EQ(request.inner().alpn(), "http/1.1");
  for (;;) {
    const auto line = co_await or_return(request.line());
    if (!line || line->empty()) break;
  }
  co_await or_return(request.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nahoy"));
  co_return co_await request.shutdown();
}

TEST_P(TlsPeers, CurlGetsAPage) {
  tls_server_options o = server_options();
  o.alpn = {"http/1.1"};
  const tls_server server = server_with(o);
  tcp_listener listener = any_port();
  process curl = must(process::start(quiet(
      {"curl", "-sS", "--noproxy", "*", "--cacert", root, "https://127.0.0.1:" + port_of(listener) + "/"})));
  play(GetParam(), [&]() -> task<result<void>> {
    co_await or_return(serve_once(listener, server));
    EXPECT_EQ(co_await or_return(read_until(curl.stream(), "never")), "ahoy");
    EXPECT_TRUE((co_await or_return(curl.wait().within(soon))).ok());
    co_return {};
  });
}

TEST_P(TlsPeers, CurlShowsItsCertificateAndItsPinIsOurs) {
  tls_server_options o = server_options();
  o.alpn = {"http/1.1"};
  o.clients = client_certificates::required;
  o.ca_pem = test_root().certificate;
  tcp_listener listener = any_port();
  process curl =
      must(process::start(quiet({"curl", "-sS", "--noproxy", "*", "--cacert", root, "--cert", chain, "--key",
                                 key, "https://127.0.0.1:" + port_of(listener) + "/"})));
  play(GetParam(), [&]() -> task<result<void>> {
    co_await or_return(serve_once(listener, server_with(o)));
    EXPECT_EQ(co_await or_return(read_until(curl.stream(), "never")), "ahoy");
    co_return {};
  });
}

TEST(PublicKeyPin, IsWhatOpensslComputes) {
  const temp_dir dir;
  const std::string file = dir.write("leaf.pem", test_leaf().certificate);
  const child_outcome said = run_program({"/bin/sh", "-c",
                                          "openssl x509 -in " + file +
                                              " -pubkey -noout | openssl pkey -pubin -outform der | "
                                              "openssl dgst -sha256 -binary | openssl base64 -A"});
  ASSERT_EQ(said.status, 0) << said.errors;
  const public_key_pin ours = test_leaf().identity().pin();
  EXPECT_EQ(public_key_pin::parse("sha256//" + said.output).value(), ours) << said.output;
  EXPECT_EQ(public_key_pin::parse("sha256:" + said.output).value(), ours);
  EXPECT_EQ(public_key_pin::parse(ours.to_string()).value(), ours);
}

}  // namespace
}  // namespace fairlead::testing
