// SPDX-License-Identifier: MIT
// Memory for many datagrams and what arrived in it: udp_socket::recv_batch(). docs/design/datagrams.md says
// how the kernel hands over many at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include <fairlead/address.hpp>
#include <fairlead/export.hpp>

namespace fairlead {

namespace detail {

/// What one piece of memory holds: datagrams of `each` bytes, of which the last may be shorter.
struct datagram_piece {
  std::size_t size = 0;
  std::size_t each = 0;
  endpoint from;
};

struct FAIRLEAD_API datagram_pieces {
  /// Whatever UDP can carry fits, glued together or alone.
  static constexpr std::size_t piece_size = std::size_t{64} << 10U;

  explicit datagram_pieces(std::size_t most);
  datagram_pieces(datagram_pieces&& other) noexcept
      : memory(std::exchange(other.memory, nullptr)),
        pieces(std::move(other.pieces)),
        used(std::exchange(other.used, 0)),
        datagrams(std::exchange(other.datagrams, 0)),
        lost(other.lost) {}
  datagram_pieces& operator=(datagram_pieces&&) = delete;
  ~datagram_pieces();

  [[nodiscard]] std::byte* at(std::size_t piece) const noexcept { return memory + piece * piece_size; }
  /// Piece `i` holds `size` bytes now, in datagrams of `each`; 0: it is one datagram.
  void fill(std::size_t i, std::size_t size, std::size_t each) noexcept;
  void clear() noexcept { used = datagrams = 0; }

  std::byte* memory;
  std::vector<datagram_piece> pieces;
  std::size_t used = 0;       // pieces
  std::size_t datagrams = 0;  // in them
  std::uint32_t lost = 0;
};

}  // namespace detail

/// A datagram in a batch: valid until the batch receives again or goes.
struct datagram_view {
  std::span<const std::byte> bytes;
  const endpoint& from;
};

/// Holds what one recv_batch() gave; a forward range of datagram_view. Move only, and not while an operation
/// fills it.
class FAIRLEAD_API datagram_batch {
 public:
  /// Memory for `pieces` pieces of 64 KiB, each for up to 64 datagrams that arrived together; at least one.
  explicit datagram_batch(std::size_t pieces = 8) : pieces_(pieces == 0 ? 1 : pieces) {}

  [[nodiscard]] std::size_t size() const noexcept { return pieces_.datagrams; }
  [[nodiscard]] bool empty() const noexcept { return pieces_.datagrams == 0; }
  /// What the kernel has dropped at this socket for want of room in its receive buffer, since it was made
  /// (SO_RXQ_OVFL, socket(7)). It tells with the next datagram that it delivers, counts datagrams that came
  /// together as one, and wraps at 2^32.
  [[nodiscard]] std::uint32_t lost() const noexcept { return pieces_.lost; }

  class iterator {
   public:
    using value_type = datagram_view;
    using difference_type = std::ptrdiff_t;

    iterator() = default;
    [[nodiscard]] datagram_view operator*() const noexcept {
      const detail::datagram_piece& p = all_->pieces[piece_];
      const std::size_t left = p.size - offset_;
      return {{all_->at(piece_) + offset_, left < p.each ? left : p.each}, p.from};
    }
    iterator& operator++() noexcept {
      const detail::datagram_piece& p = all_->pieces[piece_];
      offset_ += p.each;
      if (offset_ >= p.size) ++piece_, offset_ = 0;
      return *this;
    }
    iterator operator++(int) noexcept {
      const iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const iterator& a, const iterator& b) noexcept {
      return a.piece_ == b.piece_ && a.offset_ == b.offset_;
    }

   private:
    friend class datagram_batch;
    iterator(const detail::datagram_pieces* all, std::size_t piece) noexcept : all_(all), piece_(piece) {}
    const detail::datagram_pieces* all_ = nullptr;
    std::size_t piece_ = 0;
    std::size_t offset_ = 0;
  };
  [[nodiscard]] iterator begin() const noexcept { return {&pieces_, 0}; }
  [[nodiscard]] iterator end() const noexcept { return {&pieces_, pieces_.used}; }

 private:
  friend class recv_batch_operation;
  detail::datagram_pieces pieces_;
};

}  // namespace fairlead
