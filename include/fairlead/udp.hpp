// SPDX-License-Identifier: MIT
// UDP over IPv4 and IPv6 (udp(7)): datagrams that arrive whole or not at all.
#pragma once

#include <fairlead/datagram_batch.hpp>
#include <fairlead/socket.hpp>

namespace fairlead {

/// Gives the number of datagrams that are in the batch now: at least one.
class [[nodiscard]] recv_batch_operation : public detail::io, public leaf<recv_batch_operation> {
 public:
  using value_type = std::size_t;
  static constexpr bool composed = false;
  recv_batch_operation(detail::socket_state* s, datagram_batch& into) noexcept
      : io(detail::action::recv_batch, s) {
    extra = &into.pieces_;
  }
  recv_batch_operation(recv_batch_operation&&) noexcept = default;
  [[nodiscard]] result<std::size_t> take() const noexcept { return count; }
};

/// Gives the number of datagrams sent: at least one, from the front; of none, 0. The array and what its
/// buffers show must stay until then.
class [[nodiscard]] send_batch_operation : public detail::io, public leaf<send_batch_operation> {
 public:
  using value_type = std::size_t;
  static constexpr bool composed = false;
  send_batch_operation(detail::socket_state* s, const_buffers datagrams) noexcept
      : io(detail::action::send_batch, s) {
    use(datagrams);
  }
  send_batch_operation(detail::socket_state* s, const_buffers datagrams, const endpoint& to) noexcept
      : send_batch_operation(s, datagrams) {
    to_ = to;
    addressed_ = true;
  }
  send_batch_operation(send_batch_operation&&) noexcept = default;
  void begin() noexcept { extra = addressed_ ? &to_ : nullptr; }
  [[nodiscard]] result<std::size_t> take() const noexcept { return count; }

 private:
  endpoint to_;
  bool addressed_ = false;
};

class FAIRLEAD_API udp_socket : public datagram_socket {
 public:
  /// Unbound: the kernel picks an address and port with the first datagram sent.
  [[nodiscard]] static result<udp_socket> open(family f);
  /// Options are set before binding: bind(where, option::reuse_port(true)).
  template <class... Options>
  [[nodiscard]] static result<udp_socket> bind(const ip_endpoint& where, const Options&... options);
  [[nodiscard]] static result<udp_socket> adopt(int descriptor);
  /// Two sockets on loopback that are connected to each other.
  [[nodiscard]] static result<std::pair<udp_socket, udp_socket>> pair();

  /// What has arrived, up to what the batch holds. By segmentation offload (UDP_GRO) where the kernel has it:
  /// many times the datagrams of recv_from(). Mixes with single receives as one likes.
  recv_batch_operation recv_batch(datagram_batch& into) noexcept { return {state(), into}; }
  /// Sends each buffer as a datagram to the connected peer. Neighbours of equal size go by segmentation
  /// offload (UDP_SEGMENT) where kernel and route have it.
  send_batch_operation send_batch(const_buffers datagrams) noexcept { return {state(), datagrams}; }
  send_batch_operation send_batch(const_buffers datagrams, const endpoint& to) noexcept {
    return {state(), datagrams, to};
  }

  udp_socket() = default;
  explicit udp_socket(detail::socket_ptr s) noexcept : datagram_socket(std::move(s)) {}
};

template <class... Options>
result<udp_socket> udp_socket::bind(const ip_endpoint& where, const Options&... options) {
  result<udp_socket> s = open(where.family());
  if (!s) return s;
  result<void> done;
  ((done = done ? s->set(options) : std::move(done)), ...);
  if (done) done = detail::bind(*s->state(), where);
  if (!done) return std::unexpected(std::move(done.error()));
  return s;
}

}  // namespace fairlead
