// SPDX-License-Identifier: MIT
#include "relay/partners.hpp"

#include "access/doorkeeper.hpp"

namespace tool {

using namespace fairlead;

namespace {

// Peers of datagrams cannot wait in a backlog. So many wait here; what more there are is dropped, as in the
// kernel.
constexpr std::size_t most_here = 64;

}  // namespace

void partners::accept(scope& all, const std::stop_token& closing) {
  all_ = &all;
  for (const auto& a : from_) all.spawn(listen_at(*a, all, closing));
}

task<> partners::listen_at(acceptor& a, scope& all, std::stop_token closing) {
  co_await accept_at(a, all, std::move(closing));
  a.close();  // nobody else will be taken: let them know
}

task<> partners::accept_at(acceptor& a, scope& all, std::stop_token closing) {
  for (;;) {
    while (a.has_backlog() && !is_wanted()) {
      const result<void> wanted = co_await changed_.notified().stop_on(closing);
      if (!wanted) co_return;
    }
    auto one = co_await a.accept().stop_on(closing);
    if (one && here_.size() + entering_ < most_here) {
      ++entering_;
      all.spawn(let_in(std::move(*one)));
    } else if (one) {
      out_.step((*one)->peer + ": no place left");
    } else if (!is_exhaustion(one.error()) && !(one.error() == errc::message_size)) {
      if (!(one.error() == errc::operation_canceled)) failed_ = one.error();
      changed_.notify_all();
      co_return;
    } else {
      out_.fail(one.error());
    }
  }
}

task<> partners::let_in(std::unique_ptr<link> one) {
  const result<void> entered = co_await one->enter();
  if (entered) {
    // Who waited in the backlog may have left already.
    auto made = std::make_shared<guest>(std::make_unique<waiting_link>(std::move(one)));
    co_await made->link->look();
    --entering_;
    co_return co_await keep(std::move(made));
  }
  --entering_;
  if (!is_refusal(entered.error()) && !(entered.error() == errc::operation_canceled)) {
    out_.fail(entered.error());
  }
  changed_.notify_all();
}

// Until it is wanted, or has left.
task<> partners::keep(std::shared_ptr<guest> one) {
  if (!one->link->left()) {
    here_.push_back(one);
    changed_.notify_all();
    co_await one->link->wait(one->wanted.get_token());
  }
  one->free = true;
  if (const auto& why = one->link->left()) {
    std::erase(here_, one);
    one->link->abort();
    if (!out_.quiet) out_.fail(why->message());
  }
  changed_.notify_all();
}

task<result<std::unique_ptr<waiting_link>>> partners::next(std::stop_token closing) {
  ++waiting_;
  changed_.notify_all();
  result<std::unique_ptr<waiting_link>> found = failure(errc::operation_canceled, verb::none);
  for (;;) {
    if (!here_.empty()) {
      const std::shared_ptr<guest> one = std::move(here_.front());
      here_.pop_front();
      one->wanted.request_stop();
      result<void> freed;
      while (!one->free && freed) freed = co_await changed_.notified();
      if (!freed) break;
      if (one->link->left()) continue;
      found = std::move(one->link);
      break;
    }
    if (failed_) {
      found = std::unexpected(*failed_);
      break;
    }
    const result<void> news = co_await changed_.notified().stop_on(closing);
    if (news) continue;
    found = std::unexpected(news.error());
    break;
  }
  --waiting_;
  co_return found;
}

void partners::give_back(std::unique_ptr<waiting_link> one) {
  all_->spawn(keep(std::make_shared<guest>(std::move(one))));
}

}  // namespace tool
