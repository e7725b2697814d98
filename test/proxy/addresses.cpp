// SPDX-License-Identifier: MIT
// The addresses of proxies, and where they may be asked to connect to.
#include <gtest/gtest.h>

#include <sstream>

#include "proxy/talk.hpp"
#include "support/expect.hpp"

namespace fairlead::testing {
namespace {

struct parsed_case {
  const char* text;
  proxy_kind kind;
  const char* host;
  unsigned number;
  const char* user;
  const char* password;
};

TEST(ProxyAddress, HasItsParts) {
  const parsed_case cases[] = {
      {"socks5://localhost:9050", proxy_kind::socks5, "localhost", 9050, "", ""},
      {"socks5h://localhost:9050", proxy_kind::socks5, "localhost", 9050, "", ""},
      {"SOCKS5://LocalHost", proxy_kind::socks5, "localhost", 1080, "", ""},
      {"socks5://ada:secret@[::1]:1", proxy_kind::socks5, "::1", 1, "ada", "secret"},
      {"socks5://[::1]", proxy_kind::socks5, "::1", 1080, "", ""},
      {"socks5://a%40b:%3A%2f%25@127.0.0.1:1080/", proxy_kind::socks5, "127.0.0.1", 1080, "a@b", ":/%"},
      {"socks5://ada:a:b@p", proxy_kind::socks5, "p", 1080, "ada", "a:b"},
      {"socks4a://ada@p:1", proxy_kind::socks4a, "p", 1, "ada", ""},
      {"socks4a://p:1", proxy_kind::socks4a, "p", 1, "", ""},
      {"http://p", proxy_kind::http, "p", 1080, "", ""},
      {"http://ada:secret@p:8080", proxy_kind::http, "p", 8080, "ada", "secret"},
      {"http://ada@p:8080", proxy_kind::http, "p", 8080, "ada", ""},
  };
  for (const parsed_case& c : cases) {
    const result<proxy> p = proxy::parse(c.text);
    ASSERT_TRUE(p) << c.text << ": " << p.error().message();
    EXPECT_EQ(p->kind(), c.kind) << c.text;
    EXPECT_EQ(p->host(), c.host) << c.text;
    EXPECT_EQ(p->port(), c.number) << c.text;
    EXPECT_EQ(p->user(), c.user) << c.text;
    EXPECT_EQ(p->password(), c.password) << c.text;
    EXPECT_EQ(proxy::make(p->kind(), p->host(), p->port(), p->user(), p->password()).value(), *p) << c.text;
  }
}

TEST(ProxyAddress, IsPrintedWithoutUserAndPassword) {
  EXPECT_EQ(proxy_of("socks5h://ada:secret@[::1]").to_string(), "socks5://[::1]:1080");
  EXPECT_EQ(proxy_of("socks4a://key@p:1").to_string(), "socks4a://p:1");
  std::ostringstream out;
  out << proxy_of("http://ada:secret@P:8080/");
  EXPECT_EQ(out.str(), "http://p:8080");
}

struct refused_case {
  const char* text;
  const char* says;
  std::size_t offset;
  std::size_t length;
};

TEST(ProxyAddress, IsRefusedWithItsPlaceAndWithoutItsSecrets) {
  const refused_case cases[] = {
      {"", "the scheme is missing, as in socks5://localhost:1080", 0, 0},
      {"localhost:1080", "localhost:1080: the scheme is missing, as in socks5://localhost:1080", 0, 0},
      {"ada:SECRET@p:1080", "***@p:1080: the scheme is missing, as in socks5://localhost:1080", 0, 0},
      {"ada:SE://CRET@p", "***@p: the scheme is missing, as in socks5://localhost:1080", 0, 0},
      {"sock5://ada:SECRET@p", "sock5://***@p: unknown kind of proxy 'sock5'; did you mean socks5?", 0, 5},
      {"https://p", "https://p: unknown kind of proxy 'https'; there are socks5, socks5h, socks4a and http",
       0, 5},
      {"socks5://", "socks5://: the host of the proxy is missing", 9, 0},
      {"socks5://:1080", "socks5://:1080: the host of the proxy is missing", 9, 0},
      {"socks5://ada:SECRET@", "socks5://***@: the host of the proxy is missing", 13, 0},
      {"socks5://ada:SECRET@p:99999", "socks5://***@p:99999: port must be 0 to 65535", 15, 5},
      {"socks5://ada:SECRET", "socks5://ada:***: the port is neither a number nor the name of a service", 13,
       3},
      {"socks5://a da:SECRET", "socks5://a da:***: ' ' cannot be in a host name", 10, 1},
      {"socks5://p:0", "socks5://p:0: a proxy has no port 0", 11, 1},
      {"socks5://p:", "socks5://p:: the port is missing, as in socks5://localhost:7007", 11, 0},
      {"socks5://p:1/way", "socks5://p:1/way: the address of a proxy ends with its port", 12, 4},
      {"socks5://p?x=1", "socks5://p?x=1: the address of a proxy ends with its port", 10, 4},
      {"socks5://p q", "socks5://p q: ' ' cannot be in a host name", 10, 1},
      {"socks5://::1", "socks5://::1: an IPv6 address needs brackets, as in [::1]:7007", 9, 3},
      {"socks5://[::1", "socks5://[::1: '[' is never closed; write [::1]:7007", 9, 1},
      {"socks5://ada@p", "socks5://***@p: SOCKS5 wants a password with the user name, as in user:password@",
       9, 3},
      {"socks5://@p", "socks5://***@p: the user name is missing before the '@'", 9, 3},
      {"socks5://:SECRET@p", "socks5://***@p: there is a password, and no user name", 9, 3},
      {"socks5://ada:SE%CRET@p",
       "socks5://***@p: after '%' come two hexadecimal digits; a percent sign itself is written %25", 9, 3},
      {"socks5://ada:SE/CRET@p",
       "socks5://***@p: '@', '/', '?' and '#' in a user name or password are written %40, %2F, %3F and %23",
       9, 3},
      {"socks5://ada:SE@CRET@p",
       "socks5://***@p: '@', '/', '?' and '#' in a user name or password are written %40, %2F, %3F and %23",
       9, 3},
      {"socks5://ada:SE%0d%0aCRET@p", "socks5://***@p: a user name and a password hold no control characters",
       9, 3},
      {"socks5://ada:SE%00CRET@p", "socks5://***@p: a user name and a password hold no control characters", 9,
       3},
      {"socks4a://ada:SECRET@p", "socks4a://***@p: SOCKS4a has a user name only, no password", 10, 3},
      {"http://a%3Ab:SECRET@p", "http://***@p: a user name holds no ':' in HTTP", 7, 3},
  };
  for (const refused_case& c : cases) {
    const result<proxy> p = proxy::parse(c.text);
    ASSERT_FALSE(p) << c.text;
    EXPECT_EQ(p.error(), fault::bad_syntax) << c.text;
    EXPECT_EQ(p.error().message(), c.says) << c.text;
    EXPECT_EQ(place_of(p.error()), (syntax_place{c.offset, c.length})) << c.text;
    for (const char* const part : {"SE", "CRET"}) {
      EXPECT_FALSE((p.error().message() + underline(p.error())).contains(part)) << c.text;
    }
  }
}

TEST(ProxyAddress, HasCredentialsOfAtMost255Bytes) {
  const std::string most(255, 'x');
  expect_ok(proxy::parse("socks5://" + most + ':' + most + "@p"));
  for (const std::string& text : {"socks5://" + most + "x:y@p", "socks5://y:" + most + "x@p"}) {
    EXPECT_EQ(proxy::parse(text).error().message(),
              "socks5://***@p: a user name and a password have at most 255 bytes each");
  }
}

TEST(ProxyAddress, IsCheckedWhenMadeOfParts) {
  EXPECT_EQ(proxy::make(proxy_kind::socks5, "ada:SECRET@p", port(1)).error().message(),
            "a proxy: '@', '/', '?' and '#' cannot be in its host");
  EXPECT_EQ(proxy::make(proxy_kind::http, "p", port(1), "ada", "SE\r\nCRET").error().message(),
            "a proxy: a user name and a password hold no control characters");
  expect_error(proxy::make(proxy_kind::http, "", port(1)), fault::bad_syntax);
  expect_error(proxy::make(proxy_kind::http, "p", port(0)), fault::bad_syntax);
  expect_error(proxy::make(proxy_kind::http, "p\r\nx: y", port(1)), fault::bad_syntax);
}

TEST(ProxyTarget, IsRefusedBeforeAnythingIsSent) {
  const proxy via = proxy_of("http://ada:secret@p:1");
  const struct {
    std::string host;
    unsigned short number;
    std::string says;
  } cases[] = {
      {"", 80, "connect '':80 through http://p:1: the host is missing"},
      {"a", 0, "connect 'a':0 through http://p:1: there is no port 0 to connect to"},
      {"a\r\nX: y", 80, "connect 'a\\x0d\\x0aX: y':80 through http://p:1: '\\x0d' cannot be in a host name"},
      {std::string("a\0b", 3), 80,
       "connect 'a\\x00b':80 through http://p:1: '\\x00' cannot be in a host name"},
      {"a b", 80, "connect 'a b':80 through http://p:1: ' ' cannot be in a host name"},
      {"a:81", 80, "connect 'a:81':80 through http://p:1: ':' cannot be in a host name"},
      {"[::1]", 80, "connect '[::1]':80 through http://p:1: '[' cannot be in a host name"},
      {"u@a", 80, "connect 'u@a':80 through http://p:1: '@' cannot be in a host name"},
      {"a/b", 80, "connect 'a/b':80 through http://p:1: '/' cannot be in a host name"},
      {"fe80::1%1", 80,
       "connect 'fe80::1%1':80 through http://p:1: an address with a scope means something on this machine "
       "only, "
       "and nothing to a proxy"},
      {"b\xc3\xbc.example", 80,
       "connect 'b\xc3\xbc.example':80 through http://p:1: a host name goes to a proxy in ASCII: in its form "
       "that "
       "begins with xn--"},
  };
  for (const auto& c : cases) {
    const auto t = detail::check_target(via, c.host, port(c.number));
    ASSERT_FALSE(t) << c.host;
    EXPECT_EQ(t.error(), errc::invalid_argument);
    EXPECT_EQ(t.error().message(), c.says);
  }
  expect_ok(detail::check_target(via, std::string(255, 'a'), port(1)));
  expect_error(detail::check_target(via, std::string(256, 'a'), port(1)), errc::invalid_argument);
}

TEST(ProxyTarget, IsANameOrAnAddress) {
  EXPECT_EQ(target_of("Example.ORG", port(80)).authority(), "Example.ORG:80");
  EXPECT_EQ(target_of("192.0.2.1", port(80)).authority(), "192.0.2.1:80");
  EXPECT_EQ(target_of("2001:DB8:0::1", port(443)).authority(), "[2001:db8::1]:443");
  EXPECT_FALSE(target_of("127.1", port(80)).numeric)
      << "what only some programs take for an address is a name";
}

}  // namespace
}  // namespace fairlead::testing
