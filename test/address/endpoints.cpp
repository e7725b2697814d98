// SPDX-License-Identifier: MIT
// Ports, IP endpoints, Unix names, and endpoints that are any of them.
#include <netdb.h>

#include <array>

#include <gtest/gtest.h>

#include <fairlead/address.hpp>

namespace {

using namespace fairlead;

static_assert(sizeof(port) == 2 && sizeof(ip_address) <= 24 && sizeof(ip_endpoint) <= 28);
static_assert(std::is_trivially_copyable_v<endpoint> && std::is_trivially_copyable_v<unix_address>);
static_assert(port(80) == 80 && port() == 0 && port(65535).number() == 65535 && port(0).is_any());
static_assert(ip_endpoint(ipv4_address::loopback(), 80).with_port(81).port() == 81);
static_assert(endpoint(ipv6_address::loopback(), 80).ip().address().is_loopback());
static_assert(endpoint().is_unspecified() && !endpoint().is_ip() && !endpoint().is_unix());
static_assert(endpoint(unix_address()).is_unix() && endpoint(unix_address()).unix_socket().is_unnamed());

TEST(Port, ParsesEveryNumber) {
  for (unsigned n = 0; n <= 65535; ++n) {
    const auto parsed = port::parse(std::to_string(n));
    ASSERT_TRUE(parsed) << n;
    ASSERT_EQ(parsed->number(), n);
    ASSERT_EQ(parsed->to_string(), std::to_string(n));
  }
  EXPECT_EQ(port::parse("00080").value(), 80);
  EXPECT_EQ(
      port::parse("0000000000000000000000000000000000000000000000000000000000000000000000000001").value(), 1);
}

TEST(Port, SaysTheRangeForNumbersOutsideIt) {
  for (const char* text : {"65536", "70000", "99999999999999999999", "-1", "+80", "-0", "4294967376"}) {
    const auto parsed = port::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().message(), std::string(text) + ": port must be 0 to 65535");
  }
}

TEST(Port, RefusesWhatIsNeitherNumberNorName) {
  for (const std::string_view text :
       {std::string_view(""), std::string_view(" 80"), std::string_view("80 "), std::string_view("-"),
        std::string_view("8,0"), std::string_view("1.5"), std::string_view("80\0", 3),
        std::string_view("http\0", 5), std::string_view("\n"), std::string_view("0x50")}) {
    EXPECT_FALSE(port::parse(text)) << text;
  }
  EXPECT_FALSE(port::parse(std::string(100000, 'x')));
}

TEST(Port, FindsServicesInTheSystemsDatabase) {
  // The reference is the database of this machine, whatever it holds.
  for (const auto& [name, protocol, database] : {std::tuple{"http", transport::tcp, "tcp"},
                                                 {"domain", transport::udp, "udp"},
                                                 {"https", transport::tcp, "tcp"},
                                                 {"ntp", transport::udp, "udp"},
                                                 {"ssh", transport::tcp, "tcp"},
                                                 {"http", transport::unix_stream, "tcp"}}) {
    const servent* const entry = getservbyname(name, database);
    const auto parsed = port::parse(name, protocol);
    ASSERT_EQ(parsed.has_value(), entry != nullptr) << name;
    if (entry != nullptr) {
      EXPECT_EQ(parsed->number(), ntohs(static_cast<std::uint16_t>(entry->s_port)));
      std::string upper = name;
      for (char& c : upper) c = static_cast<char>(std::toupper(c));
      EXPECT_EQ(port::parse(upper, protocol).value(), *parsed);
    }
  }
}

TEST(Port, DoesNotTakeAServiceOfAnotherTransport) {
  const auto parsed = port::parse("no-such-service", transport::udp);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error(), fault::unknown_name);
  EXPECT_EQ(parsed.error().message(),
            "no-such-service: 'no-such-service' is neither a port (0 to 65535) nor a udp service that this "
            "system knows");
}

struct good {
  const char* text;
  const char* canonical;
  friend std::ostream& operator<<(std::ostream& out, const good& row) { return out << row.text; }
};

class GoodIpEndpoint : public testing::TestWithParam<good> {};

TEST_P(GoodIpEndpoint, ParsesAndPrintsCanonically) {
  const auto parsed = ip_endpoint::parse(GetParam().text);
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->to_string(), GetParam().canonical);
  EXPECT_EQ(ip_endpoint::parse(GetParam().canonical).value(), *parsed);
  EXPECT_EQ(endpoint::parse(GetParam().text).value(), endpoint(*parsed));
  EXPECT_EQ(endpoint(*parsed).to_string(), GetParam().canonical);
}

INSTANTIATE_TEST_SUITE_P(Endpoints, GoodIpEndpoint,
                         testing::Values(good{"127.0.0.1:80", "127.0.0.1:80"}, good{"0.0.0.0:0", "0.0.0.0:0"},
                                         good{"255.255.255.255:65535", "255.255.255.255:65535"},
                                         good{"[::1]:80", "[::1]:80"}, good{"[::]:0", "[::]:0"},
                                         good{"[0:0:0:0:0:0:0:1]:0080", "[::1]:80"},
                                         good{"[::ffff:c000:201]:1", "[::ffff:192.0.2.1]:1"},
                                         good{"[fe80::1%lo]:80", "[fe80::1%lo]:80"},
                                         good{"[fe80::1%4294967295]:80", "[fe80::1%4294967295]:80"},
                                         good{"[2001:DB8::1]:443", "[2001:db8::1]:443"}));

struct bad {
  const char* text;
  syntax_place place;
  const char* reason;
  friend std::ostream& operator<<(std::ostream& out, const bad& row) { return out << row.text; }
};

class BadIpEndpoint : public testing::TestWithParam<bad> {};

TEST_P(BadIpEndpoint, IsRefusedAtItsPlace) {
  const auto parsed = ip_endpoint::parse(GetParam().text);
  ASSERT_FALSE(parsed) << *parsed;
  EXPECT_EQ(place_of(parsed.error()), GetParam().place) << underline(parsed.error());
  EXPECT_NE(parsed.error().reason().find(GetParam().reason), std::string::npos) << parsed.error().reason();
}

INSTANTIATE_TEST_SUITE_P(
    Endpoints, BadIpEndpoint,
    testing::Values(bad{"", {0, 0}, "is empty"}, bad{":", {0, 0}, "is empty"}, bad{":80", {0, 0}, "is empty"},
                    bad{"127.0.0.1", {9, 0}, "the port is missing"},
                    bad{"127.0.0.1:", {10, 0}, "the port is missing"},
                    bad{"127.0.0.1:65536", {10, 5}, "port must be 0 to 65535"},
                    bad{"127.0.0.1:-1", {10, 2}, "port must be 0 to 65535"},
                    bad{"127.0.0.1: 80", {10, 3}, "is not a port"}, bad{"127.0.0:80", {7, 0}, "only three"},
                    bad{"::1:80", {0, 6}, "needs brackets"}, bad{"::1", {0, 3}, "needs brackets"},
                    bad{"127.0.0.1:80:81", {0, 15}, "needs brackets"},
                    bad{"[::1]", {5, 0}, "the port is missing"},
                    bad{"[::1]80", {5, 2}, "after ']' comes ':'"}, bad{"[::1", {0, 1}, "never closed"},
                    bad{"[", {0, 1}, "never closed"}, bad{"[]:80", {1, 0}, "is missing"},
                    bad{"[::1]:", {6, 0}, "the port is missing"}, bad{"[::1]:70000", {6, 5}, "0 to 65535"},
                    bad{"[::1::]:80", {4, 2}, "only once"}, bad{"[127.0.0.1]:80", {1, 9}, "only 2"},
                    bad{"[[::1]]:80", {1, 1}, "brackets"}, bad{"localhost:80", {0, 1}, "'l' does not belong"},
                    bad{"[::1]]:80", {5, 4}, "after ']'"}, bad{"tcp://127.0.0.1:80", {0, 18}, "brackets"}));

TEST(UnixAddress, HoldsAPathOf107BytesAndNoMore) {
  const std::string longest(107, 'p');
  const auto path = unix_address::path(longest);
  ASSERT_TRUE(path);
  EXPECT_TRUE(path->is_path() && !path->is_abstract() && !path->is_unnamed());
  EXPECT_EQ(path->name(), longest);
  const auto longer = unix_address::path(longest + "p");
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().reason(), "the path has 108 bytes, and the path of a socket at most 107");
  EXPECT_EQ(place_of(longer.error()), (syntax_place{107, 1}));
}

TEST(UnixAddress, HoldsAnAbstractNameOfAnyBytes) {
  std::string all(107, '\0');
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<char>(i * 5);
  const auto name = unix_address::abstract(all);
  ASSERT_TRUE(name);
  EXPECT_TRUE(name->is_abstract() && !name->is_path() && !name->is_unnamed());
  EXPECT_EQ(name->name(), all);
  EXPECT_EQ(unix_address::parse(name->to_string()).value(), *name);
  EXPECT_FALSE(unix_address::abstract(all + "x"));
  EXPECT_TRUE(unix_address::abstract("").value().is_abstract());
  EXPECT_EQ(unix_address::abstract("").value().to_string(), "@");
}

TEST(UnixAddress, RefusesPathsThatCannotExist) {
  EXPECT_EQ(unix_address::path("").error(), fault::bad_syntax);
  const auto nul = unix_address::path(std::string_view("/a\0b", 4));
  ASSERT_FALSE(nul);
  EXPECT_EQ(nul.error().message(), "/a\\x00b: a path cannot hold a NUL byte");
  EXPECT_EQ(place_of(nul.error()), (syntax_place{2, 1}));
}

TEST(UnixAddress, TellsAPathFromAnAbstractNameOfTheSameBytes) {
  EXPECT_NE(unix_address::path("x").value(), unix_address::abstract("x").value());
  EXPECT_NE(unix_address(), unix_address::abstract("").value());
  EXPECT_NE(unix_address::path("a").value(), unix_address::path("b").value());
  EXPECT_LT(unix_address::path("a").value(), unix_address::path("ab").value());
}

struct unix_text {
  std::string text;
  bool abstract;
  std::string name;
  std::string canonical;
  friend std::ostream& operator<<(std::ostream& out, const unix_text& row) { return out << row.text; }
};

class UnixText : public testing::TestWithParam<unix_text> {};

TEST_P(UnixText, RoundTrips) {
  const auto parsed = unix_address::parse(GetParam().text);
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->is_abstract(), GetParam().abstract);
  EXPECT_EQ(parsed->name(), GetParam().name);
  EXPECT_EQ(parsed->to_string(), GetParam().canonical);
  EXPECT_EQ(unix_address::parse(GetParam().canonical).value(), *parsed);
  EXPECT_EQ(endpoint::parse(endpoint(*parsed).to_string()).value(), endpoint(*parsed));
}

INSTANTIATE_TEST_SUITE_P(
    Endpoints, UnixText,
    testing::Values(
        unix_text{"/run/app.sock", false, "/run/app.sock", "/run/app.sock"},
        unix_text{"relative", false, "relative", "relative"}, unix_text{"./x", false, "./x", "./x"},
        unix_text{"/a b", false, "/a b", "/a b"}, unix_text{"/a%20b", false, "/a b", "/a b"},
        unix_text{"/100%25", false, "/100%", "/100%25"}, unix_text{"/%0A", false, "/\n", "/%0A"},
        unix_text{"/%0a", false, "/\n", "/%0A"}, unix_text{"/\x7f", false, "/\x7f", "/%7F"},
        unix_text{"/\xc3\xbc", false, "/\xc3\xbc", "/\xc3\xbc"}, unix_text{"@name", true, "name", "@name"},
        unix_text{"@", true, "", "@"}, unix_text{"@@", true, "@", "@@"},
        unix_text{"@a%00b", true, std::string("a\0b", 3), "@a%00b"},
        unix_text{"%40name", false, "@name", "%40name"}, unix_text{"/@x", false, "/@x", "/@x"},
        unix_text{"%28unnamed)", false, "(unnamed)", "%28unnamed)"},
        unix_text{"(unspecified)", false, "(unspecified)", "(unspecified)"},
        unix_text{"127.0.0.1:80", false, "127.0.0.1:80", "127.0.0.1:80"},
        unix_text{"unix:x", false, "unix:x", "unix:x"}, unix_text{"[::1]:1", false, "[::1]:1", "[::1]:1"}));

TEST(UnixAddress, PointsAtBrokenEscapes) {
  for (const auto& [text, place] : {std::pair{"/a%", syntax_place{2, 1}},
                                    {"/a%2", {2, 2}},
                                    {"/a%zz/b", {2, 3}},
                                    {"@%", {1, 1}},
                                    {"/%2g", {1, 3}}}) {
    const auto parsed = unix_address::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(place_of(parsed.error()), place) << underline(parsed.error());
    EXPECT_NE(parsed.error().reason().find("%25"), std::string::npos);
  }
  EXPECT_FALSE(unix_address::parse(""));
  EXPECT_FALSE(unix_address::parse("/%00"));
  EXPECT_FALSE(unix_address::parse("@" + std::string(108, 'x')));
  EXPECT_TRUE(unix_address::parse("@" + std::string(107, 'x')));
}

TEST(Endpoint, IsWhateverItsTextLooksLike) {
  EXPECT_TRUE(endpoint::parse("127.0.0.1:80").value().is_ip());
  EXPECT_TRUE(endpoint::parse("[::1]:80").value().is_ip());
  EXPECT_TRUE(endpoint::parse("/path").value().unix_socket().is_path());
  EXPECT_TRUE(endpoint::parse("./127.0.0.1:80").value().unix_socket().is_path());
  EXPECT_TRUE(endpoint::parse("../x").value().unix_socket().is_path());
  EXPECT_TRUE(endpoint::parse("@name").value().unix_socket().is_abstract());
  EXPECT_TRUE(endpoint::parse("(unnamed)").value().unix_socket().is_unnamed());
  EXPECT_EQ(endpoint::parse("unix:127.0.0.1:80").value(),
            endpoint(unix_address::path("127.0.0.1:80").value()));
  EXPECT_EQ(endpoint::parse("unix:/path").value().to_string(), "/path");
  for (const char* text :
       {"", "path", "localhost:80", "(unspecified)", "unix:", ".hidden", "..", "1.2.3.4", "/%"}) {
    EXPECT_FALSE(endpoint::parse(text)) << text;
  }
}

TEST(Endpoint, KnowsItsFamily) {
  EXPECT_EQ(endpoint().family(), family::unspecified);
  EXPECT_EQ(endpoint(ipv4_address::any(), 1).family(), family::ipv4);
  EXPECT_EQ(endpoint(ipv6_address::any(), 1).family(), family::ipv6);
  EXPECT_EQ(endpoint(unix_address()).family(), family::unix_domain);
  EXPECT_EQ(endpoint().to_string(), "(unspecified)");
  EXPECT_EQ(endpoint(unix_address()).to_string(), "(unnamed)");
  EXPECT_EQ(to_string(family::unspecified), "unspecified");
  EXPECT_EQ(to_string(family::ipv4), "ipv4");
  EXPECT_EQ(to_string(family::ipv6), "ipv6");
  EXPECT_EQ(to_string(family::unix_domain), "unix");
}

TEST(EndpointDeathTest, DoesNotGiveOutAnAlternativeThatItIsNot) {
  EXPECT_DEATH((void)endpoint().ip(), "not IP");
  EXPECT_DEATH((void)endpoint(unix_address()).ip(), "not IP");
  EXPECT_DEATH((void)endpoint().unix_socket(), "not Unix");
  EXPECT_DEATH((void)endpoint(ipv4_address::any(), 1).unix_socket(), "not Unix");
}

}  // namespace
