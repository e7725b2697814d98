// SPDX-License-Identifier: MIT
// One direction of a relay: when it splices, and that no byte is lost, doubled or out of order whatever
// happens in the middle.
#include <fairlead/splice.hpp>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <fairlead/copy.hpp>
#include <fairlead/descriptor.hpp>
#include <fairlead/options.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/timer.hpp>
#include <fairlead/unix.hpp>

#include "stream/everything.hpp"
#include "stream/exhaustion.hpp"
#include "stream/ways.hpp"
#include "support/allocations.hpp"
#include "support/bytes.hpp"
#include "support/child.hpp"
#include "support/descriptors.hpp"
#include "support/expect.hpp"
#include "support/seccomp.hpp"
#include "support/temp_dir.hpp"

namespace fairlead::testing {
namespace {

using namespace std::chrono_literals;

class Conveyor : public every_way {
 protected:
  // The first scope of a thread opens its loop, whose descriptors are none of ours.
  void SetUp() override {
    value_of(run([]() -> task<result<void>> {
      scope nobody;
      co_return co_await nobody.join();
    }()));
  }
};
FAIRLEAD_IN_EVERY_WAY(Conveyor);

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Moves until the end, and passes that on.
template <class Sink>
task<result<std::uint64_t>> move_everything(conveyor& through, Sink& to) {
  std::uint64_t moved = 0;
  for (;;) {
    const std::size_t n = co_await or_return(through.move());
    if (n == 0) break;
    moved += n;
  }
  co_await or_return(to.shutdown());
  co_return moved;
}

TEST_P(Conveyor, CopiesSmallMessagesAndSplicesWhileMuchArrives) {
  auto in = value_of(tcp_stream::pair());
  auto out = value_of(tcp_stream::pair());
  const std::size_t before = open_descriptors();
  {
    conveyor through(in.second, out.first);
    const auto exchange = [](tcp_stream& writer, conveyor& c, tcp_stream& reader,
                             std::size_t size) -> task<result<void>> {
      const std::string all = random_bytes(size, 1);
      scope writers;
      writers.spawn([](tcp_stream& w, std::string_view b) -> task<result<void>> {
        co_await or_return(w.send(b));
        co_return {};
      }(writer, all));
      scope readers;
      std::string got(size, '\0');
      readers.spawn([](tcp_stream& r, std::string& into) -> task<result<void>> {
        co_await or_return(r.recv_exactly(into));
        co_return {};
      }(reader, got));
      for (std::size_t moved = 0; moved < size;) {
        const std::size_t n = co_await or_return(c.move());
        EXPECT_GT(n, 0U);
        moved += n;
      }
      co_await or_return(co_await writers.join());
      co_await or_return(co_await readers.join());
      EXPECT_TRUE(got == all);
      EXPECT_EQ(c.held(), 0U);
      co_return {};
    };
    for (int i = 0; i < 20; ++i) value_of(run(exchange(in.first, through, out.second, 100)));
    EXPECT_FALSE(through.splices());
    EXPECT_EQ(open_descriptors(), before);
    value_of(run(exchange(in.first, through, out.second, 8'000'000)));
    EXPECT_TRUE(through.splices());
    for (int i = 0; i < 20; ++i) value_of(run(exchange(in.first, through, out.second, 100)));
    EXPECT_FALSE(through.splices()) << "small ones again";
    EXPECT_EQ(open_descriptors(), before);
    value_of(run(exchange(in.first, through, out.second, 8'000'000)));
    EXPECT_TRUE(through.splices());
  }
  EXPECT_EQ(open_descriptors(), before);
}

template <class Writer, class From, class To, class Reader>
task<result<void>> carries_exactly(Writer& writer, From& from, To& to, Reader& reader, std::string_view all) {
  conveyor through(from, to);
  scope others;
  others.spawn(write_everything(writer, all));
  std::uint64_t moved = 0;
  others.spawn([](conveyor& c, To& sink, std::uint64_t& count) -> task<result<void>> {
    count = co_await or_return(move_everything(c, sink));
    co_return {};
  }(through, to, moved));
  const std::string got = co_await or_return(read_everything(reader));
  co_await or_return(co_await others.join());
  EXPECT_EQ(moved, all.size());
  EXPECT_TRUE(got == all);
  EXPECT_EQ(through.held(), 0U);
  co_return {};
}

TEST_P(Conveyor, MovesEveryByteBetweenSocketsAndPipes) {
  const std::string all = random_bytes(20'000'000, 2);
  auto tcp = value_of(tcp_stream::pair());
  auto local = value_of(unix_stream::pair());
  value_of(run(carries_exactly(tcp.first, tcp.second, local.first, local.second, all)));
  auto pipe = value_of(open_pipe());
  value_of(run(carries_exactly(local.second, local.first, pipe.second, pipe.first, all)));
  auto other = value_of(open_pipe());
  value_of(run(carries_exactly(other.second, other.first, tcp.second, tcp.first, all)));
}

TEST_P(Conveyor, MovesFilesBothWays) {
  const temp_dir dir;
  const std::string all = random_bytes(sanitized ? 2'000'000 : 10'000'000, 3);
  auto from = value_of(descriptor_reader::open(dir.write("in", all)));
  auto plain = value_of(descriptor_writer::open((dir / "out").string()));
  auto log = value_of(descriptor_writer::open((dir / "log").string(), file_mode::append));
  const auto story = [](auto& source, auto& sink) -> task<result<bool>> {
    conveyor through(source, sink);
    bool spliced = false;
    for (;;) {
      const std::size_t n = co_await or_return(through.move());
      if (n == 0) co_return spliced;
      spliced = spliced || through.splices();
    }
  };
  EXPECT_TRUE(value_of(run(story(from, plain))));
  EXPECT_TRUE(content_of(dir / "out") == all);
  auto again = value_of(descriptor_reader::open((dir / "in").string()));
  (void)run(story(again, log));  // where the pipe was full already when the file refused it
  EXPECT_TRUE(content_of(dir / "log") == all);
}

TEST_P(Conveyor, PassesOverUrgentDataAsReceivingDoes) {
  auto in = value_of(tcp_stream::pair());
  auto out = value_of(unix_stream::pair());
  const std::string bulk = random_bytes(3'000'000, 4);
  const auto story = [](tcp_stream& writer, tcp_stream& from, unix_stream& to, unix_stream& reader,
                        std::string_view all) -> task<result<std::string>> {
    conveyor through(from, to);
    scope others;
    others.spawn([](tcp_stream& w, std::string_view b) -> task<result<void>> {
      co_await or_return(w.send(b));
      EXPECT_EQ(::send(w.native_handle(), "!", 1, MSG_OOB), 1);
      co_await or_return(sleep_for(2ms));
      co_return co_await write_everything(w, b);
    }(writer, all));
    others.spawn([](conveyor& c, unix_stream& sink) -> task<result<void>> {
      co_await or_return(move_everything(c, sink));
      co_return {};
    }(through, to));
    std::string got = co_await or_return(read_everything(reader));
    co_await or_return(co_await others.join());
    co_return got;
  };
  EXPECT_TRUE(value_of(run(story(in.first, in.second, out.first, out.second, bulk))) == bulk + bulk);
}

// A reader that takes nothing: the pipe must not become a buffer without bounds, and a stop must lose
// nothing.
TEST_P(Conveyor, KeepsWhatItHoldsWhenItIsStoppedAndHoldsLittle) {
  auto in = value_of(unix_stream::pair());
  auto out = value_of(unix_stream::pair());
  const std::string all = random_bytes(6'000'000, 5);
  const auto story = [](unix_stream& writer, unix_stream& from, unix_stream& to, unix_stream& reader,
                        std::string_view bytes) -> task<result<std::string>> {
    conveyor through(from, to);
    scope writers;
    writers.spawn(write_everything(writer, bytes));
    // Reads nothing until the conveyor is stuck, then a little, until it is stuck in the middle of a splice.
    std::string got;
    std::string some(300'000, '\0');
    bool held_in_pipe = false;
    for (int round = 0; round < 12; ++round) {
      for (;;) {
        const result<std::size_t> n = co_await through.move(clock::now() + 2ms);
        if (!n) {
          expect_error(n, errc::timed_out);
          EXPECT_EQ(n.error().transferred(), 0U);
          break;
        }
        EXPECT_LE(through.held(), splice_pipe::usual_capacity + conveyor::usual_piece);
      }
      held_in_pipe = held_in_pipe || (through.splices() && through.held() > 0);
      std::stop_source source;
      source.request_stop();
      expect_error(co_await through.move().stop_on(source.get_token()), errc::operation_canceled);
      const std::size_t n = co_await or_return(reader.recv(some));
      got.append(some, 0, n);
    }
    EXPECT_TRUE(held_in_pipe) << "else this shows nothing";
    EXPECT_LT(got.size() + through.held(), 5'000'000U) << "the writer waits";
    scope movers;
    movers.spawn([](conveyor& c, unix_stream& sink) -> task<result<void>> {
      co_await or_return(move_everything(c, sink));
      co_return {};
    }(through, to));
    got += co_await or_return(read_everything(reader));
    co_await or_return(co_await movers.join());
    co_await or_return(co_await writers.join());
    co_return got;
  };
  EXPECT_TRUE(value_of(run(story(in.first, in.second, out.first, out.second, all))) == all);
}

TEST_P(Conveyor, SaysWhatWasNotHandedOnWhenTheSinkFails) {
  auto in = value_of(unix_stream::pair());
  auto out = value_of(unix_stream::pair());
  const auto story = [](unix_stream& writer, unix_stream& from, unix_stream& to,
                        unix_stream& reader) -> task<result<void>> {
    conveyor through(from, to);
    co_await or_return(writer.send("abc"));
    EXPECT_EQ(co_await or_return(through.move()), 3U);
    co_await or_return(writer.send("defg"));
    EXPECT_TRUE(reader.close());
    const result<std::size_t> r = co_await through.move();
    EXPECT_EQ(through.held(), 4U);
    EXPECT_EQ(r.error().operation(), verb::send);
    expect_error(r, errc::broken_pipe);
    co_return {};
  };
  value_of(run(story(in.first, in.second, out.first, out.second)));
}

TEST_P(Conveyor, GoesOnCopyingWithoutDescriptorsToSpare) {
  const std::string all = random_bytes(2'000'000, 6);
  auto in = value_of(unix_stream::pair());
  auto out = value_of(unix_stream::pair());
  // The loop, if there is one, has its descriptors by then.
  const auto story = [](unix_stream& writer, unix_stream& from, unix_stream& to, unix_stream& reader,
                        std::string_view bytes) -> task<result<void>> {
    co_await or_return(sleep_for(1ms));
    const no_descriptors_left none;
    co_return co_await carries_exactly(writer, from, to, reader, bytes);
  };
  value_of(run(story(in.first, in.second, out.first, out.second, all)));
}

TEST_P(Conveyor, GoesOnCopyingWhereSpliceIsForbidden) {
  const way how = GetParam();
  for (const int error : {EPERM, ENOSYS}) {
    const child_outcome child = run_in_child([how, error] {
      const std::array<long, 1> denied{SYS_splice};
      if (!deny_system_calls(denied, error)) return 77;
      auto in = value_of(unix_stream::pair());
      auto out = value_of(unix_stream::pair());
      const std::string all = random_bytes(2'000'000, 7);
      auto story = carries_exactly(in.first, in.second, out.first, out.second, all);
      value_of(how.blocks() ? std::move(story).wait() : run_on(how.on, std::move(story)));
      return ::testing::Test::HasFailure() ? 2 : 0;
    });
    if (child.status == 77) GTEST_SKIP() << "no seccomp here";
    EXPECT_EQ(child.status, 0) << child.errors << child.output;
  }
}

TEST_P(Conveyor, AllocatesNothingForAPiece) {
  if (!allocations_are_counted()) GTEST_SKIP() << "a sanitizer counts its own way";
  const auto cost_of = [this](std::size_t size, int times) {
    auto in = value_of(unix_stream::pair());
    auto out = value_of(unix_stream::pair());
    const auto story = [](unix_stream& writer, unix_stream& from, unix_stream& to, unix_stream& reader,
                          std::size_t bytes, int rounds) -> task<result<std::size_t>> {
      const std::string message(bytes, 'x');
      std::string got(bytes, '\0');
      conveyor through(from, to);
      const std::size_t before = allocations_here();
      for (int i = 0; i < rounds; ++i) {
        co_await or_return(writer.send(message));
        for (std::size_t moved = 0; moved < bytes;) {
          const std::size_t n = co_await or_return(through.move());
          moved += n;
        }
        co_await or_return(reader.recv_exactly(got));
      }
      EXPECT_EQ(through.splices(), bytes > 50'000);
      co_return allocations_here() - before;
    };
    return value_of(run(story(in.first, in.second, out.first, out.second, size, times)));
  };
  for (const std::size_t size : {std::size_t{100}, std::size_t{70'000}}) {
    (void)cost_of(size, 20);
    EXPECT_EQ(cost_of(size, 20), cost_of(size, 400)) << size;
  }
}

// ---- what copy_both makes of it

TEST_P(Conveyor, IsWhatCopyBothUsesAndLeavesNoDescriptor) {
  auto near = value_of(tcp_stream::pair());
  auto far = value_of(tcp_stream::pair());
  const std::string there = random_bytes(30'000'000, 8);
  const std::string back = random_bytes(20'000'000, 9);
  const std::size_t before = open_descriptors();
  std::size_t during = 0;
  const auto story = [](std::pair<tcp_stream, tcp_stream>& left, std::pair<tcp_stream, tcp_stream>& right,
                        std::string_view to_right, std::string_view to_left,
                        std::size_t& most) -> task<result<relay_report>> {
    scope users;
    users.spawn(write_everything(left.first, to_right));
    users.spawn(write_everything(right.second, to_left));
    std::string at_left;
    std::string at_right;
    const auto keep = [](tcp_stream& from, std::string& into, std::size_t& count) -> task<result<void>> {
      std::string buffer(65536, '\0');
      for (;;) {
        const std::size_t n = co_await or_return(from.recv(buffer));
        if (n == 0) co_return {};
        into.append(buffer, 0, n);
        if (into.size() / 4'000'000 != (into.size() - n) / 4'000'000)
          count = std::max(count, open_descriptors());
      }
    };
    users.spawn(keep(left.first, at_left, most));
    users.spawn(keep(right.second, at_right, most));
    const relay_report report = co_await or_return(copy_both(left.second, right.first));
    co_await or_return(co_await users.join());
    EXPECT_TRUE(at_right == to_right && at_left == to_left);
    co_return report;
  };
  const relay_report report = value_of(run(story(near, far, there, back, during)));
  EXPECT_EQ(report.there.bytes, there.size());
  EXPECT_EQ(report.back.bytes, back.size());
  EXPECT_TRUE(report.there.ended && report.back.ended);
  EXPECT_GE(during, before + 2) << "it has spliced";
  EXPECT_EQ(open_descriptors(), before);
}

TEST_P(Conveyor, IsCutOffByAResetInTheMiddleOfMuch) {
  auto near = value_of(tcp_stream::pair());
  auto far = value_of(tcp_stream::pair());
  // So that the kernel cannot hold all that the reader does not take.
  value_of(far.first.set(option::send_buffer(262'144)));
  value_of(far.second.set(option::receive_buffer(262'144)));
  const std::string plenty = random_bytes(30'000'000, 10);
  const std::size_t before = open_descriptors();
  const auto story = [](std::pair<tcp_stream, tcp_stream>& left, std::pair<tcp_stream, tcp_stream>& right,
                        std::string_view all, relay_report& report) -> task<result<void>> {
    scope users;
    users.spawn([](tcp_stream& w, std::string_view bytes) -> task<> { (void)co_await w.send(bytes); }(
                                                              left.first, all));
    users.spawn([](tcp_stream& r) -> task<result<void>> {
      std::string buffer(65536, '\0');
      for (std::size_t got = 0; got < 10'000'000;) got += co_await or_return(r.recv(buffer));
      EXPECT_TRUE(r.set(option::linger(0s)));
      EXPECT_TRUE(r.close());
      co_return {};
    }(right.second));
    result<void> outcome = co_await copy_both(left.second, right.first, report);
    EXPECT_TRUE(left.second.close());
    (void)co_await users.join();
    co_return outcome;
  };
  relay_report report;
  const auto outcome = run(story(near, far, plenty, report));
  EXPECT_FALSE(outcome);
  ASSERT_TRUE(report.there.failed && report.back.failed);
  EXPECT_GE(report.there.bytes, 10'000'000U);
  EXPECT_LT(report.there.bytes, plenty.size());
  EXPECT_FALSE(report.there.ended || report.back.ended);
  EXPECT_EQ(open_descriptors(), before - 2) << "two sockets were closed, and both pipes";
}

TEST_P(Conveyor, LetsASlowReaderSlowTheWriterDown) {
  auto near = value_of(unix_stream::pair());
  auto far = value_of(unix_stream::pair());
  const auto story = [](std::pair<unix_stream, unix_stream>& left,
                        std::pair<unix_stream, unix_stream>& right) -> task<result<std::uint64_t>> {
    scope relays;
    relay_report report;
    relays.spawn(copy_both(left.second, right.first, report));
    const std::string piece(100'000, 'x');
    std::uint64_t accepted = 0;
    for (;;) {
      const result<std::size_t> n = co_await left.first.send_some(piece).within(20ms);
      if (!n) break;
      accepted += *n;
    }
    EXPECT_GE(accepted, report.there.bytes);
    std::string got(accepted, '\0');
    co_await or_return(right.second.recv_exactly(got));
    co_return accepted;
  };
  // Two socket buffers and a pipe.
  EXPECT_LT(value_of(run(story(near, far))), 4'000'000U);
}

}  // namespace
}  // namespace fairlead::testing
