// SPDX-License-Identifier: MIT
// How a stream ends, and what is left of it when somebody gives up half-way.
#include <array>
#include <string>

#include "support/bytes.hpp"
#include "support/system_calls.hpp"
#include "tls/secure.hpp"

namespace fairlead::testing {
namespace {

using namespace std::chrono_literals;

class TlsEndings : public secure_ways {
 protected:
  secured<tcp_stream> pair{GetParam(), must(tcp_stream::pair())};
};
FAIRLEAD_IN_SECURE_WAYS(TlsEndings);

// Complaint 6 of the field: a stream that was cut off must not look like one that is complete.
TEST_P(TlsEndings, AStreamThatWasCutOffIsTruncatedAndNotEnded) {
  play(GetParam(), [&]() -> task<result<void>> {
    co_await or_return(pair.client.send("half of"));
    expect_ok(pair.client.close());
    std::string got(100, '\0');
    EXPECT_EQ(co_await or_return(pair.server.recv(mutable_buffer(got))), 7U);
    for (int i = 0; i < 2; ++i) {
      const result<std::size_t> n = co_await pair.server.recv(mutable_buffer(got));
      expect_error(n, fault::truncated);
      EXPECT_NE(n.error().message().find("closed without a farewell"), std::string::npos)
          << n.error().message();
    }
    co_return {};
  });
}

TEST_P(TlsEndings, AFinBelowIsNoFarewell) {
  play(GetParam(), [&]() -> task<result<void>> {
    co_await or_return(pair.client.inner().shutdown());
    std::string got(100, '\0');
    expect_error(co_await pair.server.recv(mutable_buffer(got)), fault::truncated);
    // Who cuts its own sending side off may still listen.
    co_await or_return(pair.server.send("heard"));
    co_await or_return(pair.server.shutdown());
    EXPECT_EQ(co_await or_return(read_to_the_end(pair.client)), "heard");
    co_return {};
  });
}

TEST_P(TlsEndings, AFarewellIsTheEndAndStaysIt) {
  play(GetParam(), [&]() -> task<result<void>> {
    co_await or_return(pair.client.send("all of it"));
    co_await or_return(pair.client.shutdown());
    co_await or_return(pair.client.shutdown());  // once more is no harm
    EXPECT_EQ(co_await or_return(read_to_the_end(pair.server)), "all of it");
    expect_ok(pair.client.close());
    std::string got(100, '\0');
    EXPECT_EQ(co_await or_return(pair.server.recv(mutable_buffer(got))), 0U);
    co_return {};
  });
}

// Whatever the server has to say meanwhile must not make the kernel reset the connection.
TEST_P(TlsEndings, AClientMaySendAndLeaveWithoutHavingReadAnything) {
  const std::string bytes = random_bytes(300'000, 2);
  for (int i = 0; i < 5; ++i) {
    secured<tcp_stream> here(GetParam(), must(tcp_stream::pair()));
    together(
        GetParam(),
        [&]() -> task<result<void>> {
          co_await or_return(here.client.send(bytes));
          co_await or_return(here.client.shutdown());
          here.client = {};
          co_return {};
        },
        [&]() -> task<result<void>> {
          EXPECT_TRUE(co_await or_return(read_to_the_end(here.server)) == bytes);
          co_return {};
        });
  }
}

// Complaint 6 again: saying farewell to somebody who never answers.
TEST_P(TlsEndings, ShuttingDownWaitsForNobody) {
  play(GetParam(), [&]() -> task<result<void>> {
    co_await or_return(pair.client.shutdown().within(soon));
    co_await or_return(pair.server.shutdown().within(soon));
    co_return {};
  });
}

TEST_P(TlsEndings, ShuttingDownTowardsAPeerThatDoesNotReadEndsAtItsDeadlineAndIsMadeUpForLater) {
  bool clogged = false;
  secured<clogging> here(GetParam(), clogging_pair(clogged));
  play(GetParam(), [&]() -> task<result<void>> {
    clogged = true;
    expect_error(co_await here.client.send("last words").within(5ms), errc::timed_out);
    expect_error(co_await here.client.shutdown().within(5ms), errc::timed_out);
    clogged = false;
    co_await or_return(here.client.shutdown());
    EXPECT_EQ(co_await or_return(read_to_the_end(here.server)), "last words");
    co_return {};
  });
}

TEST_P(TlsEndings, WhatWasEncryptedWhenASendWasStoppedGoesOutFirst) {
  const std::string bytes = random_bytes(16'000'000, 7);
  std::size_t transferred = 0;
  play(GetParam(), [&]() -> task<result<void>> {
    const result<std::size_t> sent = co_await pair.client.send(bytes).within(20ms);
    expect_error(sent, errc::timed_out);
    if (!sent) transferred = sent.error().transferred();
    co_return {};
  });
  EXPECT_GT(transferred, 0U);
  together(
      GetParam(),
      [&]() -> task<result<void>> {
        co_await or_return(pair.client.send(", and more"));
        co_return co_await pair.client.shutdown();
      },
      [&]() -> task<result<void>> {
        const std::string got = co_await or_return(read_to_the_end(pair.server));
        EXPECT_EQ(got.size(), transferred + 10);
        EXPECT_TRUE(got == bytes.substr(0, transferred) + ", and more");
        co_return {};
      });
}

TEST_P(TlsEndings, NoByteIsLostToDeadlinesInEitherDirection) {
  const std::string there = random_bytes(300'000, 9);
  const std::string back = random_bytes(300'000, 10);
  const auto sender = [](auto& s, const std::string& bytes) -> task<result<void>> {
    const_buffer rest(bytes);
    for (unsigned i = 0; rest.size > 0; ++i) {
      const result<std::size_t> n =
          co_await s.send(rest.first(1 + i * 7919 % 90'000)).within(std::chrono::microseconds(i * 13 % 400));
      rest = rest.after(n ? *n : n.error().transferred());
      if (!n) expect_error(n, errc::timed_out);
      if (!n && !(n.error() == errc::timed_out)) co_return std::unexpected(n.error());
    }
    for (;;) {
      const result<void> said = co_await s.shutdown().within(1ms);
      if (said || !(said.error() == errc::timed_out)) co_return said;
    }
  };
  const auto receiver = [](auto& s, const std::string& expected) -> task<result<void>> {
    std::string got;
    std::string piece(30'000, '\0');
    for (unsigned i = 0;; ++i) {
      const mutable_buffer room = mutable_buffer(piece).first(1 + i * 104729 % piece.size());
      const result<std::size_t> n = co_await s.recv(room).within(std::chrono::microseconds(i * 17 % 300));
      if (n && *n == 0) break;
      if (n) got.append(piece, 0, *n);
      if (!n && !(n.error() == errc::timed_out)) co_return std::unexpected(n.error());
    }
    EXPECT_TRUE(got == expected) << "the bytes differ";
    co_return {};
  };
  together(
      GetParam(), [&] { return sender(pair.client, there); }, [&] { return sender(pair.server, back); },
      [&] { return receiver(pair.client, back); }, [&] { return receiver(pair.server, there); });
}

TEST_P(TlsEndings, AStopThatCameFirstReceivesNothing) {
  play(GetParam(), [&]() -> task<result<void>> {
    std::stop_source stop;
    stop.request_stop();
    std::string got(10, '\0');
    co_await or_return(pair.client.send("later"));
    expect_error(co_await pair.server.recv(mutable_buffer(got)).stop_on(stop.get_token()),
                 errc::operation_canceled);
    expect_error(co_await pair.server.send("x").stop_on(stop.get_token()), errc::operation_canceled);
    EXPECT_EQ(co_await or_return(pair.server.recv(mutable_buffer(got))), 5U);
    co_await or_return(pair.server.send("y"));
    EXPECT_EQ(co_await or_return(pair.client.recv(mutable_buffer(got).first(1))), 1U);
    EXPECT_EQ(got[0], 'x') << "it was encrypted, and goes out first";
    co_return {};
  });
}

// A large record may leave without an operation that a stop or a deadline would refuse.
TEST_P(TlsEndings, AStopOrADeadlineThatCameFirstHoldsALargeRecordBack) {
  play(GetParam(), [&]() -> task<result<void>> {
    const std::string record(16384, 'r');
    std::string got(1, '\0');
    // What the server says first takes sessions along, which go the usual way.
    co_await or_return(pair.server.send("x"));
    co_await or_return(pair.client.recv(mutable_buffer(got)));
    std::stop_source stop;
    stop.request_stop();
    expect_error(co_await pair.server.send(record).stop_on(stop.get_token()), errc::operation_canceled);
    expect_error(pair.client.inner().recv(mutable_buffer(got)).now(), errc::operation_would_block);
    expect_error(co_await pair.client.send(record).until(clock::now() - 1ms), errc::timed_out);
    expect_error(pair.server.inner().recv(mutable_buffer(got)).now(), errc::operation_would_block);
    co_return {};
  });
}

// The kernel tells it once, to whoever sends or receives next.
TEST_P(TlsEndings, ALargeRecordMeetsTheErrorThatASmallOneWouldHaveMet) {
  for (const std::size_t size : {std::size_t{100}, std::size_t{16384}}) {
    secured<tcp_stream> cut(GetParam(), must(tcp_stream::pair()));
    play(GetParam(), [&]() -> task<result<void>> {
      expect_ok(cut.server.inner().set(option::linger::reset()));
      expect_ok(cut.server.close());
      const std::string record(size, 'r');
      expect_error(co_await cut.client.send(record), errc::connection_reset);
      expect_error(co_await cut.client.send(record), errc::broken_pipe);
      co_return {};
    });
  }
}

// Whichever way each of them leaves.
TEST_P(TlsEndings, RecordsOfAllSizesArriveInTheirOrder) {
  const std::string bytes = random_bytes(1'500'000, 6);
  const auto sender = [&]() -> task<result<void>> {
    const_buffer rest(bytes);
    for (std::size_t i = 0; rest.size > 0; ++i) {
      const std::size_t size = std::min<std::size_t>(rest.size, i % 5 == 4 ? 100 : 16384 - i % 3 * 4000);
      EXPECT_EQ(co_await or_return(pair.server.send(rest.first(size))), size);
      rest = rest.after(size);
    }
    co_return co_await pair.server.shutdown();
  };
  const auto receiver = [&]() -> task<result<void>> {
    std::string got;
    std::string piece(30'000, '\0');
    while (const std::size_t n = co_await or_return(pair.client.recv(mutable_buffer(piece))))
      got.append(piece, 0, n);
    EXPECT_TRUE(got == bytes) << "the bytes differ";
    co_return {};
  };
  together(GetParam(), sender, receiver);
}

TEST_P(TlsEndings, ThereIsOneOperationInEachDirection) {
  if (!on_a_loop(GetParam())) return;
  const std::string much = random_bytes(16'000'000, 3);
  play(GetParam(), [&]() -> task<result<void>> {
    scope s;
    const auto receives = [&]() -> task<result<void>> {
      std::string got(10, '\0');
      co_await or_return(pair.client.recv(mutable_buffer(got)));
      co_return {};
    };
    const auto sends = [&]() -> task<result<void>> {
      co_await or_return(pair.client.send(much));
      co_return {};
    };
    s.spawn(receives());
    s.spawn(sends());
    co_await turns();
    std::string got(10, '\0');
    expect_error(co_await pair.client.recv(mutable_buffer(got)), errc::device_or_resource_busy);
    expect_error(co_await pair.client.send("x"), errc::device_or_resource_busy);
    expect_error(co_await pair.client.shutdown(), errc::device_or_resource_busy);
    s.request_stop();
    const result<void> joined = co_await s.join();
    expect_error(joined, errc::operation_canceled);
    co_return {};
  });
}

// A stream that gives its bytes one at a time, so that a receive over it waits in the middle of a record.
struct drop_by_drop {
  tcp_stream below;
  task<result<std::size_t>> recv(mutable_buffer b) { co_return co_await below.recv(b.first(1)); }
  task<result<std::size_t>> send(const_buffer b) { co_return co_await below.send(b); }
  task<result<void>> shutdown() { co_return co_await below.shutdown(); }
  result<void> close() { return below.close(); }
};

TEST_P(TlsEndings, AReceiveThatIsDestroyedLosesNothing) {
  if (!on_a_loop(GetParam())) return;
  auto ends = must(tcp_stream::pair());
  secured<drop_by_drop> slow(
      GetParam(), std::pair(drop_by_drop{std::move(ends.first)}, drop_by_drop{std::move(ends.second)}));
  play(GetParam(), [&]() -> task<result<void>> {
    int destroyed_in_the_middle = 0;
    for (int round = 0; round < 60; ++round) {
      std::string got(10, '\0');
      std::size_t received = 0;
      const auto victim = [&]() -> task<result<void>> {
        received = co_await or_return(slow.server.recv(mutable_buffer(got)));
        co_return {};
      };
      {
        scope s;
        s.spawn(victim());
        co_await turns(round % 3);
        co_await or_return(slow.client.send("whole"));
        co_await turns(round % 7);
      }
      if (received == 0) {
        ++destroyed_in_the_middle;
        received = co_await or_return(slow.server.recv(mutable_buffer(got)));
      }
      got.resize(received);
      EXPECT_EQ(got, "whole") << "in round " << round;
    }
    EXPECT_GT(destroyed_in_the_middle, 0);
    co_return {};
  });
}

TEST_P(TlsEndings, ASendThatIsDestroyedTakesTheSendingSideWithIt) {
  if (!on_a_loop(GetParam())) return;
  const std::string much = random_bytes(16'000'000, 3);
  play(GetParam(), [&]() -> task<result<void>> {
    {
      scope s;
      const auto victim = [&]() -> task<result<void>> {
        co_await or_return(pair.client.send(much));
        co_return {};
      };
      s.spawn(victim());
      co_await turns();
    }
    const result<std::size_t> n = co_await pair.client.send("more");
    expect_error(n, errc::connection_aborted);
    EXPECT_NE(n.error().message().find("abandoned half-way"), std::string::npos) << n.error().message();
    expect_error(co_await pair.client.shutdown(), errc::connection_aborted);
    co_await or_return(pair.server.send("still"));
    std::string got(10, '\0');
    EXPECT_EQ(co_await or_return(pair.client.recv(mutable_buffer(got))), 5U);
    co_return {};
  });
}

TEST_P(TlsEndings, ClosingOrDestroyingEndsWhatIsInFlight) {
  if (!on_a_loop(GetParam())) return;
  for (const bool destroys : {false, true}) {
    secured<tcp_stream> here(GetParam(), must(tcp_stream::pair()));
    std::optional<tls_stream<tcp_stream>> victim(std::move(here.client));
    play(GetParam(), [&]() -> task<result<void>> {
      scope s;
      const auto receives = [](tls_stream<tcp_stream>& from) -> task<result<void>> {
        std::string got(10, '\0');
        expect_error(co_await from.recv(mutable_buffer(got)), errc::operation_canceled);
        co_return {};
      };
      s.spawn(receives(*victim));
      co_await turns();
      if (destroys) {
        victim.reset();
      } else {
        expect_ok(victim->close());
      }
      co_return co_await s.join();
    });
  }
}

TEST_P(TlsEndings, MayBeMovedWhileSomebodyReceives) {
  if (!on_a_loop(GetParam())) return;
  play(GetParam(), [&]() -> task<result<void>> {
    scope s;
    std::string got(4, '\0');
    const auto receives = [&]() -> task<result<void>> {
      co_await or_return(pair.client.recv(mutable_buffer(got)));
      co_return {};
    };
    s.spawn(receives());
    co_await turns();
    tls_stream<tcp_stream> elsewhere(std::move(pair.client));
    co_await or_return(pair.server.send("ahoy"));
    co_await or_return(co_await s.join());
    EXPECT_EQ(got, "ahoy");
    co_await or_return(elsewhere.send("x"));
    co_return {};
  });
}

TEST_P(TlsEndings, ClosedByDefaultIsABadDescriptor) {
  tls_stream<tcp_stream> none;
  play(GetParam(), [&]() -> task<result<void>> {
    std::string got(10, '\0');
    expect_error(co_await none.recv(mutable_buffer(got)), errc::bad_file_descriptor);
    expect_error(co_await none.send("x"), errc::bad_file_descriptor);
    expect_error(co_await none.shutdown(), errc::bad_file_descriptor);
    expect_error(none.close(), errc::bad_file_descriptor);
    co_return {};
  });
}

// Complaint 7 of the field: what was read ahead when a plain connection is upgraded.
TEST_P(TlsEndings, NothingThatWasReadAheadIsLostWhenAPlainStreamIsUpgraded) {
  auto ends = must(tcp_stream::pair());
  together(
      GetParam(),
      [&]() -> task<result<void>> {
        // The client does not wait for the answer: its first flight follows the command at once.
        co_await or_return(ends.first.send("STARTTLS\r\n"));
        tls_stream<tcp_stream> s =
            co_await or_return(client_with().connect(std::move(ends.first), "localhost"));
        co_await or_return(s.send("MAIL FROM:<a@example.org>\r\n"));
        co_return co_await s.shutdown();
      },
      [&]() -> task<result<void>> {
        buffered_reader reader(std::move(ends.second));
        const auto line = co_await or_return(reader.line());
        EXPECT_EQ(line.value_or(""), "STARTTLS");
        // Whatever of the first flight has come is in the reader now; make sure that some of it has.
        const auto ahead = co_await or_return(reader.peek(100));
        EXPECT_GE(ahead.size(), 100U);
        auto s = co_await or_return(server_with().accept(std::move(reader)));
        buffered_reader mail(std::move(s));
        EXPECT_EQ((co_await or_return(mail.line())).value_or(""), "MAIL FROM:<a@example.org>");
        EXPECT_FALSE(co_await or_return(mail.line()));
        co_return {};
      });
}

TEST_P(TlsEndings, NoBytesAfterTheUpgradeAreTakenForAnAnswerInsideIt) {
  // What was smuggled in before the handshake is the handshake's own business, and breaks it.
  auto ends = must(tcp_stream::pair());
  play(GetParam(), [&]() -> task<result<void>> {
    co_await or_return(ends.second.send("220 go ahead\r\n250 smuggled\r\n"));
    buffered_reader reader(std::move(ends.first));
    EXPECT_EQ((co_await or_return(reader.line())).value_or(""), "220 go ahead");
    expect_error(co_await client_with().connect(std::move(reader), "localhost"), errc::protocol_error);
    co_return {};
  });
}

// A client without the certificate that the server wants.
shaken<tcp_stream> refused(way by) {
  tls_server_options o = server_options();
  o.clients = client_certificates::required;
  o.ca_pem = test_root().certificate;
  return shake(by, client_with(), server_with(std::move(o)));
}

// In TLS 1.3 a client is through before the server has looked at its certificate, or missed it.
TEST_P(TlsEndings, ASendTellsWhyThePeerHasClosed) {
  shaken<tcp_stream> h = refused(GetParam());
  ASSERT_TRUE(h.client) << h.client.error().message();
  ASSERT_FALSE(h.server);
  for (int i = 0; i < 1000; ++i) {
    const auto sent = drive(GetParam(), h.client->send("anybody there?").within(soon));
    if (sent) continue;
    expect_error(sent, errc::connection_aborted);
    EXPECT_NE(sent.error().message().find("certificate"), std::string::npos) << sent.error().message();
    return;
  }
  ADD_FAILURE() << "nothing fails";
}

TEST_P(TlsEndings, AFarewellTellsWhyThePeerHasClosed) {
  shaken<tcp_stream> h = refused(GetParam());
  ASSERT_TRUE(h.client) << h.client.error().message();
  ASSERT_FALSE(h.server);
  // Until the kernel knows that nobody is there.
  while (h.client->inner().send("\x17\x03\x03").within(soon).wait()) {
  }
  const auto said = drive(GetParam(), h.client->shutdown().within(soon));
  expect_error(said, errc::connection_aborted);
  EXPECT_NE(said.error().message().find("certificate"), std::string::npos) << said.error().message();
}

}  // namespace
}  // namespace fairlead::testing
