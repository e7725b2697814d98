// SPDX-License-Identifier: MIT
#include "loop/socket_state.hpp"

#include <cerrno>
#include <mutex>
#include <string>

#include <fairlead/url.hpp>

#include "loop/loop_core.hpp"
#include "sys/descriptor.hpp"
#include "sys/socket.hpp"

namespace fairlead::detail {

namespace {

class socket_name final : public error_context {
 public:
  socket_name(transport t, const endpoint& e) : transport_(t), endpoint_(e) {}
  std::string subject() const override { return to_string(transport_, endpoint_); }

 private:
  transport transport_;
  endpoint endpoint_;
};

std::mutex naming;  // errors in both directions may be worded on two threads

constexpr std::uint8_t in_use =
    socket_state::receiving | socket_state::sending | socket_state::mailed | socket_state::ending;

}  // namespace

error_context_ptr name_of(transport t, const endpoint& e) { return error_context_ptr(new socket_name(t, e)); }

verb verb_of(action a) noexcept {
  switch (a) {
    case action::recv:
    case action::recv_exactly:
    case action::recv_message:
    case action::recv_batch:
    case action::recv_loan:
    case action::fill: return verb::recv;
    case action::recv_from: return verb::recv_from;
    case action::send_some:
    case action::send:
    case action::send_message:
    case action::send_batch:
    case action::drain: return verb::send;
    case action::send_to: return verb::send_to;
    case action::accept: return verb::accept;
    case action::connect: return verb::connect;
    case action::read: return verb::read;
    case action::write_some:
    case action::write: return verb::write;
    case action::readable:
    case action::writable: return verb::wait;
    case action::shutdown: return verb::shutdown;
    case action::sleep: return verb::sleep;
    case action::none: break;
  }
  return verb::none;
}

int socket_state::claim_slowly(std::uint8_t bit) noexcept {
  const std::uint8_t was = busy.fetch_or(bit, std::memory_order_acq_rel);
  if ((was & bit) != 0) return EBUSY;
  if ((was & closing) != 0) {
    leave(bit);
    return EBADF;
  }
  return 0;
}

// The last one on a closing socket closes the descriptor before it gives its own bit back: as long as any is
// set, nobody frees the state.
bool socket_state::leave(std::uint8_t bit) noexcept {
  std::uint8_t now = busy.load();
  for (;;) {
    const auto others = static_cast<std::uint8_t>(now & ~bit);
    const bool last = (now & closing) != 0 && (others & in_use) == 0;
    if (last && (now & closed) == 0) {
      if (!busy.compare_exchange_weak(now, now | closed)) continue;
      close_descriptor();
      now = busy.load();
    } else if (busy.compare_exchange_weak(now, others)) {
      if (last && (now & orphaned) != 0) delete this;
      return (others & closing) == 0;
    }
  }
}

void socket_state::leave_loop() noexcept {
  loop_core* l = loop.load();
  if (l == nullptr) return;
  if (l == loop_core::running()) return l->detach(*this);
  const std::lock_guard lock(loop_core::visits());
  l = loop.load();
  if (l != nullptr) l->detach(*this);
}

void socket_state::close_descriptor() noexcept {
  leave_loop();
  if (closes) sys::close(fd);
  fd = -1;
}

// A request to end what is in flight, travelling to the loop that runs it.
struct socket_state::hurry_mail final : posted {
  explicit hurry_mail(socket_state* s) noexcept : state(s) {}
  void call() override {
    for (io* op : {state->active[0], state->active[1]}) {
      if (op != nullptr) state->loop.load()->cancel(*op, cause::canceled);
    }
    state->leave(mailed);
  }
  socket_state* state;
};

// The caller has set `closing`, so no operation can begin any more; those in flight are told to end.
void socket_state::hurry(std::uint8_t was) noexcept {
  if ((was & (receiving | sending)) == 0) return;
  for (const auto& w : waker) {
    if (const int fd_to_wake = w.load(); fd_to_wake >= 0) sys::add_event(fd_to_wake);
  }
  loop_core* l = nullptr;
  {
    const std::lock_guard lock(loop_core::visits());
    l = loop.load();
    if (l == nullptr) return;
    if (!l->is_here()) {
      busy.fetch_or(mailed);
      return l->deliver(*new hurry_mail(this));
    }
  }
  for (io* op : {active[0], active[1]}) {
    if (op != nullptr) l->evict(*op);
  }
}

int socket_state::close() noexcept {
  const std::uint8_t was = busy.fetch_or(closing);
  if ((was & closing) != 0) return EBADF;
  busy.fetch_or(ending);
  hurry(was);
  leave(ending);
  return 0;
}

void socket_state::drop() noexcept {
  const std::uint8_t was = busy.fetch_or(closing | orphaned | ending);
  if ((was & closing) == 0) hurry(was);
  leave(ending);
}

int socket_state::release_descriptor(int& descriptor) noexcept {
  std::uint8_t now = busy.load();
  do {
    if ((now & closing) != 0) return EBADF;
    if ((now & in_use) != 0) return EBUSY;
  } while (!busy.compare_exchange_weak(now, now | closing | closed));
  if (unread) {
    // Bytes of the stream are here and no more in the descriptor: whoever gets it would miss them.
    busy.fetch_and(static_cast<std::uint8_t>(~(closing | closed)));
    return EBUSY;
  }
  leave_loop();
  descriptor = std::exchange(fd, -1);
  return 0;
}

void socket_state::connected_to(const endpoint& e, error_context_ptr called) noexcept {
  const std::lock_guard lock(naming);
  has_peer = e.is_ip();
  if (has_peer) peer = e.ip();
  name = std::move(called);
}

error_context_ptr socket_state::subject() {
  const std::lock_guard lock(naming);
  if (name) return name;
  if (kind != channel::socket) return {};
  endpoint where;
  if (has_peer) {
    where = peer;
  } else if (fd < 0) {
    return {};
  } else if (!sys::peer_endpoint(fd, where).ok() || where.is_unspecified() ||
             (where.is_unix() && where.unix_socket().is_unnamed())) {
    (void)sys::local_endpoint(fd, where);
  }
  if (where.is_ip() && where.ip().port().is_any()) return {};  // not bound yet
  name = name_of(carries, where);
  return name;
}

}  // namespace fairlead::detail
