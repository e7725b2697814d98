// SPDX-License-Identifier: MIT
#include <fairlead/url.hpp>

#include <random>
#include <sstream>
#include <unordered_set>

#include <gtest/gtest.h>

namespace {

using namespace fairlead;

struct good {
  std::string text;
  std::string canonical;
  scheme which;
  std::string host;        // or the path, where there is no host
  int number = 0;          // the port
  std::string where = {};  // the numeric endpoint, if there is one
  friend std::ostream& operator<<(std::ostream& out, const good& row) { return out << row.text; }
};

class GoodUrl : public testing::TestWithParam<good> {};

TEST_P(GoodUrl, ParsesAndPrintsCanonically) {
  const good& expected = GetParam();
  const auto parsed = url::parse(expected.text);
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->to_string(), expected.canonical);
  EXPECT_EQ(parsed->scheme(), expected.which);
  EXPECT_EQ(parsed->path().empty() ? parsed->host() : parsed->path(), expected.host);
  EXPECT_EQ(parsed->port().number(), expected.number);
  ASSERT_EQ(parsed->numeric_endpoint().has_value(), !expected.where.empty());
  if (!expected.where.empty()) {
    EXPECT_EQ(parsed->numeric_endpoint()->to_string(), expected.where);
  }
  const auto again = url::parse(expected.canonical);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(*again, *parsed);
}

const std::string long_label(63, 'a');
const std::string long_name =
    long_label + '.' + long_label + '.' + long_label + '.' + std::string(61, 'b');  // 253 characters

INSTANTIATE_TEST_SUITE_P(
    HostAndPort, GoodUrl,
    testing::Values(
        good{"tcp://localhost:7007", "tcp://localhost:7007", scheme::tcp, "localhost", 7007},
        good{"localhost:80", "tcp://localhost:80", scheme::tcp, "localhost", 80},
        good{"127.0.0.1:80", "tcp://127.0.0.1:80", scheme::tcp, "127.0.0.1", 80, "127.0.0.1:80"},
        good{"[::1]:80", "tcp://[::1]:80", scheme::tcp, "::1", 80, "[::1]:80"},
        good{"tcp://[0:0::0:1]:0", "tcp://[::1]:0", scheme::tcp, "::1", 0, "[::1]:0"},
        good{":8080", "tcp://:8080", scheme::tcp, "", 8080}, good{"tcp://:0", "tcp://:0", scheme::tcp, "", 0},
        good{"udp://:53", "udp://:53", scheme::udp, "", 53},
        good{"TCP://LocalHost:80", "tcp://localhost:80", scheme::tcp, "localhost", 80},
        good{"tcp://localhost:80/", "tcp://localhost:80", scheme::tcp, "localhost", 80},
        good{"tcp://localhost:80?", "tcp://localhost:80", scheme::tcp, "localhost", 80},
        good{"tcp://localhost:80/?", "tcp://localhost:80", scheme::tcp, "localhost", 80},
        good{"tcp://local%68ost:80", "tcp://localhost:80", scheme::tcp, "localhost", 80},
        good{"tcp://example.com.:80", "tcp://example.com.:80", scheme::tcp, "example.com.", 80},
        good{"tcp://_srv._tcp.example.com:1", "tcp://_srv._tcp.example.com:1", scheme::tcp,
             "_srv._tcp.example.com", 1},
        good{"my_host:1", "tcp://my_host:1", scheme::tcp, "my_host", 1},
        good{"a-b.c:1", "tcp://a-b.c:1", scheme::tcp, "a-b.c", 1},
        good{"4you.example:1", "tcp://4you.example:1", scheme::tcp, "4you.example", 1},
        good{"tcp://1.2.3.4.example:1", "tcp://1.2.3.4.example:1", scheme::tcp, "1.2.3.4.example", 1},
        good{"tcp://b\xc3\xbc"
             "cher.example:1",
             "tcp://b\xc3\xbc"
             "cher.example:1",
             scheme::tcp,
             "b\xc3\xbc"
             "cher.example",
             1},
        good{"tcp://b%C3%BCcher.example:1",
             "tcp://b\xc3\xbc"
             "cher.example:1",
             scheme::tcp,
             "b\xc3\xbc"
             "cher.example",
             1},
        good{"tcp://" + long_name + ":1", "tcp://" + long_name + ":1", scheme::tcp, long_name, 1},
        good{"tcp://" + long_name + ".:1", "tcp://" + long_name + ".:1", scheme::tcp, long_name + ".", 1},
        good{"tcp4://localhost:1", "tcp4://localhost:1", scheme::tcp4, "localhost", 1},
        good{"tcp4://1.2.3.4:1", "tcp4://1.2.3.4:1", scheme::tcp4, "1.2.3.4", 1, "1.2.3.4:1"},
        good{"tcp6://localhost:1", "tcp6://localhost:1", scheme::tcp6, "localhost", 1},
        good{"tcp6://[::1]:1", "tcp6://[::1]:1", scheme::tcp6, "::1", 1, "[::1]:1"},
        good{"tcp6://[::ffff:1.2.3.4]:1", "tcp6://[::ffff:1.2.3.4]:1", scheme::tcp6, "::ffff:1.2.3.4", 1,
             "[::ffff:1.2.3.4]:1"},
        good{"udp://localhost:9", "udp://localhost:9", scheme::udp, "localhost", 9},
        good{"udp4://10.0.0.1:9", "udp4://10.0.0.1:9", scheme::udp4, "10.0.0.1", 9, "10.0.0.1:9"},
        good{"udp6://[ff02::1%lo]:9", "udp6://[ff02::1%lo]:9", scheme::udp6, "ff02::1%lo", 9,
             "[ff02::1%lo]:9"},
        good{"tls://example.com:443", "tls://example.com:443", scheme::tls, "example.com", 443},
        good{"tls://[2001:DB8::1]:443", "tls://[2001:db8::1]:443", scheme::tls, "2001:db8::1", 443,
             "[2001:db8::1]:443"},
        good{"tcp://[fe80::1%25lo]:80", "tcp://[fe80::1%lo]:80", scheme::tcp, "fe80::1%lo", 80,
             "[fe80::1%lo]:80"},
        good{"tcp://[fe80::1%4294967295]:80", "tcp://[fe80::1%4294967295]:80", scheme::tcp,
             "fe80::1%4294967295", 80, "[fe80::1%4294967295]:80"},
        // Hosts that are called like a scheme need theirs written.
        good{"tcp://tcp:80", "tcp://tcp:80", scheme::tcp, "tcp", 80},
        good{"udp2:80", "tcp://udp2:80", scheme::tcp, "udp2", 80},
        good{"ws:80", "tcp://ws:80", scheme::tcp, "ws", 80}));

INSTANTIATE_TEST_SUITE_P(
    Others, GoodUrl,
    testing::Values(
        good{"-", "-", scheme::stdio, ""},
        good{"unix:/run/a.sock", "unix:/run/a.sock", scheme::unix_stream, "/run/a.sock", 0, "/run/a.sock"},
        good{"unix:a.sock", "unix:a.sock", scheme::unix_stream, "a.sock", 0, "unix:a.sock"},
        good{"unix:///run/a.sock", "unix:/run/a.sock", scheme::unix_stream, "/run/a.sock", 0, "/run/a.sock"},
        good{"unix:////x", "unix:////x", scheme::unix_stream, "//x", 0, "//x"},
        good{"UNIX:/x", "unix:/x", scheme::unix_stream, "/x", 0, "/x"},
        good{"unix:@name", "unix:@name", scheme::unix_stream, "name", 0, "@name"},
        good{"unix:@", "unix:@", scheme::unix_stream, "", 0, "@"},
        good{"unix:%40name", "unix:%40name", scheme::unix_stream, "@name", 0, "unix:%40name"},
        good{"unix:@a%00b", "unix:@a%00b", scheme::unix_stream, std::string("a\0b", 3), 0, "@a%00b"},
        good{"unix:/a b", "unix:/a%20b", scheme::unix_stream, "/a b", 0, "/a b"},
        good{"unix:/a%3Fb%23c", "unix:/a%3Fb%23c", scheme::unix_stream, "/a?b#c", 0, "/a?b#c"},
        good{"unix:/a#b", "unix:/a%23b", scheme::unix_stream, "/a#b", 0, "/a#b"},
        good{"unix:(unnamed)", "unix:%28unnamed)", scheme::unix_stream, "(unnamed)", 0, "unix:%28unnamed)"},
        good{"unix:a:b", "unix:a:b", scheme::unix_stream, "a:b", 0, "unix:a:b"},
        good{"unix-dgram:/x", "unix-dgram:/x", scheme::unix_datagram, "/x", 0, "/x"},
        good{"unix-seqpacket:@x", "unix-seqpacket:@x", scheme::unix_seqpacket, "x", 0, "@x"},
        good{"exec:date", "exec:date", scheme::exec, "date"},
        good{"exec:date +%s?&=#", "exec:date +%s?&=#", scheme::exec, "date +%s?&=#"},
        good{"exec:// x", "exec:// x", scheme::exec, "// x"}, good{"exec: ", "exec: ", scheme::exec, " "},
        good{"EXEC:Date", "exec:Date", scheme::exec, "Date"},
        good{"pty:sh -c 'a && b\n'", "pty:sh -c 'a && b\n'", scheme::pty, "sh -c 'a && b\n'"},
        good{"file:/tmp/x", "file:/tmp/x", scheme::file, "/tmp/x"},
        good{"file:x", "file:x", scheme::file, "x"},
        good{"file:///tmp/x", "file:/tmp/x", scheme::file, "/tmp/x"},
        good{"file:-", "file:-", scheme::file, "-"}, good{"file:@x", "file:@x", scheme::file, "@x"},
        good{"file:////x", "file:////x", scheme::file, "//x"},
        good{"file:a%20b%25", "file:a%20b%25", scheme::file, "a b%"}));

struct bad {
  std::string text;
  std::string message;  // after "text: "
  std::string carets;   // the line under the text
  friend std::ostream& operator<<(std::ostream& out, const bad& row) { return out << row.text; }
};

class BadUrl : public testing::TestWithParam<bad> {};

TEST_P(BadUrl, IsRefusedWithThePlaceAndTheRemedy) {
  const auto parsed = url::parse(GetParam().text);
  ASSERT_FALSE(parsed) << *parsed;
  EXPECT_EQ(parsed.error().operation(), verb::parse);
  EXPECT_EQ(parsed.error().message(), GetParam().text + ": " + GetParam().message);
  EXPECT_EQ(underline(parsed.error()), GetParam().text + '\n' + GetParam().carets);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(
    Schemes, BadUrl,
    testing::Values(
        bad{"tpc://localhost:80", "unknown scheme 'tpc'; did you mean tcp?",
            "^^^"},
        bad{"udpp://localhost:80", "unknown scheme 'udpp'; did you mean udp?",
            "^^^^"},
        bad{"unx:/x", "unknown scheme 'unx'; did you mean unix?",
            "^^^"},
        bad{"unix_dgram:/x", "the port is missing, as in tcp://localhost:7007",
            "           ^"},
        bad{"unixdgram:/x", "unknown scheme 'unixdgram'; did you mean unix-dgram?",
            "^^^^^^^^^"},
        bad{"exce:ls -l", "unknown scheme 'exce'; did you mean exec?",
            "^^^^"},
        bad{"http://localhost:80", "unknown scheme 'http'; there are tcp, udp, tls, unix, unix-dgram, unix-seqpacket, exec, pty and file",
            "^^^^"},
        bad{"bogus:x:1", "unknown scheme 'bogus'; there are tcp, udp, tls, unix, unix-dgram, unix-seqpacket, exec, pty and file",
            "^^^^^"},
        bad{"tcp//localhost:80", "after 'tcp' comes '://'",
            "   ^"},
        bad{"ws://localhost:80", "'ws' is reserved for WebSocket, which is not supported yet",
            "^^"},
        bad{"wss://localhost:80", "'wss' is reserved for WebSocket, which is not supported yet",
            "^^^"},
        bad{"://localhost:80", "the scheme is missing before '//', as in tcp://",
            "^"},
        bad{"//localhost:80", "the scheme is missing before '//', as in tcp://",
            "^"},
        bad{"/run/a.sock", "a path needs a scheme before it, as in unix:/path",
            "^^^^^^^^^^^"},
        bad{"@name", "a path needs a scheme before it, as in unix:/path",
            "^^^^^"},
        bad{"./x", "a path needs a scheme before it, as in unix:/path",
            "^^^"},
        bad{"tcp:localhost:80", "after 'tcp:' comes '//', as in tcp://localhost:7007",
            "    ^"},
        bad{"tcp:", "after 'tcp:' comes '//', as in tcp://localhost:7007",
            "    ^"},
        bad{"udp:/x", "after 'udp:' comes '//', as in udp://localhost:7007",
            "    ^"}));

INSTANTIATE_TEST_SUITE_P(
    Hosts, BadUrl,
    testing::Values(
        bad{"tcp://", "the port is missing, as in tcp://localhost:7007",
            "      ^"},
        bad{"localhost", "the port is missing, as in tcp://localhost:7007",
            "         ^"},
        bad{"udp://localhost", "the port is missing, as in udp://localhost:7007",
            "               ^"},
        bad{"tcp://localhost?nodelay=1", "the port is missing, as in tcp://localhost:7007",
            "               ^"},
        bad{"tcp://localhost:", "the port is missing, as in tcp://localhost:7007",
            "                ^"},
        bad{"tcp://localhost:70000", "port must be 0 to 65535",
            "                ^^^^^"},
        bad{"localhost:-1", "port must be 0 to 65535",
            "          ^^"},
        bad{"tcp://localhost:80 ", "'80 ' is not a port; write 0 to 65535 or a service name",
            "                ^^^"},
        bad{"tcp://localhost:80#x", "'80#x' is not a port; write 0 to 65535 or a service name",
            "                ^^^^"},
        bad{"udp://localhost:no-such", "'no-such' is neither a port (0 to 65535) nor a udp service that this system knows",
            "                ^^^^^^^"},
        bad{"::1", "an IPv6 address needs brackets, as in [::1]:7007",
            "^^^"},
        bad{"tcp://fe80::1:80", "an IPv6 address needs brackets, as in [::1]:7007",
            "      ^^^^^^^^^^"},
        bad{"tcp://[::1:80", "'[' is never closed; write [::1]:7007",
            "      ^"},
        bad{"tcp://[::1]", "the port is missing, as in tcp://localhost:7007",
            "           ^"},
        bad{"tcp://[::1]80", "after ']' comes ':' and a port, as in [::1]:7007",
            "           ^^"},
        bad{"tcp://[localhost]:80", "'l' is not a hexadecimal digit",
            "       ^"},
        bad{"tcp://[127.0.0.1]:80", "brackets are for IPv6 addresses; leave them out",
            "      ^^^^^^^^^^^"},
        bad{"[::1::2]:80", "'::' may stand only once in an IPv6 address",
            "    ^^"},
        bad{"tcp://[fe80::1%25no-such]:80", "no network interface is called 'no-such'",
            "                 ^^^^^^^"},
        bad{"tcp://*:80", "leave the host empty for every address, as in tcp://:7007",
            "      ^"},
        bad{"tcp://me@localhost:80", "user names have no place in an address; leave out 'me@'",
            "      ^^^"},
        bad{"tcp://me:secret@localhost:80", "user names have no place in an address; leave out 'me:secret@'",
            "      ^^^^^^^^^^"},
        bad{"tcp://local host:80", "' ' cannot be in a host name",
            "           ^"},
        bad{"tcp://a,b:80", "',' cannot be in a host name",
            "       ^"},
        bad{"tcp://a%2Cb:80", "',' cannot be in a host name",
            "      ^^^^^"},
        bad{"tcp://a%zz:80", "after '%' come two hexadecimal digits; a percent sign itself is written %25",
            "       ^^^"},
        bad{"tcp://a..b:80", "a part of the host name is empty",
            "        ^"},
        bad{"tcp://.a:80", "a part of the host name is empty",
            "      ^"},
        bad{"tcp://.:80", "a part of the host name is empty",
            "      ^"},
        bad{"tcp://" + long_label + "a:80", "a part of a host name has at most 63 characters",
            "      " + std::string(64, '^')},
        bad{"tcp://1.2.3.256:80", "'256' is more than 255",
            "            ^^^"},
        bad{"tcp://127.1:80", "only two numbers; an IPv4 address is four numbers from 0 to 255 with dots, as in 192.0.2.1",
            "           ^"},
        bad{"tcp://2130706433:80", "'2130706433' is more than 255",
            "      ^^^^^^^^^^"},
        bad{"tcp://0x7f.0x1:80", "'x' does not belong here; an IPv4 address is four numbers from 0 to 255 with dots, as in 192.0.2.1",
            "       ^"},
        bad{"tcp4://[::1]:80", "tcp4 needs an IPv4 address; write tcp:// for either",
            "       ^^^^^"},
        bad{"udp6://127.0.0.1:80", "udp6 needs an IPv6 address; write udp:// for either",
            "       ^^^^^^^^^"},
        bad{"tcp://localhost:80/index", "tcp addresses have no path; leave out '/index'",
            "                  ^^^^^^"},
        bad{"tls://localhost:80//?x", "tls addresses have no path; leave out '//'",
            "                  ^^"}));

INSTANTIATE_TEST_SUITE_P(
    Others, BadUrl,
    testing::Values(
        bad{"unix:", "the path is missing, as in unix:/path",
            "     ^"},
        bad{"unix://", "a path follows 'unix:' at once, as in unix:/path or unix:name",
            "     ^^"},
        bad{"unix://run/a.sock", "a path follows 'unix:' at once, as in unix:/path or unix:name",
            "     ^^^^^^^^^^^^"},
        bad{"unix:/a%00b", "a path cannot hold a NUL byte",
            "     ^^^^^^"},
        bad{"unix:/100%", "after '%' come two hexadecimal digits; a percent sign itself is written %25",
            "         ^"},
        bad{"unix:/" + std::string(107, 'x'), "the path has 108 bytes, and the path of a socket at most 107",
            std::string(112, ' ') + "^"},
        bad{"unix:@" + std::string(108, 'x'), "the abstract name has 108 bytes, and at most 107 are possible",
            std::string(113, ' ') + "^"},
        bad{"file:", "the path is missing, as in file:/path",
            "     ^"},
        bad{"file://host/x", "a path follows 'file:' at once, as in file:/path or file:name",
            "     ^^^^^^^^"},
        bad{"file:a%00", "a path cannot hold a NUL byte",
            "     ^^^^"},
        bad{"exec:", "the command is missing, as in exec:date",
            "     ^"},
        bad{"pty:", "the command is missing, as in pty:date",
            "    ^"},
        bad{"unix:/x?=1", "the name of an option is missing, as in ?nodelay=1",
            "        ^"},
        bad{"tcp://a:1?&", "the name of an option is missing, as in ?nodelay=1",
            "          ^"},
        bad{"tcp://a:1?x&", "the name of an option is missing, as in ?nodelay=1",
            "            ^"},
        bad{"tcp://a:1?x&&y", "the name of an option is missing, as in ?nodelay=1",
            "            ^"},
        bad{"tcp://a:1?no delay", "' ' cannot be in the name of an option",
            "            ^"},
        bad{"tcp://a:1?x=1?y=2&z%", "'%' cannot be in the name of an option",
            "                   ^"},
        bad{"tcp://a:1?x=%2", "after '%' come two hexadecimal digits; a percent sign itself is written %25",
            "            ^^"}));
// clang-format on

TEST(Url, RefusesWhatCannotBeWrittenInATable) {
  EXPECT_EQ(url::parse("").error().message(),
            "the address is empty; write tcp://localhost:7007 or unix:/path");
  EXPECT_EQ(underline(url::parse("").error()), "");
  EXPECT_FALSE(url::parse(std::string_view("exec:a\0b", 8)));
  EXPECT_FALSE(url::parse(std::string_view("tcp://a\0b:80", 12)));
  EXPECT_FALSE(url::parse(std::string_view("tcp://a:80\0", 11)));
  EXPECT_FALSE(url::parse("tcp://\xff:80"));
  EXPECT_FALSE(url::parse("tcp://\xc2\x9b:80")) << "a control character";
  EXPECT_TRUE(url::parse("tcp://" + long_name + ":80"));
  EXPECT_FALSE(url::parse("tcp://" + std::string(63, 'a') + "." + std::string(63, 'a') + "." +
                          std::string(63, 'a') + "." + std::string(62, 'a') + ":80"))
      << "254 characters";
}

TEST(Url, BoundsWhatAnErrorRepeatsOfAHostileText) {
  for (const std::string& text :
       {std::string(1000000, 'x'), "tcp://" + std::string(1000000, '\x1b') + ":1",
        "tcp://a:" + std::string(1000000, '9'), std::string(1000000, ':'),
        "unix:/" + std::string(1000000, '\n'), "tcp://a:1?" + std::string(1000000, '&')}) {
    const auto parsed = url::parse(text);
    ASSERT_FALSE(parsed);
    EXPECT_LT(parsed.error().message().size(), 2000U);
    EXPECT_LT(underline(parsed.error()).size(), 4000U);
    EXPECT_EQ(parsed.error().message().find('\x1b'), std::string::npos) << "no byte that steers a terminal";
    EXPECT_EQ(parsed.error().message().find('\n'), std::string::npos);
  }
}

TEST(Url, KnowsItsTransportAndFamily) {
  const auto of = [](const char* text) { return url::parse(text).value(); };
  EXPECT_EQ(of("tcp://a:1").transport(), transport::tcp);
  EXPECT_EQ(of("tcp6://a:1").transport(), transport::tcp);
  EXPECT_EQ(of("tls://a:1").transport(), transport::tcp);
  EXPECT_EQ(of("udp4://a:1").transport(), transport::udp);
  EXPECT_EQ(of("unix:/a").transport(), transport::unix_stream);
  EXPECT_EQ(of("unix-dgram:/a").transport(), transport::unix_datagram);
  EXPECT_EQ(of("unix-seqpacket:/a").transport(), transport::unix_seqpacket);
  for (const char* text : {"-", "exec:a", "pty:a", "file:a"})
    EXPECT_EQ(of(text).transport(), std::nullopt) << text;

  EXPECT_EQ(of("tcp://a:1").family(), family::unspecified);
  EXPECT_EQ(of("tcp4://a:1").family(), family::ipv4);
  EXPECT_EQ(of("udp6://a:1").family(), family::ipv6);
  EXPECT_EQ(of("tcp://1.2.3.4:1").family(), family::ipv4);
  EXPECT_EQ(of("tls://[::1]:1").family(), family::ipv6);
  EXPECT_EQ(of("unix:a").family(), family::unix_domain);
  EXPECT_EQ(of("-").family(), family::unspecified);
}

TEST(Url, ListensOnEveryAddressWhenTheHostIsEmpty) {
  const auto of = [](const char* text) { return url::parse(text).value().listen_endpoint(); };
  EXPECT_EQ(of(":8080"), endpoint(ipv6_address::any(), 8080));
  EXPECT_EQ(of("udp://:0"), endpoint(ipv6_address::any(), 0));
  EXPECT_EQ(of("tcp4://:1"), endpoint(ipv4_address::any(), 1));
  EXPECT_EQ(of("udp6://:1"), endpoint(ipv6_address::any(), 1));
  EXPECT_EQ(of("127.0.0.1:1"), endpoint(ipv4_address::loopback(), 1));
  EXPECT_EQ(of("unix:@a"), endpoint(unix_address::abstract("a").value()));
  EXPECT_EQ(of("localhost:1"), std::nullopt);
  EXPECT_EQ(of("-"), std::nullopt);
  EXPECT_EQ(of("exec:a"), std::nullopt);
}

TEST(Url, CanBeMadeOfAnEndpoint) {
  const auto tls = url::parse("tls://localhost:0?x=1").value();
  const url there = tls.at(endpoint(ipv6_address::loopback(), 43211));
  EXPECT_EQ(there.to_string(), "tls://[::1]:43211");
  EXPECT_EQ(there, url::parse("tls://[::1]:43211").value());
  const auto dgram = url::parse("unix-dgram:@a").value().at(unix_address::path("//b?").value());
  EXPECT_EQ(dgram.to_string(), "unix-dgram:////b%3F");
  EXPECT_EQ(url::parse(dgram.to_string()).value(), dgram);

  EXPECT_EQ(to_string(transport::tcp, endpoint(ipv4_address::loopback(), 80)), "tcp://127.0.0.1:80");
  EXPECT_EQ(to_string(transport::udp, endpoint(ipv6_address::loopback(), 80)), "udp://[::1]:80");
  EXPECT_EQ(to_string(transport::unix_stream, unix_address::path("x y").value()), "unix:x%20y");
  EXPECT_EQ(to_string(transport::unix_datagram, unix_address::path("/x").value()), "unix-dgram:/x");
  EXPECT_EQ(to_string(transport::unix_seqpacket, unix_address::abstract("x").value()), "unix-seqpacket:@x");
  EXPECT_EQ(to_string(transport::unix_stream, unix_address()), "unix:(unnamed)");
  EXPECT_EQ(to_string(transport::tcp, endpoint()), "tcp://(unspecified)");
}

TEST(Url, ComparesHashesAndStreams) {
  const auto a = url::parse("LOCALHOST:80?a=1").value();
  const auto b = url::parse("tcp://localhost:80?a=1").value();
  const auto c = url::parse("tcp://localhost:80?a=2").value();
  EXPECT_EQ(a, b);
  EXPECT_EQ(std::hash<url>()(a), std::hash<url>()(b));
  EXPECT_NE(a, c);
  EXPECT_LT(a, c);
  std::ostringstream out;
  out << a;
  EXPECT_EQ(out.str(), "tcp://localhost:80?a=1");
  EXPECT_EQ(std::unordered_set<url>({a, b, c}).size(), 2U);
}

// Pieces of URLs, good and bad, glued at random: whatever parses must round-trip, and whatever does not
// must say why.
TEST(Url, RoundTripsWhateverParses) {
  const std::vector<std::string_view> pieces = {
      "tcp",       "tcp4",       "tcp6", "udp",       "tls",   "unix", "unix-dgram", "unix-seqpacket",
      "exec",      "pty",        "file", "ws",        "-",     ":",    "://",        "//",
      "/",         "@",          "?",    "&",         "=",     "%",    "%20",        "%00",
      "%25",       "%40",        "%3F",  "[",         "]",     "::1",  "[::1]",      "127.0.0.1",
      "localhost", "fe80::1%lo", "80",   "0",         "70000", "http", "a",          "A",
      ".",         "nodelay=1",  "x",    "(unnamed)", " ",     "#",    "\xc3\xbc",   "\xff",
      "\n",        "0x7f",       "1"};
  std::mt19937_64 random(7);
  std::size_t parsed_count = 0;
  for (int i = 0; i < 300000; ++i) {
    std::string text;
    // Half of them begin well, so that the later parts are reached.
    if (random() % 2 == 0) {
      constexpr std::array starts = {"tcp://localhost:80", "unix:", "file:",      "udp://",
                                     "[::1]:1?",           "exec:", "tls://a:1?b"};
      text = starts[random() % starts.size()];
    }
    for (auto count = random() % 7; count > 0; --count) text += pieces[random() % pieces.size()];
    const auto parsed = url::parse(text);
    if (!parsed) {
      const auto place = place_of(parsed.error());
      ASSERT_TRUE(place) << text;
      ASSERT_LE(place->offset + place->length, text.size()) << text;
      ASSERT_FALSE(parsed.error().reason().empty());
      continue;
    }
    ++parsed_count;
    const std::string canonical = parsed->to_string();
    const auto again = url::parse(canonical);
    ASSERT_TRUE(again) << text << " -> " << again.error().message();
    ASSERT_EQ(*again, *parsed) << text << " -> " << canonical;
    ASSERT_EQ(again->to_string(), canonical);
  }
  EXPECT_GT(parsed_count, 50000U);
}

}  // namespace
