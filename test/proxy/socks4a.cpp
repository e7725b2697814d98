// SPDX-License-Identifier: MIT
// SOCKS4a, byte by byte.
#include <gtest/gtest.h>

#include "proxy/talk.hpp"

namespace fairlead::testing {
namespace {

using namespace std::string_literals;

const std::string granted = "\x00\x5a\x00\x50\x7f\x00\x00\x01"s;

auto machine(std::string_view via = "socks4a://p:1", std::string_view host = "example.org") {
  return [via = proxy_of(via), target = target_of(host, port(80))] {
    return detail::socks4a_machine(via, target);
  };
}

std::string request(std::string_view host, std::string_view via = "socks4a://p:1") {
  const spoken s = talk_in_every_way(machine(via, host), granted + "banner");
  EXPECT_EQ(s.last, verdict_kind::done);
  EXPECT_EQ(s.rest, "banner");
  return s.sent.size() == 1 ? s.sent[0] : "not one request";
}

TEST(Socks4a, SendsANameAsAName) {
  EXPECT_EQ(request("example.org"),
            "\x04\x01\x00\x50\x00\x00\x00\x01\x00"
            "example.org\x00"s);
}

TEST(Socks4a, SendsTheUserName) {
  EXPECT_EQ(request("a.b", "socks4a://ada@p"),
            "\x04\x01\x00\x50\x00\x00\x00\x01"
            "ada\x00"
            "a.b\x00"s);
}

TEST(Socks4a, SendsIPv4AddressesInFigures) {
  EXPECT_EQ(request("192.0.2.7"), "\x04\x01\x00\x50\xc0\x00\x02\x07\x00"s);
}

TEST(Socks4a, SendsAddressesThatItCannotSayAsNames) {
  EXPECT_EQ(request("0.0.0.9"),
            "\x04\x01\x00\x50\x00\x00\x00\x01\x00"
            "0.0.0.9\x00"s);
  EXPECT_EQ(request("::1"),
            "\x04\x01\x00\x50\x00\x00\x00\x01\x00"
            "::1\x00"s);
}

TEST(Socks4a, TellsEveryRefusalInWords) {
  const struct {
    std::string answer;
    errc as;
    const char* says;
  } cases[] = {
      {"\x00\x5b"s, errc::connection_refused, "the proxy answers: request rejected or failed"},
      {"\x00\x5c"s, errc::permission_denied,
       "the proxy answers: rejected, because it cannot ask the identd of this machine"},
      {"\x00\x5d"s, errc::permission_denied,
       "the proxy answers: rejected, because the identd of this machine names another user"},
      {"\x00\x5e"s, errc::protocol_error, "the proxy answers with code 94, which has no meaning"},
      {"\x05\x00"s, errc::protocol_error,
       "the proxy does not speak SOCKS4a: its answer begins with byte 5 instead of 0"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(talk_in_every_way(machine(), c.answer).complaint,
              "connect example.org:80 through socks4a://p:1: "s + c.says);
    EXPECT_EQ(*machine()().look(std::as_bytes(std::span(c.answer)), false).why, c.as) << c.says;
  }
  EXPECT_EQ(talk_in_every_way(machine(), granted.substr(0, 7), true).complaint,
            "connect example.org:80 through socks4a://p:1: no answer of the proxy to the request: the "
            "connection was "
            "closed after 7 bytes");
}

}  // namespace
}  // namespace fairlead::testing
