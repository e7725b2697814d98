// SPDX-License-Identifier: MIT
#include "fault/layer.hpp"

#include <algorithm>
#include <random>
#include <span>
#include <vector>

#include <fairlead/condition.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/timer.hpp>

#include "wire/link_layer.hpp"

namespace tool::faults {

namespace {

using namespace fairlead;

// What the two layers of a conversation know of each other.
struct conversation {
  time_point began = clock::now();
  time_point reset_at = time_point::max();
  std::string reset_reason;
  int ended = 0;  // senders that have finished or gone
  condition changed;
  std::shared_ptr<ledger> done = std::make_shared<ledger>();
};

// Nothing runs but what the caller awaits: while it waits for what is due, it goes on receiving. So a receive
// that is given up leaves nothing behind but what the machine holds, and that is passed on by the next one.
class fault_layer final : public link_layer {
 public:
  fault_layer(link& below, const treatment& t, const dice& d, direction which,
              std::shared_ptr<conversation> c)
      : link_layer(below),
        machine_(t, d, inner().keeps_messages() ? carriage::messages : carriage::bytes, c->began),
        shared_(std::move(c)),
        done_(which == direction::there ? shared_->done->there : shared_->done->back) {
    (which == direction::there ? shared_->done->how_there : shared_->done->how_back) = machine_.how();
  }

  task<result<arrival>> recv(mutable_buffer into) override {
    for (;;) {
      const time_point now = clock::now();
      if (now >= shared_->reset_at) co_return std::unexpected(was_reset());
      if (const std::optional<arrival> a = machine_.give(into, now)) {
        done_ = machine_.done();
        if (a->end && failed_) co_return std::unexpected(*failed_);
        co_return *a;
      }
      const time_point until = std::min(machine_.due(), shared_->reset_at);
      if (machine_.lost_the_end() && machine_.due() == time_point::max()) {
        // Nobody is to learn of this end but by the other side's.
        if (shared_->ended == 2) {
          arrival a;
          a.end = true;
          co_return a;
        }
        co_await or_return(shared_->changed.notified(until));
      } else if (ended_ || machine_.room() == 0) {
        co_await or_return(sleep_until(until));
      } else {
        co_await or_return(receive(until));
      }
    }
  }

  // What we hold back ourselves is no silence.
  time_point held_until() const noexcept override {
    const time_point due = machine_.due();
    return std::max(link_layer::held_until(), due == time_point::max() ? time_point::min() : due);
  }
  task<result<void>> send(const_buffer from) override { return in_time(inner().send(from)); }
  task<result<void>> finish() override { return in_time(inner().finish()); }

 private:
  // One receive from below, or until something is due.
  task<result<void>> receive(time_point until) {
    const std::size_t size =
        inner().keeps_messages() ? inner().room() : std::min(inner().room(), machine_.room());
    if (buffer_.size() < size) buffer_.resize(size);
    auto receiving = inner().recv(std::span(buffer_).first(size)).until(until);
    const result<arrival> a = co_await std::move(receiving);
    const time_point now = clock::now();
    if (!a) {
      // Were we asked to end, or has the peer gone? Whoever is asked to end cannot even sleep for no time.
      const bool by_time = a.error() == errc::timed_out;
      if (by_time || a.error() == errc::operation_canceled) {
        co_await or_return(sleep_for(duration::zero()));
        if (by_time && now >= until) co_return {};
      }
      failed_ = a.error();
    }
    if (!a || a->end) {
      ended_ = true;
      machine_.end(now);
      ++shared_->ended;
      shared_->changed.notify_all();
    } else {
      machine_.take(std::span(buffer_).first(a->size), now);
    }
    done_ = machine_.done();
    co_return {};
  }

  // Nothing takes longer than until the reset.
  task<result<void>> in_time(task<result<void>> what) {
    if (shared_->reset_at == time_point::max()) co_return co_await std::move(what);
    auto bounded = std::move(what).until(shared_->reset_at);
    const result<void> done = co_await std::move(bounded);
    if (!done && done.error() == errc::timed_out && clock::now() >= shared_->reset_at)
      co_return std::unexpected(was_reset());
    co_return done;
  }

  [[nodiscard]] error was_reset() const {
    return error::about(errc::connection_reset, verb::none, peer, shared_->reset_reason);
  }

  decisions machine_;
  std::shared_ptr<conversation> shared_;
  counts& done_;
  std::vector<std::byte> buffer_;
  std::optional<error> failed_;  // what follows all that was received
  bool ended_ = false;
};

}  // namespace

treated_links treat(link& first, link& second, const plan& p, std::uint64_t number) {
  auto c = std::make_shared<conversation>();
  if (p.reset_after) {
    if (*p.reset_after < time_point::max() - c->began) c->reset_at = c->began + *p.reset_after;
    plan cut;
    cut.reset_after = p.reset_after;
    c->reset_reason = "cut off by --fault " + to_text(cut).front();
  }
  const auto layer = [&](link& below, direction d) {
    const treatment& t = d == direction::there ? p.there : p.back;
    return std::make_unique<fault_layer>(below, t, dice(p.seed.value_or(0), number, d), d, c);
  };
  return {layer(first, direction::there), layer(second, direction::back), c->done};
}

std::uint64_t random_seed() {
  // Short enough to be typed again.
  return std::random_device()() % 1'000'000'000;
}

}  // namespace tool::faults
