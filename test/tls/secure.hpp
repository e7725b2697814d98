// SPDX-License-Identifier: MIT
// What the tests of TLS share: clients and servers that trust each other, and handshakes between them in
// every way of waiting.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <fairlead/fairlead.hpp>

#include "conformance/ways.hpp"
#include "support/certificates.hpp"

namespace fairlead::testing {

/// Tests of TLS run in the ways that drive tasks.
class secure_ways : public guarded<::testing::TestWithParam<way>> {};

#define FAIRLEAD_IN_SECURE_WAYS(Suite)                                                           \
  INSTANTIATE_TEST_SUITE_P(By, Suite, ::testing::ValuesIn(::fairlead::testing::sleeping_ways()), \
                           ::fairlead::testing::name_of_way)

inline tls_client_options client_options() {
  tls_client_options o;
  o.ca_pem = test_root().certificate;
  return o;
}
inline tls_server_options server_options() {
  tls_server_options o;
  o.identities.push_back(test_leaf().identity());
  return o;
}

template <class T>
T must(result<T> r) {
  if (!r) throw std::runtime_error(r.error().message());
  return std::move(*r);
}

inline tls_client client_with(tls_client_options o = client_options()) {
  return must(tls_client::create(std::move(o)));
}
inline tls_server server_with(tls_server_options o = server_options()) {
  return must(tls_server::create(std::move(o)));
}

/// How a handshake went, on both sides.
template <class S>
struct shaken {
  result<tls_stream<S>> client = failure(errc::operation_in_progress);
  result<tls_stream<S>> server = failure(errc::operation_in_progress);

  [[nodiscard]] bool went_well() const {
    EXPECT_TRUE(client.has_value()) << (client ? "" : client.error().message());
    EXPECT_TRUE(server.has_value()) << (server ? "" : server.error().message());
    return client && server;
  }
};

template <class S>
shaken<S> shake(way by, const tls_client& c, const tls_server& s, std::pair<S, S> ends,
                std::string name = "localhost") {
  shaken<S> outcome;
  together(
      by,
      [&]() -> task<result<void>> {
        outcome.client = co_await c.connect(std::move(ends.first), name).within(soon);
        co_return {};
      },
      [&]() -> task<result<void>> {
        outcome.server = co_await s.accept(std::move(ends.second)).within(soon);
        co_return {};
      });
  return outcome;
}

inline shaken<tcp_stream> shake(way by, const tls_client& c, const tls_server& s,
                                std::string name = "localhost") {
  return shake(by, c, s, must(tcp_stream::pair()), std::move(name));
}

/// drive() of a task with bounds.
template <class T>
T drive(way by, bounded_task<T>&& t) {
  const auto unbounded = [](bounded_task<T>& inner) -> task<T> { co_return co_await std::move(inner); };
  if (!on_a_loop(by)) return std::move(t).wait();
  return drive(by, unbounded(t));
}

/// A connection over whatever streams these are; the test fails if there is none.
template <class S>
struct secured {
  tls_stream<S> client;
  tls_stream<S> server;

  secured(way by, std::pair<S, S> ends, const tls_client& c = client_with(),
          const tls_server& s = server_with()) {
    shaken<S> h = shake(by, c, s, std::move(ends));
    if (!h.went_well()) throw std::runtime_error("there is no connection to test");
    client = std::move(*h.client);
    server = std::move(*h.server);
  }
};

/// A stream that takes nothing any more once it is clogged: its peer does not read, and all buffers are full.
struct clogging {
  tcp_stream below;
  const bool* clogged;
  task<result<std::size_t>> recv(mutable_buffer b) { co_return co_await below.recv(b); }
  task<result<std::size_t>> send(const_buffer b) {
    if (*clogged) co_await or_return(sleep_for(std::chrono::hours(1)));
    co_return co_await below.send(b);
  }
  task<result<void>> shutdown() { co_return co_await below.shutdown(); }
  result<void> close() { return below.close(); }
};
inline std::pair<clogging, clogging> clogging_pair(const bool& clogged) {
  auto ends = must(tcp_stream::pair());
  return {clogging{std::move(ends.first), &clogged}, clogging{std::move(ends.second), &clogged}};
}

/// Everything until the end, which is said.
template <class Stream>
task<result<std::string>> read_to_the_end(Stream& from) {
  std::string all;
  std::string piece(16384, '\0');
  for (;;) {
    const std::size_t n = co_await or_return(from.recv(mutable_buffer(piece)));
    if (n == 0) co_return all;
    all.append(piece, 0, n);
  }
}

/// Both ends send a word and receive one: a connection that works.
template <class A, class B>
void converse(way by, A& a, B& b) {
  const auto talk = [](auto& s, std::string_view mine, std::string_view theirs) -> task<result<void>> {
    co_await or_return(s.send(mine));
    std::string got(theirs.size(), '\0');
    for (mutable_buffer rest(got); rest.size > 0;) {
      const std::size_t n = co_await or_return(s.recv(rest));
      if (n == 0) break;
      rest = rest.after(n);
    }
    EXPECT_EQ(got, theirs);
    co_return {};
  };
  together(by, [&] { return talk(a, "ahoy", "aye aye"); }, [&] { return talk(b, "aye aye", "ahoy"); });
}

}  // namespace fairlead::testing
