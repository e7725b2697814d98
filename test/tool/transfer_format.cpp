// SPDX-License-Identifier: MIT
// What sender and receiver tell each other, byte by byte.
#include "transfer/format.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace tool::transfer;

std::vector<std::byte> bytes_of(const any_message& m) {
  std::vector<std::byte> made;
  append(made, m);
  return made;
}

std::vector<std::byte> octets(std::initializer_list<unsigned> values) {
  std::vector<std::byte> made;
  for (const unsigned v : values) made.push_back(static_cast<std::byte>(v));
  return made;
}

entry some_file() {
  entry e;
  e.asks = true;
  e.mode = 0644;
  e.seconds = -1;
  e.nanoseconds = 999'999'999;
  e.size = 0x1'0000'0002;
  e.stored = 3;
  e.path = "a/\xff";
  return e;
}

std::string complaint(std::vector<std::byte> bytes) {
  decoder d;
  const auto f = d.look(bytes);
  return f ? std::string() : f.error().reason();
}

TEST(TransferFormat, BeginsWithItsNameAndVersion) {
  const auto h = hello();
  const auto wanted = octets({'f', 'l', 'f', 'i', 'l', 'e', 's', 0, 0, 1, 0, 0, 0, 0, 0, 0});
  EXPECT_EQ(std::vector(h.begin(), h.end()), wanted);
  EXPECT_EQ(parse_hello(h), 1);
  EXPECT_EQ(parse_hello(hello(0x1234)), 0x1234);
  auto other = h;
  other[3] = std::byte{'F'};
  EXPECT_EQ(parse_hello(other), std::nullopt);
}

TEST(TransferFormat, IsOnTheWireAsThePageSays) {
  EXPECT_EQ(bytes_of(message::opened{some_file()}),
            octets({3,    0,    0,    0,    35,   1,    1,    0x01, 0xa4, 0x3b, 0x9a, 0xc9, 0xff, 0xff,
                    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0,    0,    0,    1,    0,    0,    0,
                    2,    0,    0,    0,    0,    0,    0,    0,    3,    'a',  '/',  0xff}));
  EXPECT_EQ(bytes_of(message::all_planned{}), octets({2, 0, 0, 0, 0}));
  EXPECT_EQ(bytes_of(message::resumed{258}), octets({4, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 1, 2}));
  EXPECT_EQ(bytes_of(message::data{octets({7, 8})}), octets({5, 0, 0, 0, 2, 7, 8}));
  EXPECT_EQ(bytes_of(message::hole{1}), octets({6, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1}));
  EXPECT_EQ(bytes_of(message::given_up{true, "no"}), octets({33, 0, 0, 0, 3, 1, 'n', 'o'}));
  std::array<std::byte, header_size> head;
  put_data_header(head, 0x010203);
  EXPECT_EQ(std::vector(head.begin(), head.end()), octets({5, 0, 1, 2, 3}));
}

TEST(TransferFormat, EveryMessageComesBackInWhateverPiecesItCame) {
  const digest hash = fairlead::sha256::of("abc");
  entry d = some_file();
  d.kind = entry_kind::directory;
  d.asks = false;
  d.size = d.stored = 0;
  const any_message all[] = {message::planned{some_file()},
                             message::all_planned{},
                             message::opened{d},
                             message::resumed{5},
                             message::hole{6},
                             message::closed{hash},
                             message::spoilt{"changed"},
                             message::finished{},
                             message::ready{},
                             message::have{9, hash},
                             message::kept{hash},
                             message::done{3},
                             message::alive{},
                             message::given_up{false, "why"}};
  for (const any_message& m : all) {
    const auto bytes = bytes_of(m);
    for (std::size_t n = 0; n < bytes.size(); ++n) {
      decoder early;
      const auto f = early.look(std::span(bytes).first(n));
      ASSERT_TRUE(f) << m.index() << ' ' << n;
      EXPECT_FALSE(f->what) << m.index() << ' ' << n;
      EXPECT_EQ(f->consumed, 0U);
    }
    decoder whole;
    const auto f = whole.look(bytes);
    ASSERT_TRUE(f && f->what) << m.index();
    EXPECT_EQ(f->consumed, bytes.size());
    EXPECT_EQ(bytes_of(*f->what), bytes) << m.index();
  }
}

TEST(TransferFormat, DataIsGivenOutAsItComes) {
  decoder d;
  const auto bytes = bytes_of(message::data{octets({1, 2, 3, 4, 5})});
  auto f = d.look(std::span(bytes).first(6));
  ASSERT_TRUE(f && f->what);
  EXPECT_EQ(f->consumed, 6U);
  EXPECT_EQ(std::get<message::data>(*f->what).bytes.size(), 1U);
  f = d.look(std::span(bytes).subspan(6, 3));
  ASSERT_TRUE(f && f->what);
  EXPECT_EQ(f->consumed, 3U);
  std::vector<std::byte> rest = {bytes.back()};
  append(rest, message::alive{});
  f = d.look(rest);
  ASSERT_TRUE(f && f->what);
  EXPECT_EQ(f->consumed, 1U) << "what follows is not data";
  f = d.look(std::span(rest).subspan(1));
  ASSERT_TRUE(f && f->what);
  EXPECT_TRUE(std::holds_alternative<message::alive>(*f->what));
}

TEST(TransferFormat, RefusesWhatIsNoMessage) {
  EXPECT_EQ(complaint(octets({'G'})), "a message of a kind that version 1 does not know");
  EXPECT_EQ(complaint(octets({5, 0xff, 0xff, 0xff, 0xff})), "a message has an impossible length");
  EXPECT_EQ(complaint(octets({1, 0, 0, 0x10, 0x20})), "a message has an impossible length");
  EXPECT_EQ(complaint(octets({9, 0, 0, 0, 1})), "a message has an impossible length");
  EXPECT_EQ(complaint(octets({6, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0})), "a hole has an impossible size");
  const auto with = [](auto change) {
    entry e = some_file();
    change(e);
    return complaint(bytes_of(message::planned{e}));
  };
  EXPECT_EQ(with([](entry&) {}), "");
  EXPECT_EQ(with([](entry& e) { e.mode = 04755; }), "an entry has more than permissions in its mode");
  EXPECT_EQ(with([](entry& e) { e.nanoseconds = 1'000'000'000; }), "an entry has a time that does not exist");
  EXPECT_EQ(with([](entry& e) { e.size = largest_size + 1; }), "an entry has an impossible size");
  EXPECT_EQ(with([](entry& e) { e.stored = e.size + 1; }), "an entry has an impossible size");
  EXPECT_EQ(with([](entry& e) { e.kind = entry_kind::directory; }), "a directory has a content");
  EXPECT_EQ(with([](entry& e) { e.kind = static_cast<entry_kind>(3); }),
            "an entry is neither a file nor a directory");
}

TEST(TransferFormat, APathCannotLeadAnywhereElse) {
  for (const char* const fine : {"a", "a/b", "...", ".a", "a/..b", "\xff\x01\n"})
    EXPECT_TRUE(is_fine_path(fine)) << fine;
  for (const char* const wrong :
       {"", "/", "/a", "a/", "a//b", ".", "..", "a/.", "a/..", "../a", "./a", "a/../b"}) {
    EXPECT_FALSE(is_fine_path(wrong)) << wrong;
  }
  EXPECT_FALSE(is_fine_path(std::string_view("a\0b", 3)));
  EXPECT_TRUE(is_fine_path(std::string(255, 'x')));
  EXPECT_FALSE(is_fine_path(std::string(256, 'x')));
  std::string deep = "d";
  for (int i = 1; i < 100; ++i) deep += "/d";
  EXPECT_TRUE(is_fine_path(deep));
  EXPECT_FALSE(is_fine_path(deep + "/d"));
  std::string long_path(255, 'x');
  while (long_path.size() < 4000) long_path += '/' + std::string(255, 'x');
  EXPECT_TRUE(is_fine_path(long_path.substr(0, 4095)));
  EXPECT_FALSE(is_fine_path(long_path.substr(0, 4095) + "x"));
}

}  // namespace
