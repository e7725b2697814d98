// SPDX-License-Identifier: MIT
#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>

#include "loop/blocking.hpp"
#include "loop/loop_core.hpp"

namespace fairlead {

namespace {

// Tasks run by wait() have no loop; the first scope among them brings one, for everything above and below.
void bring_loop(detail::task_context& context) {
  detail::loop_core* const l = detail::loop_for_blocking_tasks();
  if (l == nullptr)
    throw std::system_error(std::make_error_code(errc::too_many_files_open), "open a scope's loop");
  for (detail::task_context* c = &context; c != nullptr; c = c->parent) {
    c->runs_on(*l);
    c->watch_bounds();
  }
}

}  // namespace

scope::scope() {
  detail::task_context* const above = detail::current_context();
  if (above == nullptr) throw std::logic_error("fairlead::scope: made outside of a running task");
  if (above->loop == nullptr) bring_loop(*above);
  context_.enter(*above);
}

scope::~scope() {
  context_.stop(detail::cause::abandoned);
  while (context_.first_child != nullptr) {
    auto* const c = static_cast<detail::child*>(context_.first_child);
    if (c->start.next != nullptr) detail::unlink(c->start);
    c->leave();  // before its frame goes: what that destroys may come by here
    delete c;
  }
  if (waiting_ != nullptr) wait_no_more();
}

void scope::adopt(detail::child& c) noexcept {
  ++size_;
  c.enter(context_);
  c.start.context = &c;
  context_.loop->enqueue(c.start);
}

void scope::ended(detail::child& c, error* failed, std::exception_ptr thrown) noexcept {
  if (failed != nullptr && !first_error_) first_error_ = std::move(*failed);
  const bool threw = thrown != nullptr;
  if (threw && !first_exception_) first_exception_ = std::move(thrown);
  --size_;
  delete &c;
  if (threw) request_stop();
  if (size_ == 0 && waiting_ != nullptr) context_.loop->enqueue(joiner_);
}

void scope::request_stop() noexcept { context_.stop(detail::cause::canceled); }

std::stop_token scope::token() {
  if (!source_) {
    source_.emplace();
    if (stop_requested()) source_->request_stop();
  }
  return source_->get_token();
}

bool scope::wait_for_all(joiner& j, std::coroutine_handle<> waiter) noexcept {
  if (waiting_ != nullptr) return false;
  waiting_ = &j;
  j.waits_ = true;
  joiner_.waiter = waiter;
  joiner_.context = detail::current_context();
  return true;
}

// The waiting task has what it waited for, or is gone.
void scope::wait_no_more() noexcept {
  waiting_->waits_ = false;
  waiting_ = nullptr;
  if (joiner_.next != nullptr) detail::unlink(joiner_);
}

result<void> scope::verdict() {
  if (first_exception_) std::rethrow_exception(std::exchange(first_exception_, nullptr));
  if (first_error_) return std::unexpected(*std::exchange(first_error_, std::nullopt));
  return {};
}

namespace detail {

void scope_stopped(task_context& c) noexcept {
  scope& s = scope::of(c);
  if (s.source_) s.source_->request_stop();
}

std::coroutine_handle<> pass_on(promise_base& p) {
  if (p.tells == promise_base::audience::scope) {
    static_cast<child*>(p.continuation.address())->end(p.kind->failure(p), p.kind->thrown(p));
    return std::noop_coroutine();
  }
  error* const failed = p.kind->failure(p);
  if (failed == nullptr) return p.continuation;
  if (p.bounds != nullptr) p.bounds->exit();  // the awaiting frame will not be there to do it
  return end_with(p.continuation, std::move(*failed));
}

void child::end(error* failed, std::exception_ptr thrown) noexcept {
  scope::of(*parent).ended(*this, failed, std::move(thrown));
}

}  // namespace detail

}  // namespace fairlead
