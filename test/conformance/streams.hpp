// SPDX-License-Identifier: MIT
// The kinds of streams that the conformance suite is run for. A new one (a type-erased stream, TLS) is one
// struct with a pair of connected ends, and one line in `stream_kinds`.
#pragma once

#include <string_view>
#include <tuple>
#include <utility>

#include "conformance/kinds.hpp"
#include "conformance/ways.hpp"

namespace fairlead::testing {

/// Two ends of a connection between two sockets over loopback.
template <class Address>
result<std::pair<tcp_stream, tcp_stream>> tcp_pair() {
  result<tcp_listener> listener = tcp_listener::listen({Address::loopback(), port(0)});
  if (!listener) return std::unexpected(listener.error());
  const result<endpoint> where = listener->local_endpoint();
  if (!where) return std::unexpected(where.error());
  result<tcp_socket> s = tcp_socket::open(where->ip().family());
  if (!s) return std::unexpected(s.error());
  // Without waiting, because tests make pairs on loops' threads too; over loopback this takes a few turns.
  result<tcp_stream> connected = s->connect(where->ip()).now();
  while (would_block(connected)) connected = s->connect(where->ip()).now();
  if (!connected) return std::unexpected(connected.error());
  result<tcp_stream> accepted = listener->accept().now();
  while (would_block(accepted)) accepted = listener->accept().now();
  if (!accepted) return std::unexpected(accepted.error());
  return std::pair(std::move(*connected), std::move(*accepted));
}

struct tcp_ipv4 {
  static constexpr std::string_view name = "tcp_ipv4";
  using stream = tcp_stream;
  static result<std::pair<stream, stream>> pair() { return tcp_pair<ipv4_address>(); }
};

struct tcp_ipv6 {
  static constexpr std::string_view name = "tcp_ipv6";
  using stream = tcp_stream;
  static result<std::pair<stream, stream>> pair() { return tcp_pair<ipv6_address>(); }
};

struct unix_streams {
  static constexpr std::string_view name = "unix";
  using stream = unix_stream;
  static result<std::pair<stream, stream>> pair() { return unix_stream::pair(); }
};

using stream_kinds = std::tuple<tcp_ipv4, tcp_ipv6, unix_streams>;

/// Two connected ends, of any kind.
template <class Kind>
struct ends {
  typename Kind::stream a;
  typename Kind::stream b;

  ends() : ends(Kind::pair().value()) {}
  explicit ends(std::pair<typename Kind::stream, typename Kind::stream> p)
      : a(std::move(p.first)), b(std::move(p.second)) {}
};

/// Every way to wait; those that sleep; those on a loop. Instantiated in streams.cpp.
class Streams : public guarded<::testing::TestWithParam<kind_and_way<stream_kinds>>> {};
class StreamsThatSleep : public Streams {};
class StreamsOnLoops : public Streams {};

}  // namespace fairlead::testing

/// STREAM_TEST(Suite, Name) { … } has the kind of stream as `Kind` and the way to wait as `by`.
#define STREAM_TEST(Suite, Name) FAIRLEAD_KIND_TEST(::fairlead::testing::stream_kinds, Suite, Name)
