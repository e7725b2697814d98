// SPDX-License-Identifier: MIT
// Moving bytes through a pipe in the kernel: what the pipe takes and gives.
#include <fairlead/splice.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <string>

#include <fairlead/descriptor.hpp>
#include <fairlead/options.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/timer.hpp>
#include <fairlead/unix.hpp>

#include "stream/everything.hpp"
#include "stream/exhaustion.hpp"
#include "stream/ways.hpp"
#include "support/descriptors.hpp"
#include "support/expect.hpp"
#include "support/last_moment.hpp"
#include "support/temp_dir.hpp"

namespace fairlead::testing {
namespace {

using namespace std::chrono_literals;

class SplicePipe : public every_way {};
FAIRLEAD_IN_EVERY_WAY(SplicePipe);

struct derived_stream : tcp_stream {};
static_assert(splice_source<tcp_stream> && splice_sink<tcp_stream>);
static_assert(splice_source<unix_stream> && splice_sink<descriptor_stream>);
static_assert(splice_source<descriptor_reader> && !splice_sink<descriptor_reader>);
static_assert(splice_sink<descriptor_writer> && !splice_source<descriptor_writer>);
static_assert(!splice_source<derived_stream> && !splice_sink<derived_stream>);
static_assert(!splice_source<unix_seqpacket_socket>);

TEST_P(SplicePipe, MovesBytesBetweenAllThatCanBeSpliced) {
  const auto through_all = [](auto& writer, auto& from) -> task<result<void>> {
    auto pipe = co_await or_return(splice_pipe::open());
    EXPECT_GE(pipe.capacity(), 65536U);
    auto tcp = co_await or_return(tcp_stream::pair());
    auto local = co_await or_return(unix_stream::pair());
    auto other = co_await or_return(open_pipe());
    const temp_dir dir;
    auto file = co_await or_return(descriptor_writer::open((dir / "f").string()));
    const auto pass = [&](auto& to, auto& reader) -> task<result<std::string>> {
      co_await or_return(writer.send("some bytes"));
      EXPECT_EQ(co_await or_return(pipe.fill(from)), 10U);
      EXPECT_EQ(pipe.held(), 10U);
      EXPECT_EQ(co_await or_return(pipe.drain(to)), 10U);
      EXPECT_EQ(pipe.held(), 0U);
      std::string got(64, '\0');
      got.resize(co_await or_return(reader.recv(got)));
      co_return got;
    };
    EXPECT_EQ(value_of(co_await pass(tcp.first, tcp.second)), "some bytes");
    EXPECT_EQ(value_of(co_await pass(local.first, local.second)), "some bytes");
    EXPECT_EQ(value_of(co_await pass(other.second, other.first)), "some bytes");
    auto again = co_await or_return(descriptor_reader::open((dir / "f").string()));
    EXPECT_EQ(value_of(co_await pass(file, again)), "some bytes");
    co_return {};
  };
  auto tcp = value_of(tcp_stream::pair());
  value_of(run(through_all(tcp.first, tcp.second)));
  auto local = value_of(unix_stream::pair());
  value_of(run(through_all(local.first, local.second)));
  auto other = value_of(open_pipe());
  value_of(run(through_all(other.second, other.first)));
}

TEST_P(SplicePipe, WaitsForBytesAndSeesTheEnd) {
  auto in = value_of(tcp_stream::pair());
  auto pipe = value_of(splice_pipe::open());
  EXPECT_TRUE(would_block(pipe.fill(in.second).now()));
  const auto story = [](tcp_stream& writer, tcp_stream& from, splice_pipe& p) -> task<result<void>> {
    scope writers;
    writers.spawn([](tcp_stream& w) -> task<result<void>> {
      co_await or_return(sleep_for(1ms));
      co_return co_await write_everything(w, "late");
    }(writer));
    EXPECT_EQ(co_await or_return(p.fill(from)), 4U);
    std::array<char, 3> part{};
    EXPECT_EQ(co_await or_return(p.read(part)), 3U);
    EXPECT_EQ(std::string_view(part.data(), 3), "lat");
    EXPECT_EQ(co_await or_return(p.read(part)), 1U);
    EXPECT_EQ(co_await or_return(p.read(part)), 0U);
    EXPECT_EQ(co_await or_return(p.fill(from)), 0U);
    EXPECT_EQ(co_await or_return(p.drain(from)), 0U) << "nothing to drain";
    co_return co_await writers.join();
  };
  value_of(run(story(in.first, in.second, pipe)));
}

TEST_P(SplicePipe, IsFilledOnlyWhenEmpty) {
  auto in = value_of(unix_stream::pair());
  auto pipe = value_of(splice_pipe::open());
  value_of(in.first.send("once").wait());
  EXPECT_EQ(value_of(pipe.fill(in.second).now()), 4U);
  value_of(in.first.send("twice").wait());
  expect_error(pipe.fill(in.second).now(), errc::no_buffer_space);
  splice_pipe moved = std::move(pipe);
  EXPECT_EQ(moved.held(), 4U);
  EXPECT_EQ(pipe.held(), 0U);
  EXPECT_FALSE(pipe.is_open());
  expect_error(pipe.fill(in.second).now(), errc::bad_file_descriptor);
  expect_error(pipe.drain(in.second).now(), errc::bad_file_descriptor);
  tcp_stream closed;
  expect_error(moved.drain(closed).now(), errc::bad_file_descriptor);
  EXPECT_EQ(moved.held(), 4U);
}

TEST_P(SplicePipe, EndsAtADeadlineOrAStopWithWhatItHolds) {
  auto in = value_of(unix_stream::pair());
  auto out = value_of(unix_stream::pair());
  auto pipe = value_of(splice_pipe::open());
  while (out.first.send_some(std::string(65536, '-')).now()) {
  }
  const auto story = [](unix_stream& writer, unix_stream& from, unix_stream& to,
                        splice_pipe& p) -> task<result<void>> {
    expect_error(co_await p.fill(from).within(2ms), errc::timed_out);
    std::stop_source source;
    source.request_stop();
    expect_error(co_await p.fill(from).stop_on(source.get_token()), errc::operation_canceled);
    co_await or_return(writer.send("kept"));
    EXPECT_EQ(co_await or_return(p.fill(from)), 4U);
    expect_error(co_await p.drain(to).within(2ms), errc::timed_out);
    EXPECT_EQ(p.held(), 4U);
    co_return {};
  };
  value_of(run(story(in.first, in.second, out.first, pipe)));
  value_of(out.first.shutdown(half::receiving).wait());
  const auto rest = [](unix_stream& to, unix_stream& reader, splice_pipe& p) -> task<result<std::string>> {
    scope readers;
    std::string all;
    readers.spawn([](unix_stream& r, std::string& into) -> task<result<void>> {
      into = co_await or_return(read_everything(r));
      co_return {};
    }(reader, all));
    while (p.held() > 0) co_await or_return(p.drain(to));
    co_await or_return(to.shutdown());
    co_await or_return(co_await readers.join());
    co_return all.substr(all.size() - 5);
  };
  EXPECT_EQ(value_of(run(rest(out.first, out.second, pipe))), "-kept");
}

TEST_P(SplicePipe, SaysWhichSideFailedAndKeepsItsBytes) {
  auto in = value_of(unix_stream::pair());
  auto pipe = value_of(splice_pipe::open());
  value_of(in.first.send("abc").wait());
  EXPECT_EQ(value_of(pipe.fill(in.second).now()), 3U);
  const auto give = [](splice_pipe& p, auto& to) -> task<result<std::size_t>> {
    co_return co_await p.drain(to);
  };
  {
    auto out = value_of(unix_stream::pair());
    value_of(out.second.close());
    const auto r = run(give(pipe, out.first));  // and no SIGPIPE, which would end this program
    expect_error(r, errc::broken_pipe);
    EXPECT_EQ(r.error().operation(), verb::send);
  }
  auto out = value_of(open_pipe());
  value_of(out.first.close());
  expect_error(run(give(pipe, out.second)), errc::broken_pipe);
  EXPECT_EQ(pipe.held(), 3U);
  auto reset = value_of(tcp_stream::pair());
  value_of(reset.first.set(option::linger(0s)));
  value_of(reset.first.close());
  const auto take = [](splice_pipe& p, tcp_stream& from) -> task<result<std::size_t>> {
    co_return co_await p.fill(from);
  };
  auto empty = value_of(splice_pipe::open());
  const auto r = run(take(empty, reset.second));
  expect_error(r, errc::connection_reset);
  EXPECT_TRUE(r.error().message().starts_with("recv tcp://127.0.0.1:")) << r.error().message();
}

TEST_P(SplicePipe, RefusesWhatCannotBeSplicedAndTakesNothing) {
  auto in = value_of(unix_stream::pair());
  auto pipe = value_of(splice_pipe::open());
  value_of(in.first.send("abc").wait());
  EXPECT_EQ(value_of(pipe.fill(in.second).now()), 3U);
  const temp_dir dir;
  auto log = value_of(descriptor_writer::open((dir / "log").string(), file_mode::append));
  expect_error(pipe.drain(log).now(), errc::invalid_argument);
  int blocking[2] = {-1, -1};
  ASSERT_EQ(::pipe2(blocking, O_CLOEXEC), 0);
  auto reader = value_of(descriptor_reader::adopt(blocking[0]));
  auto writer = value_of(descriptor_writer::adopt(blocking[1]));
  expect_error(pipe.drain(writer).now(), errc::invalid_argument);
  EXPECT_EQ(pipe.held(), 3U);
  value_of(writer.send("def").wait());
  auto empty = value_of(splice_pipe::open());
  expect_error(empty.fill(reader).now(), errc::invalid_argument);
  std::array<char, 8> got{};
  EXPECT_EQ(value_of(reader.recv(got).wait()), 3U);
}

TEST_P(SplicePipe, DoesNotTakeUrgentDataForSilenceOrForTheEnd) {
  for (const bool ends : {false, true}) {
    auto in = value_of(tcp_stream::pair());
    value_of(in.first.send("before").wait());
    ASSERT_EQ(::send(in.first.native_handle(), "!", 1, MSG_OOB), 1);
    value_of(in.first.send("after").wait());
    if (ends) value_of(in.first.shutdown().wait());
    auto pipe = value_of(splice_pipe::open());
    const auto story = [](tcp_stream& from, splice_pipe& p) -> task<result<std::size_t>> {
      EXPECT_EQ(co_await or_return(p.fill(from).within(soon)), 6U);
      std::array<char, 8> before{};
      EXPECT_EQ(co_await or_return(p.read(before)), 6U);
      co_return co_await p.fill(from).within(soon);
    };
    expect_error(run(story(in.second, pipe)), errc::invalid_argument);
    std::array<char, 8> got{};
    EXPECT_EQ(value_of(in.second.recv(got).wait()), 5U);
  }
}

TEST_P(SplicePipe, GetsWhatADestroyedReceiveHadTaken) {
  if (GetParam().blocks()) GTEST_SKIP() << "nothing is destroyed half-way without a loop";
  auto in = value_of(tcp_stream::pair());
  auto pipe = value_of(splice_pipe::open());
  const auto story = [](tcp_stream& writer, tcp_stream& from, splice_pipe& p) -> task<result<std::string>> {
    std::array<std::byte, 64> memory{};
    const auto victim = [](tcp_stream& s, mutable_buffer into) -> task<result<void>> {
      co_await or_return(s.recv(into));
      co_return {};
    };
    co_await destroy_at_the_last_moment(victim(from, memory),
                                        [&] { EXPECT_EQ(writer.send_some("early").now(), 5U); });
    // A destroyed fill loses nothing either: the pipe has it, or the socket.
    const auto filler = [](tcp_stream& s, splice_pipe& into) -> task<result<void>> {
      co_await or_return(into.fill(s));
      co_return {};
    };
    co_await or_return(filler(from, p));
    std::string got(64, '\0');
    std::size_t n = co_await or_return(p.read(got));
    co_await destroy_at_the_last_moment(filler(from, p),
                                        [&] { EXPECT_EQ(writer.send_some(" late").now(), 5U); });
    if (p.held() == 0) co_await or_return(p.fill(from).within(soon));
    n += co_await or_return(p.read(mutable_buffer(got).after(n)));
    got.resize(n);
    co_return got;
  };
  EXPECT_EQ(value_of(run(story(in.first, in.second, pipe))), "early late");
}

TEST(SplicePipeSize, IsWhatTheUserMayHave) {
  std::size_t most = 0;
  std::ifstream("/proc/sys/fs/pipe-max-size") >> most;
  ASSERT_GT(most, 0U);
  auto small = value_of(splice_pipe::open(1));
  EXPECT_GE(small.capacity(), 4096U);
  auto large = value_of(splice_pipe::open(std::size_t{1} << 40U));
  EXPECT_GE(large.capacity(), std::min<std::size_t>(most, large.capacity()));
  EXPECT_GE(large.capacity(), 65536U) << "what is not granted is asked for by halves";
}

TEST(SplicePipeSize, NeedsDescriptors) {
  const std::size_t before = open_descriptors();
  {
    const no_descriptors_left none;
    expect_error(splice_pipe::open(), errc::too_many_files_open);
  }
  {
    const auto pipe = value_of(splice_pipe::open());
  }
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace fairlead::testing
