// SPDX-License-Identifier: MIT
// Rule 6: a coroutine may be destroyed wherever it is suspended. The kernel has let go of its buffers by
// then, nothing writes to them afterwards, and no byte is lost: the next receive gets what the destroyed one
// would have.
#include <sys/socket.h>

#include <algorithm>
#include <string>

#include "conformance/messages.hpp"
#include "conformance/streams.hpp"
#include "support/black_hole.hpp"
#include "support/bytes.hpp"
#include "support/last_moment.hpp"
#include "support/temp_dir.hpp"

namespace fairlead::testing {

namespace {

using namespace std::chrono_literals;

/// Starts `victim` as a task of a scope, lets it reach its suspension, calls `meanwhile`, and destroys it.
template <class Meanwhile>
task<> destroy_suspended(task<result<void>> victim, Meanwhile meanwhile) {
  scope s;
  s.spawn(std::move(victim));
  co_await turns();
  meanwhile();
}

constexpr auto nothing = [] {};

/// Memory that a destroyed operation had borrowed; from then on nobody may write to it.
struct watched_memory {
  std::string bytes = std::string(64, '~');
  ~watched_memory() {
    EXPECT_EQ(bytes, std::string(64, '~')) << "something wrote to memory that was given back";
  }
  void give_back() { std::ranges::fill(bytes, '~'); }
};

STREAM_TEST(StreamsOnLoops, Rule6_ADestroyedReceiveTakesNothing) {
  ends<Kind> pair;
  watched_memory memory;
  const std::array<mutable_buffer, 2> parts{mutable_buffer(memory.bytes).first(10),
                                            mutable_buffer(memory.bytes).after(10)};
  const auto recv_it = [&]() -> task<result<void>> {
    co_await or_return(pair.b.recv(memory.bytes));
    co_return {};
  };
  const auto scatter = [&]() -> task<result<void>> {
    co_await or_return(pair.b.recv(mutable_buffers(parts)));
    co_return {};
  };
  const auto exactly = [&]() -> task<result<void>> {
    co_await or_return(pair.b.recv_exactly(memory.bytes));
    co_return {};
  };
  const auto limited = [&]() -> task<result<void>> {
    co_await or_return(pair.b.recv(memory.bytes).within(1h));
    co_return {};
  };
  const auto stoppable = [&]() -> task<result<void>> {
    const std::stop_source source;
    (void)co_await pair.b.recv(memory.bytes).stop_on(source.get_token()).within(1h);
    co_return {};
  };
  const auto in_tasks = [&]() -> task<result<void>> {
    const auto inner = [&]() -> task<result<void>> { co_return co_await recv_it(); };
    co_return co_await inner();
  };
  const auto in_bounded_tasks = [&]() -> task<result<void>> {
    const auto inner = [&]() -> task<result<void>> { co_return co_await recv_it().within(1h); };
    const std::stop_source source;
    co_await or_return(inner().stop_on(source.get_token()));
    co_return {};
  };
  const auto in_a_scope = [&]() -> task<result<void>> {
    scope s;
    s.spawn(recv_it());
    co_return co_await s.join();
  };
  play(by, [&]() -> task<result<void>> {
    for (int i = 0; i < 8; ++i) {
      task<result<void>> victim = [&] {
        switch (i) {
          case 0: return recv_it();
          case 1: return scatter();
          case 2: return exactly();
          case 3: return limited();
          case 4: return stoppable();
          case 5: return in_tasks();
          case 6: return in_bounded_tasks();
          default: return in_a_scope();
        }
      }();
      co_await destroy_suspended(std::move(victim), nothing);
      memory.give_back();
      co_await or_return(pair.a.send("whole"));
      co_await turns();
      std::string got(64, '\0');
      got.resize(co_await or_return(pair.b.recv(got)));
      EXPECT_EQ(got, "whole") << "after victim " << i;
    }
    co_return {};
  });
}

STREAM_TEST(StreamsOnLoops, Rule6_WhatHadArrivedForADestroyedReceiveIsReceivedNext) {
  ends<Kind> pair;
  watched_memory memory;
  const std::array<mutable_buffer, 3> parts{mutable_buffer(memory.bytes).first(3), mutable_buffer(),
                                            mutable_buffer(memory.bytes).after(3)};
  const auto recv_it = [&]() -> task<result<void>> {
    co_await or_return(pair.b.recv(memory.bytes));
    co_return {};
  };
  const auto scatter = [&]() -> task<result<void>> {
    co_await or_return(pair.b.recv(mutable_buffers(parts)));
    co_return {};
  };
  const auto enough = [&]() -> task<result<void>> {
    co_await or_return(pair.b.recv_exactly(mutable_buffer(memory.bytes).first(5)));
    co_return {};
  };
  const auto too_little = [&]() -> task<result<void>> {
    co_await or_return(pair.b.recv_exactly(memory.bytes));
    co_return {};
  };
  play(by, [&]() -> task<result<void>> {
    for (int i = 0; i < 12; ++i) {
      const auto victim = [&] {
        return i % 4 == 0 ? recv_it() : i % 4 == 1 ? scatter() : i % 4 == 2 ? enough() : too_little();
      };
      const auto arrive = [&] { EXPECT_EQ(pair.a.send_some("early").now(), 5U); };
      co_await destroy_at_the_last_moment(victim(), arrive);
      memory.give_back();
      // One that wants more than there is takes the bytes and waits, and may be destroyed again and again.
      co_await destroy_at_the_last_moment(too_little(), nothing);
      memory.give_back();
      if (i % 3 > 0) co_await or_return(pair.a.send(" and late"));
      std::string got(64, '\0');
      if (i % 3 == 0) {
        got.resize(co_await or_return(pair.b.recv(got)));
        EXPECT_EQ(got, "early") << "after victim " << i;
      } else {
        co_await or_return(pair.b.recv_exactly(mutable_buffer(got).first(14)).within(soon));
        EXPECT_EQ(got.substr(0, 14), "early and late") << "after victim " << i;
      }
    }
    co_return {};
  });
}

// In small bites and by every operation, while the kernel already holds what comes next.
STREAM_TEST(StreamsOnLoops, Rule6_BytesLeftByADestroyedReceiveComeBeforeAllOthers) {
  ends<Kind> pair;
  watched_memory memory;
  const auto recv_it = [&]() -> task<result<void>> {
    co_await or_return(pair.b.recv(memory.bytes));
    co_return {};
  };
  play(by, [&]() -> task<result<void>> {
    for (int i = 0; i < 5; ++i) {
      co_await destroy_at_the_last_moment(recv_it(), [&] { EXPECT_EQ(pair.a.send_some("12345").now(), 5U); });
      memory.give_back();
      co_await or_return(pair.a.send("6789"));
      co_await turns();  // the edge of these is past
      std::string all;
      std::string bite(3, '\0');
      expect_ok(co_await pair.b.readable().within(soon));
      while (all.size() < 9) {
        std::size_t n = 0;
        switch (i) {
          case 0: n = co_await or_return(pair.b.recv(bite).within(soon)); break;
          case 1: n = co_await or_return(pair.b.recv_exactly(bite).within(soon)); break;
          case 2: {
            const std::array<mutable_buffer, 2> parts{mutable_buffer(bite).first(1),
                                                      mutable_buffer(bite).after(1)};
            n = co_await or_return(pair.b.recv(mutable_buffers(parts)).within(soon));
            break;
          }
          case 3: {
            const result<std::size_t> r = pair.b.recv(bite).now();
            if (!r) co_return std::unexpected(r.error());
            n = *r;
            break;
          }
          default: {
            std::string roomy(100, '\0');
            n = co_await or_return(pair.b.recv(roomy).within(soon));
            bite = roomy;
          }
        }
        all.append(bite, 0, n);
      }
      EXPECT_EQ(all, "123456789") << "received in way " << i;
    }
    co_return {};
  });
}

STREAM_TEST(StreamsOnLoops, Rule6_BytesLeftByADestroyedReceiveAreReadable) {
  ends<Kind> pair;
  watched_memory memory;
  const auto recv_it = [&]() -> task<result<void>> {
    co_await or_return(pair.b.recv(memory.bytes));
    co_return {};
  };
  play(by, [&]() -> task<result<void>> {
    co_await destroy_at_the_last_moment(recv_it(), [&] { EXPECT_EQ(pair.a.send_some("here").now(), 4U); });
    memory.give_back();
    expect_ok(co_await pair.b.readable().within(soon));
    expect_ok(pair.b.readable().now());
    std::string got(9, '\0');
    EXPECT_EQ(pair.b.recv(got).now(), 4U);
    expect_error(pair.b.readable().now(), errc::operation_would_block);
    co_return {};
  });
}

// The end of the stream, too, is still there for the next one.
STREAM_TEST(StreamsOnLoops, Rule6_AnEndThatADestroyedReceiveSawIsSeenAgain) {
  ends<Kind> pair;
  watched_memory memory;
  const auto recv_it = [&]() -> task<result<void>> {
    co_await or_return(pair.b.recv(memory.bytes));
    co_return {};
  };
  play(by, [&]() -> task<result<void>> {
    co_await destroy_at_the_last_moment(recv_it(), [&] { expect_ok(pair.a.shutdown().now()); });
    std::string got(9, '\0');
    EXPECT_EQ(co_await or_return(pair.b.recv(got)), 0U);
    co_return {};
  });
}

// The sender's memory is gone from the address space afterwards: what the peer gets is what was taken before.
STREAM_TEST(StreamsOnLoops, Rule6_ADestroyedSendReadsNothingMore) {
  ends<Kind> pair;
  vanishing_memory memory(32'000'000);
  std::ranges::fill(memory.bytes(), std::byte{'s'});
  const auto send_it = [&]() -> task<result<void>> {
    co_await or_return(pair.a.send(memory.bytes()));
    co_return {};
  };
  const auto gather = [&]() -> task<result<void>> {
    const std::array<const_buffer, 2> parts{const_buffer(memory.bytes()), const_buffer(memory.bytes())};
    co_await or_return(pair.a.send(const_buffers(parts)));
    co_return {};
  };
  play(by, [&]() -> task<result<void>> {
    co_await destroy_suspended(send_it(), nothing);
    co_await destroy_suspended(gather(), nothing);
    co_await destroy_at_the_last_moment(send_it(), [&] {
      std::string some(100'000, '\0');
      for (int i = 0; i < 20; ++i) (void)pair.b.recv(some).now();  // room for more
    });
    memory.vanish();
    co_await or_return(pair.a.shutdown());
    std::string got(1'000'000, '\0');
    const std::string expected(got.size(), 's');
    std::size_t total = 0;
    for (;;) {
      const std::size_t n = co_await or_return(pair.b.recv(got));
      if (n == 0) break;
      EXPECT_TRUE(std::string_view(got).substr(0, n) == std::string_view(expected).substr(0, n));
      total += n;
    }
    EXPECT_GT(total, 0U);
    co_return {};
  });
}

// Its place is free at once.
STREAM_TEST(StreamsOnLoops, Rule6_ADestroyedOperationLeavesItsDirection) {
  ends<Kind> pair;
  watched_memory memory;
  const endless_zeros plenty(std::size_t{1} << 30U);
  const auto recv_it = [&]() -> task<result<void>> {
    co_await or_return(pair.b.recv(memory.bytes));
    co_return {};
  };
  const auto send_it = [&]() -> task<result<void>> {
    co_await or_return(pair.b.send(plenty.bytes()));
    co_return {};
  };
  play(by, [&]() -> task<result<void>> {
    co_await destroy_suspended(recv_it(), nothing);
    co_await destroy_suspended(send_it(), nothing);
    std::string got(9, '\0');
    expect_error(pair.b.recv(got).now(), errc::operation_would_block);
    expect_error(pair.b.send_some("x").now(), errc::operation_would_block);
    expect_ok(pair.b.release());
    co_return {};
  });
}

class Destroyed : public every_backend {};

TEST_P(Destroyed, Rule6_AnAcceptTakesNothing) {
  tcp_listener listener = tcp_listener::listen({ipv4_address::loopback(), port(0)}).value();
  const endpoint where = listener.local_endpoint().value();
  const auto accept_it = [&]() -> task<result<void>> {
    co_await or_return(listener.accept());
    co_return {};
  };
  const auto body = [&]() -> task<result<void>> {
    co_await destroy_suspended(accept_it(), nothing);
    tcp_stream client = co_await or_return(tcp_stream::connect(where.ip()));
    tcp_stream server = co_await or_return(listener.accept().within(soon));
    co_await or_return(client.send("x"));
    std::string got(9, '\0');
    EXPECT_EQ(co_await or_return(server.recv(got)), 1U);
    co_return {};
  };
  expect_ok(run(body()));
}

// The connection that it had taken is for the next one.
TEST_P(Destroyed, Rule6_AnAcceptLosesNoConnection) {
  tcp_listener listener = tcp_listener::listen({ipv4_address::loopback(), port(0)}).value();
  const endpoint where = listener.local_endpoint().value();
  const auto accept_it = [&]() -> task<result<void>> {
    co_await or_return(listener.accept());
    co_return {};
  };
  const auto body = [&]() -> task<result<void>> {
    tcp_socket s = tcp_socket::open(family::ipv4).value();
    result<tcp_stream> client;
    co_await destroy_at_the_last_moment(accept_it(), [&] {
      client = s.connect(where.ip()).now();
      while (would_block(client)) client = s.connect(where.ip()).now();
    });
    expect_ok(client);
    tcp_stream server = co_await or_return(listener.accept().within(soon));
    EXPECT_EQ(server.peer_endpoint().value(), client->local_endpoint().value());
    co_await or_return(client->send("x"));
    std::string got(9, '\0');
    EXPECT_EQ(co_await or_return(server.recv(got)), 1U);
    co_return {};
  };
  expect_ok(run(body()));
}

// A listener that has no room answers nothing: the connect stays where it is.
TEST_P(Destroyed, Rule6_AConnectIsTakenBack) {
  const black_hole full({ipv4_address::loopback(), port(0)});
  const auto connect_it = [&]() -> task<result<void>> {
    co_await or_return(tcp_stream::connect(full.where()));
    co_return {};
  };
  const auto body = [&]() -> task<result<void>> {
    co_await destroy_suspended(connect_it(), nothing);
    co_return {};
  };
  expect_ok(run(body()));
}

TEST_P(Destroyed, Rule6_AConnectThatPausesIsTakenBack) {
  const temp_dir dir;
  const unix_address where = dir.socket("full");
  unix_listener listener = unix_listener::listen(where).value();
  ASSERT_EQ(::listen(listener.native_handle(), 0), 0);  // a backlog of one
  const auto connect_it = [&]() -> task<result<void>> {
    co_await or_return(unix_stream::connect(where));
    co_return {};
  };
  const auto body = [&]() -> task<result<void>> {
    std::vector<unix_stream> filling;
    for (;;) {
      result<unix_stream> c = unix_stream::connect(where).now();
      if (!c) break;
      filling.push_back(std::move(*c));
    }
    co_await destroy_suspended(connect_it(), nothing);
    // Destroyed in a pause as well as out of it.
    co_await destroy_suspended(connect_it(), [] { let_pass(3ms); });
    for (std::size_t i = 0; i < filling.size(); ++i) {
      co_await or_return(listener.accept().within(soon));
    }
    expect_error(listener.accept().now(), errc::operation_would_block);
    co_return {};
  };
  expect_ok(run(body()));
}

TEST_P(Destroyed, Rule6_SleepYieldAndJoinAreTakenBack) {
  const auto body = [&]() -> task<result<void>> {
    const auto sleeper = []() -> task<result<void>> {
      co_await or_return(sleep_for(1h));
      co_return {};
    };
    const auto bounded_sleeper = []() -> task<result<void>> { co_return co_await sleep_for(1h).within(2h); };
    const auto yielder = []() -> task<result<void>> {
      for (;;) co_await yield();
    };
    const auto joiner = [&]() -> task<result<void>> {
      scope s;
      s.spawn(sleeper());
      s.spawn(yielder());
      co_return co_await s.join();
    };
    const auto joiner_in_bounds = [&]() -> task<result<void>> { co_return co_await joiner().within(1h); };
    const auto body_of_with_scope = [&](scope& s) -> task<result<void>> {
      s.spawn(joiner());
      co_return co_await sleeper();
    };
    const auto in_with_scope = [&]() -> task<result<void>> {
      co_return co_await with_scope(body_of_with_scope);
    };
    co_await destroy_suspended(sleeper(), nothing);
    co_await destroy_suspended(bounded_sleeper(), nothing);
    co_await destroy_suspended(yielder(), nothing);
    co_await destroy_suspended(joiner(), nothing);
    co_await destroy_suspended(joiner_in_bounds(), nothing);
    co_await destroy_suspended(in_with_scope(), nothing);
    co_return {};
  };
  expect_ok(run(body()));
}

TEST_P(Destroyed, Rule6_ATaskThatHasNotBegunNeverBegins) {
  bool begun = false;
  const auto never = [&]() -> task<result<void>> {
    begun = true;
    co_return {};
  };
  const auto body = [&]() -> task<result<void>> {
    {
      scope s;
      s.spawn(never());
    }
    co_await turns();
    {
      const task<result<void>> not_awaited = never();
    }
    co_return {};
  };
  expect_ok(run(body()));
  EXPECT_FALSE(begun);
}

// Waits for a scope that lives elsewhere; then its own coroutine goes first.
TEST_P(Destroyed, Rule6_ACoroutineThatJoinsSomebodyElsesScopeIsNotResumed) {
  bool resumed = false;
  const auto body = [&]() -> task<result<void>> {
    scope longer;
    const auto brief = []() -> task<result<void>> { co_return co_await sleep_for(5ms); };
    const auto joiner = [&]() -> task<result<void>> {
      (void)co_await longer.join();
      resumed = true;
      co_return {};
    };
    longer.spawn(brief());
    co_await destroy_suspended(joiner(), nothing);
    co_await or_return(sleep_for(10ms));
    EXPECT_EQ(longer.size(), 0U);
    co_return co_await longer.join();
  };
  expect_ok(run(body()));
  EXPECT_FALSE(resumed);
}

// A task's frame lives on after its end as long as its owner keeps it. What it had spawned is destroyed with
// it, later than the bounds it ran under.
TEST_P(Destroyed, Rule6_TasksLeftInAScopeOutliveTheBoundsOfTheTaskThatEnded) {
  std::string buffer(64, '.');
  auto pair = tcp_pair<ipv4_address>().value();
  const auto spawned = [&]() -> task<result<void>> {
    co_await or_return(pair.second.recv(buffer));
    co_return {};
  };
  const auto ends_by_error = [&]() -> task<result<void>> {
    scope s;
    s.spawn(spawned());
    co_await turns();
    co_await or_return(result<void>(failure(errc::no_message)));
    co_return {};
  };
  const auto body = [&]() -> task<result<void>> {
    for (int i = 0; i < 3; ++i) {
      auto kept = ends_by_error().within(1h);
      expect_error(co_await std::move(kept), errc::no_message);
      co_await turns();
      expect_ok(co_await sleep_for(1us).within(1h));
    }
    co_await or_return(pair.first.send("kept"));
    EXPECT_EQ(co_await or_return(pair.second.recv(buffer)), 4U);
    co_return {};
  };
  expect_ok(run(body()));
}

MESSAGE_TEST(MessagesOnLoops, Rule6_ADestroyedReceiveTakesNoDatagram) {
  message_ends<Kind> pair;
  watched_memory memory;
  const auto recv_it = [&]() -> task<result<void>> {
    co_await or_return(pair.b.recv(memory.bytes));
    co_return {};
  };
  play(by, [&]() -> task<result<void>> {
    co_await destroy_suspended(recv_it(), nothing);
    memory.give_back();
    co_await or_return(pair.a.send("whole"));
    co_await turns();
    std::string got(64, '\0');
    got.resize(co_await or_return(pair.b.recv(got).within(soon)));
    EXPECT_EQ(got, "whole");
    co_return {};
  });
}

MESSAGE_TEST(MessagesOnLoops, Rule6_ADatagramThatADestroyedReceiveHadIsReceivedNext) {
  message_ends<Kind> pair;
  watched_memory memory;
  const auto recv_it = [&]() -> task<result<void>> {
    co_await or_return(pair.b.recv(memory.bytes));
    co_return {};
  };
  play(by, [&]() -> task<result<void>> {
    co_await destroy_at_the_last_moment(recv_it(), [&] { EXPECT_EQ(pair.a.send("first").now(), 5U); });
    memory.give_back();
    co_await or_return(pair.a.send("second"));
    std::string got(64, '\0');
    got.resize(co_await or_return(pair.b.recv(got).within(soon)));
    EXPECT_EQ(got, "first");
    got.resize(64);
    got.resize(co_await or_return(pair.b.recv(got).within(soon)));
    EXPECT_EQ(got, "second");
    co_return {};
  });
}

MESSAGE_TEST(MessagesOnLoops, Rule6_ADatagramThatADestroyedReceiveHadKeepsItsSender) {
  if constexpr (!Kind::addressed) {
    return;
  } else {
    message_ends<Kind> pair;
    watched_memory memory;
    const auto recv_it = [&]() -> task<result<void>> {
      co_await or_return(pair.b.recv_from(memory.bytes));
      co_return {};
    };
    play(by, [&]() -> task<result<void>> {
      co_await destroy_at_the_last_moment(recv_it(), [&] { EXPECT_EQ(pair.a.send("first").now(), 5U); });
      memory.give_back();
      co_await or_return(pair.a.send("second"));
      std::string got(64, '\0');
      datagram d = co_await or_return(pair.b.recv_from(got).within(soon));
      EXPECT_EQ(got.substr(0, d.size), "first");
      EXPECT_EQ(d.from, pair.a.local_endpoint().value());
      d = co_await or_return(pair.b.recv_from(got).within(soon));
      EXPECT_EQ(got.substr(0, d.size), "second");
      co_return {};
    });
  }
}

}  // namespace

FAIRLEAD_ON_EVERY_BACKEND(Destroyed);

}  // namespace fairlead::testing
