// SPDX-License-Identifier: MIT
// Buffers of unusual shapes: none, empty ones, very many.
#include <unistd.h>

#include <numeric>
#include <string>
#include <vector>

#include "conformance/messages.hpp"
#include "conformance/streams.hpp"
#include "support/bytes.hpp"
#include "support/last_moment.hpp"

namespace fairlead::testing {

namespace {

using namespace std::chrono_literals;

std::vector<const_buffer> cut(const std::string& bytes, std::size_t pieces) {
  std::vector<const_buffer> all;
  const_buffer rest(bytes);
  for (std::size_t i = pieces; i > 0; --i) {
    all.push_back(rest.first(rest.size / i));
    rest = rest.after(all.back().size);
  }
  return all;
}

std::vector<mutable_buffer> cut(std::string& room, std::size_t pieces) {
  std::vector<mutable_buffer> all;
  mutable_buffer rest(room);
  for (std::size_t i = pieces; i > 0; --i) {
    all.push_back(rest.first(rest.size / i));
    rest = rest.after(all.back().size);
  }
  return all;
}

// IOV_MAX is 1024.
STREAM_TEST(StreamsThatSleep, GatherAndScatterMorePiecesThanASystemCallTakes) {
  ends<Kind> pair;
  const std::string bytes = random_bytes(100'003, 15);
  const std::vector<const_buffer> pieces = cut(bytes, 3'000);
  std::string got(bytes.size(), '\0');
  together(
      by,
      [&]() -> task<result<void>> {
        EXPECT_EQ(co_await or_return(pair.a.send(pieces)), bytes.size());
        co_return {};
      },
      [&]() -> task<result<void>> {
        for (std::size_t n = 0; n < got.size();) {
          std::string rest(got.size() - n, '\0');
          const std::vector<mutable_buffer> room = cut(rest, 3'000);
          const std::size_t more = co_await or_return(pair.b.recv(room));
          EXPECT_GT(more, 0U);
          if (more == 0) break;
          got.replace(n, more, rest, 0, more);
          n += more;
        }
        co_return {};
      });
  EXPECT_TRUE(got == bytes);
}

// A thousand and more empty ones before the first byte must look neither like an end nor like a success.
STREAM_TEST(StreamsThatSleep, EmptyPiecesAreNoEndOfStream) {
  ends<Kind> pair;
  std::vector<const_buffer> from(1'500);
  from.emplace_back("bytes");
  from.resize(3'000);
  std::string got(5, '.');
  std::vector<mutable_buffer> to(1'500);
  to.emplace_back(got);
  play(by, [&]() -> task<result<void>> {
    EXPECT_EQ(co_await or_return(pair.a.send(from)), 5U);
    EXPECT_EQ(co_await or_return(pair.b.recv(to)), 5U);
    EXPECT_EQ(got, "bytes");
    EXPECT_EQ(co_await or_return(pair.a.send_some(from)), 5U);
    EXPECT_EQ(co_await or_return(pair.b.recv(got)), 5U);
    co_return {};
  });
}

// Nothing to do is done at once, whatever there is.
STREAM_TEST(StreamsThatSleep, NoBufferMeansNothingToDo) {
  ends<Kind> pair;
  play(by, [&]() -> task<result<void>> {
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(co_await or_return(pair.a.send(const_buffer())), 0U);
      EXPECT_EQ(co_await or_return(pair.a.send_some(const_buffer())), 0U);
      EXPECT_EQ(co_await or_return(pair.a.send(const_buffers())), 0U);
      EXPECT_EQ(co_await or_return(pair.b.recv_exactly(mutable_buffer())), 0U);
      EXPECT_EQ(co_await or_return(pair.b.recv(mutable_buffer())), 0U);
      EXPECT_EQ(co_await or_return(pair.b.recv(mutable_buffers())), 0U);
      const result<std::size_t> n = pair.b.recv(mutable_buffer()).now();
      EXPECT_TRUE(n);
      if (i == 0) co_await or_return(pair.a.send("bytes"));
      if (i == 1) co_await or_return(pair.a.shutdown().now());
      if (i == 1) break;
    }
    std::string got(10, '.');
    EXPECT_EQ(co_await or_return(pair.b.recv(got)), 5U);
    EXPECT_EQ(co_await or_return(pair.b.recv(got)), 0U);
    co_return {};
  });
}

// A datagram goes whole or not at all, in however many pieces it lies around.
MESSAGE_TEST(MessagesThatSleep, AMessageInManyPiecesGoesWholeOrNotAtAll) {
  message_ends<Kind> pair;
  const std::string bytes = random_bytes(3'000, 16);
  std::string got(5'000, '\0');
  play(by, [&]() -> task<result<void>> {
    for (const std::size_t pieces : {2U, 1'000U, 1'024U, 1'025U, 3'000U}) {
      const std::vector<const_buffer> from = cut(bytes, pieces);
      const result<std::size_t> sent = co_await pair.a.send(from);
      if (!sent) {
        expect_error(sent, errc::message_size);
        EXPECT_GT(pieces, 1'024U);
        expect_error(pair.b.recv(got).now(), errc::operation_would_block);
        continue;
      }
      EXPECT_EQ(*sent, bytes.size()) << pieces;
      EXPECT_EQ(co_await or_return(pair.b.recv(got)), bytes.size()) << pieces;
      EXPECT_TRUE(got.starts_with(bytes));
    }
    co_return {};
  });
}

MESSAGE_TEST(MessagesThatSleep, AMessageIsScatteredOverManyPieces) {
  message_ends<Kind> pair;
  const std::string bytes = random_bytes(3'000, 17);
  play(by, [&]() -> task<result<void>> {
    for (const std::size_t pieces : {2U, 1'000U, 1'024U}) {
      std::string got(4'000, '\0');
      const std::vector<mutable_buffer> room = cut(got, pieces);
      co_await or_return(pair.a.send(bytes));
      EXPECT_EQ(co_await or_return(pair.b.recv(room)), bytes.size()) << pieces;
      EXPECT_TRUE(got.starts_with(bytes));
    }
    co_return {};
  });
}

MESSAGE_TEST(MessagesThatSleep, AnEmptyDatagramArrives) {
  if (!Kind::addressed) return;  // a record of no bytes cannot be told from the end
  message_ends<Kind> pair;
  std::string got(10, '.');
  play(by, [&]() -> task<result<void>> {
    EXPECT_EQ(co_await or_return(pair.a.send(const_buffer())), 0U);
    EXPECT_EQ(co_await or_return(pair.a.send("then")), 4U);
    EXPECT_EQ(co_await or_return(pair.b.recv(got)), 0U);
    EXPECT_EQ(co_await or_return(pair.b.recv(got)), 4U);
    co_return {};
  });
}

MESSAGE_TEST(MessagesThatSleep, MessagesKeepTheirBoundaries) {
  message_ends<Kind> pair;
  play(by, [&]() -> task<result<void>> {
    std::string got(2'000, '.');
    for (std::size_t i = 1; i <= 5; ++i) co_await or_return(pair.a.send(std::string(i * 300, 'x')));
    for (std::size_t i = 1; i <= 5; ++i) EXPECT_EQ(co_await or_return(pair.b.recv(got)), i * 300);
    expect_error(co_await pair.b.recv(got).within(1ms), errc::timed_out);
    co_return {};
  });
}

// A Unix stream stops at bytes that came with descriptors; what lies behind them is no less there (unix(7)).
class UnixStreams : public guarded<::testing::TestWithParam<way>> {};

TEST_P(UnixStreams, BytesBehindADescriptorAreNotForgotten) {
  auto [a, b] = unix_stream::pair().value();
  int pipe_ends[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  const std::array<int, 1> passed{pipe_ends[0]};
  play(GetParam(), [&]() -> task<result<void>> {
    for (int i = 0; i < 3; ++i) {
      co_await or_return(a.send("before"));
      co_await or_return(a.send_message("with", passed));
      co_await or_return(a.send("behind"));
      std::string got;
      std::string buffer(100, '.');
      while (got.size() < 16) {
        const std::size_t n = co_await or_return(b.recv(buffer).within(soon));
        got.append(buffer, 0, n);
      }
      EXPECT_EQ(got, "beforewithbehind");
    }
    co_return {};
  });
  ::close(pipe_ends[0]), ::close(pipe_ends[1]);
}

// A coroutine that had received descriptors is destroyed: they are for the next one.
TEST_P(UnixStreams, Rule6_DescriptorsOfADestroyedReceiveAreReceivedNext) {
  if (!on_a_loop(GetParam())) return;
  auto [a, b] = unix_stream::pair().value();
  int pipe_ends[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  const std::array<int, 1> passed{pipe_ends[1]};
  play(GetParam(), [&, &from = a, &to = b]() -> task<result<void>> {
    std::string buffer(10, '.');
    const auto receiver = [&]() -> task<result<void>> {
      co_await or_return(to.recv_message(buffer));
      co_return {};
    };
    co_await destroy_at_the_last_moment(receiver(),
                                        [&] { EXPECT_TRUE(from.send_message("x", passed).now()); });
    ::close(pipe_ends[1]);
    co_await or_return(from.send("y"));
    const message m = co_await or_return(to.recv_message(buffer).within(soon));
    EXPECT_EQ(buffer.substr(0, m.size), "x");
    EXPECT_EQ(m.descriptors.size(), 1U);
    for (const received_descriptor& d : m.descriptors) EXPECT_EQ(::write(d.get(), "!", 1), 1);
    EXPECT_EQ(co_await or_return(to.recv(buffer).within(soon)), 1U);
    co_return {};
  });
  char byte = 0;
  EXPECT_EQ(::read(pipe_ends[0], &byte, 1), 1);
  EXPECT_EQ(::read(pipe_ends[0], &byte, 1), 0) << "a copy of the descriptor was not closed";
  ::close(pipe_ends[0]);
}

INSTANTIATE_TEST_SUITE_P(By, UnixStreams, ::testing::ValuesIn(sleeping_ways()), name_of_way);

}  // namespace

}  // namespace fairlead::testing
