// SPDX-License-Identifier: MIT
// The format of recordings: what is written is read, byte for byte, however it comes, and damage is found
// where it is.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "recording/crc32.hpp"
#include "recording/format.hpp"
#include "recording/reader.hpp"
#include "recording/writer.hpp"
#include "support/bytes.hpp"
#include "support/expect.hpp"
#include "support/temp_dir.hpp"
#include "tool/recordings.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;
using namespace tool::recording;
using namespace std::chrono_literals;
using tool::direction;
using tool::ending;

// A record as text, with a copy of its content.
std::string told(const record& r) {
  struct teller {
    std::string operator()(const started& s) const { return "started " + s.program; }
    std::string operator()(const opened& o) const {
      return "opened " + std::to_string(o.conversation) + ' ' + o.first.name + ' ' + o.second.address +
             (o.messages ? " messages" : "") + (o.opener == direction::back ? " from back" : "");
    }
    std::string operator()(const passed& p) const {
      return (p.way == direction::there ? "> " : "< ") + std::to_string(p.conversation) + ' ' +
             std::to_string(p.at.count()) + ' ' +
             std::string(reinterpret_cast<const char*>(p.content.data), p.content.size);
    }
    std::string operator()(const ended& e) const {
      return "ended " + std::to_string(static_cast<int>(e.how)) + ' ' + e.words;
    }
    std::string operator()(const tool::recording::closed&) const { return "closed"; }
  };
  return std::visit(teller{}, r);
}

struct reading {
  std::vector<std::string> records;
  std::optional<damage> damaged;
  bool closed = false;
};

reading read(std::string_view bytes, std::size_t portion = std::string::npos) {
  reading all;
  scanner s;
  for (;;) {
    while (const auto r = s.next()) all.records.push_back(told(*r));
    if (s.over()) break;
    if (bytes.empty()) {
      s.end();
      continue;
    }
    s.feed(bytes.substr(0, portion));
    bytes.remove_prefix(std::min(portion, bytes.size()));
  }
  all.damaged = s.damaged();
  all.closed = s.closed();
  return all;
}

made_up example() {
  made_up m;
  m.open(1)
      .there("question")
      .after(5ms)
      .back("answer")
      .open(2, true)
      .there("", 2)
      .back(std::string(300, 'x'));
  return m.end(direction::there).end(direction::back, ending::reset).close();
}

TEST(RecordingFormat, ACrcIsThatOfZlib) {
  EXPECT_EQ(crc32("123456789"), 0xCBF43926U);
  const std::string text = random_bytes(1000, 1);
  for (const std::size_t at : {0UZ, 1UZ, 7UZ, 8UZ, 9UZ, 500UZ, 1000UZ})
    EXPECT_EQ(crc32(text.substr(at), crc32(text.substr(0, at))), crc32(text));
}

TEST(RecordingFormat, APieceIsTwentyTwoBytesAndItsContent) {
  std::vector<std::byte> bytes;
  append(bytes, passed{258, 3ns, direction::back, "hey"});
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::string body("\x03\0\0\1\2\0\0\0\0\0\0\0\3\1hey", 17);
  ASSERT_EQ(text.size(), 25U);
  EXPECT_EQ(text.substr(0, 4), std::string("\0\0\0\x11", 4));
  EXPECT_EQ(text.substr(8), body);
  const std::uint32_t sum = crc32(body, crc32(text.substr(0, 4)));
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_EQ(static_cast<unsigned char>(text[4 + i]), sum >> (24 - 8 * i) & 0xffU);
}

TEST(RecordingFormat, WhatIsWrittenIsReadHoweverItArrives) {
  const reading whole = read(example().text());
  EXPECT_FALSE(whole.damaged) << whole.damaged->why;
  EXPECT_TRUE(whole.closed);
  const std::vector<std::string> expected = {"started a test",
                                             "opened 1 tcp://127.0.0.1:1000 127.0.0.1:2000",
                                             "> 1 0 question",
                                             "< 1 5000000 answer",
                                             "opened 2 tcp://127.0.0.1:1000 127.0.0.1:2000 messages",
                                             "> 2 5000000 ",
                                             "< 1 5000000 " + std::string(300, 'x'),
                                             "ended 1 ",
                                             "ended 2 ",
                                             "closed"};
  EXPECT_EQ(whole.records, expected);
  for (const std::size_t portion : {1UZ, 2UZ, 7UZ, 64UZ})
    EXPECT_EQ(read(example().text(), portion).records, expected);
}

TEST(RecordingFormat, CutAnywhereItIsReadUpToTheLastWholeRecord) {
  const made_up m = example();
  const std::string text = m.text();
  const std::vector<std::string> all = read(text).records;
  for (std::size_t size = magic.size(); size < text.size(); ++size) {
    const reading r = read(text.substr(0, size));
    const auto next = std::ranges::upper_bound(m.begins(), size);
    const auto whole = static_cast<std::size_t>(next - m.begins().begin()) - 1;
    ASSERT_EQ(r.records, std::vector(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(whole))) << size;
    EXPECT_FALSE(r.closed);
    const bool between = m.begins()[whole] == size;
    ASSERT_EQ(r.damaged.has_value(), !between) << size;
    if (!between) {
      EXPECT_EQ(r.damaged->offset, m.begins()[whole]);
      EXPECT_EQ(r.damaged->why, "the last record is torn");
    }
  }
}

TEST(RecordingFormat, AChangedByteIsFoundInTheRecordThatItIsIn) {
  const made_up m = example();
  const std::string text = m.text();
  const std::vector<std::string> all = read(text).records;
  for (std::size_t at = magic.size(); at < text.size(); ++at) {
    std::string changed = text;
    changed[at] = static_cast<char>(changed[at] ^ 0x40);
    const reading r = read(changed);
    const auto next = std::ranges::upper_bound(m.begins(), at);
    const auto sound = static_cast<std::size_t>(next - m.begins().begin()) - 1;
    ASSERT_EQ(r.records, std::vector(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(sound))) << at;
    ASSERT_TRUE(r.damaged) << at;
    EXPECT_EQ(r.damaged->offset, m.begins()[sound]);
  }
}

TEST(RecordingFormat, WhatIsNoRecordingIsSaidToBeNone) {
  for (const std::string text : {"", "x",
                                 "\x89"
                                 "FLREC",
                                 "\x89"
                                 "FLREC\n\n and more of it",
                                 "GIF89a is something else"}) {
    const reading r = read(text);
    ASSERT_TRUE(r.damaged);
    EXPECT_EQ(r.damaged->why, "this is no recording");
    EXPECT_EQ(r.damaged->offset, 0U);
  }
}

TEST(RecordingFormat, KindsThatAreNotKnownYetArePassedOver) {
  made_up m;
  m.open(1);
  std::string text = m.text();
  const std::string body = std::string(1, 77) + "from the future";
  std::string head("\0\0\0\x10", 4);
  const std::uint32_t sum = crc32(body, crc32(head));
  for (std::size_t i = 0; i < 4; ++i) head += static_cast<char>(sum >> (24 - 8 * i) & 0xffU);
  text += head + body;
  std::vector<std::byte> last;
  append(last, tool::recording::closed{1s});
  text.append(reinterpret_cast<const char*>(last.data()), last.size());
  const reading r = read(text);
  EXPECT_FALSE(r.damaged);
  EXPECT_EQ(r.records.back(), "closed");
}

TEST(RecordingFormat, WhatMakesNoSenseWhereItStandsIsDamage) {
  const auto why = [](const made_up& m) {
    const reading r = read(m.text());
    return r.damaged ? r.damaged->why : "nothing is wrong";
  };
  EXPECT_EQ(why(made_up().there("x")), "it speaks of a conversation that has not begun");
  EXPECT_EQ(why(made_up().open(1).end(direction::back, ending::finished, 2)),
            "it speaks of a conversation that has not begun");
  EXPECT_EQ(why(made_up().open(2)), "a conversation has a number that is not the next one");
  EXPECT_EQ(why(made_up().open(1).open(1)), "a conversation has a number that is not the next one");
  EXPECT_EQ(why(made_up().open(1).add(tool::recording::passed{1, 5s, direction::there, "a"}).there("b")),
            "its time runs backwards");
  EXPECT_EQ(why(made_up().add(started{})), "it begins twice");
  std::vector<std::byte> other;
  append_magic(other);
  append(other, started{2, 0, "later"});
  EXPECT_EQ(read({reinterpret_cast<const char*>(other.data()), other.size()}).damaged->why,
            "its version is not known here; a newer fairlead may read it");
}

TEST(RecordingFormat, WhateverFollowsItsEndIsDamageThere) {
  const std::string text = example().text();
  const std::vector<std::string> all = read(text).records;
  for (const std::string& more : {std::string(1, '\0'), std::string("garbage"), text}) {
    for (const std::size_t portion : {1UZ, 7UZ, text.size(), std::string::npos}) {
      const reading r = read(text + more, portion);
      EXPECT_EQ(r.records, all);
      ASSERT_TRUE(r.damaged);
      EXPECT_EQ(r.damaged->offset, text.size());
      EXPECT_EQ(r.damaged->why, "something follows its end");
    }
  }
}

TEST(RecordingFormat, ALengthThatIsWrongCostsNoMemory) {
  std::string text = made_up().open(1).text();
  text +=
      "\xff\xff\xff\xff"
      "abcd"
      "and so on";
  const reading r = read(text);
  ASSERT_TRUE(r.damaged);
  EXPECT_EQ(r.damaged->why, "a record cannot be 4294967295 bytes long");
}

TEST(RecordingWriter, WhatItWritesIsOnTheDiskBeforeItGoesOn) {
  const temp_dir dir;
  const std::string path = (dir / "r").string();
  auto w = writer::create(path);
  expect_ok(w);
  opened o;
  o.first.name = "-";
  const std::uint32_t number = (*w)->open(o);
  (*w)->pass(number, direction::there, "hello");
  auto before = reader::open(path);  // while it is still open: as if its writer had been killed
  expect_ok(before);
  std::vector<std::string> records;
  while (const auto r = before->next()) records.push_back(told(*r));
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[2].substr(0, 4), "> 1 ");
  EXPECT_EQ(before->complaint(), path + ": was not finished: whoever wrote it was stopped in the middle");

  (*w)->end(number, direction::there, {});
  expect_ok((*w)->close());
  auto after = reader::open(path);
  while (after->next()) {
  }
  EXPECT_TRUE(after->state().closed());
  EXPECT_EQ(after->complaint(), "");
}

TEST(RecordingWriter, APieceThatIsTooLargeIsDivided) {
  const temp_dir dir;
  const std::string path = (dir / "r").string();
  auto w = writer::create(path);
  expect_ok(w);
  const std::uint32_t number = (*w)->open({});
  const endless_zeros zeros(largest_content + 5);
  (*w)->pass(number, direction::there, zeros.bytes());
  (*w)->pass(number, direction::back, {});
  expect_ok((*w)->close());
  auto r = reader::open(path);
  std::vector<std::size_t> sizes;
  while (const auto one = r->next()) {
    if (const auto* const p = std::get_if<passed>(&*one)) sizes.push_back(p->content.size);
  }
  EXPECT_EQ(r->complaint(), "");
  EXPECT_EQ(sizes, (std::vector<std::size_t>{largest_content, 5, 0}));
}

TEST(RecordingWriter, NothingIsWrittenOver) {
  const temp_dir dir;
  const std::string path = dir.write("r", "of value");
  const auto w = writer::create(path);
  ASSERT_FALSE(w);
  EXPECT_EQ(w.error().message(), "open " + path + ": exists already; recordings are not written over");
}

TEST(RecordingWriter, AFullDiskIsAnError) {
  const auto w = writer::create("/dev/full");
  expect_error(w, fairlead::errc::no_space_on_device);
}

}  // namespace
