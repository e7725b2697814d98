// SPDX-License-Identifier: MIT
#include "relay/waiting_link.hpp"

#include <algorithm>

#include <fairlead/timer.hpp>

namespace tool {

using namespace fairlead;
using namespace std::chrono_literals;

namespace {

// What is taken of a stream while it waits; of messages it is one. More stays in the peer's window.
constexpr std::size_t most_held = 4096;

// What has come already is there at once.
constexpr auto glance = 1ms;

}  // namespace

// Peers without an end cannot leave, and what they send waits in their sessions.
bool waiting_link::has_room() const noexcept {
  if (left_ || end_ || !has_end()) return false;
  return keeps_messages() ? !message_ : held_.size() < most_held;
}

// Whether there is more to wait for.
task<bool> waiting_link::receive(time_point until, std::stop_token enough) {
  const std::size_t before = held_.size();
  std::vector<std::byte> buffer(keeps_messages() ? room() : most_held - before);
  auto receiving = inner().recv(buffer).until(until).stop_on(enough);
  const result<arrival> a = co_await std::move(receiving);
  if (!a) {
    const bool asked =
        a.error() == errc::operation_canceled || (a.error() == errc::timed_out && until != time_point::max());
    if (!asked) left_ = a.error();
    co_return false;
  }
  if (a->end) {
    end_ = true;
    if (before == 0 && !message_ && waits_ == for_what::another_client)
      left_ = error::about(fault::end_of_stream, verb::none, peer, "has left before anybody came for it");
    co_return false;
  }
  message_ = true;
  held_.insert(held_.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(a->size));
  co_return !enough.stop_requested();
}

task<> waiting_link::wait(std::stop_token enough) {
  bool more = true;
  while (more && has_room()) more = co_await receive(time_point::max(), enough);
  if (left_ || enough.stop_requested()) co_return;
  (void)co_await sleep_for(duration::max()).stop_on(enough);
}

task<> waiting_link::look() {
  bool more = true;
  while (more && has_room()) more = co_await receive(clock::now() + glance, {});
}

task<result<arrival>> waiting_link::recv(mutable_buffer into) {
  if (!message_ && !end_) co_return co_await inner().recv(into);
  arrival a;
  if (message_) {
    a.size = std::min(held_.size() - given_, into.size);
    std::copy_n(held_.begin() + static_cast<std::ptrdiff_t>(given_), a.size, into.data);
    given_ += a.size;
    if (given_ == held_.size() || keeps_messages()) held_.clear(), given_ = 0, message_ = false;
    co_return a;
  }
  a.end = end_;
  co_return a;
}

}  // namespace tool
