// SPDX-License-Identifier: MIT
// What the library keeps for one descriptor: it stays in place while the socket object is moved, and outlives
// it while operations are in flight. docs/design/lifetimes.md tells the story of `busy`.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include <fairlead/address.hpp>
#include <fairlead/datagram_batch.hpp>
#include <fairlead/operation.hpp>

#include "loop/leftover.hpp"

namespace fairlead::detail {

enum class direction : std::uint8_t { in = 0, out = 1 };

/// Which direction of a socket an operation occupies (rule 8: one operation in each).
[[nodiscard]] inline direction direction_of(const io& op) noexcept {
  return static_cast<direction>(op.has & traits::out);
}
[[nodiscard]] verb verb_of(action a) noexcept;

/// What kind of descriptor: how it is read, and how errors name it.
enum class channel : std::uint8_t { socket, pipe };

struct socket_state {
  socket_state(int descriptor, channel k) noexcept : fd(descriptor), kind(k), bytes(false) {}
  socket_state(int descriptor, transport t, family f) noexcept
      : fd(descriptor),
        kind(channel::socket),
        bytes(t == transport::tcp || t == transport::unix_stream),
        carries(t),
        domain(f) {}
  socket_state(const socket_state&) = delete;
  socket_state& operator=(const socket_state&) = delete;

  // Bits of `busy`. The last to leave a closing socket closes the descriptor; an orphan it frees as well.
  static constexpr std::uint8_t receiving = 1;
  static constexpr std::uint8_t sending = 2;
  static constexpr std::uint8_t mailed = 4;  // a request to hurry travels to the loop
  static constexpr std::uint8_t closing = 8;
  static constexpr std::uint8_t orphaned = 16;
  static constexpr std::uint8_t closed = 32;
  static constexpr std::uint8_t ending = 64;  // close() or the destructor is at work

  // In an order that leaves no gaps: a server has one of these for every connection.
  int fd;
  std::atomic<std::uint8_t> busy{0};
  const channel kind;
  const bool bytes;  // a socket of bytes, without boundaries
  transport carries = transport::tcp;
  family domain = family::unspecified;
  bool listening = false;
  bool connecting = false;  // a non-blocking connect is under way
  bool closes = true;       // false for descriptors that are only borrowed
  bool blocking = false;    // adopted so: its flags are shared with others, and stay

  // Owned by the loop's thread while attached. A clear bit of `ready` means: the kernel said would_block, and
  // an edge will come; so the next operation waits without asking again.
  bool finished = false;  // hang-up, error or urgent data seen: short counts prove nothing any more
  bool ready[2] = {true, true};
  bool registered = false;  // with epoll, which tells of changes from then on

  // The kernel may glue datagrams together when they are received by the batch (docs/design/datagrams.md);
  // `scissors` then cuts apart those that are received singly. Belongs to the receiving direction.
  bool glued = false;
  bool sends_singly = false;  // no segmentation offload on its way; belongs to the sending direction
  bool has_peer = false;
  std::uint32_t slot = 0;
  std::atomic<loop_core*> loop{nullptr};
  io* active[2] = {nullptr,
                   nullptr};  // what the loop runs in each direction, until its coroutine has it back

  /// What had arrived for an operation whose coroutine was destroyed before it ran again. Belongs to whoever
  /// has the receiving direction.
  std::unique_ptr<leftover> unread;
  std::unique_ptr<datagram_pieces> scissors;
  error_context_ptr name;  // made when first needed
  ip_endpoint peer;        // whom connecting is about; then kept, because the kernel forgets it after a reset

  std::array<std::atomic<int>, 2> waker{-1, -1};  // wakes the thread blocked in this direction
  int stands_for = -1;                            // the standard stream whose end comes with ours

  /// What accepted connections inherit, in one number.
  [[nodiscard]] std::size_t kind_number() const noexcept {
    return static_cast<std::size_t>(carries) << 8U | static_cast<std::size_t>(domain);
  }
  [[nodiscard]] static std::pair<transport, family> kind_from(std::size_t number) noexcept {
    return {static_cast<transport>(number >> 8U), static_cast<family>(number & 0xffU)};
  }

  [[nodiscard]] bool is_record() const noexcept { return kind == channel::socket && !bytes; }
  /// Errors speak of this peer from now on; of none if it is unspecified. Without a name they find one when
  /// they need it.
  void connected_to(const endpoint& e, error_context_ptr called = {}) noexcept;
  [[nodiscard]] bool is_closing() const noexcept { return (busy.load() & closing) != 0; }

  /// Takes a direction for an operation: 0, EBUSY, or EBADF once closing.
  int claim(direction d) noexcept { return claim_at_once(d) ? 0 : claim_slowly(bit_of(d)); }
  /// The usual case of claim(): nothing else happens at this socket. False says nothing yet.
  bool claim_at_once(direction d) noexcept {
    std::uint8_t idle = 0;
    return busy.compare_exchange_strong(idle, bit_of(d), std::memory_order_acq_rel,
                                        std::memory_order_relaxed);
  }
  /// False: the socket is closing, and may be gone already.
  bool release(direction d) noexcept {
    std::uint8_t alone = bit_of(d);
    return busy.compare_exchange_strong(alone, 0) || leave(bit_of(d));
  }
  /// "tcp://192.0.2.1:80": the peer if there is one, else the local end. Null while there is neither.
  [[nodiscard]] error_context_ptr subject();

  /// Ends operations in flight and closes the descriptor when the last has ended; at once if there are none
  /// or they belong to this thread's loop. 0, or EBADF if it was closed before.
  int close() noexcept;
  /// The owner goes: as close(), and the state is freed by whoever leaves last.
  void drop() noexcept;
  /// Takes the descriptor out, or EBUSY while operations are in flight.
  int release_descriptor(int& descriptor) noexcept;

 private:
  static constexpr std::uint8_t bit_of(direction d) noexcept {
    static_assert(receiving == 1 && sending == 2);
    return static_cast<std::uint8_t>(1U + static_cast<unsigned>(d));
  }
  int claim_slowly(std::uint8_t bit) noexcept;
  void hurry(std::uint8_t was) noexcept;
  bool leave(std::uint8_t bit) noexcept;
  void leave_loop() noexcept;
  void close_descriptor() noexcept;
  struct hurry_mail;
};

void part_slowly(io& op) noexcept;
/// `op` has ended: gives its direction back. What an error or an accepted connection needs to know of the
/// socket is put down first, for another thread may destroy the socket at any time.
inline void part(io& op) noexcept {
  if (op.code != 0 || op.is(traits::second_look)) [[unlikely]] {
    return part_slowly(op);
  }
  if (!op.target->release(direction_of(op))) op.target = nullptr;
}

/// The subject of errors about an endpoint: "tcp://[::1]:9".
[[nodiscard]] error_context_ptr name_of(transport t, const endpoint& e);

}  // namespace fairlead::detail
