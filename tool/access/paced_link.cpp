// SPDX-License-Identifier: MIT
#include "access/paced_link.hpp"

#include <utility>

#include <fairlead/or_return.hpp>
#include <fairlead/timer.hpp>

namespace tool {

namespace {

using namespace fairlead;

class paced_link final : public link_layer {
 public:
  paced_link(std::unique_ptr<link> to, const paces& rates)
      : link_layer(std::move(to)),
        receiving_(rates.receiving),
        sending_(rates.sending),
        whole_(keeps_messages()) {}

  task<result<arrival>> recv(mutable_buffer into) override {
    // Whoever gave up the receive before this one has shortened its wait.
    if (held_in_ > clock::now()) co_await or_return(sleep_until(held_in_));
    const mutable_buffer room = whole_ ? into : into.first(part(receiving_));
    const arrival got = co_await or_return(inner().recv(room));
    // Whoever asks us to stop meanwhile still gets what has come: nobody else has it.
    if (got.size > 0) (void)co_await held(receiving_, got.size, held_in_);
    co_return got;
  }
  task<result<void>> send(const_buffer from) override {
    const std::size_t most = whole_ ? from.size : part(sending_);
    do {
      const const_buffer next = from.first(most);
      from = from.after(most);
      co_await or_return(held(sending_, next.size, held_out_));
      co_await or_return(inner().send(next));
    } while (from.size > 0);
    co_return {};
  }
  time_point held_until() const noexcept override {
    return std::max({held_in_, held_out_, link_layer::held_until()});
  }

 private:
  static std::size_t part(const pace& p) noexcept {
    return static_cast<std::size_t>(
        std::min<std::uint64_t>(p.quantum(), std::numeric_limits<std::size_t>::max()));
  }
  static task<result<void>> held(pace& p, std::size_t bytes, time_point& until) {
    const time_point now = clock::now();
    until = p.charge(bytes, now);
    if (until > now) co_return co_await sleep_until(until);
    co_return {};
  }

  pace receiving_;
  pace sending_;
  bool whole_;
  time_point held_in_ = time_point::min();
  time_point held_out_ = time_point::min();
};

}  // namespace

std::unique_ptr<link> make_paced_link(std::unique_ptr<link> inner, const paces& rates) {
  return std::make_unique<paced_link>(std::move(inner), rates);
}

}  // namespace tool
