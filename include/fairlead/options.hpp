// SPDX-License-Identifier: MIT
// Typed socket options: socket.set(option::no_delay(true)), socket.get<option::no_delay>().
//
// Options that must come before binding are given to what binds:
//   tcp_listener::listen(where, option::reuse_port(true), option::v6_only(true))
// A value that is out of range, and an option that this kind of socket does not have, are errors that say so:
// "set option no_delay of a udp socket: only TCP sockets have it". Connections that a listener accepts
// inherit its options.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <fairlead/address.hpp>
#include <fairlead/error.hpp>
#include <fairlead/export.hpp>
#include <fairlead/socket.hpp>

namespace fairlead {

/// A network interface by index or by name; by default none in particular. A name is looked up when it is
/// used, and one that nothing has is an error then (fault::unknown_name).
class FAIRLEAD_API network_interface {
 public:
  network_interface() = default;
  explicit network_interface(std::uint32_t index) noexcept : index_(index) {}
  template <class Name>
    requires std::convertible_to<const Name&, std::string_view>
  network_interface(const Name& name)  // NOLINT: implicit, so that a name can be passed
      : name_(std::string_view(name)) {}

  [[nodiscard]] bool is_unspecified() const noexcept { return index_ == 0 && name_.empty(); }
  /// 0 when unspecified.
  [[nodiscard]] result<std::uint32_t> index() const;
  /// Empty when unspecified.
  [[nodiscard]] result<std::string> name() const;

  /// The same index or the same name; names are not looked up.
  friend bool operator==(const network_interface&, const network_interface&) = default;

 private:
  std::uint32_t index_ = 0;
  std::string name_;
};

namespace detail {

/// The options whose value is one number; options.cpp has a line about each.
enum class option_id : std::uint8_t {
  no_delay,
  quick_ack,
  cork,
  not_sent_low_water,
  user_timeout,
  fast_open,
  fast_open_connect,
  reuse_address,
  reuse_port,
  broadcast,
  receive_buffer,
  send_buffer,
  v6_only,
  hop_limit,
  multicast_hops,
  multicast_loop,
};

FAIRLEAD_API result<void> set_number(const basic_socket& s, option_id o, std::int64_t value);
FAIRLEAD_API result<std::int64_t> get_number(const basic_socket& s, option_id o);

/// What an option that is one number has in common with the others. `Self` is the option.
template <class Self, option_id Id, class Value>
class number_option {
 public:
  result<void> apply(basic_socket& s) const {
    // Too large for the range of any option, and for the conversion as well.
    if (!std::in_range<std::int64_t>(number_)) return set_number(s, Id, INT64_MAX);
    return set_number(s, Id, static_cast<std::int64_t>(number_));
  }
  static result<Self> read(const basic_socket& s) {
    const result<std::int64_t> n = get_number(s, Id);
    if (!n) return std::unexpected(n.error());
    return Self(static_cast<Value>(*n));
  }
  friend bool operator==(const number_option&, const number_option&) = default;

 protected:
  constexpr explicit number_option(Value n) noexcept : number_(n) {}
  Value number_;
};

template <class Self, option_id Id>
class flag_option {
 public:
  constexpr explicit flag_option(bool on = true) noexcept : on_(on) {}
  [[nodiscard]] constexpr bool on() const noexcept { return on_; }
  result<void> apply(basic_socket& s) const { return set_number(s, Id, on_ ? 1 : 0); }
  static result<Self> read(const basic_socket& s) {
    const result<std::int64_t> n = get_number(s, Id);
    if (!n) return std::unexpected(n.error());
    return Self(*n != 0);
  }
  friend bool operator==(const flag_option&, const flag_option&) = default;

 private:
  bool on_;
};

template <class Self, option_id Id>
class size_option : public number_option<Self, Id, std::size_t> {
 public:
  constexpr explicit size_option(std::size_t bytes) noexcept : number_option<Self, Id, std::size_t>(bytes) {}
  [[nodiscard]] constexpr std::size_t bytes() const noexcept { return this->number_; }
};

template <class Self, option_id Id>
class count_option : public number_option<Self, Id, int> {
 public:
  constexpr explicit count_option(int value) noexcept : number_option<Self, Id, int>(value) {}
  [[nodiscard]] constexpr int value() const noexcept { return this->number_; }
};

}  // namespace detail

namespace option {

// ── TCP (tcp(7)) ─────────────────────────────────────────────────────────────────────────────────────────

/// Sends small pieces at once instead of waiting for acknowledgements (TCP_NODELAY, no Nagle's algorithm).
struct no_delay : detail::flag_option<no_delay, detail::option_id::no_delay> {
  using flag_option::flag_option;
};

/// Acknowledges at once instead of hoping to ride on data (TCP_QUICKACK). The kernel goes its own way again
/// when it sees fit: set it after each receive that matters.
struct quick_ack : detail::flag_option<quick_ack, detail::option_id::quick_ack> {
  using flag_option::flag_option;
};

/// Holds incomplete segments back until it is taken off again, for at most 200 ms (TCP_CORK).
struct cork : detail::flag_option<cork, detail::option_id::cork> {
  using flag_option::flag_option;
};

/// The socket counts as writable only while fewer bytes than this wait to be sent for the first time
/// (TCP_NOTSENT_LOWAT): what is queued stays fresh. 0, the default, leaves it to net.ipv4.tcp_notsent_lowat.
struct not_sent_low_water : detail::size_option<not_sent_low_water, detail::option_id::not_sent_low_water> {
  using size_option::size_option;
};

/// Asks an idle peer whether it is still there (SO_KEEPALIVE): first after `idle`, then every `interval`, and
/// the connection fails with errc::timed_out after `count` questions without an answer. What is not given
/// stays as the system has it (7200 s, 75 s, 9 on Linux). Times are 1 to 32767 s, the count 1 to 127.
///   set(option::keepalive{.idle = 30s, .interval = 5s, .count = 3})
struct FAIRLEAD_API keepalive {
  bool on = true;
  std::optional<std::chrono::seconds> idle{};
  std::optional<std::chrono::seconds> interval{};
  std::optional<int> count{};

  static constexpr keepalive off() noexcept { return {.on = false}; }
  result<void> apply(basic_socket& s) const;
  static result<keepalive> read(const basic_socket& s);
  friend bool operator==(const keepalive&, const keepalive&) = default;
};

/// How long sent bytes may go unacknowledged before the connection fails with errc::timed_out
/// (TCP_USER_TIMEOUT, RFC 5482); 0 leaves it to the system's retries, about 15 minutes.
class FAIRLEAD_API user_timeout {
 public:
  constexpr explicit user_timeout(std::chrono::milliseconds time) noexcept : time_(time) {}
  [[nodiscard]] constexpr std::chrono::milliseconds time() const noexcept { return time_; }
  result<void> apply(basic_socket& s) const {
    return detail::set_number(s, detail::option_id::user_timeout, time_.count());
  }
  static result<user_timeout> read(const basic_socket& s);
  friend bool operator==(const user_timeout&, const user_timeout&) = default;

 private:
  std::chrono::milliseconds time_;
};

/// What closing does with bytes that are not delivered yet (SO_LINGER). By default close() returns at once
/// and the kernel goes on sending.
class FAIRLEAD_API linger {
 public:
  /// close() blocks its thread until everything is acknowledged, at most this long, and drops the rest. That
  /// includes a thread that runs a loop, and the descriptor being non-blocking changes nothing: prefer
  /// shutdown() and receiving to the end.
  constexpr explicit linger(std::chrono::seconds time) noexcept : time_(time) {}
  static constexpr linger off() noexcept { return linger(); }
  /// close() drops what is not delivered and resets the connection.
  static constexpr linger reset() noexcept { return linger(std::chrono::seconds(0)); }

  /// Nothing when off.
  [[nodiscard]] constexpr std::optional<std::chrono::seconds> time() const noexcept { return time_; }
  result<void> apply(basic_socket& s) const;
  static result<linger> read(const basic_socket& s);
  friend bool operator==(const linger&, const linger&) = default;

 private:
  constexpr linger() noexcept = default;
  std::optional<std::chrono::seconds> time_;
};

/// Of a listener: connections may bring data with their first packet (TCP_FASTOPEN, RFC 7413), and this many
/// of them may wait before their handshake is complete; 0 turns it off. Data may then arrive twice. Takes
/// effect where net.ipv4.tcp_fastopen has bit 2.
struct fast_open : detail::count_option<fast_open, detail::option_id::fast_open> {
  using count_option::count_option;
};

/// Of a tcp_socket before it connects: where the server is known to allow it, connecting ends at once and the
/// first send opens the connection (TCP_FASTOPEN_CONNECT, Linux 4.11). A refusal is then the send's error; so
/// it is for protocols in which the client speaks first. errc::operation_not_supported where
/// net.ipv4.tcp_fastopen lacks bit 1.
struct fast_open_connect : detail::flag_option<fast_open_connect, detail::option_id::fast_open_connect> {
  using flag_option::flag_option;
};

/// Which algorithm decides how fast to send: "cubic", "bbr", "reno" (TCP_CONGESTION). What there is, is in
/// net.ipv4.tcp_available_congestion_control.
class FAIRLEAD_API congestion_control {
 public:
  explicit congestion_control(std::string_view name) : name_(name) {}
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  result<void> apply(basic_socket& s) const;
  static result<congestion_control> read(const basic_socket& s);
  friend bool operator==(const congestion_control&, const congestion_control&) = default;

 private:
  std::string name_;
};

// ── Every socket (socket(7)) ─────────────────────────────────────────────────────────────────────────────

/// How much may wait to be received (SO_RCVBUF). Linux doubles what it is given, to have room for its own
/// records, and reads back the double; gives at least about 2 KiB; and quietly goes no further than
/// net.core.rmem_max. For TCP it also ends the buffer's growing by itself, and how far the window can be
/// opened is agreed when the connection is made: set it on the listener, or before connecting (tcp(7)).
struct receive_buffer : detail::size_option<receive_buffer, detail::option_id::receive_buffer> {
  using size_option::size_option;
};

/// How much may wait to be sent (SO_SNDBUF): doubled as receive_buffer is, at least about 4 KiB, at most
/// twice net.core.wmem_max.
struct send_buffer : detail::size_option<send_buffer, detail::option_id::send_buffer> {
  using size_option::size_option;
};

/// How many datagrams the kernel has dropped since the socket was made because this socket had no room for
/// them, modulo 2^32 (SO_MEMINFO, Linux 4.12). To be read only. A Unix datagram is never dropped: its sender
/// waits.
class FAIRLEAD_API dropped {
 public:
  [[nodiscard]] constexpr std::uint32_t count() const noexcept { return count_; }
  static result<dropped> read(const basic_socket& s);
  friend bool operator==(const dropped&, const dropped&) = default;

 private:
  constexpr explicit dropped(std::uint32_t n) noexcept : count_(n) {}
  std::uint32_t count_;
};

/// How much of what was sent the other end has not taken yet (SIOCOUTQ): of TCP the bytes that are not
/// acknowledged (tcp(7)), of a Unix socket the memory that what its peer has not read takes (unix(7)). To be
/// read only: whether it shrinks tells a slow reader from one that has stopped. After shutdown() of TCP the
/// end counts as one byte. errc::not_connected once the connection is broken with something in it, which is
/// lost; of a Unix socket as long as neither sending nor receiving has told so.
class FAIRLEAD_API send_queue {
 public:
  [[nodiscard]] constexpr std::size_t bytes() const noexcept { return bytes_; }
  static result<send_queue> read(const basic_socket& s);
  friend bool operator==(const send_queue&, const send_queue&) = default;

 private:
  constexpr explicit send_queue(std::size_t n) noexcept : bytes_(n) {}
  std::size_t bytes_;
};

// ── TCP and UDP (ip(7), ipv6(7)) ─────────────────────────────────────────────────────────────────────────
// An IPv6 socket that is not v6_only may talk to IPv4 peers too: hop limit, dscp and the multicast options
// are set for both families, and read back as IPv6 has them.

/// Binds although connections of an earlier owner linger; UDP: although another such socket is bound there,
/// and both get what is multicast (SO_REUSEADDR). tcp_listener::listen() sets it by itself.
struct reuse_address : detail::flag_option<reuse_address, detail::option_id::reuse_address> {
  using flag_option::flag_option;
};

/// Several sockets of one user share an address, and the kernel spreads connections and datagrams over them
/// (SO_REUSEPORT). All must set it before they bind.
struct reuse_port : detail::flag_option<reuse_port, detail::option_id::reuse_port> {
  using flag_option::flag_option;
};

/// IPv6 only: does not serve IPv4 (IPV6_V6ONLY). Before binding. The default is false on Linux unless
/// net.ipv6.bindv6only says otherwise; an IPv4 peer is then shown as ::ffff:192.0.2.1.
struct v6_only : detail::flag_option<v6_only, detail::option_id::v6_only> {
  using flag_option::flag_option;
};

/// Routers a packet may pass, 1 to 255 (IP_TTL, IPV6_UNICAST_HOPS). 64 is usual.
struct hop_limit : detail::count_option<hop_limit, detail::option_id::hop_limit> {
  using count_option::count_option;
};

/// The differentiated services code point, 0 to 63 (RFC 2474; IP_TOS, IPV6_TCLASS): how routers that care
/// treat the packets. The two bits beside it (ECN) are left as they are.
class FAIRLEAD_API dscp {
 public:
  constexpr explicit dscp(int value) noexcept : value_(value) {}
  [[nodiscard]] constexpr int value() const noexcept { return value_; }

  static constexpr dscp best_effort() noexcept { return dscp(0); }
  static constexpr dscp lower_effort() noexcept { return dscp(1); }           ///< RFC 8622
  static constexpr dscp expedited_forwarding() noexcept { return dscp(46); }  ///< RFC 3246: voice
  static constexpr dscp voice_admit() noexcept { return dscp(44); }           ///< RFC 5865
  /// CS0 to CS7 (RFC 2474).
  static constexpr dscp class_selector(int precedence) noexcept { return dscp(precedence * 8); }
  /// AF11 to AF43 (RFC 2597): class 1 to 4, drop precedence 1 to 3.
  static constexpr dscp assured_forwarding(int traffic_class, int drop_precedence) noexcept {
    return dscp(traffic_class * 8 + drop_precedence * 2);
  }

  result<void> apply(basic_socket& s) const;
  static result<dscp> read(const basic_socket& s);
  friend bool operator==(const dscp&, const dscp&) = default;

 private:
  int value_;
};

/// Sends and receives through one interface only (SO_BINDTODEVICE); network_interface() for any again. Needs
/// CAP_NET_RAW where the socket is bound to one already, and before Linux 5.7 always.
class FAIRLEAD_API bind_to_device {
 public:
  explicit bind_to_device(network_interface device) noexcept : device_(std::move(device)) {}
  [[nodiscard]] const network_interface& device() const noexcept { return device_; }
  result<void> apply(basic_socket& s) const;
  /// By name.
  static result<bind_to_device> read(const basic_socket& s);
  friend bool operator==(const bind_to_device&, const bind_to_device&) = default;

 private:
  network_interface device_;
};

// ── UDP: one to many (ip(7), ipv6(7)) ────────────────────────────────────────────────────────────────────

/// May send to broadcast addresses; without it, that is errc::permission_denied (SO_BROADCAST).
struct broadcast : detail::flag_option<broadcast, detail::option_id::broadcast> {
  using flag_option::flag_option;
};

/// Which datagrams of a multicast group to receive. Joining decides what reaches the machine; binding decides
/// what reaches the socket. Bind to the group's address and port to receive nothing else.
class FAIRLEAD_API membership {
 public:
  [[nodiscard]] const ip_address& group() const noexcept { return group_; }
  [[nodiscard]] const network_interface& interface() const noexcept { return interface_; }
  /// Nothing: from any source.
  [[nodiscard]] const std::optional<ip_address>& source() const noexcept { return source_; }

 protected:
  membership(const ip_address& group, network_interface interface, std::optional<ip_address> source)
      : group_(group), interface_(std::move(interface)), source_(source) {}
  result<void> change(basic_socket& s, bool member) const;

 private:
  ip_address group_;
  network_interface interface_;
  std::optional<ip_address> source_;
};

/// Joins a group on an interface; without one, on that of the group's scope ("ff02::1%eth0"), else where the
/// routes lead. Being a member already is errc::address_in_use. A socket leaves its groups when it closes.
class FAIRLEAD_API join_group : public membership {
 public:
  explicit join_group(const ip_address& group, network_interface on = {})
      : membership(group, std::move(on), {}) {}
  /// Takes datagrams of one source only (RFC 4607); may be repeated with others.
  static join_group from_source(const ip_address& group, const ip_address& source,
                                network_interface on = {}) {
    return {group, std::move(on), source};
  }
  result<void> apply(basic_socket& s) const { return change(s, true); }

 private:
  using membership::membership;
};

/// Leaves what was joined in the same words; not being a member is errc::address_not_available.
class FAIRLEAD_API leave_group : public membership {
 public:
  explicit leave_group(const ip_address& group, network_interface on = {})
      : membership(group, std::move(on), {}) {}
  static leave_group from_source(const ip_address& group, const ip_address& source,
                                 network_interface on = {}) {
    return {group, std::move(on), source};
  }
  result<void> apply(basic_socket& s) const { return change(s, false); }

 private:
  using membership::membership;
};

/// Whether members on this machine get what we send, ourselves included; true by default
/// (IP_MULTICAST_LOOP, IPV6_MULTICAST_LOOP).
struct multicast_loop : detail::flag_option<multicast_loop, detail::option_id::multicast_loop> {
  using flag_option::flag_option;
};

/// Routers a multicast datagram may pass, 0 to 255; 1 by default, which stays on the link, and 0 stays on
/// this machine (IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS).
struct multicast_hops : detail::count_option<multicast_hops, detail::option_id::multicast_hops> {
  using count_option::count_option;
};

/// Where multicast datagrams leave (IP_MULTICAST_IF, IPV6_MULTICAST_IF); network_interface() asks the routes
/// again.
class FAIRLEAD_API multicast_interface {
 public:
  explicit multicast_interface(network_interface out) noexcept : out_(std::move(out)) {}
  [[nodiscard]] const network_interface& interface() const noexcept { return out_; }
  result<void> apply(basic_socket& s) const;
  /// By index, and of IPv6 sockets only: for IPv4 the kernel does not tell (errc::operation_not_supported).
  static result<multicast_interface> read(const basic_socket& s);
  friend bool operator==(const multicast_interface&, const multicast_interface&) = default;

 private:
  network_interface out_;
};

}  // namespace option

}  // namespace fairlead
