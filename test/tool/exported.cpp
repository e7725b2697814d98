// SPDX-License-Identifier: MIT
// Recordings as pcapng: what tshark makes of them, and tcpdump.
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <fairlead/address.hpp>

#include "recording/packet.hpp"
#include "recording/pcapng.hpp"
#include "support/bytes.hpp"
#include "support/guard.hpp"
#include "support/temp_dir.hpp"
#include "tool/recordings.hpp"
#include "tool/running.hpp"
#include "tool/tool.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;
using namespace std::chrono_literals;
using tool::direction;
using tool::ending;

// The one's complement sum of 16-bit words, checksums included: 0xffff where all is right.
std::uint32_t sum(std::string_view bytes) {
  std::uint32_t s = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    s += static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) << (i % 2 == 0 ? 8U : 0U);
  while (s >> 16U != 0) s = (s & 0xffffU) + (s >> 16U);
  return s;
}

std::string text_of(const std::vector<std::byte>& b) {
  return {reinterpret_cast<const char*>(b.data()), b.size()};
}

TEST(Packet, ChecksumsAreRightInBothFamilies) {
  const fairlead::ip_endpoint four(fairlead::ipv4_address(192, 0, 2, 1), fairlead::port(80));
  const fairlead::ip_endpoint six(fairlead::ipv6_address::loopback(), fairlead::port(4711));
  for (const std::size_t size : {0UZ, 1UZ, 2UZ, 1001UZ, 65000UZ}) {
    const std::string payload = random_bytes(size, static_cast<unsigned>(size));
    const std::string v4 =
        text_of(tool::recording::tcp_packet(four, four, {1, 2, tool::recording::ack}, payload));
    EXPECT_EQ(sum(v4.substr(14, 20)), 0xffffU);
    const std::string segment = v4.substr(34);
    const auto length = [](std::size_t n) {
      return std::string{static_cast<char>(n >> 8U), static_cast<char>(n & 0xffU)};
    };
    EXPECT_EQ(sum(v4.substr(26, 8) + std::string("\0\6", 2) + length(segment.size()) + segment), 0xffffU);
    EXPECT_EQ(segment.substr(20), payload);
    const std::string v6 = text_of(tool::recording::udp_packet(six, six, payload));
    const std::string datagram = v6.substr(54);
    EXPECT_EQ(sum(v6.substr(22, 32) + std::string("\0\x11", 2) + length(datagram.size()) + datagram),
              0xffffU);
    EXPECT_EQ(datagram.substr(8), payload);
  }
}

TEST(Pcapng, BlocksAreMultiplesOfFourAndSayTheirLengthTwice) {
  tool::recording::pcapng::bytes all;
  tool::recording::pcapng::append_beginning(all, "a program", "why");
  for (const char* const comment : {"", "x", "four"})
    tool::recording::pcapng::append_packet(all, 1, "hello", comment);
  const auto number = [&](std::size_t at) {
    std::uint32_t n = 0;
    std::memcpy(&n, all.data() + at, 4);
    return n;
  };
  std::size_t blocks = 0;
  for (std::size_t at = 0; at < all.size(); ++blocks) {
    const std::uint32_t length = number(at + 4);
    ASSERT_EQ(length % 4, 0U);
    ASSERT_LE(at + length, all.size());
    EXPECT_EQ(number(at + length - 4), length);
    at += length;
  }
  EXPECT_EQ(blocks, 5U);
}

class Export : public guarded<> {
 protected:
  // Exports, and has tshark say what it thinks; by default which packets it finds fault with.
  std::string tshark(const made_up& m, const std::vector<std::string>& more = {}) {
    const std::string from = dir_.write("rec", m.text());
    const child_outcome o = fairlead_tool({"replay", from, "--export", to()});
    EXPECT_EQ(o.status, 0) << o.errors;
    return look(more);
  }
  [[nodiscard]] std::string look(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"/usr/bin/env", "tshark",
                                      "-r",           to(),
                                      "-o",           "tcp.check_checksum:TRUE",
                                      "-o",           "udp.check_checksum:TRUE",
                                      "-o",           "ip.check_checksum:TRUE"};
    if (more.empty()) {
      words.insert(words.end(), {"-Y",
                                 "_ws.expert.severity >= 0x600000 || tcp.checksum.status == 0 || "
                                 "udp.checksum.status == 0 || ip.checksum.status == 0"});
    }
    words.insert(words.end(), more.begin(), more.end());
    const child_outcome o = run_program(
        words, {.input = {}, .environment = {{"HOME", dir_.path().string()}}, .deadline = 2 * soon});
    EXPECT_EQ(o.status, 0) << o.errors;
    return o.output;
  }
  // What tshark puts together again of one direction of a stream.
  [[nodiscard]] std::string reassembled(const std::string& source_port) const {
    std::string bytes;
    for (const std::string& line : lines_of(look(
             {"-Y", "tcp.len > 0 && tcp.srcport == " + source_port, "-T", "fields", "-e", "tcp.payload"}))) {
      for (std::size_t i = 0; i + 1 < line.size(); i += 2)
        bytes += static_cast<char>(std::stoi(line.substr(i, 2), nullptr, 16));
    }
    return bytes;
  }
  [[nodiscard]] std::string to() const { return (dir_ / "out.pcapng").string(); }
  [[nodiscard]] const temp_dir& dir() const { return dir_; }

 private:
  temp_dir dir_;
};

TEST_F(Export, OfAStreamHasNothingThatTsharkFindsFaultWith) {
  FAIRLEAD_NEEDS("tshark");
  const std::string there = random_bytes(200'001, 1);
  const std::string back = random_bytes(70'000, 2);
  made_up m;
  m.open(1).there(there.substr(0, 150'000)).after(10ms).back(back).there(there.substr(150'000)).finished();
  EXPECT_EQ(tshark(m), "");
  EXPECT_TRUE(reassembled("1000") == there);
  EXPECT_TRUE(reassembled("2000") == back);
  const std::string flags = look({"-T", "fields", "-e", "tcp.flags.str", "-c", "3"});
  EXPECT_NE(flags.find('S'), std::string::npos);
  EXPECT_EQ(lines_of(look({"-Y", "tcp.flags.fin == 1"})).size(), 2U);
  // The original times, to the nanosecond.
  EXPECT_EQ(
      lines_of(look({"-Y", "tcp.srcport == 2000 && tcp.len > 0", "-T", "fields", "-e", "frame.time_epoch"}))
          .at(0),
      "1700000000.010000000");
}

TEST_F(Export, FollowsOfARealConversationAreWhatWasSaid) {
  FAIRLEAD_NEEDS("tshark");
  listener upper("tcp://[::1]:0", {"--exec", "tr a-z A-Z"});
  if (upper.address().empty()) GTEST_SKIP() << "no IPv6 on this machine";
  const std::string rec = (dir() / "live").string();
  const child_outcome o =
      fairlead_tool({"connect", upper.address(), "--record", rec}, {.input = "GET me\n", .environment = {}});
  EXPECT_EQ(o.status, 0);
  EXPECT_EQ(fairlead_tool({"replay", rec, "--export", to()}).status, 0);
  EXPECT_EQ(look(), "");
  const std::string follow = look({"-q", "-z", "follow,tcp,ascii,0"});
  EXPECT_NE(follow.find("Node 1: [::1]:" + upper.port()), std::string::npos) << follow;
  EXPECT_NE(follow.find("\nGET me\n"), std::string::npos);
  EXPECT_NE(follow.find("\nGET ME\n"), std::string::npos);
}

TEST_F(Export, OfDatagramsKeepsThemApart) {
  FAIRLEAD_NEEDS("tshark");
  made_up m;
  m.open(1, true).there("one").back("").there(random_bytes(65507, 4)).close();
  EXPECT_EQ(tshark(m, {"-T", "fields", "-e", "udp.length"}), "11\n8\n65515\n");
  EXPECT_EQ(look(), "");
}

TEST_F(Export, OfAResetEndsInOne) {
  FAIRLEAD_NEEDS("tshark");
  made_up m;
  m.open(1).there("x").end(direction::back, ending::reset).end(direction::there, ending::given_up).close();
  EXPECT_EQ(lines_of(tshark(m, {"-Y", "tcp.flags.reset == 1 && tcp.srcport == 2000"})).size(), 1U);
  EXPECT_EQ(lines_of(look({"-Y", "tcp.flags.fin == 1"})).size(), 0U);
}

TEST_F(Export, OfUnixSocketsIsBetweenAddressesThatAreMadeUpAndSaysSo) {
  FAIRLEAD_NEEDS("tshark");
  const std::string path = (dir() / "s").string();
  listener echo("unix:" + path, {"--echo"});
  const std::string rec = (dir() / "live").string();
  EXPECT_EQ(
      fairlead_tool({"connect", echo.address(), "--record", rec}, {.input = "x", .environment = {}}).status,
      0);
  EXPECT_EQ(fairlead_tool({"replay", rec, "--export", to()}).status, 0);
  EXPECT_EQ(look(), "");
  const std::string first =
      look({"-c", "1", "-T", "fields", "-e", "ip.src", "-e", "ip.dst", "-e", "frame.comment"});
  EXPECT_EQ(first.substr(0, 20), "127.1.1.1\t127.1.1.2\t");
  EXPECT_NE(first.find("conversation 1: standard input and unix:" + path), std::string::npos) << first;
  EXPECT_NE(first.find("127.1.1.2:10000 is made up"), std::string::npos);
}

TEST_F(Export, ConversationsAreStreamsOfTheirOwnAndOneCanBeChosen) {
  FAIRLEAD_NEEDS("tshark");
  made_up m;
  m.open(1, false, "127.0.0.1:1", "127.0.0.1:9").open(2, false, "127.0.0.1:2", "127.0.0.1:9");
  m.there("a", 1).there("b", 2).back("a", 1).back("b", 2).close();
  EXPECT_EQ(tshark(m, {"-Y", "tcp.len > 0", "-T", "fields", "-e", "tcp.stream", "-e", "tcp.payload"}),
            "0\t61\n1\t62\n0\t61\n1\t62\n");
  EXPECT_EQ(
      fairlead_tool({"replay", (dir() / "rec").string(), "--export", to(), "--conversation", "2"}).status, 0);
  EXPECT_EQ(look({"-Y", "tcp.len > 0", "-T", "fields", "-e", "tcp.payload"}), "62\n62\n");
}

TEST_F(Export, OfADamagedRecordingIsWhatComesBefore) {
  FAIRLEAD_NEEDS("tshark");
  made_up m;
  m.open(1).there("good").there("bad").close();
  std::string text = m.text();
  text[m.begins()[3] + 10] ^= 1;
  const std::string from = dir().write("rec", text);
  const child_outcome o = fairlead_tool({"replay", from, "--export", to()});
  EXPECT_EQ(o.status, 4);
  EXPECT_NE(o.errors.find("damaged at byte " + std::to_string(m.begins()[3])), std::string::npos);
  EXPECT_EQ(look({"-Y", "tcp.len > 0", "-T", "fields", "-e", "tcp.payload"}), "676f6f64\n");
}

TEST_F(Export, ThatCannotBeWrittenIsToldAndLeavesNothing) {
  const std::string from = dir().write("rec", made_up().open(1).finished().text());
  const child_outcome o = fairlead_tool({"replay", from, "--export", "/dev/full"});
  EXPECT_EQ(o.status, 1);
  EXPECT_NE(o.errors.find("no space left on device"), std::string::npos) << o.errors;
  const child_outcome none = fairlead_tool({"replay", from, "--export", (dir() / "none" / "x").string()});
  EXPECT_EQ(none.status, 1);
}

}  // namespace
