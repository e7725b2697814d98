// SPDX-License-Identifier: MIT
// Length-prefixed frames: all prefixes, all ways of arriving, and lengths that nobody should believe.
#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <fairlead/any_stream.hpp>
#include <fairlead/buffered.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/tcp.hpp>

#include "stream/scripted.hpp"
#include "stream/ways.hpp"
#include "support/allocations.hpp"
#include "support/bytes.hpp"
#include "support/expect.hpp"

namespace fairlead::testing {
namespace {

using namespace std::string_literals;
using words = std::vector<std::string>;

constexpr std::array all_prefixes{length_prefix::u8,    length_prefix::u16be, length_prefix::u16le,
                                  length_prefix::u32be, length_prefix::u32le, length_prefix::u64be,
                                  length_prefix::u64le};

class Frames : public every_way {};
FAIRLEAD_IN_EVERY_WAY(Frames);

std::string encoded(length_prefix p, std::string_view payload) {
  std::string bytes(8 + payload.size(), '\0');
  bytes.resize(detail::encode_frame(p, payload, std::as_writable_bytes(std::span(bytes))));
  if (bytes.size() == size_of(p)) bytes += payload;
  return bytes;
}

template <class Reader>
task<result<words>> all_frames(Reader& reader, std::size_t limit, length_prefix p) {
  words frames;
  while (const auto frame = co_await or_return(reader.frame(limit, p))) frames.emplace_back(as_text(*frame));
  co_return frames;
}

TEST(FrameBytes, AreAsTheirPrefixSays) {
  EXPECT_EQ(encoded(length_prefix::u8, "ab"),
            "\x02"
            "ab"s);
  EXPECT_EQ(encoded(length_prefix::u16be, "ab"),
            "\x00\x02"
            "ab"s);
  EXPECT_EQ(encoded(length_prefix::u16le, "ab"),
            "\x02\x00"
            "ab"s);
  EXPECT_EQ(encoded(length_prefix::u32be, "ab"),
            "\x00\x00\x00\x02"
            "ab"s);
  EXPECT_EQ(encoded(length_prefix::u32le, "ab"),
            "\x02\x00\x00\x00"
            "ab"s);
  EXPECT_EQ(encoded(length_prefix::u64be, "ab"),
            "\x00\x00\x00\x00\x00\x00\x00\x02"
            "ab"s);
  EXPECT_EQ(encoded(length_prefix::u64le, "ab"),
            "\x02\x00\x00\x00\x00\x00\x00\x00"
            "ab"s);
  EXPECT_EQ(encoded(length_prefix::u16be, std::string(0x1234, 'x')).substr(0, 2), "\x12\x34");
  EXPECT_EQ(encoded(length_prefix::u16le, std::string(0x1234, 'x')).substr(0, 2), "\x34\x12");
  EXPECT_EQ(encoded(length_prefix::u8, ""), "\x00"s);
}

TEST(FramesInPieces, AreTheSameHoweverTheyArrive) {
  std::mt19937 random(5);
  for (const length_prefix p : all_prefixes) {
    words expected;
    std::string bytes;
    for (unsigned i = 0; i < 40; ++i) {
      const std::size_t most = p == length_prefix::u8 ? 255 : 5'000;
      expected.push_back(random_bytes(i % 7 == 0 ? 0 : random() % most, i));
      bytes += encoded(p, expected.back());
    }
    for (const std::size_t most : {1U, 7U, 5000U, 1'000'000U}) {
      buffered_reader reader(scripted_stream(in_random_pieces(bytes, most, 9)));
      EXPECT_TRUE(value_of(all_frames(reader, 5'000, p).wait()) == expected)
          << size_of(p) << " bytes, " << most;
    }
  }
}

TEST(FramesThatAreTooLong, AreRefusedBeforeMemoryIsGivenToThem) {
  const struct {
    length_prefix prefix;
    std::string bytes;
    const char* says;
  } cases[] = {
      {length_prefix::u8, "\xff", "recv: a frame of 255 bytes is longer than the limit of 100"},
      {length_prefix::u16be, "\x00\x65", "recv: a frame of 101 bytes is longer than the limit of 100"},
      {length_prefix::u32be, "\xff\xff\xff\xff",
       "recv: a frame of 4294967295 bytes is longer than the limit of 100"},
      {length_prefix::u32le, "\x00\x00\x00\x80",
       "recv: a frame of 2147483648 bytes is longer than the limit of 100"},
      {length_prefix::u64be, "\xff\xff\xff\xff\xff\xff\xff\xff",
       "recv: a frame of 18446744073709551615 bytes is longer than the limit of 100"},
  };
  for (const auto& c : cases) {
    std::string bytes = c.bytes;
    bytes.resize(size_of(c.prefix), '\0');
    if (c.prefix == length_prefix::u16be) bytes = "\x00\x65"s;
    if (c.prefix == length_prefix::u32le) bytes = "\x00\x00\x00\x80"s;
    buffered_reader reader(scripted_stream({bytes, "payload"}));
    const auto r = reader.frame(100, c.prefix).wait();
    ASSERT_FALSE(r);
    EXPECT_EQ(r.error(), fault::too_long);
    EXPECT_EQ(r.error().message(), c.says);
  }
}

TEST(FramesThatAreTooLong, TakeNoMemoryEvenWithoutALimit) {
  // A length that overflows every sum, and nothing behind it.
  buffered_reader reader(scripted_stream({"\xff\xff\xff\xff\xff\xff\xff\xff"s, "abc"}));
  const auto r = reader.frame(std::numeric_limits<std::size_t>::max(), length_prefix::u64be).wait();
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error(), fault::end_of_stream);
  EXPECT_EQ(r.error().transferred(), 11U);
  detail::read_buffer buffer;
  EXPECT_LE(buffer.room(std::size_t{1} << 40U).size, detail::read_buffer::first_size);
}

TEST(FramesThatAreCutOff, AreNotTheEnd) {
  for (const std::string& bytes : {"\x00"s, "\x00\x00\x00\x05"s,
                                   "\x00\x00\x00\x05"
                                   "four"s}) {
    buffered_reader reader(scripted_stream({bytes}));
    const auto r = reader.frame(100).wait();
    ASSERT_FALSE(r);
    EXPECT_EQ(r.error(), fault::end_of_stream);
    EXPECT_EQ(r.error().transferred(), bytes.size());
  }
  buffered_reader nothing{scripted_stream()};
  EXPECT_EQ(value_of(nothing.frame(100).wait()), std::nullopt);
}

TEST_P(Frames, TravelThroughAnyStream) {
  auto ends = value_of(tcp_stream::pair());
  const words payloads{"", "small", random_bytes(1500, 1), random_bytes(3'000'000, 2), "last"};
  const auto send_all = [](tcp_stream& to, const words& all) -> task<result<void>> {
    for (const std::string& payload : all) co_await or_return(send_frame(to, payload, length_prefix::u32le));
    co_return co_await to.shutdown();
  };
  const auto story = [&send_all](tcp_stream& a, any_stream& b, const words& all) -> task<result<words>> {
    scope senders;
    senders.spawn(send_all(a, all));
    buffered_reader reader(b);
    words received = co_await or_return(all_frames(reader, 3'000'000, length_prefix::u32le));
    co_await or_return(co_await senders.join());
    co_return received;
  };
  any_stream far(std::move(ends.second));
  EXPECT_TRUE(value_of(run(story(ends.first, far, payloads))) == payloads);
}

TEST(FramesToSend, GoTogetherWithTheirLength) {
  scripted_stream s;
  expect_ok(send_frame(s, "hi", length_prefix::u16be).wait());
  EXPECT_EQ(s.sent, (words{"\x00\x02hi"s}));
  s.sent.clear();
  const std::string big(5000, 'x');
  expect_ok(send_frame(s, big, length_prefix::u16be).wait());
  EXPECT_EQ(s.sent, (words{"\x13\x88"s, big})) << "but are not copied when they are large";
  s.sent.clear();
  expect_ok(send_frame(s, "", length_prefix::u8).wait());
  EXPECT_EQ(s.sent, (words{"\x00"s}));
}

TEST(FramesToSend, MustFitTheirPrefix) {
  scripted_stream s;
  expect_ok(send_frame(s, std::string(255, 'x'), length_prefix::u8).wait());
  EXPECT_EQ(send_frame(s, std::string(256, 'x'), length_prefix::u8).wait().error().message(),
            "send: a frame of 256 bytes does not fit a length of 1 byte");
  EXPECT_EQ(send_frame(s, std::string(65536, 'x'), length_prefix::u16le).wait().error(), fault::too_long);
  EXPECT_EQ(s.sent.size(), 1U);
  expect_ok(detail::check_length(length_prefix::u64be, std::numeric_limits<std::size_t>::max()));
  expect_ok(detail::check_length(length_prefix::u32be, 0xffffffffU));
  expect_error(detail::check_length(length_prefix::u32be, std::size_t{1} << 32U), fault::too_long);
}

}  // namespace
}  // namespace fairlead::testing
