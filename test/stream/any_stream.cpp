// SPDX-License-Identifier: MIT
// The stream concept, and one type for all of its models.
#include <fairlead/any_stream.hpp>

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include <fairlead/buffered.hpp>
#include <fairlead/descriptor.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/process.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/udp.hpp>
#include <fairlead/unix.hpp>

#include "stream/everything.hpp"
#include "stream/ways.hpp"

namespace fairlead::testing {
namespace {

using namespace std::chrono_literals;

static_assert(stream<tcp_stream> && stream<unix_stream> && stream<descriptor_stream> && stream<any_stream>);
static_assert(stream<buffered_reader<tcp_stream>> && stream<buffered_reader<any_stream&>>);
static_assert(gathering_stream<tcp_stream> && gathering_stream<descriptor_stream> &&
              gathering_stream<any_stream>);
static_assert(!stream<descriptor_reader> && !stream<udp_socket> && !stream<tcp_listener> && !stream<process>);
static_assert(operation_giving<recv_operation, std::size_t> && operation_giving<task<result<int>>, int>);
static_assert(!operation_giving<recv_operation, int> && !operation_giving<result<int>, int>);
static_assert(!std::is_copy_constructible_v<any_stream> && std::is_nothrow_move_constructible_v<any_stream>);

// A stream that is neither a socket nor able to gather, as layers are.
struct plain_layer {
  unix_stream below;
  task<result<std::size_t>> recv(mutable_buffer b) { co_return co_await below.recv(b); }
  task<result<std::size_t>> send(const_buffer b) { co_return co_await below.send(b); }
  task<result<void>> shutdown() { co_return co_await below.shutdown(); }
  result<void> close() { return below.close(); }
};
static_assert(stream<plain_layer> && !gathering_stream<plain_layer>);

class AnyStream : public every_way {};
FAIRLEAD_IN_EVERY_WAY(AnyStream);
class AnyStreamOnALoop : public every_backend {};
FAIRLEAD_ON_EVERY_BACKEND(AnyStreamOnALoop);

struct ends {
  any_stream near;
  any_stream far;
};

template <class Stream>
ends pair_of() {
  auto p = value_of(Stream::pair());
  return {any_stream(std::move(p.first)), any_stream(std::move(p.second))};
}

ends layered_pair() {
  auto p = value_of(unix_stream::pair());
  return {any_stream(plain_layer{std::move(p.first)}), any_stream(plain_layer{std::move(p.second)})};
}

std::vector<ends> every_kind() {
  std::vector<ends> all;
  all.push_back(pair_of<tcp_stream>());
  all.push_back(pair_of<unix_stream>());
  all.push_back(pair_of<descriptor_stream>());
  all.push_back(layered_pair());
  return all;
}

TEST_P(AnyStream, CarriesBytesAndHalfClosesWhateverIsInside) {
  for (ends& e : every_kind()) {
    const auto story = [](any_stream& a, any_stream& b) -> task<result<std::string>> {
      co_await or_return(a.send("some "));
      const std::array<const_buffer, 3> pieces{const_buffer("bytes"), const_buffer(" "),
                                               const_buffer("together")};
      EXPECT_EQ(value_of(co_await a.send(const_buffers(pieces))), 14U);
      co_await or_return(a.shutdown());
      std::string there = co_await or_return(read_everything(b, 7));
      co_await or_return(b.send("back"));  // the other direction is still open
      co_await or_return(b.shutdown());
      co_return there + ", " + co_await or_return(read_everything(a, 7));
    };
    EXPECT_EQ(value_of(run(story(e.near, e.far))), "some bytes together, back");
  }
}

TEST_P(AnyStream, TimesOutAndIsStopped) {
  for (ends& e : every_kind()) {
    std::stop_source stop;
    stop.request_stop();
    const auto story = [](any_stream& a, std::stop_token t) -> task<result<void>> {
      std::array<char, 4> b{};
      EXPECT_EQ((co_await a.recv(b).within(1ms)).error(), errc::timed_out);
      EXPECT_EQ((co_await a.recv(b).stop_on(t)).error(), errc::operation_canceled);
      co_return {};
    };
    value_of(run(story(e.near, stop.get_token())));
  }
}

TEST_P(AnyStream, WithNothingInsideIsABadDescriptor) {
  any_stream none;
  EXPECT_FALSE(none.has_value());
  const auto story = [](any_stream& s) -> task<result<void>> {
    std::array<char, 4> b{};
    EXPECT_EQ((co_await s.recv(b)).error(), errc::bad_file_descriptor);
    EXPECT_EQ((co_await s.send("x")).error(), errc::bad_file_descriptor);
    EXPECT_EQ((co_await s.send(const_buffers())).error(), errc::bad_file_descriptor);
    EXPECT_EQ((co_await s.shutdown()).error(), errc::bad_file_descriptor);
    EXPECT_EQ(s.close().error(), errc::bad_file_descriptor);
    co_return {};
  };
  value_of(run(story(none)));
}

TEST_P(AnyStream, SaysHowMuchOfSeveralPiecesWentOut) {
  auto e = layered_pair();
  const std::string big(10'000'000, 'x');
  const auto story = [](any_stream& s, std::string_view much,
                        std::stop_token t) -> task<result<std::size_t>> {
    const std::array<const_buffer, 2> pieces{const_buffer("first"), const_buffer(much)};
    co_return co_await s.send(const_buffers(pieces)).stop_on(t);
  };
  const stop_when_readable stop(e.far.get_if<plain_layer>()->below);
  const auto r = run(story(e.near, big, stop.token()));
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error(), errc::operation_canceled);
  EXPECT_GE(r.error().transferred(), 5U);
  EXPECT_TRUE(e.near.close());
  EXPECT_EQ(value_of(run(read_everything(e.far, 7))).size(), r.error().transferred());
}

TEST(AnyStreamInside, IsFoundByItsType) {
  any_stream s(std::move(value_of(tcp_stream::pair()).first));
  ASSERT_NE(s.get_if<tcp_stream>(), nullptr);
  EXPECT_TRUE(value_of(s.get_if<tcp_stream>()->local_endpoint()).is_ip());
  EXPECT_EQ(s.get_if<unix_stream>(), nullptr);
  any_stream none;
  EXPECT_EQ(none.get_if<tcp_stream>(), nullptr);
  none = std::move(s);
  EXPECT_NE(none.get_if<tcp_stream>(), nullptr);
}

TEST_P(AnyStreamOnALoop, MayBeMovedWhileSomebodyReceives) {
  auto e = pair_of<tcp_stream>();
  const auto story = [](any_stream& a, any_stream& b) -> task<result<std::string>> {
    scope readers;
    std::string seen;
    readers.spawn([](any_stream& in, std::string& into) -> task<result<void>> {
      std::array<char, 4> bytes{};
      const std::size_t n = co_await or_return(in.recv(bytes));
      into.assign(bytes.data(), n);
      co_return {};
    }(a, seen));
    co_await yield();
    any_stream elsewhere(std::move(a));
    co_await or_return(b.send("abcd"));
    co_await or_return(co_await readers.join());
    EXPECT_TRUE(elsewhere.close());
    co_return seen;
  };
  EXPECT_EQ(value_of(run(story(e.near, e.far))), "abcd");
}

TEST_P(AnyStreamOnALoop, EndsWhatIsInFlightWhenItIsClosedOrDestroyed) {
  for (const bool destroys : {false, true}) {
    auto e = pair_of<unix_stream>();
    const auto story = [](any_stream& a, bool destroy) -> task<result<errc>> {
      scope readers;
      readers.spawn([](any_stream& in) -> task<result<std::size_t>> {
        std::array<char, 4> bytes{};
        co_return co_await in.recv(bytes);
      }(a));
      co_await yield();
      if (destroy) {
        const any_stream gone(std::move(a));
      } else {
        EXPECT_TRUE(a.close());
      }
      const auto joined = co_await readers.join();
      co_return static_cast<errc>(joined.error().code().value());
    };
    EXPECT_EQ(value_of(run(story(e.near, destroys))), errc::operation_canceled);
  }
}

TEST_P(AnyStream, GivesExactlyWhatIsAskedForOrTellsHowMuchCame) {
  const auto story = [](ends e) -> task<result<void>> {
    std::array<char, 4> word{};
    co_await or_return(e.near.send("one"));
    co_await or_return(e.near.send("two34"));
    EXPECT_EQ(co_await or_return(recv_exactly(e.far, word)), 4U);
    EXPECT_EQ(std::string(word.data(), 4), "onet");
    EXPECT_EQ(co_await or_return(recv_exactly(e.far, mutable_buffer())), 0U);
    EXPECT_EQ(co_await or_return(recv_exactly(e.far, mutable_buffer(word).first(2))), 2U);
    co_await or_return(e.near.shutdown());
    const auto rest = co_await recv_exactly(e.far, word);
    EXPECT_FALSE(rest);
    if (!rest) {
      EXPECT_EQ(rest.error(), fault::end_of_stream);
      EXPECT_EQ(rest.error().transferred(), 2U);
      EXPECT_EQ(std::string(word.data(), 2), "34");
    }
    co_return {};
  };
  for (ends& e : every_kind()) value_of(run(story(std::move(e))));
}

}  // namespace
}  // namespace fairlead::testing
