// SPDX-License-Identifier: MIT
#include "loop/perform.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

#include <fairlead/splice.hpp>

#include "loop/batches.hpp"
#include "loop/leftover.hpp"
#include "loop/lending.hpp"
#include "loop/loop_core.hpp"
#include "loop/socket_state.hpp"
#include "sys/adopted.hpp"
#include "sys/descriptor.hpp"
#include "sys/socket.hpp"
#include "sys/splice.hpp"

namespace fairlead::detail {

namespace {

// A composed operation moves this many pieces before others get their turn (rule 13).
constexpr int pieces_in_a_row = 16;
// An accept that finds the descriptors exhausted waits this long before it says so: a loop that merely goes
// on accepting then neither spins nor loses the connection, which stays in the backlog.
constexpr auto exhaustion_pause = std::chrono::milliseconds(50);

// Empty pieces in front are passed over: with nothing but them among the 1024 that a system call takes, it
// would say 0, and that is how a stream ends.
template <class Buffer>
std::span<const Buffer> pieces_of(const io& op) noexcept {
  std::span<const Buffer> all(static_cast<const Buffer*>(op.data), op.size);
  while (!all.empty() && all.front().size == 0) all = all.subspan(1);
  return all;
}

const_buffers to_read(const io& op, const_buffer& one) noexcept {
  if (op.is(traits::vectored)) return pieces_of<const_buffer>(op);
  one = const_buffer(op.data, op.size);
  return {&one, 1};
}

progress settle(io& op, const sys::outcome& r) noexcept {
  if (r.would_block()) return progress::blocked;
  op.code = r.code;
  op.count = r.count;
  return progress::ended;
}

sys::outcome receive(io& op) noexcept {
  socket_state& s = *op.target;
  mutable_buffer one;
  const bool nothing = op.is(traits::vectored) ? to_fill(op, one).empty() : op.size == 0;
  if (nothing && !s.is_record()) return {};  // asked for nothing: done, whatever there is
  if (s.unread) return take_kept(op);
  if (s.kind == channel::pipe) {
    // No flag makes one read(2) non-blocking everywhere, so a blocking descriptor is asked first.
    if (s.blocking && !sys::is_ready(s.fd, sys::readiness::readable)) return {EAGAIN, 0};
    return sys::read(s.fd, to_fill(op, one));
  }
  if (s.glued) return receive_cut(op);
  if (s.is_record()) {
    // Linux can tell of the end of a seqpacket too early: it looks for a record, finds none, and then sees
    // that the peer, who has sent one meanwhile, has closed (net/unix/af_unix.c, seen on 6.18). Asked again
    // it gives the record.
    const sys::outcome r = sys::recv_record(s.fd, to_fill(op, one));
    const bool over = r.ok() && r.count == 0 && s.carries == transport::unix_seqpacket;
    return over && sys::has_hung_up(s.fd) ? sys::recv_record(s.fd, to_fill(op, one)) : r;
  }
  if (op.is(traits::vectored)) return sys::recv_vectored(s.fd, to_fill(op, one));
  return sys::recv(s.fd, {op.data, op.size});
}

// A block is taken when there may be something to put into it, and given back if there is nothing.
progress receive_lent(io& op) noexcept {
  socket_state& s = *op.target;
  if (op.extra == nullptr) {
    lending_pool* const pool = lending_pool::here();
    op.extra = pool != nullptr ? pool->take() : nullptr;
    if (op.extra == nullptr) return settle(op, {ENOMEM, 0});
  }
  op.data = static_cast<lent_block*>(op.extra)->bytes();
  op.size = lent_block::capacity;
  const bool kept = s.unread != nullptr;
  const progress p = settle(op, receive(op));
  if (p == progress::blocked || op.count == 0)
    give_back(static_cast<lent_block*>(std::exchange(op.extra, nullptr)));
  return p == progress::ended && !kept && tells_drained(op) ? progress::drained : p;
}

// A datagram in more pieces than one call takes cannot go whole.
bool too_many(const_buffers pieces) noexcept { return pieces.size() > IOV_MAX; }

sys::outcome transmit(io& op) noexcept {
  const socket_state& s = *op.target;
  if (!op.is(traits::vectored)) return sys::send(s.fd, {op.data, op.size});
  const_buffer one;
  const const_buffers pieces = to_read(op, one);
  if (s.is_record() && too_many(pieces)) return {EMSGSIZE, 0};
  return sys::send_vectored(s.fd, pieces);
}

// Moves what is left, piece by piece, for the operations that promise everything.
template <class Once>
progress everything(io& op, Once once) noexcept {
  for (int i = 0; i < pieces_in_a_row; ++i) {
    const sys::outcome r = once(op.count);
    if (r.would_block()) return progress::blocked;
    if (!r.ok()) {
      op.code = r.code;
      return progress::ended;
    }
    if (!wants_more(op, r.count)) return progress::ended;
  }
  return progress::again;
}

sys::outcome recv_rest(io& op, std::size_t done) noexcept {
  socket_state& s = *op.target;
  const mutable_buffer rest = mutable_buffer(op.data, op.size).after(done);
  if (s.unread) return take_kept(op);
  return sys::recv(s.fd, rest);
}

// The part of a gathered send that is left after `done` bytes: a window over the caller's array, whose first
// buffer may have to be cut.
sys::outcome gather_rest(io& op, std::size_t done,
                         sys::outcome (*call)(int, const_buffers) noexcept) noexcept {
  constexpr std::size_t window = 16;
  const_buffers all(static_cast<const const_buffer*>(op.data), op.size);
  while (!all.empty() && done >= all.front().size) {
    done -= all.front().size;
    all = all.subspan(1);
  }
  if (all.empty()) return {};
  if (done == 0) return call(op.target->fd, all);
  const_buffer cut[window];
  const std::size_t n = std::min(window, all.size());
  std::copy_n(all.begin(), n, cut);
  cut[0] = cut[0].after(done);
  return call(op.target->fd, {cut, n});
}

sys::outcome send_rest(io& op, std::size_t done) noexcept {
  if (op.is(traits::vectored)) return gather_rest(op, done, &sys::send_vectored);
  return sys::send(op.target->fd, const_buffer(op.data, op.size).after(done));
}

// A blocking pipe that polls as writable has room for a page, and takes that much without blocking (pipe(7)).
sys::outcome write_patiently(int fd, const_buffers b) noexcept {
  constexpr std::size_t window = 16;
  if (!sys::is_ready(fd, sys::readiness::writable)) return {EAGAIN, 0};
  const_buffer cut[window];
  std::size_t n = 0;
  for (std::size_t room = PIPE_BUF; n < window && n < b.size() && room > 0; ++n) {
    cut[n] = b[n].first(room);
    room -= cut[n].size;
  }
  return sys::write(fd, {cut, n});
}

sys::outcome write_rest(io& op, std::size_t done) noexcept {
  const auto call = op.target->blocking ? &write_patiently : &sys::write;
  if (op.is(traits::vectored)) return gather_rest(op, done, call);
  const const_buffer rest = const_buffer(op.data, op.size).after(done);
  return call(op.target->fd, {&rest, 1});
}

progress accept(io& op) noexcept {
  socket_state& s = *op.target;
  if (s.unread) return settle(op, take_kept(op));
  // A blocking descriptor can only have been adopted, and accept4 has no flag for one call.
  if (s.blocking && !sys::is_ready(s.fd, sys::readiness::readable)) return progress::blocked;
  for (;;) {
    const sys::outcome r = sys::accept(s.fd, static_cast<endpoint*>(op.extra));
    // The peer left between its handshake and now; there may be another one behind (accept(2)).
    if (r.code == ECONNABORTED || r.code == EPROTO) continue;
    const bool exhausted = r.code == EMFILE || r.code == ENFILE || r.code == ENOBUFS || r.code == ENOMEM;
    if (exhausted && static_cast<timed_io&>(op).pauses == 0) {
      op.code = r.code;
      return progress::pause;
    }
    return settle(op, r);
  }
}

progress connect(io& op) noexcept {
  socket_state& s = *op.target;
  const endpoint& peer = *static_cast<const endpoint*>(op.extra);
  // An attempt goes on in the kernel when its operation has ended early. The next one takes it up, unless it
  // is for somebody else.
  if (s.connecting && peer != endpoint(s.peer)) return settle(op, {EALREADY, 0});
  const sys::outcome r = s.connecting ? sys::connected(s.fd) : sys::connect(s.fd, peer);
  // A Unix listener with a full backlog starts no attempt, and announces no room.
  if (r.would_block() && s.domain == family::unix_domain) {
    op.code = r.code;
    return progress::pause;
  }
  s.connecting = r.would_block();
  if (s.connecting) s.peer = peer.ip();
  if (r.ok()) {
    s.finished = false;  // an unconnected TCP socket counts as hung up
    s.connected_to(peer);
  }
  return settle(op, r);
}

progress send_to(io& op) noexcept {
  const_buffer one;
  socket_state& s = *op.target;
  const const_buffers pieces = to_read(op, one);
  if (too_many(pieces)) return settle(op, {EMSGSIZE, 0});
  const sys::outcome r = sys::send_to(s.fd, pieces, *static_cast<const endpoint*>(op.extra));
  // A full queue at an unconnected receiver is not announced: our own socket counts as writable.
  if (r.would_block() && s.carries == transport::unix_datagram) {
    op.code = r.code;
    return progress::pause;
  }
  return settle(op, r);
}

progress message(io& op) noexcept {
  auto& p = *static_cast<parcel*>(op.extra);
  if (op.what == action::send_message) {
    // Without a byte to travel with, a stream would lose them without a word.
    if (op.size == 0 && !p.outgoing.empty() && !op.target->is_record()) return settle(op, {EINVAL, 0});
    const_buffer one;
    return settle(op, sys::send_descriptors(op.target->fd, to_read(op, one), p.outgoing));
  }
  if (op.target->unread) return settle(op, take_kept(op));
  mutable_buffer one;
  return settle(
      op, sys::recv_descriptors(op.target->fd, to_fill(op, one), p.room, p.arrived, op.target->is_record()));
}

// Into a pipe that must be empty: what is full looks like what has nothing (EAGAIN), and no edge would come.
sys::outcome fill(io& op) noexcept {
  socket_state& s = *op.target;
  pipe_ends& pipe = *static_cast<pipe_ends*>(op.extra);
  if (pipe.writing < 0) return {EBADF, 0};
  if (pipe.held > 0) return {ENOBUFS, 0};
  if (s.is_record() || s.listening || s.blocking) return {EINVAL, 0};
  const auto once = [&] {
    return s.unread ? take_kept(s, pipe.writing) : sys::splice_in(s.fd, pipe.writing, pipe.capacity);
  };
  sys::outcome r = once();
  // Splicing stops before a byte of urgent data for good, and recv(2) does not: it would block although there
  // is something, or take it for the end.
  if (s.kind == channel::socket && s.carries == transport::tcp) {
    // epoll tells of urgent data, and then calls us again.
    const bool told = s.registered && !s.finished;
    if (r.would_block() && !told && sys::is_ready(s.fd, sys::readiness::readable)) {
      r = once();
      if (r.would_block()) return {EINVAL, 0};
    }
    if (r.ok() && r.count == 0 && sys::has_bytes(s.fd)) return {EINVAL, 0};
  }
  // So it may with a socket that somebody gave us as a descriptor, and nobody knows of what kind.
  if (s.kind == channel::pipe && r.count == 0 && (r.ok() || r.would_block()) && sys::is_socket(s.fd)) {
    return {EINVAL, 0};
  }
  pipe.held = r.count;
  return r;
}

sys::outcome drain(io& op) noexcept {
  socket_state& s = *op.target;
  pipe_ends& pipe = *static_cast<pipe_ends*>(op.extra);
  if (pipe.reading < 0) return {EBADF, 0};
  if (pipe.held == 0) return {};
  if (s.is_record() || s.listening || s.blocking) return {EINVAL, 0};
  const sys::outcome r = sys::splice_out(pipe.reading, s.fd, pipe.held);
  if (r.ok() && r.count == 0) return {EINVAL, 0};  // some devices; copying will tell
  pipe.held -= r.count;
  return r;
}

// op.size says which half.
sys::outcome shut(io& op) noexcept {
  socket_state& s = *op.target;
  const sys::outcome r = sys::shutdown(s.fd, static_cast<sys::half>(op.size));
  if (s.kind == channel::socket || (r.code != 0 && r.code != ENOTSOCK)) return r;
  // Only by closing it can the end of a pipe be told; that happens when this operation gives its direction
  // back.
  s.busy.fetch_or(socket_state::closing);
  if (s.stands_for >= 0) sys::end_output(s.stands_for);
  return {};
}

progress readiness(io& op, sys::readiness what) noexcept {
  return sys::is_ready(op.target->fd, what) ? progress::ended : progress::blocked;
}

}  // namespace

mutable_buffers to_fill(const io& op, mutable_buffer& one) noexcept {
  if (op.is(traits::vectored)) return pieces_of<mutable_buffer>(op);
  one = mutable_buffer(op.data, op.size);
  return {&one, 1};
}

bool wants_more(io& op, std::size_t bytes) noexcept {
  op.count += bytes;
  if (op.what == action::recv_exactly) {
    if (bytes == 0 && op.count < op.size) op.code = -static_cast<int>(fault::end_of_stream);
    return bytes != 0 && op.count < op.size;
  }
  if (!op.is(traits::vectored)) return op.count < op.size;
  std::size_t total = 0;
  for (const const_buffer& b : const_buffers(static_cast<const const_buffer*>(op.data), op.size))
    total += b.size;
  return op.count < total;
}

duration pause_for(io& op) noexcept {
  auto& pauses = static_cast<timed_io&>(op).pauses;
  if (op.what == action::accept) {
    pauses = 1;
    return exhaustion_pause;
  }
  const duration d = std::chrono::milliseconds(1) * (1 << std::min<int>(pauses, 4));
  if (pauses < 4) ++pauses;
  return d;
}

progress failed_once(io& op, int code) noexcept {
  return code == EINTR ? perform_any(op) : settle(op, {code == EWOULDBLOCK ? EAGAIN : code, 0});
}

progress perform_any(io& op) noexcept {
  op.code = 0;
  switch (op.what) {
    case action::recv: return settle(op, receive(op));
    case action::recv_exactly:
      if (op.size == 0) return progress::ended;
      return everything(op, [&op](std::size_t done) { return recv_rest(op, done); });
    case action::recv_from: {
      if (op.target->unread) return settle(op, take_kept(op));
      if (op.target->glued) return settle(op, receive_cut(op));
      mutable_buffer one;
      return settle(op, sys::recv_from(op.target->fd, to_fill(op, one), *static_cast<endpoint*>(op.extra)));
    }
    case action::send_some: return settle(op, transmit(op));
    case action::send:
      if (op.target->is_record()) return settle(op, transmit(op));
      return everything(op, [&op](std::size_t done) { return send_rest(op, done); });
    case action::send_to: return send_to(op);
    case action::recv_message:
    case action::send_message: return message(op);
    case action::recv_batch: return settle(op, receive_batch(op));
    case action::recv_loan: return receive_lent(op);
    case action::send_batch: return settle(op, transmit_batch(op));
    case action::accept: return accept(op);
    case action::connect: return connect(op);
    case action::read: return settle(op, receive(op));
    case action::write_some: return settle(op, write_rest(op, 0));
    case action::write: return everything(op, [&op](std::size_t done) { return write_rest(op, done); });
    case action::readable:
      if (op.target->unread) return progress::ended;
      return readiness(op, sys::readiness::readable);
    case action::writable: return readiness(op, sys::readiness::writable);
    case action::shutdown: return settle(op, shut(op));
    case action::fill: return settle(op, fill(op));
    case action::drain: return settle(op, drain(op));
    case action::sleep:
    case action::none: break;
  }
  return progress::blocked;
}

void last_attempt(io& op) noexcept {
  // A connect that has not begun must not begin now.
  const bool pointless =
      op.asked == cause::abandoned || (op.what == action::connect && !op.target->connecting);
  if (pointless || !has_ended(perform(op))) op.code = code_of(op.asked);
}

}  // namespace fairlead::detail
