// SPDX-License-Identifier: MIT
// Socket options as the system has them: which level, which constant, which structure. What they mean, what
// values they take and which sockets have them is said in options.hpp and checked in net/options.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <fairlead/address.hpp>

#include "sys/outcome.hpp"

namespace fairlead::sys {

/// Options whose value is one int; a flag is 0 or 1.
enum class number_option : std::uint8_t {
  // socket(7)
  reuse_address,
  reuse_port,
  broadcast,
  receive_buffer,
  send_buffer,
  keepalive,
  // tcp(7)
  no_delay,
  quick_ack,
  cork,
  not_sent_low_water,
  user_timeout,
  fast_open,
  fast_open_connect,
  keepalive_idle,
  keepalive_interval,
  keepalive_count,
  // ipv6(7)
  v6_only,
  // ip(7) or ipv6(7), by the socket's family
  hop_limit,
  traffic_class,
  multicast_hops,
  multicast_loop,
};

/// On an IPv6 socket an option of ip(7) too is set for both families, since the socket may serve both; what
/// the kernel says of the IPv6 half counts.
outcome set_option(int fd, family f, number_option o, int value) noexcept;
outcome get_option(int fd, family f, number_option o, int& value) noexcept;

/// Datagrams that were dropped for want of room, modulo 2^32.
outcome get_drops(int fd, std::uint32_t& count) noexcept;
/// What was sent and the other end has not taken.
outcome get_send_queue(int fd, std::size_t& bytes) noexcept;

/// Options whose value is a name.
enum class text_option : std::uint8_t { device, congestion_control };
outcome set_option(int fd, text_option o, std::string_view value) noexcept;
outcome get_option(int fd, text_option o, std::string& value);

/// No seconds: not lingering.
outcome set_linger(int fd, std::optional<int> seconds) noexcept;
outcome get_linger(int fd, std::optional<int>& seconds) noexcept;

/// Joins or leaves; an interface index of 0 leaves the choice to the routes, no source means any.
outcome set_membership(int fd, bool member, const ip_address& group, std::uint32_t interface,
                       const std::optional<ip_address>& source) noexcept;

outcome set_multicast_interface(int fd, family f, std::uint32_t interface) noexcept;
/// EOPNOTSUPP for IPv4: the kernel tells an address there, and only if it was set by one.
outcome get_multicast_interface(int fd, family f, std::uint32_t& interface) noexcept;

}  // namespace fairlead::sys
