// SPDX-License-Identifier: MIT
// Pipes, files and terminals as streams.
#include <fairlead/descriptor.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/splice.hpp>
#include <fairlead/tcp.hpp>

#include "stream/everything.hpp"
#include "stream/exhaustion.hpp"
#include "stream/ways.hpp"
#include "support/child.hpp"
#include "support/expect.hpp"
#include "support/last_moment.hpp"
#include "support/temp_dir.hpp"

namespace fairlead::testing {
namespace {

using namespace std::chrono_literals;

class Descriptor : public every_way {};
FAIRLEAD_IN_EVERY_WAY(Descriptor);
class DescriptorOnALoop : public every_backend {};
FAIRLEAD_ON_EVERY_BACKEND(DescriptorOnALoop);

std::string numbered_lines(std::size_t bytes) {
  std::string text;
  for (int i = 0; text.size() < bytes; ++i) text += "line " + std::to_string(i) + '\n';
  text.resize(bytes);
  return text;
}

// Both ends block, as the pipes of a shell do.
struct blocking_pipe {
  int ends[2] = {-1, -1};
  blocking_pipe() { EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0); }
  ~blocking_pipe() {
    for (const int e : ends) {
      if (e >= 0) ::close(e);
    }
  }
  blocking_pipe(const blocking_pipe&) = delete;
  blocking_pipe& operator=(const blocking_pipe&) = delete;
  int take(int end) { return std::exchange(ends[end], -1); }
};

// A terminal without echo or line editing, as programs that draw their own screen have it.
struct terminal {
  int master = -1;
  int slave = -1;
  explicit terminal(bool raw) {
    master = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    EXPECT_EQ(::grantpt(master), 0);
    EXPECT_EQ(::unlockpt(master), 0);
    std::array<char, 128> name{};
    EXPECT_EQ(::ptsname_r(master, name.data(), name.size()), 0);
    slave = ::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    EXPECT_GE(slave, 0);
    if (!raw) return;
    termios settings{};
    EXPECT_EQ(::tcgetattr(slave, &settings), 0);
    ::cfmakeraw(&settings);
    EXPECT_EQ(::tcsetattr(slave, TCSANOW, &settings), 0);
  }
  ~terminal() {
    if (master >= 0) ::close(master);
    if (slave >= 0) ::close(slave);
  }
  terminal(const terminal&) = delete;
  terminal& operator=(const terminal&) = delete;
};

TEST_P(Descriptor, ReadsAFileToItsEnd) {
  const temp_dir dir;
  const std::string content = numbered_lines(300'000);
  auto file = value_of(descriptor_reader::open(dir.write("f", content)));
  EXPECT_EQ(value_of(run(read_everything(file, 1000))), content);
  std::array<char, 10> more{};
  EXPECT_EQ(value_of(file.recv(more).now()), 0U);  // and the end is still there
}

TEST_P(Descriptor, ReadsAnEmptyFile) {
  const temp_dir dir;
  auto file = value_of(descriptor_reader::open(dir.write("f", "")));
  EXPECT_EQ(value_of(run(read_everything(file, 1000))), "");
}

TEST_P(Descriptor, WritesAndAppendsToAFile) {
  const temp_dir dir;
  const std::string path = (dir / "f").string();
  const std::string content = numbered_lines(200'000);
  const auto store = [](std::string where, std::string text, file_mode mode) -> task<result<std::size_t>> {
    auto file = co_await or_return(descriptor_writer::open(where, mode));
    const std::size_t n = co_await or_return(file.send(text));
    co_await or_return(file.shutdown());
    co_return n;
  };
  EXPECT_EQ(value_of(run(store(path, content, file_mode::truncate))), content.size());
  EXPECT_EQ(value_of(run(store(path, "the end", file_mode::append))), 7U);
  std::ifstream in(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), content + "the end");
  EXPECT_EQ(value_of(run(store(path, "new", file_mode::truncate))), 3U);
  std::ifstream again(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(again), {}), "new");
}

TEST_P(Descriptor, CarriesBytesAndTheirEndThroughAPipe) {
  auto [in, out] = value_of(open_pipe());
  const auto exchange = [](descriptor_reader& r, descriptor_writer& w) -> task<result<std::string>> {
    co_await or_return(w.send("hello"));
    const std::array<const_buffer, 2> pieces{const_buffer(", "), const_buffer("world")};
    co_await or_return(w.send(const_buffers(pieces)));
    co_await or_return(w.shutdown());
    co_return co_await read_everything(r, 4);
  };
  EXPECT_EQ(value_of(run(exchange(in, out))), "hello, world");
  EXPECT_FALSE(out.is_open());
}

TEST_P(Descriptor, ScattersWhatItReads) {
  auto [in, out] = value_of(open_pipe());
  EXPECT_EQ(value_of(out.send_some("abcdef").now()), 6U);
  std::array<char, 2> first{};
  std::array<char, 9> second{};
  const auto scatter = [](descriptor_reader& r,
                          std::span<const mutable_buffer> into) -> task<result<std::size_t>> {
    co_return co_await r.recv(into);
  };
  const std::array<mutable_buffer, 2> both{mutable_buffer(first), mutable_buffer(second)};
  EXPECT_EQ(value_of(run(scatter(in, both))), 6U);
  EXPECT_EQ(std::string_view(first.data(), 2), "ab");
  EXPECT_EQ(std::string_view(second.data(), 4), "cdef");
}

TEST_P(Descriptor, TimesOutOnASilentPipe) {
  auto [in, out] = value_of(open_pipe());
  const auto listen = [](descriptor_reader& r) -> task<result<std::size_t>> {
    std::array<char, 8> b{};
    co_return co_await r.recv(b).within(2ms);
  };
  const auto r = run(listen(in));
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error(), errc::timed_out);
  EXPECT_EQ(r.error().message(), "read pipe: timed out");
}

TEST_P(Descriptor, IsStoppedOnAFullPipeAndSaysHowMuchWentOut) {
  auto [in, out] = value_of(open_pipe());
  const std::string big(1'000'000, 'x');
  const auto flood = [](descriptor_writer& w, std::string_view bytes,
                        std::stop_token t) -> task<result<std::size_t>> {
    co_return co_await w.send(bytes).stop_on(t);
  };
  const stop_when_readable stop(in);
  const auto r = run(flood(out, big, stop.token()));
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error(), errc::operation_canceled);
  value_of(out.close());
  EXPECT_EQ(value_of(run(read_everything(in, 1000))).size(), r.error().transferred());
}

TEST_P(Descriptor, OfNothingIsABadDescriptor) {
  descriptor_stream closed;
  const auto receive = [](descriptor_stream& s) -> task<result<std::size_t>> {
    std::array<char, 8> b{};
    co_return co_await s.recv(b);
  };
  EXPECT_EQ(run(receive(closed)).error(), errc::bad_file_descriptor);
  EXPECT_EQ(closed.send_some("x").now().error(), errc::bad_file_descriptor);
  EXPECT_EQ(closed.send("x").wait().error(), errc::bad_file_descriptor);
  EXPECT_EQ(closed.close().error(), errc::bad_file_descriptor);
}

TEST_P(DescriptorOnALoop, KeepsBytesOfAReaderThatIsDestroyed) {
  auto [in, out] = value_of(open_pipe());
  const auto story = [](descriptor_reader& r, descriptor_writer& w) -> task<result<std::string>> {
    co_await destroy_at_the_last_moment(read_everything(r, 1000),
                                        [&w] { (void)w.send_some("precious").now(); });
    co_await or_return(w.shutdown());
    co_return co_await read_everything(r, 1000);
  };
  EXPECT_EQ(value_of(run(story(in, out))), "precious");
}

TEST_P(DescriptorOnALoop, ClosedWhileSomebodyReadsEndsTheReading) {
  auto [in, out] = value_of(open_pipe());
  const auto story = [](descriptor_reader& r) -> task<result<std::string>> {
    scope readers;
    readers.spawn(read_everything(r, 1000));
    co_await yield();
    co_await yield();
    const int number = r.native_handle();
    EXPECT_EQ(r.release().error(), errc::device_or_resource_busy);
    co_await or_return(r.close());
    EXPECT_EQ(::fcntl(number, F_GETFD), -1) << "it is closed when close() returns";
    const auto joined = co_await readers.join();
    co_return joined ? "no error" : joined.error().message();
  };
  EXPECT_EQ(value_of(run(story(in))), "read pipe: canceled");
}

TEST_P(DescriptorOnALoop, AllowsOneOperationInEachDirection) {
  auto [near, far] = value_of(descriptor_stream::pair());
  const auto story = [](descriptor_stream& s) -> task<result<void>> {
    scope readers;
    readers.spawn(read_everything(s.reader(), 1000));
    co_await yield();
    std::array<char, 4> b{};
    EXPECT_EQ((co_await s.recv(b)).error(), errc::device_or_resource_busy);
    EXPECT_EQ(value_of(co_await s.send("out")), 3U);
    readers.request_stop();
    EXPECT_EQ((co_await readers.join()).error(), errc::operation_canceled);
    co_return {};
  };
  value_of(run(story(near)));
}

// The flags of an open file are shared with whoever else has it: a shell whose terminal turned non-blocking
// would exit.
TEST_P(Descriptor, LeavesTheFlagsOfAdoptedDescriptorsAlone) {
  blocking_pipe pipe;
  const int in_flags = ::fcntl(pipe.ends[0], F_GETFL);
  const int out_flags = ::fcntl(pipe.ends[1], F_GETFL);
  auto in = value_of(descriptor_reader::adopt(pipe.take(0)));
  auto out = value_of(descriptor_writer::adopt(pipe.take(1)));
  std::array<char, 8> b{};
  EXPECT_EQ(in.recv(b).now().error(), errc::operation_would_block);
  const auto exchange = [](descriptor_reader& r, descriptor_writer& w) -> task<result<std::size_t>> {
    std::array<char, 8> into{};
    EXPECT_EQ((co_await r.recv(into).within(1ms)).error(), errc::timed_out);
    co_await or_return(w.send("abc"));
    co_return co_await r.recv(into);
  };
  EXPECT_EQ(value_of(run(exchange(in, out))), 3U);
  EXPECT_EQ(::fcntl(in.native_handle(), F_GETFL), in_flags);
  EXPECT_EQ(::fcntl(out.native_handle(), F_GETFL), out_flags);
  const int fd = value_of(in.release());
  EXPECT_FALSE(in.is_open());
  EXPECT_EQ(::close(fd), 0) << "release() gives the descriptor itself";
}

TEST_P(Descriptor, MovesMegabytesThroughBlockingPipesBothWays) {
  blocking_pipe there;
  blocking_pipe back;
  descriptor_stream near(value_of(descriptor_reader::adopt(back.take(0))),
                         value_of(descriptor_writer::adopt(there.take(1))));
  descriptor_stream far(value_of(descriptor_reader::adopt(there.take(0))),
                        value_of(descriptor_writer::adopt(back.take(1))));
  const std::string data = numbered_lines(2'000'000);
  const auto echo = [](descriptor_stream& s) -> task<result<void>> {
    std::string buffer(10'000, '\0');
    for (;;) {
      const std::size_t n = co_await or_return(s.recv(buffer));
      if (n == 0) break;
      co_await or_return(s.send(std::string_view(buffer).substr(0, n)));
    }
    co_return co_await s.shutdown();
  };
  const auto pump = [](descriptor_writer& w, std::string_view all) -> task<result<void>> {
    co_await or_return(w.send(all));
    co_return co_await w.shutdown();
  };
  const auto story = [&](descriptor_stream& a, descriptor_stream& b,
                         std::string_view all) -> task<result<std::string>> {
    scope both;
    both.spawn(echo(b));
    both.spawn(pump(a.writer(), all));
    std::string received = co_await or_return(read_everything(a.reader(), 1000));
    const auto joined = co_await both.join();
    if (!joined) co_return std::unexpected(joined.error());
    co_return received;
  };
  EXPECT_TRUE(value_of(run(story(near, far, data))) == data);
}

TEST_P(Descriptor, NeverBlocksOnWritingABlockingPipe) {
  blocking_pipe pipe;
  auto out = value_of(descriptor_writer::adopt(pipe.take(1)));
  const std::string page(4096, 'x');
  const std::string much(100'000, 'y');
  std::size_t inside = 0;
  for (;;) {  // ends if no attempt sleeps
    const std::array<const_buffer, 3> parts{const_buffer(std::string_view("abc")), const_buffer(much),
                                            const_buffer(much)};
    const auto n = out.send_some(const_buffers(parts)).now();
    if (!n) {
      EXPECT_EQ(n.error(), errc::operation_would_block);
      break;
    }
    EXPECT_LE(*n, page.size());
    inside += *n;
  }
  EXPECT_GE(inside, page.size());
  const auto wait_a_little = [](descriptor_writer& w, std::string_view bytes) -> task<result<std::size_t>> {
    co_return co_await w.send_some(bytes).within(1ms);
  };
  EXPECT_EQ(run(wait_a_little(out, much)).error(), errc::timed_out);
}

TEST(DescriptorOwnership, NeedsTheRightDirection) {
  blocking_pipe pipe;
  const auto wrong = descriptor_reader::adopt(pipe.ends[1], "the drain");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message(), "adopt the drain: it is not open for reading");
  EXPECT_EQ(descriptor_writer::adopt(pipe.ends[0]).error().message(),
            "adopt descriptor " + std::to_string(pipe.ends[0]) + ": it is not open for writing");
  EXPECT_EQ(::fcntl(pipe.ends[1], F_GETFD), FD_CLOEXEC) << "on failure it stays the caller's, and open";
  EXPECT_EQ(descriptor_reader::adopt(-1).error(), errc::bad_file_descriptor);
  EXPECT_EQ(descriptor_stream::adopt(pipe.ends[0]).error(), errc::bad_file_descriptor);
}

TEST(DescriptorOwnership, OpensFilesOrSaysWhyNot) {
  EXPECT_EQ(descriptor_reader::open("/no/such/file").error().message(),
            "open /no/such/file: no such file or directory");
  EXPECT_EQ(descriptor_writer::open("/no/such/file").error(), errc::no_such_file_or_directory);
  EXPECT_EQ(descriptor_reader::open(std::string_view("a\0b", 3)).error(), errc::invalid_argument);
  std::array<char, 8> b{};
  EXPECT_EQ(value_of(descriptor_reader::open("/")).recv(b).now().error().message(), "read /: is a directory");
}

TEST(DescriptorOwnership, ClosesWhatItOwns) {
  int number = -1;
  {
    auto [in, out] = value_of(open_pipe());
    number = in.native_handle();
    EXPECT_EQ(::fcntl(number, F_GETFD), FD_CLOEXEC);
    EXPECT_NE(::fcntl(number, F_GETFL) & O_NONBLOCK, 0) << "what we make is non-blocking from birth";
  }
  EXPECT_EQ(::fcntl(number, F_GETFD), -1);
}

TEST(DescriptorOwnership, SaysThatNoDescriptorsAreLeft) {
  blocking_pipe pipe;
  const no_descriptors_left none;
  EXPECT_EQ(open_pipe().error().message(), "open pipe: too many open files");
  EXPECT_EQ(descriptor_stream::pair().error(), errc::too_many_files_open);
  EXPECT_EQ(descriptor_stream::adopt(pipe.ends[0], "both").error().message(),
            "adopt both: too many open files");
}

TEST(DescriptorDevices, TakeAndGiveWithoutAnEnd) {
  auto zero = value_of(descriptor_reader::open("/dev/zero"));
  auto null = value_of(descriptor_writer::open("/dev/null"));
  auto full = value_of(descriptor_writer::open("/dev/full"));
  std::array<char, 100> b;
  b.fill('x');
  const auto story = [](descriptor_reader& z, descriptor_writer& n,
                        std::span<char> bytes) -> task<result<std::size_t>> {
    co_await or_return(z.recv(bytes));
    co_return co_await n.send(bytes);
  };
  EXPECT_EQ(value_of(fairlead::run(story(zero, null, b))), b.size());
  EXPECT_EQ(b.back(), '\0');
  EXPECT_EQ(full.send("x").wait().error().message(), "write /dev/full: no space left on device");
}

TEST(DescriptorSignals, NeverIncludeSigpipe) {
  const child_outcome child = run_in_child([] {
    ::signal(SIGPIPE, SIG_DFL);
    for (const bool blocks : {false, true}) {
      blocking_pipe pipe;
      if (!blocks) ::fcntl(pipe.ends[1], F_SETFL, O_NONBLOCK);
      auto out = value_of(descriptor_writer::adopt(pipe.take(1), "the pipe"));
      ::close(pipe.take(0));
      const auto r = out.send("into the void").wait();
      if (r || r.error().message() != "write the pipe: broken pipe") return 1;
    }
    sigset_t pending;
    ::sigpending(&pending);
    if (sigismember(&pending, SIGPIPE) != 0) return 2;
    ::raise(SIGPIPE);  // and the program's own are as deadly as before
    return 3;
  });
  EXPECT_EQ(child.status, 128 + SIGPIPE) << child.output << child.errors;
}

TEST_P(Descriptor, GivesTheLinesOfATerminalAndItsEndOfFile) {
  terminal t(false);
  auto user = value_of(descriptor_writer::adopt(std::exchange(t.master, -1)));
  auto program = value_of(descriptor_reader::adopt(::dup(t.slave), "terminal"));
  const auto story = [](descriptor_writer& keyboard, descriptor_reader& in) -> task<result<std::string>> {
    co_await or_return(keyboard.send("typed\n"));
    std::string buffer(100, '\0');
    const std::size_t n = co_await or_return(in.recv(buffer));
    co_await or_return(keyboard.send("\x04"));  // Ctrl-D
    const std::size_t end = co_await or_return(in.recv(buffer).within(soon));
    EXPECT_EQ(end, 0U);
    EXPECT_EQ((co_await in.recv(buffer).within(1ms)).error(), errc::timed_out);
    co_return buffer.substr(0, n);
  };
  EXPECT_EQ(value_of(run(story(user, program))), "typed\n");
}

TEST_P(Descriptor, EndsAtTheMasterWhenTheTerminalIsGone) {
  terminal t(true);
  auto master = value_of(descriptor_stream::adopt(std::exchange(t.master, -1)));
  auto slave = value_of(descriptor_stream::adopt(std::exchange(t.slave, -1)));
  const auto story = [](descriptor_stream& m, descriptor_stream& s) -> task<result<std::string>> {
    co_await or_return(m.send("in"));
    std::array<char, 10> b{};
    EXPECT_EQ(value_of(co_await s.recv(b)), 2U);
    co_await or_return(s.send("last words"));
    co_await or_return(s.close());
    co_return co_await read_everything(m.reader(), 1000);
  };
  EXPECT_EQ(value_of(run(story(master, slave))), "last words");
}

// Our own standard input and output for a while.
class standard_streams_replaced {
 public:
  standard_streams_replaced(int input, int output) {
    std::fflush(stdout);
    for (int n : {0, 1}) saved_[static_cast<std::size_t>(n)] = ::fcntl(n, F_DUPFD_CLOEXEC, 3);
    ::dup2(input, 0);
    ::dup2(output, 1);
  }
  ~standard_streams_replaced() {
    for (int n : {0, 1}) {
      ::dup2(saved_[static_cast<std::size_t>(n)], n);
      ::close(saved_[static_cast<std::size_t>(n)]);
    }
  }
  standard_streams_replaced(const standard_streams_replaced&) = delete;
  standard_streams_replaced& operator=(const standard_streams_replaced&) = delete;

 private:
  std::array<int, 2> saved_{};
};

// What a child says of its standard streams, which it got from `input` and `output` (-1: as they are).
template <class Body>
child_outcome with_standard_streams(int input, int output, Body body) {
  return run_in_child([&] {
    if (input >= 0) ::dup2(input, 0);
    if (output >= 0) ::dup2(output, 1);
    auto s = standard_streams();
    if (!s) {
      std::fprintf(stderr, "%s\n", s.error().message().c_str());
      return 100;
    }
    return body(*s);
  });
}

task<result<std::size_t>> copy_upper(descriptor_stream& s) {
  std::string buffer(1000, '\0');
  std::size_t total = 0;
  for (;;) {
    const std::size_t n = co_await or_return(s.recv(buffer));
    if (n == 0) break;
    for (std::size_t i = 0; i < n; ++i) buffer[i] = static_cast<char>(std::toupper(buffer[i]));
    co_await or_return(s.send(std::string_view(buffer).substr(0, n)));
    total += n;
  }
  co_await or_return(s.shutdown());
  co_return total;
}

template <class T>
result<T> in_this_way(way w, task<result<T>> t) {
  return w.blocks() ? std::move(t).wait() : run_on(w.on, std::move(t));
}

TEST_P(Descriptor, StandardInputMayBeAFile) {
  const temp_dir dir;
  const std::string text = numbered_lines(50'000);
  const int file = ::open(dir.write("in", text).c_str(), O_RDONLY | O_CLOEXEC);
  const child_outcome child = with_standard_streams(file, -1, [&](descriptor_stream& s) {
    return in_this_way(GetParam(), copy_upper(s)).value_or(0) == text.size() ? 0 : 1;
  });
  ::close(file);
  EXPECT_EQ(child.status, 0) << child.errors;
  std::string upper = text;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  EXPECT_TRUE(child.output == upper);
}

TEST_P(Descriptor, StandardOutputMayBeAFileAndIsWrittenWhereItStands) {
  const temp_dir dir;
  const std::string path = dir.write("out", "already here: ");
  const std::string in = dir.write("in", "added");
  const int input = ::open(in.c_str(), O_RDONLY | O_CLOEXEC);
  const int output = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  const child_outcome child = with_standard_streams(input, output, [&](descriptor_stream& s) {
    const auto r = in_this_way(GetParam(), copy_upper(s));
    std::printf(" printed later");
    return r ? 0 : 1;
  });
  ::close(input);
  ::close(output);
  EXPECT_EQ(child.status, 0) << child.errors;
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "already here: ADDED printed later");
}

TEST_P(Descriptor, StandardStreamsMayBePipesWhoseFlagsStay) {
  blocking_pipe in;
  ASSERT_EQ(::write(in.ends[1], "hello", 5), 5);
  ::close(in.take(1));
  const child_outcome child = with_standard_streams(in.ends[0], -1, [&](descriptor_stream& s) {
    const auto r = in_this_way(GetParam(), copy_upper(s));
    if (r.value_or(0) != 5) return 1;
    return (::fcntl(0, F_GETFL) & O_NONBLOCK) != 0 ? 2 : 0;
  });
  EXPECT_EQ(child.status, 0) << child.errors;
  EXPECT_EQ(child.output, "HELLO");
  EXPECT_EQ(::fcntl(in.ends[0], F_GETFL) & O_NONBLOCK, 0);
}

TEST_P(Descriptor, StandardStreamsMayBeATerminalAndNeverBlockOnIt) {
  terminal t(true);
  int failed = 0;
  {
    const standard_streams_replaced here(t.slave, t.slave);
    auto s = value_of(standard_streams());
    // Nobody reads the master: it fills up, and no attempt may wait for it.
    const std::string much(100'000, 'x');
    auto attempt = s.send_some(much).now();
    while (attempt) attempt = s.send_some(much).now();
    if (attempt.error() != errc::operation_would_block) failed = 1;
    const auto patient = [](descriptor_stream& out, std::string_view bytes) -> task<result<std::size_t>> {
      co_return co_await out.send(bytes).within(5ms);
    };
    if (run(patient(s, much)).error() != errc::timed_out) failed = 2;
    expect_ok(s.shutdown().wait());
    if (::isatty(1) != 1 || (::fcntl(1, F_GETFL) & O_NONBLOCK) != 0) failed = 3;
  }
  EXPECT_EQ(failed, 0);
}

TEST_P(Descriptor, EndingStandardOutputTellsTheReaderAndKeepsTheNumber) {
  blocking_pipe in;  // stays open: the input does not end
  blocking_pipe out;
  std::string heard(10, '\0');
  const auto listen = [&] { return ::read(out.ends[0], heard.data(), heard.size()); };
  {
    const standard_streams_replaced here(in.ends[0], out.ends[1]);
    ::close(out.take(1));
    auto s = value_of(standard_streams());
    const auto farewell = [](descriptor_stream& std_out) -> task<result<void>> {
      co_await or_return(std_out.send("bye"));
      co_return co_await std_out.shutdown();
    };
    expect_ok(run(farewell(s)));
    EXPECT_EQ(listen(), 3);
    EXPECT_EQ(listen(), 0) << "the end, though this process lives";
    const int next = ::dup(2);
    EXPECT_GT(next, 1) << "the number is not free for the next file";
    ::close(next);
    expect_error(s.send_some("more").now(), errc::bad_file_descriptor);
    expect_error(s.shutdown().now(), errc::bad_file_descriptor);
    EXPECT_TRUE(would_block(s.recv(heard).now())) << "reading goes on";
    expect_ok(s.close());
  }
  EXPECT_NE(::fcntl(1, F_GETFD), -1);
}

TEST_P(Descriptor, EndingStandardOutputHalfClosesASocket) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  ASSERT_EQ(::write(ends[0], "inetd", 5), 5);
  ASSERT_EQ(::shutdown(ends[0], SHUT_WR), 0);
  {
    const standard_streams_replaced here(ends[1], ends[1]);
    auto s = value_of(standard_streams());
    EXPECT_EQ(value_of(run(copy_upper(s))), 5U);
  }
  std::string seen(10, '\0');
  EXPECT_EQ(::read(ends[0], seen.data(), seen.size()), 5);
  EXPECT_TRUE(seen.starts_with("INETD"));
  EXPECT_EQ(::read(ends[0], seen.data(), seen.size()), 0) << "although the descriptor is open here";
  ::close(ends[0]);
  ::close(ends[1]);
}

// Splicing stops before urgent data for good, as if nothing came any more, and nobody knows that this is TCP.
TEST_P(Descriptor, ThatIsASocketIsNotSplicedFromWhenItHasNothing) {
  auto pair = value_of(tcp_stream::pair());
  auto reader = value_of(descriptor_reader::adopt(value_of(pair.second.release())));
  auto pipe = value_of(splice_pipe::open());
  value_of(pair.first.send("abc").wait());
  EXPECT_EQ(value_of(pipe.fill(reader).wait()), 3U);
  std::array<char, 8> got{};
  EXPECT_EQ(value_of(pipe.read(got)), 3U);
  ASSERT_EQ(::send(pair.first.native_handle(), "!", 1, MSG_OOB), 1);
  expect_error(pipe.fill(reader).now(), errc::invalid_argument);
  value_of(pair.first.send("def").wait());
  EXPECT_EQ(value_of(reader.recv(got).wait()), 3U);
}

TEST(StandardStreams, MayNotBeOpenedAnewAndWorkAllTheSame) {
  // The writing end of a FIFO cannot be opened without blocking while nobody reads it (fifo(7)).
  const temp_dir dir;
  const std::string path = (dir / "fifo").string();
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  const int writer = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  ::close(reader);
  result<std::size_t> sent;
  {
    const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    const standard_streams_replaced here(null, writer);
    ::close(null);
    auto s = value_of(standard_streams());
    sent = s.send("hello?").wait();
  }
  ::close(writer);
  EXPECT_EQ(sent.error().message(), "write standard output: broken pipe");
}

TEST(StandardStreams, ThatAreClosedSaySo) {
  const child_outcome child = run_in_child([] {
    ::close(0);
    const auto s = standard_streams();
    std::printf("%s\n", s ? "open?" : s.error().message().c_str());
    std::fflush(stdout);
    ::dup2(1, 0);
    ::close(1);
    ::dup2(::open("/dev/null", O_RDONLY), 1);
    ::dup2(1, 0);
    const auto t = standard_streams();
    std::fprintf(stderr, "%s\n", t ? "writable?" : t.error().message().c_str());
    return 0;
  });
  EXPECT_EQ(child.output, "open standard input: it is not open for reading\n");
  EXPECT_EQ(child.errors, "open standard output: it is not open for writing\n");
}

}  // namespace
}  // namespace fairlead::testing
