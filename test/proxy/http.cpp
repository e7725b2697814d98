// SPDX-License-Identifier: MIT
// HTTP CONNECT, byte by byte (RFC 9110, RFC 9112, RFC 7617).
#include <gtest/gtest.h>

#include "proxy/talk.hpp"

namespace fairlead::testing {
namespace {

using namespace std::string_literals;

auto machine(std::string_view via = "http://p:1", std::string_view host = "example.org") {
  return [via = proxy_of(via), target = target_of(host, port(80))] {
    return detail::http_connect_machine(via, target);
  };
}

errc code_of(std::string_view answer, std::string_view via = "http://p:1") {
  auto m = machine(via)();
  const detail::verdict v = m.look(std::as_bytes(std::span(answer)), false);
  EXPECT_TRUE(v.why);
  return v.why ? static_cast<errc>(v.why->code().value()) : errc();
}

std::string complaint(std::string_view answer, std::string_view via = "http://p:1", bool ended = false) {
  const spoken s = talk_in_every_way(machine(via), answer, ended);
  EXPECT_EQ(s.last, verdict_kind::failed);
  return s.complaint;
}

const std::string who = "connect example.org:80 through http://p:1: ";

TEST(HttpConnect, AsksWithTheTargetTwice) {
  const spoken s = talk_in_every_way(machine(), "HTTP/1.1 200 Connection established\r\n\r\n");
  EXPECT_EQ(s.last, verdict_kind::done);
  EXPECT_EQ(s.sent, (words{"CONNECT example.org:80 HTTP/1.1\r\nHost: example.org:80\r\n\r\n"}));
}

TEST(HttpConnect, PutsIPv6AddressesIntoBrackets) {
  EXPECT_EQ(machine("http://p", "::1")().to_send(), "CONNECT [::1]:80 HTTP/1.1\r\nHost: [::1]:80\r\n\r\n");
}

TEST(HttpConnect, SendsCredentialsAsBasicOnes) {
  EXPECT_EQ(machine("http://Aladdin:open%20sesame@p")().to_send(),
            "CONNECT example.org:80 HTTP/1.1\r\nHost: example.org:80\r\n"
            "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n");
}

TEST(HttpConnect, WritesBase64AsItsRfcHasIt) {
  const std::pair<const char*, const char*> cases[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"},
                                                       {"\xff\xfe\xfd", "//79"}};
  for (const auto& [bytes, text] : cases) EXPECT_EQ(detail::base64(bytes), text);
}

TEST(HttpConnect, TakesEverySuccessAndIgnoresTheLengthOfABody) {
  for (const std::string& head :
       {"HTTP/1.1 200 OK\r\n\r\n"s, "HTTP/1.0 200 Connection established\r\nProxy-agent: x\r\n\r\n"s,
        "HTTP/1.1 200\r\n\r\n"s, "HTTP/1.1 200 \r\n\r\n"s, "HTTP/1.1 299 Strange\r\n\r\n"s,
        "HTTP/1.1 200 OK\n\n"s, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"s,
        "HTTP/1.1 200 OK\r\nX: "s + std::string(60000, 'x') + "\r\n\r\n"}) {
    auto m = machine()();
    const spoken s = talk(m, head + "220 mail\r\n");
    EXPECT_EQ(s.last, verdict_kind::done) << s.complaint;
    EXPECT_EQ(s.rest, "220 mail\r\n") << "what follows is the target's";
  }
}

TEST(HttpConnect, WaitsThroughInterimAnswers) {
  const spoken s = talk_in_every_way(
      machine(),
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\nhi");
  EXPECT_EQ(s.last, verdict_kind::done);
  EXPECT_EQ(s.sent.size(), 1U);
  EXPECT_EQ(s.rest, "hi");
  EXPECT_EQ(complaint("HTTP/1.1 100 Continue\r\n\r\n", "http://p:1", true),
            who + "no final answer of the proxy to CONNECT: the connection was closed after 25 bytes");
  EXPECT_EQ(complaint("HTTP/1.1 101 Switching Protocols\r\n\r\n"),
            who + "the proxy switches to a protocol that nobody asked for");
}

TEST(HttpConnect, TellsRefusalsInTheProxysWords) {
  EXPECT_EQ(complaint("HTTP/1.1 403 Filtered\r\nContent-Length: 3\r\n\r\nno\n"),
            who + "the proxy answers: '403 Filtered'");
  EXPECT_EQ(complaint("HTTP/1.1 502 \x1b[31mBad\r\n\r\n"), who + "the proxy answers: '502 \\x1b[31mBad'");
  EXPECT_EQ(complaint("HTTP/1.1 301 Moved\r\nLocation: http://x/\r\n\r\n"),
            who + "the proxy answers: '301 Moved'");
  EXPECT_EQ(code_of("HTTP/1.1 403 Filtered\r\n\r\n"), errc::permission_denied);
  EXPECT_EQ(code_of("HTTP/1.1 405 Not allowed\r\n\r\n"), errc::permission_denied);
  EXPECT_EQ(code_of("HTTP/1.1 502 Bad gateway\r\n\r\n"), errc::host_unreachable);
  EXPECT_EQ(code_of("HTTP/1.1 504 Timeout\r\n\r\n"), errc::host_unreachable);
  EXPECT_EQ(code_of("HTTP/1.1 500 Unable to connect\r\n\r\n"), errc::connection_refused);
  EXPECT_EQ(code_of("HTTP/1.1 503\r\n\r\n"), errc::connection_refused);
}

TEST(HttpConnect, TellsAPasswordThatIsMissingFromOneThatIsWrong) {
  const std::string basic = "HTTP/1.1 407 Auth\r\nPROXY-authenticate: basic realm=\"x\"\r\n\r\n";
  EXPECT_EQ(complaint(basic), who + "the proxy wants a user name and a password (407)");
  EXPECT_EQ(complaint(basic, "http://ada:secret@p:1"),
            who + "the proxy refuses the user name or the password (407)");
  EXPECT_EQ(complaint("HTTP/1.1 407 Auth\r\n\r\n"), who + "the proxy wants a user name and a password (407)");
  EXPECT_EQ(
      complaint("HTTP/1.1 407 Auth\r\nProxy-Authenticate: Digest realm=x\r\nProxy-Authenticate:NTLM\r\n\r\n"),
      who + "the proxy wants its users to authenticate by 'Digest, NTLM', and only Basic is known here");
  EXPECT_EQ(code_of(basic), errc::permission_denied);
}

TEST(HttpConnect, RepeatsNoSecretThatTheProxyRepeats) {
  const char* const via = "http://ada:secret@p:1";
  const std::string hidden = "(words that repeat the user name or the password)";
  EXPECT_EQ(complaint("HTTP/1.1 403 not secret\r\n\r\n", via), who + "the proxy answers: " + hidden);
  EXPECT_EQ(complaint("HTTP/1.1 403 no YWRhOnNlY3JldA==\r\n\r\n", via), who + "the proxy answers: " + hidden);
  EXPECT_EQ(complaint("HTTP/1.1 ada\r\n\r\n", via), who + "the proxy's answer has no status: " + hidden);
  EXPECT_EQ(
      complaint("HTTP/1.1 407 x\r\nProxy-Authenticate: secret\r\n\r\n", via),
      who + "the proxy wants its users to authenticate by " + hidden + ", and only Basic is known here");
}

TEST(HttpConnect, TellsWhatALyingProxySaid) {
  const std::string otherwise =
      who + "the proxy does not speak HTTP/1: its answer to CONNECT begins otherwise";
  EXPECT_EQ(complaint("SSH-2.0-OpenSSH\r\n"), otherwise);
  EXPECT_EQ(complaint("HTTP/2 200\r\n\r\n"), otherwise);
  EXPECT_EQ(complaint("\r\nHTTP/1.1 200 OK\r\n\r\n"), otherwise);
  EXPECT_EQ(complaint("\x05"), otherwise);
  for (const char* const line :
       {"HTTP/1.2 200 OK", "HTTP/1.1  200 OK", "HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/1.1 099 OK",
        "HTTP/1.1 600 OK", "HTTP/1.1 +20 OK", "HTTP/1.1", "HTTP/1."}) {
    EXPECT_EQ(complaint(line + "\r\n\r\n"s), who + "the proxy's answer has no status: '" + line + "'");
  }
  EXPECT_EQ(complaint("HTTP/1.1 200 OK\r\nX: y\r\n", "http://p:1", true),
            who + "no answer of the proxy to CONNECT: the connection was closed after 23 bytes");
}

TEST(HttpConnect, ReadsNoEndlessHead) {
  const std::string endless = "HTTP/1.1 200 OK\r\nX: " + std::string(70000, 'x');
  auto at_once = machine()();
  auto in_pieces = machine()();
  const spoken s = talk(at_once, endless);
  EXPECT_EQ(s.complaint, who + "the proxy's answer to CONNECT has more than 65536 bytes");
  EXPECT_EQ(talk(in_pieces, endless, 1000), s);
  std::string interims;
  while (interims.size() < 70000) interims += "HTTP/1.1 100 Continue\r\n\r\n";
  auto patient = machine()();
  EXPECT_EQ(talk(patient, interims, 1000).complaint, s.complaint) << "nor one of endlessly many";
}

}  // namespace
}  // namespace fairlead::testing
