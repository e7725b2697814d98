// SPDX-License-Identifier: MIT
#include "wire/watched_link.hpp"

#include <array>

#include "wire/link_layer.hpp"

namespace tool {

using namespace fairlead;

namespace {

// We, as witnesses see us: a name that nothing can be sent to.
class ourselves final : public link {
 public:
  explicit ourselves(std::string name) { peer = std::move(name); }
  task<result<arrival>> recv(mutable_buffer) override {
    co_return failure(errc::operation_not_supported, verb::recv);
  }
  task<result<void>> send(const_buffer) override {
    co_return failure(errc::operation_not_supported, verb::send);
  }
  task<result<void>> finish() override { co_return {}; }
  bool has_end() const noexcept override { return true; }
  std::size_t piece() const noexcept override { return 0; }
  std::size_t room() const noexcept override { return 0; }
  void abort() noexcept override {}
};

class watched_link final : public link_layer {
 public:
  watched_link(link& of, const watch& who, direction ours, std::string name)
      : link_layer(of), ourselves_(std::move(name)), ours_(ours) {
    const link& us = ourselves_;
    const link& them = *this;
    witnesses_ = ours == direction::there ? who(us, them) : who(them, us);
  }
  ~watched_link() override {
    const result<void> cut = failure(errc::operation_canceled, verb::none);
    ended(ours_, cut);
    ended(theirs(), cut);
  }

  task<result<arrival>> recv(mutable_buffer into) override {
    auto came = co_await inner().recv(into);
    if (!came) {
      ended(theirs(), std::unexpected(came.error()));
    } else if (came->end) {
      // A reset is told once, to whoever asks first; after that the kernel says end.
      ended(theirs(), reset_ ? std::unexpected(*reset_) : result<void>());
    } else {
      passed(theirs(), into.first(came->size));
    }
    co_return came;
  }
  task<result<void>> send(const_buffer from) override {
    passed(ours_, from);
    auto sent = co_await inner().send(from);
    if (!sent) ended(ours_, sent);
    if (!sent && sent.error() == errc::connection_reset) reset_ = sent.error();
    co_return sent;
  }
  task<result<void>> finish() override {
    auto finished = co_await inner().finish();
    ended(ours_, finished);
    co_return finished;
  }

 private:
  [[nodiscard]] direction theirs() const noexcept {
    return ours_ == direction::there ? direction::back : direction::there;
  }
  void passed(direction d, const_buffer content) {
    for (const auto& w : witnesses_) w->passed(d, content);
  }
  // What a side ends with is what it ended with first.
  void ended(direction d, const result<void>& how) {
    if (std::exchange(over_[index_of(d)], true)) return;
    for (const auto& w : witnesses_) w->ended(d, how, false);
  }

  ourselves ourselves_;
  direction ours_;
  std::array<bool, 2> over_{};
  std::optional<error> reset_;
  witnesses witnesses_;  // last, for they look at the links
};

}  // namespace

std::unique_ptr<link> make_watched_link(link& of, const watch& who, direction ours, std::string name) {
  return std::make_unique<watched_link>(of, who, ours, std::move(name));
}

}  // namespace tool
