// SPDX-License-Identifier: MIT
#include <fairlead/splice.hpp>

#include <algorithm>
#include <utility>

#include "loop/loop_core.hpp"
#include "loop/socket_state.hpp"
#include "sys/descriptor.hpp"
#include "sys/splice.hpp"

namespace fairlead {

namespace {

// When to splice: once more than a third of what is received comes in large pieces, for a while (a receive in
// between may have met the end of what was there). When to copy again: after some small ones in a row. For
// those the system calls weigh more than the copying does, and a pipe takes two calls to open.
constexpr std::size_t large_piece = 32768;
constexpr std::uint8_t large_counts = 2;
constexpr std::uint8_t enough = 8;
constexpr std::size_t small_piece = 16384;
constexpr std::uint8_t small_in_a_row = 8;

// Smaller pipes are what is left to a user who has too many; they are not worth their system calls.
constexpr std::size_t smallest_pipe = 65536;

// One receive or one send of bytes.
class [[nodiscard]] piece_operation : public detail::io, public leaf<piece_operation> {
 public:
  using value_type = std::size_t;
  [[maybe_unused]] static constexpr bool composed = false;
  piece_operation(detail::action a, detail::socket_state* s, mutable_buffer b) noexcept : io(a, s) { use(b); }
  piece_operation(detail::action a, detail::socket_state* s, const_buffer b) noexcept : io(a, s) { use(b); }
  piece_operation(piece_operation&&) noexcept = default;
  [[nodiscard]] result<std::size_t> take() const noexcept { return count; }
};

detail::action receiving(const detail::socket_state* s) noexcept {
  return s != nullptr && s->kind == detail::channel::pipe ? detail::action::read : detail::action::recv;
}
detail::action sending(const detail::socket_state* s) noexcept {
  return s != nullptr && s->kind == detail::channel::pipe ? detail::action::write_some
                                                          : detail::action::send_some;
}

// What is no socket is read and written, whatever moved the bytes.
std::unexpected<error> failed_at(const detail::socket_state* s, const error& e, verb of_foreign) {
  const bool foreign = s != nullptr && s->kind == detail::channel::pipe;
  return std::unexpected(foreign ? e.reworded(of_foreign, e.subject()) : e);
}

// The pages of a pipe or a file are small, and so many of them in TCP's packets cost more than copying them
// into a few large ones (docs/design/relay.md).
bool costs_more(const detail::socket_state* from, const detail::socket_state* to) noexcept {
  return from->kind == detail::channel::pipe && to != nullptr && to->kind == detail::channel::socket &&
         to->carries == transport::tcp;
}

// Splicing is impossible here; EPERM and ENOSYS are what seccomp profiles say. None of them would be the
// fault of the peer.
bool cannot_be_spliced(const error& e) noexcept {
  return e == errc::invalid_argument || e == errc::function_not_supported ||
         e == errc::operation_not_supported || e == errc::operation_not_permitted;
}

}  // namespace

result<splice_pipe> splice_pipe::open(std::size_t wanted) {
  int ends[2] = {-1, -1};
  const sys::outcome r = sys::open_pipe_of(wanted, ends);
  if (!r.ok()) return std::unexpected(error::about(static_cast<errc>(r.code), verb::open, "pipe"));
  splice_pipe made;
  made.ends_ = {ends[0], ends[1], r.count, 0};
  return made;
}

result<std::size_t> splice_pipe::read(mutable_buffer into) noexcept {
  if (ends_.held == 0 || into.size == 0) return 0;
  const sys::outcome r = sys::read(ends_.reading, {&into, 1});
  if (!r.ok()) return std::unexpected(error::about(static_cast<errc>(r.code), verb::read, "pipe"));
  ends_.held -= r.count;
  return r.count;
}

void splice_pipe::close() noexcept {
  const detail::pipe_ends had = std::exchange(ends_, {});
  sys::close(had.reading);
  sys::close(had.writing);
}

conveyor::~conveyor() { delete[] memory_; }

mutable_buffer conveyor::memory() {
  if (memory_ == nullptr) memory_ = new std::byte[piece_];
  return {memory_, piece_};
}

// A loop that polls would find the next piece as soon as it begins to arrive: many small ones, where sleeping
// makes few large ones, and a core that burns meanwhile.
void conveyor::let_it_pile_up(std::size_t bytes) const noexcept {
  if (bytes < large_piece && !splices()) return;
  const detail::task_context* const here = detail::current_context();
  if (here != nullptr && here->loop != nullptr) here->loop->moved_much();
}

// A piece was copied.
void conveyor::copied(std::size_t bytes) {
  if (never_ || costs_more(from_, to_)) return;
  if (bytes < std::min(piece_, large_piece)) {
    if (streak_ > 0) --streak_;
    return;
  }
  streak_ += large_counts;
  if (streak_ < enough) return;
  streak_ = 0;
  result<splice_pipe> made = splice_pipe::open();
  // Without descriptors to spare it goes on copying, and asks again after as many pieces.
  if (made && made->capacity() >= smallest_pipe) pipe_ = std::move(*made);
}

// What is in the pipe came into it by one splice.
void conveyor::spliced(std::size_t bytes) noexcept {
  streak_ = static_cast<std::uint8_t>(bytes < small_piece ? streak_ + 1 : 0);
}

void conveyor::stop_splicing() noexcept {
  streak_ = 0;
  if (pipe_.held() == 0) pipe_.close();
}

void conveyor::give_up_splicing() noexcept {
  never_ = true;
  stop_splicing();
}

// What cannot be spliced to the other side is copied out of the pipe.
result<void> conveyor::spill() {
  const mutable_buffer into = memory();
  const result<std::size_t> n = pipe_.read(into);
  if (!n) return std::unexpected(n.error());
  rest_ = const_buffer(into.data, *n);
  if (pipe_.held() == 0) pipe_.close();
  return {};
}

task<result<std::size_t>> conveyor::move(time_point deadline) {
  const bool bounded = deadline != time_point::max();
  while (held() == 0) {
    result<std::size_t> n = 0;
    const bool splicing = pipe_.is_open();
    if (splicing) {
      splice_operation fill(detail::action::fill, from_, pipe_.ends_);
      if (bounded) {
        n = co_await std::move(fill).until(deadline);
      } else {
        n = co_await std::move(fill);
      }
      if (!n && cannot_be_spliced(n.error())) {
        give_up_splicing();
        continue;
      }
    } else {
      const mutable_buffer into = memory();
      piece_operation receive(receiving(from_), from_, into);
      if (bounded) {
        n = co_await std::move(receive).until(deadline);
      } else {
        n = co_await std::move(receive);
      }
      if (n) rest_ = const_buffer(into.data, *n);
    }
    if (!n) co_return failed_at(from_, n.error(), verb::read);
    if (*n == 0) co_return 0;
    let_it_pile_up(*n);
    if (splicing) {
      spliced(*n);
    } else {
      copied(*n);
    }
  }
  while (rest_.size == 0) {
    result<std::size_t> n = 0;
    splice_operation drain(detail::action::drain, to_, pipe_.ends_);
    if (bounded) {
      n = co_await std::move(drain).until(deadline);
    } else {
      n = co_await std::move(drain);
    }
    if (!n && cannot_be_spliced(n.error())) {
      give_up_splicing();
      const result<void> done = spill();
      if (!done) co_return std::unexpected(done.error());
      continue;
    }
    if (streak_ >= small_in_a_row && pipe_.held() == 0) stop_splicing();
    if (!n) co_return failed_at(to_, n.error(), verb::write);
    let_it_pile_up(*n);
    co_return n;
  }
  result<std::size_t> n = 0;
  piece_operation send(sending(to_), to_, rest_);
  if (bounded) {
    n = co_await std::move(send).until(deadline);
  } else {
    n = co_await std::move(send);
  }
  if (n) {
    rest_ = rest_.after(*n);
    let_it_pile_up(*n);
  }
  co_return n;
}

}  // namespace fairlead
