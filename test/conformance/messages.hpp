// SPDX-License-Identifier: MIT
// The kinds of sockets that carry whole messages: a new one is one struct and one line in `message_kinds`.
#pragma once

#include <tuple>

#include "conformance/streams.hpp"
#include "support/temp_dir.hpp"

namespace fairlead::testing {

/// Two UDP sockets over loopback, connected to each other.
template <class Address>
std::pair<udp_socket, udp_socket> udp_pair() {
  udp_socket a = udp_socket::bind({Address::loopback(), port(0)}).value();
  udp_socket b = udp_socket::bind({Address::loopback(), port(0)}).value();
  a.connect(b.local_endpoint().value()).value();
  b.connect(a.local_endpoint().value()).value();
  return {std::move(a), std::move(b)};
}

struct udp_ipv4 {
  static constexpr std::string_view name = "udp_ipv4";
  static constexpr bool addressed = true;  // datagrams say where they come from
  static constexpr bool reliable = false;  // the kernel may drop what does not fit
  using socket = udp_socket;
  static std::pair<socket, socket> pair() { return udp_pair<ipv4_address>(); }
};

struct udp_ipv6 {
  static constexpr std::string_view name = "udp_ipv6";
  static constexpr bool addressed = true;
  static constexpr bool reliable = false;
  using socket = udp_socket;
  static std::pair<socket, socket> pair() { return udp_pair<ipv6_address>(); }
};

struct unix_datagrams {
  static constexpr std::string_view name = "unix_datagram";
  static constexpr bool addressed = true;
  static constexpr bool reliable = true;
  using socket = unix_datagram_socket;
  static std::pair<socket, socket> pair() {
    const temp_dir dir;  // the sockets need their names no more once they are connected
    socket a = socket::bind(dir.socket("a")).value();
    socket b = socket::bind(dir.socket("b")).value();
    a.connect(dir.socket("b")).value();
    b.connect(dir.socket("a")).value();
    return {std::move(a), std::move(b)};
  }
};

struct unix_records {
  static constexpr std::string_view name = "unix_seqpacket";
  static constexpr bool addressed = false;
  static constexpr bool reliable = true;
  using socket = unix_seqpacket_socket;
  static std::pair<socket, socket> pair() { return unix_seqpacket_socket::pair().value(); }
};

using message_kinds = std::tuple<udp_ipv4, udp_ipv6, unix_datagrams, unix_records>;

template <class Kind>
struct message_ends {
  typename Kind::socket a;
  typename Kind::socket b;

  message_ends() : message_ends(Kind::pair()) {}
  explicit message_ends(std::pair<typename Kind::socket, typename Kind::socket> p)
      : a(std::move(p.first)), b(std::move(p.second)) {}
};

/// Every way to wait; those that sleep; those on a loop. Instantiated in streams.cpp.
class Messages : public guarded<::testing::TestWithParam<kind_and_way<message_kinds>>> {};
class MessagesThatSleep : public Messages {};
class MessagesOnLoops : public Messages {};

}  // namespace fairlead::testing

/// As STREAM_TEST.
#define MESSAGE_TEST(Suite, Name) FAIRLEAD_KIND_TEST(::fairlead::testing::message_kinds, Suite, Name)
