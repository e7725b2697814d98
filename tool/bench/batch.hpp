// SPDX-License-Identifier: MIT
// Many datagrams at a time where the socket can: UDP by the batch, Unix sockets one by one, in one way of
// writing it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>
#include <vector>

#include <fairlead/or_return.hpp>
#include <fairlead/task.hpp>
#include <fairlead/udp.hpp>
#include <fairlead/unix.hpp>

#include "wire/link.hpp"

namespace tool::bench_parts {

template <class Socket>
inline constexpr bool has_batches = std::is_same_v<Socket, fairlead::udp_socket>;

/// What has arrived at a socket.
template <class Socket>
class inbox {
 public:
  /// The operation that fills it: its result goes to all().
  [[nodiscard]] auto receive(Socket& s) {
    if constexpr (has_batches<Socket>) {
      return s.recv_batch(memory_);
    } else {
      return s.recv_from(memory_);
    }
  }
  /// What receive() has brought: a range of datagram_view, valid as long as `received`, until the next time.
  template <class Received>
  [[nodiscard]] decltype(auto) all(const Received& received) const {
    if constexpr (has_batches<Socket>) {
      return (memory_);
    } else {
      const auto bytes = std::span<const std::byte>(memory_).first(received.size);
      return std::array{fairlead::datagram_view{bytes, received.from}};
    }
  }

 private:
  static auto room() {
    if constexpr (has_batches<Socket>) {
      return fairlead::datagram_batch();
    } else {
      return std::vector<std::byte>(room_of(fairlead::transport::unix_datagram));
    }
  }
  std::conditional_t<has_batches<Socket>, fairlead::datagram_batch, std::vector<std::byte>> memory_ = room();
};

/// Memory for datagrams of one size that go together.
class volley {
 public:
  /// The kernel passes at most 64 datagrams and 64 KiB through its stack as one; a few of those go in one
  /// call.
  explicit volley(std::size_t size)
      : size_(size), memory_(std::clamp<std::size_t>(four_pieces / size, 1, most) * size) {
    for (std::size_t at = 0; at < memory_.size(); at += size) all_.emplace_back(memory_.data() + at, size);
  }
  [[nodiscard]] std::size_t room() const noexcept { return all_.size(); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::span<std::byte> at(std::size_t i) noexcept {
    return std::span(memory_).subspan(i * size_, size_);
  }
  [[nodiscard]] fairlead::const_buffers first(std::size_t n) const noexcept {
    return fairlead::const_buffers(all_).first(n);
  }

 private:
  static constexpr std::size_t most = 256;
  static constexpr std::size_t four_pieces = std::size_t{256} << 10U;
  std::size_t size_;
  std::vector<std::byte> memory_;
  std::vector<fairlead::const_buffer> all_;
};

/// Sends some of them to the connected peer, from the front: gives how many, at least one.
template <class Socket>
[[nodiscard]] fairlead::task<fairlead::result<std::size_t>> send_front(Socket& s, fairlead::const_buffers b) {
  if constexpr (has_batches<Socket>) {
    co_return co_await s.send_batch(b);
  } else {
    co_await fairlead::or_return(s.send(b.front()));
    co_return 1;
  }
}

/// As many as go at once to `to`; errc::operation_would_block if none does.
template <class Socket>
[[nodiscard]] fairlead::result<std::size_t> send_front_now(Socket& s, fairlead::const_buffers b,
                                                           const fairlead::endpoint& to) {
  if constexpr (has_batches<Socket>) {
    return s.send_batch(b, to).now();
  } else {
    const auto sent = s.send_to(b.front(), to).now();
    return sent ? fairlead::result<std::size_t>(1) : std::unexpected(sent.error());
  }
}

}  // namespace tool::bench_parts
