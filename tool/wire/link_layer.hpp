// SPDX-License-Identifier: MIT
// A link around another one, for what is done to all that passes: it hands everything on, and whoever derives
// from it overrides what is to be different.
#pragma once

#include <memory>
#include <utility>

#include "wire/link.hpp"

namespace tool {

class link_layer : public link {
 public:
  explicit link_layer(std::unique_ptr<link> inner) : link_layer(*inner) { owned_ = std::move(inner); }
  /// Around a link of somebody else, which must outlive it.
  explicit link_layer(link& inner) : inner_(&inner) { take_names(); }

  fairlead::task<fairlead::result<arrival>> recv(fairlead::mutable_buffer into) override {
    return inner_->recv(into);
  }
  fairlead::task<fairlead::result<void>> send(fairlead::const_buffer from) override {
    return inner_->send(from);
  }
  fairlead::task<fairlead::result<void>> identify() override {
    auto told = co_await inner_->identify();
    take_names();
    co_return told;
  }
  fairlead::task<fairlead::result<void>> enter() override {
    auto entered = co_await inner_->enter();
    take_names();  // a PROXY header may have told others
    co_return entered;
  }
  fairlead::task<fairlead::result<void>> finish() override { return inner_->finish(); }
  void send_at_once() noexcept override { inner_->send_at_once(); }
  void abort() noexcept override { inner_->abort(); }
  [[nodiscard]] bool has_end() const noexcept override { return inner_->has_end(); }
  [[nodiscard]] bool keeps_messages() const noexcept override { return inner_->keeps_messages(); }
  fairlead::task<fairlead::result<void>> gone() override { return inner_->gone(); }
  [[nodiscard]] bool has_more() noexcept override { return inner_->has_more(); }
  fairlead::task<fairlead::result<void>> settle(bool whole) override { return inner_->settle(whole); }
  [[nodiscard]] std::optional<fairlead::exit_status> exited() const noexcept override {
    return inner_->exited();
  }
  void resize(fairlead::terminal_size now) override { inner_->resize(now); }
  [[nodiscard]] std::optional<fairlead::duration> patience() const noexcept override {
    return inner_->patience();
  }
  [[nodiscard]] bool wants_no_more(const fairlead::error& e) override { return inner_->wants_no_more(e); }
  [[nodiscard]] std::size_t piece() const noexcept override { return inner_->piece(); }
  [[nodiscard]] std::size_t room() const noexcept override { return inner_->room(); }
  [[nodiscard]] std::optional<std::size_t> send_queue() noexcept override { return inner_->send_queue(); }
  [[nodiscard]] bool is_broken() noexcept override { return inner_->is_broken(); }
  [[nodiscard]] fairlead::time_point held_until() const noexcept override { return inner_->held_until(); }
  // No socket(): what goes past this layer would not be treated by it.

 protected:
  [[nodiscard]] link& inner() noexcept { return *inner_; }

 private:
  void take_names() {
    local = inner_->local;
    peer = inner_->peer;
    peer_endpoint = inner_->peer_endpoint;
    local_endpoint = inner_->local_endpoint;
    credentials = inner_->credentials;
    groups = inner_->groups;
  }
  std::unique_ptr<link> owned_;
  link* const inner_;
};

}  // namespace tool
