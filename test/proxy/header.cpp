// SPDX-License-Identifier: MIT
// PROXY headers, byte by byte (proxy-protocol.txt, section 2).
#include <gtest/gtest.h>

#include "proxy/talk.hpp"
#include "support/expect.hpp"

namespace fairlead::testing {
namespace {

using namespace std::string_literals;

const std::string signature = "\r\n\r\n\0\r\nQUIT\n"s;
const std::string ipv4_block = "\xc0\x00\x02\x01\xc6\x33\x64\x02\xdc\x04\x01\xbb"s;

auto machine() {
  return [] { return detail::header_machine("a connection"); };
}

// A version 2 header: what follows its signature up to the length, and the rest with its length before it.
std::string v2(std::string_view command_and_family, std::string_view rest) {
  std::string bytes = signature + std::string(command_and_family);
  detail::append_u16(bytes, rest.size());
  return bytes.append(rest);
}

proxy_header accepted(std::string_view bytes) {
  const spoken s = talk_in_every_way(machine(), std::string(bytes) + "GET /");
  EXPECT_EQ(s.last, verdict_kind::done) << s.complaint;
  EXPECT_EQ(s.rest, "GET /");
  detail::header_machine m("");
  (void)talk(m, bytes);
  return std::move(m).header();
}

std::string complaint(std::string_view bytes, bool ended = false) {
  const spoken s = talk_in_every_way(machine(), bytes, ended);
  EXPECT_EQ(s.last, verdict_kind::failed);
  EXPECT_TRUE(s.complaint.starts_with("accept a connection: ")) << s.complaint;
  return s.complaint.substr(std::min(s.complaint.size(), "accept a connection: "s.size()));
}

proxy_header from_to(std::string_view source, std::string_view destination) {
  proxy_header h;
  h.source = endpoint::parse(source).value();
  h.destination = endpoint::parse(destination).value();
  return h;
}

TEST(ProxyHeaderV1, NamesBothEnds) {
  const proxy_header h = accepted("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n");
  EXPECT_EQ(h.version, proxy_version::v1);
  EXPECT_FALSE(h.local);
  EXPECT_EQ(h.transport, transport::tcp);
  EXPECT_EQ(h.source.to_string(), "192.0.2.1:56324");
  EXPECT_EQ(h.destination.to_string(), "198.51.100.2:443");
  const proxy_header six = accepted("PROXY TCP6 2001:DB8::1 ::ffff:192.0.2.1 0 65535\r\n");
  EXPECT_EQ(six.source.to_string(), "[2001:db8::1]:0");
  EXPECT_EQ(six.destination.to_string(), "[::ffff:192.0.2.1]:65535");
}

TEST(ProxyHeaderV1, MayBeOfNobodyKnown) {
  const std::string longest =
      "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
      "65535 65535\r\n";
  ASSERT_EQ(longest.size(), 107U);
  for (const std::string& line : {"PROXY UNKNOWN\r\n"s, "PROXY UNKNOWN what ever\r\n"s, longest}) {
    const proxy_header h = accepted(line);
    EXPECT_TRUE(h.local);
    EXPECT_TRUE(h.source.is_unspecified());
  }
}

TEST(ProxyHeaderV1, IsReadStrictly) {
  const std::pair<const char*, const char*> cases[] = {
      {"PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n", "names the protocol 'TCP5'; there are TCP4, TCP6 and UNKNOWN"},
      {"PROXY tcp4 1.2.3.4 1.2.3.4 1 2\r\n", "names the protocol 'tcp4'; there are TCP4, TCP6 and UNKNOWN"},
      {"PROXY  TCP4 1.2.3.4 1.2.3.4 1 2\r\n", "names the protocol ''; there are TCP4, TCP6 and UNKNOWN"},
      {"PROXY UNKNOWNS\r\n", "names the protocol 'UNKNOWNS'; there are TCP4, TCP6 and UNKNOWN"},
      {"PROXY \r\n", "names the protocol ''; there are TCP4, TCP6 and UNKNOWN"},
      {"PROXY TCP4\r\n", "has too few words"},
      {"PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n", "has too few words"},
      {"PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n", "has too many words"},
      {"PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n", "has too many words"},
      {"PROXY TCP4 1.2.3.4  1.2.3.4 1 2\r\n", "has too many words"},
      {"PROXY TCP4 1.2.3.04 1.2.3.4 1 2\r\n", "has a source '1.2.3.04', which is no IPv4 address"},
      {"PROXY TCP4 ::1 1.2.3.4 1 2\r\n", "has a source '::1', which is no IPv4 address"},
      {"PROXY TCP6 1.2.3.4 ::1 1 2\r\n", "has a source '1.2.3.4', which is no IPv6 address"},
      {"PROXY TCP6 ::1 fe80::1%lo 1 2\r\n", "has a destination 'fe80::1%lo', which is no IPv6 address"},
      {"PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n", "has a source port '65536', which is none"},
      {"PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n", "has a source port '01', which is none"},
      {"PROXY TCP4 1.2.3.4 1.2.3.4 1 +2\r\n", "has a destination port '+2', which is none"},
      {"PROXY TCP4 1.2.3.4 1.2.3.4 1 \t2\r\n", "has a destination port '\\x092', which is none"},
      {"PROXY TCP4 1.2.3.4 1.2.3.4 1 http\r\n", "has a destination port 'http', which is none"},
      {"PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n", "does not end with a carriage return and a line feed"},
      {"PROXY \n", "does not end with a carriage return and a line feed"},
      {"PROXY UNKNOWN\rX\r\n", "does not end with a carriage return and a line feed"},
  };
  for (const auto& [line, says] : cases) EXPECT_EQ(complaint(line), "its PROXY line "s + says) << line;
  EXPECT_EQ(complaint("PROXY UNKNOWN " + std::string(92, 'x') + "\r\n"),
            "its PROXY line does not end within 107 bytes");
  EXPECT_EQ(complaint("PROXY TCP4 " + std::string(200, '1')), "its PROXY line does not end within 107 bytes");
}

TEST(ProxyHeader, IsRequired) {
  for (const std::string& bytes :
       {"GET / HTTP/1.1\r\n"s, "PROXZ"s, "\x16\x03\x01"s, "\r\n\r\n\0\r\nQUIT\r"s, "\0"s})
    EXPECT_EQ(complaint(bytes), "it does not begin with a PROXY header, which is required here");
  EXPECT_EQ(complaint("", true), "no whole PROXY header: the connection was closed");
  EXPECT_EQ(complaint("PROXY TCP4 1", true),
            "no whole PROXY header: the connection was closed after 12 bytes");
  EXPECT_EQ(complaint(signature, true), "no whole PROXY header: the connection was closed after 12 bytes");
}

TEST(ProxyHeaderV2, NamesBothEnds) {
  const proxy_header four = accepted(v2("\x21\x11", ipv4_block));
  EXPECT_EQ(four.version, proxy_version::v2);
  EXPECT_EQ(four.transport, transport::tcp);
  EXPECT_EQ(four.source.to_string(), "192.0.2.1:56324");
  EXPECT_EQ(four.destination.to_string(), "198.51.100.2:443");
  EXPECT_EQ(accepted(v2("\x21\x12", ipv4_block)).transport, transport::udp);
  const std::string six =
      "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x01"s + std::string(15, '\0') + "\x02\x00\x07\xff\xff"s;
  const proxy_header h = accepted(v2("\x21\x21", six));
  EXPECT_EQ(h.source.to_string(), "[2001:db8::1]:7");
  EXPECT_EQ(h.destination.to_string(), "[::2]:65535");
}

TEST(ProxyHeaderV2, NamesUnixSockets) {
  std::string block = "/run/a"s + std::string(102, '\0') + "\0abstract"s;
  block.resize(216, '\0');
  const proxy_header h = accepted(v2("\x21\x31", block));
  EXPECT_EQ(h.transport, transport::unix_stream);
  EXPECT_EQ(h.source.to_string(), "/run/a");
  EXPECT_EQ(h.destination.to_string(), "@abstract");
  EXPECT_EQ(accepted(v2("\x21\x32", block)).transport, transport::unix_datagram);
  EXPECT_TRUE(accepted(v2("\x21\x31", std::string(216, '\0'))).source.unix_socket().is_unnamed());
  EXPECT_EQ(complaint(v2("\x21\x31", std::string(108, 'x') + std::string(108, '\0'))),
            "its PROXY header has a Unix path that is too long");
}

TEST(ProxyHeaderV2, MayBeOfNobodyKnown) {
  // LOCAL discards everything, even what makes no sense; so does a family or transport that is not specified.
  for (const std::string& bytes :
       {v2("\x20\x00"s, ""), v2("\x20\xff"s, "anything"), v2("\x20\x11", ipv4_block), v2("\x21\x00"s, ""),
        v2("\x21\x00"s, "skipped"), v2("\x21\x10", ipv4_block), v2("\x21\x01", "")}) {
    const proxy_header h = accepted(bytes);
    EXPECT_TRUE(h.local);
    EXPECT_TRUE(h.source.is_unspecified() && h.fields.empty());
  }
}

TEST(ProxyHeaderV2, CarriesFields) {
  const std::string fields = "\x01\x00\x02h2"s +
                             "\x02\x00\x0b"
                             "example.org"s +
                             "\x04\x00\x03"
                             "pad"s +
                             "\x05\x00\x02\x00\xff"s + "\x20\x00\x05\x01\x00\x00\x00\x00"s + "\xe0\x00\x00"s;
  const proxy_header h = accepted(v2("\x21\x11", ipv4_block + fields));
  ASSERT_EQ(h.fields.size(), 5U) << "padding is not among them";
  EXPECT_EQ(*h.find(proxy_header::alpn), "h2");
  EXPECT_EQ(*h.find(proxy_header::authority), "example.org");
  EXPECT_EQ(*h.find(proxy_header::unique_id), "\x00\xff"s);
  EXPECT_EQ(*h.find(proxy_header::ssl), "\x01\x00\x00\x00\x00"s);
  EXPECT_EQ(*h.find(0xe0), "");
  EXPECT_EQ(h.find(proxy_header::netns), nullptr);
  EXPECT_FALSE(h.checksum);
}

TEST(ProxyHeaderV2, IsReadStrictly) {
  const std::pair<std::string, const char*> cases[] = {
      {v2("\x11\x11", ipv4_block), "is of version 1, which does not exist"},
      {v2("\x31\x11", ipv4_block), "is of version 3, which does not exist"},
      {v2("\x22\x11", ipv4_block), "has the command 2, which does not exist"},
      {v2("\x21\x41", ipv4_block), "has the address family 4, which does not exist"},
      {v2("\x21\x13", ipv4_block), "has the transport 3, which does not exist"},
      {v2("\x21\x11", ipv4_block.substr(1)), "has 11 bytes for addresses that take 12"},
      {v2("\x21\x21", ipv4_block), "has 12 bytes for addresses that take 36"},
      {v2("\x21\x31", ipv4_block), "has 12 bytes for addresses that take 216"},
      {v2("\x21\x11", ipv4_block + "\x01"), "has 1 bytes behind its fields"},
      {v2("\x21\x11", ipv4_block + "\x01\x00"s), "has 2 bytes behind its fields"},
      {v2("\x21\x11", ipv4_block + "\x01\x00\x01"s), "has a field of type 1 and 1 bytes where 0 are left"},
      {v2("\x21\x11", ipv4_block + "\x01\xff\xff"
                                   "abc"s),
       "has a field of type 1 and 65535 bytes where 3 are left"},
      {v2("\x21\x11", ipv4_block + "\x03\x00\x03"
                                   "abc"s),
       "has a checksum that is none"},
      {v2("\x21\x11", ipv4_block + "\x03\x00\x04"
                                   "abcd"s),
       "has a checksum that is wrong"},
      {v2("\x21\x11", ipv4_block + "\x05\x00\x81"s + std::string(129, 'x')),
       "has a unique id of 129 bytes, more than 128"},
  };
  for (const auto& [bytes, says] : cases) EXPECT_EQ(complaint(bytes), "its PROXY header "s + says);
}

TEST(ProxyHeaderV2, HasOneChecksumAtMost) {
  std::string bytes = v2("\x21\x11", ipv4_block +
                                         "\x03\x00\x04\x00\x00\x00\x00"
                                         "\x03\x00\x04"
                                         "abcd"s);
  const std::uint32_t sum = detail::crc32c(std::as_bytes(std::span(bytes)));
  std::string octets;
  detail::append_u16(octets, sum >> 16U);
  detail::append_u16(octets, sum & 0xffffU);
  bytes.replace(bytes.size() - 11, 4, octets);
  EXPECT_EQ(complaint(bytes), "its PROXY header has a second checksum");
}

TEST(ProxyHeaderV2, IsNeverReadBeyondItsEnd) {
  const std::string whole = v2("\x21\x11", ipv4_block + "\x04\x00\x64"s + std::string(100, '\0'));
  auto m = machine()();
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const detail::verdict v = m.look(std::as_bytes(std::span(whole).first(n)), false);
    ASSERT_EQ(v.what, verdict_kind::more);
    EXPECT_LE(v.most, n < 16 ? 16U : whole.size());
  }
}

TEST(ProxyHeaderV2, ChecksItsChecksum) {
  const std::string digits = "123456789";
  EXPECT_EQ(detail::crc32c(std::as_bytes(std::span(digits))), 0xe3069283U) << "the check value of CRC-32C";
  proxy_header h = from_to("192.0.2.1:1", "192.0.2.2:2");
  h.fields.push_back({proxy_header::authority, "example.org"});
  h.checksum = true;
  const std::string bytes = encode(h, proxy_version::v2).value();
  EXPECT_EQ(accepted(bytes), h);
  for (std::size_t i = 16; i < bytes.size(); ++i) {
    if (i == bytes.size() - 7) continue;  // where it would be no checksum any more
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    detail::header_machine m("");
    EXPECT_EQ(talk(m, changed).last, verdict_kind::failed) << i;
  }
}

TEST(ProxyHeaderToSend, IsWhatTheOtherSideReads) {
  proxy_header h = from_to("192.0.2.1:56324", "198.51.100.2:443");
  EXPECT_EQ(encode(h, proxy_version::v1).value(), "PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n");
  EXPECT_EQ(encode(h, proxy_version::v2).value(), v2("\x21\x11", ipv4_block));
  h = from_to("[2001:db8::1]:7", "[::2]:8");
  EXPECT_EQ(encode(h, proxy_version::v1).value(), "PROXY TCP6 2001:db8::1 ::2 7 8\r\n");
  const endpoint scoped(ipv6_address::all_nodes(1), port(7));
  h.source = scoped;
  EXPECT_EQ(encode(h, proxy_version::v1).value(), "PROXY TCP6 ff02::1 ::2 7 8\r\n") << "without its scope";
  h.source = endpoint::parse("[2001:db8::1]:7").value();
  for (const transport t : {transport::tcp, transport::udp}) {
    h.transport = t;
    h.fields = {{proxy_header::alpn, "h2"}, {0xe0, ""}, {proxy_header::unique_id, std::string(128, 'x')}};
    EXPECT_EQ(accepted(encode(h, proxy_version::v2).value()), h);
  }
  h = proxy_header();
  h.transport = transport::unix_stream;
  h.source = unix_address::path(std::string(107, 'p')).value();
  h.destination = unix_address::abstract(std::string(107, 'a')).value();
  EXPECT_EQ(accepted(encode(h, proxy_version::v2).value()), h);
  h = proxy_header();
  h.local = true;
  EXPECT_EQ(encode(h, proxy_version::v1).value(), "PROXY UNKNOWN\r\n");
  EXPECT_EQ(encode(h, proxy_version::v2).value(), v2("\x20\x00"s, ""));
}

TEST(ProxyHeaderToSend, MustBeSayable) {
  const auto refused = [](const proxy_header& h, proxy_version v) {
    const result<std::string> r = encode(h, v);
    EXPECT_FALSE(r);
    if (r) return std::string();
    EXPECT_EQ(r.error(), errc::invalid_argument);
    return r.error().message();
  };
  const auto v1 = proxy_version::v1;
  const auto v2 = proxy_version::v2;
  const std::string who = "send a PROXY header: ";
  EXPECT_EQ(refused({}, v2), who + "it has no source and no destination, and is not local");
  EXPECT_EQ(refused(from_to("1.2.3.4:1", "[::1]:2"), v2),
            who + "the source and the destination are of different families");
  EXPECT_EQ(refused(from_to("/a", "/b"), v2), who + "its addresses do not belong to its transport");
  proxy_header h = from_to("/a", "/b");
  h.transport = transport::unix_seqpacket;
  EXPECT_EQ(refused(h, v2), who + "the protocol does not know seqpacket sockets");
  h.transport = transport::unix_stream;
  EXPECT_EQ(refused(h, v1), who + "version 1 knows TCP only");
  h = from_to("1.2.3.4:1", "1.2.3.4:2");
  h.fields.push_back({3, "abcd"});
  EXPECT_EQ(refused(h, v2), who + "a checksum is no field of the caller's; set `checksum`");
  EXPECT_EQ(refused(h, v1), who + "version 1 carries no fields and no checksum");
  h.fields = {{proxy_header::unique_id, std::string(129, 'x')}};
  EXPECT_EQ(refused(h, v2), who + "a unique id has at most 128 bytes");
  h.fields = {{0xe0, std::string(65536, 'x')}};
  EXPECT_EQ(refused(h, v2), who + "a field is longer than its length can say");
  h.fields = {{0xe0, std::string(65535, 'x')}};
  EXPECT_EQ(refused(h, v2), who + "it is longer than its length can say");
  h.fields.clear();
  h.local = true;
  h.checksum = true;
  EXPECT_EQ(refused(h, v2), who + "a local one carries no fields and no checksum");
}

}  // namespace
}  // namespace fairlead::testing
