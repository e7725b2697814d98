// SPDX-License-Identifier: MIT
// What the server does beside serving: keeps a client to its rate, sees whether anything moves, and knows
// whether anybody is there.
#pragma once

#include <algorithm>
#include <optional>
#include <utility>

#include <fairlead/or_return.hpp>
#include <fairlead/timer.hpp>

#include "access/paced_link.hpp"
#include "bench/stream_session.hpp"

namespace tool::bench_parts {

/// Who measures now, and whether anybody has: for --once.
struct attendance {
  std::uint64_t here = 0;
  bool any_came = false;
  fairlead::time_point left{};  ///< when the last of them did
};

/// One of them, as long as it lives.
class presence {
 public:
  presence() = default;
  explicit presence(attendance* in) noexcept : in_(in) {
    if (in_ != nullptr) ++in_->here, in_->any_came = true;
  }
  presence(presence&& other) noexcept : in_(std::exchange(other.in_, nullptr)) {}
  presence& operator=(presence&& other) noexcept {
    std::swap(in_, other.in_);
    return *this;
  }
  ~presence() {
    if (in_ != nullptr) --in_->here, in_->left = fairlead::clock::now();
  }

 private:
  attendance* in_ = nullptr;
};

/// What the flags say of each client.
struct session_terms {
  paces rates{};
  std::optional<fairlead::duration> idle{};
  attendance* counted = nullptr;  ///< outlives the session; may be null

  [[nodiscard]] bool need_attention() const noexcept { return idle || rates.are_bounded(); }
};

/// A socket at a bounded rate, as paced_link has it: but it tells what was sent when it is stopped in the
/// midst, and that the report depends on.
template <class Socket>
class attended {
 public:
  attended(Socket& s, const paces& rates) noexcept : inner_(s), rates_(rates) {}

  fairlead::task<fairlead::result<std::size_t>> recv(fairlead::mutable_buffer into) {
    using namespace fairlead;
    const time_point held = held_in_;
    if (held > clock::now()) co_await or_return(sleep_until(held));
    const mutable_buffer room = keeps_records<Socket> ? into : into.first(part(rates_.receiving));
    const std::size_t n = co_await or_return(inner_.recv(room));
    const time_point now = clock::now();
    last_ = now;
    held_in_ = rates_.receiving.charge(n, now);
    // Whoever asks us to stop meanwhile still gets what has come.
    if (held_in_ > now) (void)co_await sleep_until(held_in_);
    co_return n;
  }
  /// At least one byte; of a socket that keeps records, the whole.
  fairlead::task<fairlead::result<std::size_t>> send_some(fairlead::const_buffer from) {
    using namespace fairlead;
    const const_buffer next = keeps_records<Socket> ? from : from.first(part(rates_.sending));
    const time_point now = clock::now();
    held_out_ = rates_.sending.charge(next.size, now);
    if (held_out_ > now) co_await or_return(sleep_until(held_out_));
    auto sent = co_await send_piece(inner_, next);
    last_ = clock::now();
    co_return sent;
  }
  fairlead::task<fairlead::result<std::size_t>> send(fairlead::const_buffer from) {
    std::size_t done = 0;
    do done += co_await fairlead::or_return(send_some(from.after(done)));
    while (done < from.size);
    co_return done;
  }
  fairlead::task<fairlead::result<void>> shutdown() { co_return co_await inner_.shutdown(); }

  [[nodiscard]] Socket& inner() noexcept { return inner_; }
  /// When anything has moved last. What we hold back ourselves is no silence.
  [[nodiscard]] fairlead::time_point moved() const noexcept { return std::max({last_, held_in_, held_out_}); }

 private:
  static std::size_t part(const pace& p) noexcept {
    return static_cast<std::size_t>(
        std::min<std::uint64_t>(p.quantum(), std::numeric_limits<std::size_t>::max()));
  }

  Socket& inner_;
  paces rates_;
  fairlead::time_point last_ = fairlead::clock::now();
  fairlead::time_point held_in_ = fairlead::time_point::min();
  fairlead::time_point held_out_ = fairlead::time_point::min();
};

template <class Socket>
inline constexpr bool keeps_records<attended<Socket>> = keeps_records<Socket>;

template <class Socket>
void be_prompt(attended<Socket>& s) {
  be_prompt(s.inner());
}

}  // namespace tool::bench_parts
