// SPDX-License-Identifier: MIT
// SOCKS5, byte by byte (RFC 1928, RFC 1929).
#include <gtest/gtest.h>

#include "proxy/talk.hpp"

namespace fairlead::testing {
namespace {

using namespace std::string_literals;

const std::string no_password = "\x05\x00"s;
const std::string with_password = "\x05\x02\x01\x00"s;
const std::string granted = "\x05\x00\x00\x01\x7f\x00\x00\x01\x1f\x90"s;

auto machine(std::string_view via = "socks5://p:1", std::string_view host = "example.org") {
  return [via = proxy_of(via), target = target_of(host, port(80))] {
    return detail::socks5_machine(via, target);
  };
}

std::string complaint(std::string_view answers, std::string_view via = "socks5://p:1", bool ended = false) {
  const spoken s = talk_in_every_way(machine(via), answers, ended);
  EXPECT_EQ(s.last, verdict_kind::failed);
  return s.complaint;
}

TEST(Socks5, SendsANameAsAName) {
  const spoken s = talk_in_every_way(machine(), no_password + granted);
  EXPECT_EQ(s.last, verdict_kind::done);
  EXPECT_EQ(s.sent, (words{"\x05\x01\x00"s,
                           "\x05\x01\x00\x03\x0b"
                           "example.org\x00\x50"s}));
  EXPECT_EQ(s.rest, "");
}

TEST(Socks5, SendsAddressesInFigures) {
  EXPECT_EQ(talk_in_every_way(machine("socks5://p", "192.0.2.7"), no_password + granted).sent.at(1),
            "\x05\x01\x00\x01\xc0\x00\x02\x07\x00\x50"s);
  EXPECT_EQ(talk_in_every_way(machine("socks5://p", "2001:db8::1"), no_password + granted).sent.at(1),
            "\x05\x01\x00\x04\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x50"s);
}

TEST(Socks5, SendsTheLongestNameThereIs) {
  const std::string host(255, 'a');
  std::string request = "\x05\x01\x00\x03\xff"s;
  request.append(host).append("\x00\x50"s);
  EXPECT_EQ(talk_in_every_way(machine("socks5://p", host), no_password + granted).sent.at(1), request);
}

TEST(Socks5, SendsThePasswordToWhoAsksForIt) {
  const spoken s = talk_in_every_way(machine("socks5://ada:secret@p"), with_password + granted);
  EXPECT_EQ(s.last, verdict_kind::done);
  EXPECT_EQ(s.sent, (words{"\x05\x02\x00\x02"s,
                           "\x01\x03"
                           "ada\x06secret"s,
                           "\x05\x01\x00\x03\x0b"
                           "example.org\x00\x50"s}));
}

TEST(Socks5, KeepsThePasswordFromWhoDoesNot) {
  EXPECT_EQ(talk_in_every_way(machine("socks5://ada:secret@p"), no_password + granted).sent,
            (words{"\x05\x02\x00\x02"s,
                   "\x05\x01\x00\x03\x0b"
                   "example.org\x00\x50"s}));
}

TEST(Socks5, LeavesWhatTheTargetSays) {
  EXPECT_EQ(talk_in_every_way(machine(), no_password + granted + "SSH-2.0-x\r\n").rest, "SSH-2.0-x\r\n");
}

TEST(Socks5, ReadsRepliesWithEveryKindOfAddress) {
  for (const std::string& reply : {"\x05\x00\x00\x03\x00\x00\x00"s,
                                   "\x05\x00\x00\x03\x05"
                                   "proxy\x00\x50"s,
                                   "\x05\x00\x00\x03\xff"s + std::string(255, 'x') + "\x00\x50"s,
                                   "\x05\x00\x00\x04"s + std::string(16, '\1') + "\x00\x50"s}) {
    const spoken s = talk_in_every_way(machine(), no_password + reply + "rest");
    EXPECT_EQ(s.last, verdict_kind::done);
    EXPECT_EQ(s.rest, "rest");
  }
}

TEST(Socks5, NeverReadsBeyondTheReply) {
  auto m = machine()();
  std::string there;
  for (const std::string& answers = no_password + granted; const char c : answers) {
    const detail::verdict v = m.look(std::as_bytes(std::span(there)), false);
    if (v.what == verdict_kind::answered) {
      there.erase(0, v.consumed);
    } else {
      ASSERT_EQ(v.what, verdict_kind::more);
      EXPECT_EQ(v.most, v.wanted);
    }
    there += c;
    EXPECT_LE(v.most, granted.size());
  }
}

TEST(Socks5, TellsEveryRefusalInWords) {
  const struct {
    char code;
    errc as;
    const char* says;
  } cases[] = {
      {1, errc::io_error, "the proxy answers: general failure of the SOCKS server"},
      {2, errc::permission_denied, "the proxy answers: connection not allowed by its rules"},
      {3, errc::network_unreachable, "the proxy answers: network unreachable"},
      {4, errc::host_unreachable, "the proxy answers: host unreachable"},
      {5, errc::connection_refused, "the proxy answers: connection refused"},
      {6, errc::host_unreachable, "the proxy answers: TTL expired"},
      {7, errc::operation_not_supported, "the proxy answers: command not supported"},
      {8, errc::address_family_not_supported, "the proxy answers: address type not supported"},
      {9, errc::protocol_error, "the proxy answers with code 9, which has no meaning"},
      {'\xff', errc::protocol_error, "the proxy answers with code 255, which has no meaning"},
  };
  for (const auto& c : cases) {
    const std::string answers = no_password + '\x05' + c.code;  // some hang up right behind it
    EXPECT_EQ(complaint(answers), "connect example.org:80 through socks5://p:1: "s + c.says);
    auto m = machine()();
    const auto ready = "\x05\x00"s;
    (void)m.look(std::as_bytes(std::span(ready)), false);
    const std::string refusal = "\x05"s + c.code;
    EXPECT_EQ(*m.look(std::as_bytes(std::span(refusal)), false).why, c.as) << c.says;
  }
}

TEST(Socks5, TellsWhatALyingProxySaid) {
  const std::string who = "connect example.org:80 through socks5://p:1: ";
  EXPECT_EQ(
      complaint("HTTP/1.1 400 Bad Request\r\n"),
      who + "the proxy does not speak SOCKS5: its answer to the greeting begins with byte 72 instead of 5");
  EXPECT_EQ(complaint("\x05\x01"),
            who + "the proxy chose authentication method 1, which was not offered to it");
  EXPECT_EQ(complaint("\x05\x02"),
            who + "the proxy chose authentication method 2, which was not offered to it");
  EXPECT_EQ(complaint("\x05\xff"),
            who + "the proxy wants its users to authenticate, and no user name and password is given");
  EXPECT_EQ(complaint(no_password + "\x04"),
            who + "the proxy answers to the request in version 4 instead of 5");
  EXPECT_EQ(complaint(no_password + "\x05\x00\x00\x02"s),
            who + "the proxy answers with an address of type 2, which has no meaning");
  const char* const via = "socks5://ada:secret@p:1";
  EXPECT_EQ(complaint("\x05\xff", via),
            who + "the proxy accepts neither a user name and password nor their absence");
  EXPECT_EQ(complaint("\x05\x02\x05\x00"s, via),
            who + "the proxy answers to the user name and password in version 5 instead of 1");
  EXPECT_EQ(complaint("\x05\x02\x01\x01"s, via), who + "the proxy refuses the user name or the password");
}

TEST(Socks5, TellsInWhichStepTheProxyHungUp) {
  const std::string who = "connect example.org:80 through socks5://p:1: ";
  const char* const via = "socks5://ada:secret@p:1";
  EXPECT_EQ(complaint("", via, true),
            who + "no answer of the proxy to the greeting: the connection was closed");
  EXPECT_EQ(complaint("\x05", via, true),
            who + "no answer of the proxy to the greeting: the connection was closed after 1 byte");
  EXPECT_EQ(complaint("\x05\x02", via, true),
            who + "no answer of the proxy to the user name and password: the connection was closed");
  EXPECT_EQ(complaint(with_password + "\x05\x00"s, via, true),
            who + "no answer of the proxy to the request: the connection was closed after 2 bytes");
}

}  // namespace
}  // namespace fairlead::testing
