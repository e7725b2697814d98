// SPDX-License-Identifier: MIT
// What peers do: they reset, they go away, they refuse. Each is an error that says who and why; none is a
// signal.
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "conformance/messages.hpp"
#include "conformance/streams.hpp"
#include "support/temp_dir.hpp"

namespace fairlead::testing {

namespace {

using namespace std::chrono_literals;

/// Fails if SIGPIPE comes while it lives; without it the program would end.
class no_sigpipe_expected {
 public:
  no_sigpipe_expected() {
    came_ = false;
    struct sigaction action{};
    action.sa_handler = [](int) { came_ = true; };
    ::sigaction(SIGPIPE, &action, &before_);
  }
  ~no_sigpipe_expected() {
    ::sigaction(SIGPIPE, &before_, nullptr);
    EXPECT_FALSE(came_) << "SIGPIPE was sent";
  }
  no_sigpipe_expected(const no_sigpipe_expected&) = delete;
  no_sigpipe_expected& operator=(const no_sigpipe_expected&) = delete;

 private:
  static inline volatile std::sig_atomic_t came_ = false;
  struct sigaction before_{};
};

/// Ends a connection by RST.
template <class Stream>
void reset(Stream s) {
  const linger at_once{1, 0};
  ::setsockopt(s.native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  expect_ok(s.close());
}

template <class T>
void expect_named(const result<T>& r, errc code, const std::string& who) {
  expect_error(r, code);
  if (r) return;
  EXPECT_NE(r.error().message().find(who), std::string::npos) << r.error().message();
}

STREAM_TEST(Streams, AResetByThePeerNamesThePeer) {
  ends<Kind> pair;
  const endpoint peer = pair.a.peer_endpoint().value();
  const bool is_ip = peer.is_ip();
  const std::string who = is_ip ? peer.to_string() : std::string();
  std::string buffer(8, '.');
  play(by, [&]() -> task<result<void>> {
    if (is_ip) {
      reset(std::move(pair.b));
    } else {
      co_await or_return(send(by, pair.a, "never read"));  // which is what a Unix peer takes for a reset
      expect_ok(pair.b.close());
    }
    const result<std::size_t> r = co_await recv(by, pair.a, mutable_buffer(buffer));
    expect_named(r, errc::connection_reset, who);
    // The kernel has forgotten the peer by now; the error had better not.
    const no_sigpipe_expected quiet;
    expect_named(co_await send(by, pair.a, "x"), errc::broken_pipe, who);
    if (is_ip) {
      EXPECT_EQ(pair.a.peer_endpoint().value(), peer);
    }
    co_return {};
  });
}

STREAM_TEST(StreamsThatSleep, AResetWakesWhoeverWaits) {
  ends<Kind> pair;
  const bool is_ip = pair.a.peer_endpoint().value().is_ip();
  together(
      by,
      [&]() -> task<result<void>> {
        std::string buffer(8, '.');
        if (!is_ip) co_await or_return(pair.a.send("never read"));
        expect_error(co_await pair.a.recv(buffer), errc::connection_reset);
        co_return {};
      },
      [&]() -> task<result<void>> {
        co_await or_return(sleep_for(5ms));
        if (is_ip) {
          reset(std::move(pair.b));
        } else {
          expect_ok(pair.b.close());
        }
        co_return {};
      });
}

STREAM_TEST(StreamsThatSleep, SendingToAPeerThatLeftIsAnErrorAndNeverASignal) {
  ends<Kind> pair;
  const no_sigpipe_expected quiet;
  const std::array<const_buffer, 2> parts{const_buffer("x"), const_buffer("y")};
  expect_ok(pair.b.close());
  play(by, [&]() -> task<result<void>> {
    result<std::size_t> r = co_await pair.a.send("x");
    for (int i = 0; i < 100 && r; ++i) r = co_await pair.a.send("x");
    EXPECT_FALSE(r);
    expect_error(co_await pair.a.send(const_buffers(parts)), errc::broken_pipe);
    expect_error(co_await pair.a.send_some("x"), errc::broken_pipe);
    expect_error(pair.a.send_some("x").now(), errc::broken_pipe);
    co_return {};
  });
}

STREAM_TEST(StreamsThatSleep, SendingAfterOnesOwnFarewellIsAnErrorAndNeverASignal) {
  ends<Kind> pair;
  const no_sigpipe_expected quiet;
  play(by, [&]() -> task<result<void>> {
    co_await or_return(pair.a.shutdown());
    expect_error(co_await pair.a.send("x"), errc::broken_pipe);
    expect_error(pair.a.send_some("x").now(), errc::broken_pipe);
    co_return {};
  });
}

// A sender that waits for room learns of it too.
STREAM_TEST(StreamsThatSleep, AResetWakesASenderThatWaitsForRoom) {
  ends<Kind> pair;
  const no_sigpipe_expected quiet;
  const std::string plenty(30'000'000, 'x');
  together(
      by,
      [&]() -> task<result<void>> {
        const result<std::size_t> r = co_await pair.a.send(plenty);
        EXPECT_FALSE(r);
        if (!r) {
          EXPECT_TRUE(r.error() == errc::connection_reset || r.error() == errc::broken_pipe)
              << r.error().message();
          EXPECT_GT(r.error().transferred(), 0U);
          EXPECT_LT(r.error().transferred(), plenty.size());
        }
        co_return {};
      },
      [&]() -> task<result<void>> {
        std::string buffer(1'000, '.');
        co_await or_return(pair.b.recv(buffer));
        co_await or_return(sleep_for(5ms));
        expect_ok(pair.b.close());
        co_return {};
      });
}

STREAM_TEST(Streams, BytesBeforeTheFarewellAreReadBeforeIt) {
  ends<Kind> pair;
  play(by, [&]() -> task<result<void>> {
    co_await or_return(send(by, pair.b, "last words"));
    expect_ok(pair.b.close());
    std::string buffer(100, '.');
    buffer.resize(co_await or_return(recv_all(by, pair.a, buffer)));
    EXPECT_EQ(buffer, "last words");
    EXPECT_EQ(co_await or_return(recv(by, pair.a, mutable_buffer(buffer))), 0U);
    EXPECT_EQ(co_await or_return(recv(by, pair.a, mutable_buffer(buffer))), 0U);
    co_return {};
  });
}

class Errors : public guarded<::testing::TestWithParam<way>> {};

// A port that was just free: nobody listens there.
ip_endpoint deserted() {
  const tcp_listener listener = tcp_listener::listen({ipv4_address::loopback(), port(0)}).value();
  return listener.local_endpoint().value().ip();
}

TEST_P(Errors, ARefusedConnectSaysWhoRefused) {
  play(GetParam(), []() -> task<result<void>> {
    const ip_endpoint where = deserted();
    expect_named(co_await tcp_stream::connect(where), errc::connection_refused, "tcp://" + where.to_string());
    expect_named(co_await tcp_stream::connect(where).within(1h), errc::connection_refused, where.to_string());
    co_return {};
  });
}

TEST_P(Errors, ASocketCanTryAgainAfterARefusal) {
  play(GetParam(), []() -> task<result<void>> {
    tcp_listener listener = tcp_listener::listen({ipv4_address::loopback(), port(0)}).value();
    const ip_endpoint there = listener.local_endpoint().value().ip();
    tcp_socket s = tcp_socket::open(family::ipv4).value();
    expect_error(co_await s.connect(deserted()), errc::connection_refused);
    tcp_stream c = co_await or_return(s.connect(there));
    EXPECT_EQ(c.peer_endpoint().value(), there);
    EXPECT_FALSE(s.is_open());
    tcp_stream server = co_await or_return(listener.accept());
    co_await or_return(server.send("hello"));
    std::string buffer(8, '.');
    EXPECT_EQ(co_await or_return(c.recv(buffer)), 5U);
    co_return {};
  });
}

TEST_P(Errors, AConnectToNothingInTheFileSystemSaysSo) {
  const temp_dir dir;
  play(GetParam(), [&]() -> task<result<void>> {
    const unix_address nowhere = dir.socket("nothing");
    expect_named(co_await unix_stream::connect(nowhere), errc::no_such_file_or_directory,
                 nowhere.to_string());
    const unix_address stale = dir.socket("stale");
    {
      const unix_listener gone = unix_listener::listen(stale).value();
    }
    expect_named(co_await unix_stream::connect(stale), errc::connection_refused, stale.to_string());
    co_return {};
  });
}

// ICMP errors arrive on connected sockets (udp(7)).
TEST_P(Errors, ADatagramToNobodyIsRefused) {
  play(GetParam(), []() -> task<result<void>> {
    udp_socket s = udp_socket::open(family::ipv4).value();
    ip_endpoint where;
    {
      const udp_socket gone = udp_socket::bind({ipv4_address::loopback(), port(0)}).value();
      where = gone.local_endpoint().value().ip();
    }
    expect_ok(s.connect(where));
    std::string buffer(8, '.');
    co_await or_return(s.send("anybody?"));
    expect_named(co_await s.recv(buffer).within(soon), errc::connection_refused, where.to_string());
    expect_error(s.recv(buffer).now(), errc::operation_would_block);
    co_return {};
  });
}

INSTANTIATE_TEST_SUITE_P(By, Errors, ::testing::ValuesIn(sleeping_ways()), name_of_way);

MESSAGE_TEST(MessagesThatSleep, AMessageThatDoesNotFitIsAnErrorAndNeverCutShort) {
  message_ends<Kind> pair;
  const std::array<std::byte, 2> tiny{};
  std::array<std::byte, 4> room{};
  const std::array<mutable_buffer, 2> parts{mutable_buffer(room).first(1), mutable_buffer(room).after(1)};
  const std::string large(5, 'x');
  play(by, [&]() -> task<result<void>> {
    for (int i = 0; i < 4; ++i) co_await or_return(pair.a.send(large));
    co_await or_return(pair.a.send(tiny));
    expect_error(co_await pair.b.recv(room), errc::message_size);
    expect_error(pair.b.recv(room).now(), errc::message_size);
    expect_error(co_await pair.b.recv(mutable_buffers(parts)), errc::message_size);
    if constexpr (Kind::addressed) {
      expect_error(co_await pair.b.recv_from(room), errc::message_size);
    } else {
      expect_error(co_await pair.b.recv(room), errc::message_size);
    }
    EXPECT_EQ(co_await or_return(pair.b.recv(room)), 2U);
    // Too long to be sent at all.
    const std::string huge(10'000'000, 'x');
    expect_error(co_await pair.a.send(huge), errc::message_size);
    co_return {};
  });
}

TEST(Errors, KeepTheirCodeWhenTheyAreToldInOtherWords) {
  const error refused = error::about(errc::connection_refused, verb::send, "a", "b").after(7);
  EXPECT_EQ(refused.reworded(verb::connect, "tcp://x:1").message(), "connect tcp://x:1: connection refused");
  const error cut = error(fault::truncated).reworded(verb::copy, "first to second", "in the middle");
  EXPECT_EQ(cut, fault::truncated);
  EXPECT_EQ(cut.message(), "copy first to second: in the middle");
}

}  // namespace

}  // namespace fairlead::testing
