// SPDX-License-Identifier: MIT
// The tree of contexts that tasks run in: how a request to stop finds every operation below it.
#include <fairlead/scope.hpp>
#include <fairlead/task.hpp>

#include "loop/context.hpp"
#include "loop/loop_core.hpp"

namespace fairlead::detail {

constinit task_context nowhere;
constinit thread_local task_context* context_here = &nowhere;

task_context* current_context() noexcept { return context_here == &nowhere ? nullptr : context_here; }
void set_current_context(task_context* c) noexcept { context_here = c != nullptr ? c : &nowhere; }

void task_context::enter(task_context& above) noexcept {
  parent = &above;
  begin = above.begin;
  loop = above.loop;
  asked = above.asked;
  next_sibling = above.first_child;
  if (next_sibling != nullptr) next_sibling->previous_sibling = this;
  previous_sibling = nullptr;
  above.first_child = this;
}

void task_context::leave() noexcept {
  (previous_sibling != nullptr ? previous_sibling->next_sibling : parent->first_child) = next_sibling;
  if (next_sibling != nullptr) next_sibling->previous_sibling = previous_sibling;
  parent = next_sibling = previous_sibling = nullptr;
}

// Nothing resumes inside this walk: what ends is only queued, so the tree holds still.
void task_context::stop(cause why) noexcept {
  if (asked != cause::none) return;
  ask(why);
  if (what == kind::scope) scope_stopped(*this);
  if (current != nullptr) loop->cancel(*current, why);
  for (task_context* c = first_child; c != nullptr; c = c->next_sibling) c->stop(why);
}

void task_context::runs_on(loop_core& l) noexcept {
  loop = &l;
  if (asked == cause::none) begin = l.begin();
}

context_limits* task_context::bounds() noexcept {
  return what == kind::bounded ? &static_cast<bounded_context::limited*>(this)->limits : nullptr;
}

bool task_context::refuses() const noexcept {
  if (asked != cause::none || loop != nullptr) return asked != cause::none;
  // Nobody watches the bounds of a thread that does not wait.
  for (const task_context* c = this; c != nullptr; c = c->parent) {
    const limits* const its = c->bounds();
    if (c->asked != cause::none) return true;
    if (its == nullptr) continue;
    if (its->stop.stop_requested()) return true;
    if (its->deadline != time_point::max() && clock::now() >= its->deadline) return true;
  }
  return false;
}

void task_context::watch_bounds() {
  if (bounds() == nullptr) return;
  bounds()->arm(*loop, [](limits& l, cause why) { static_cast<context_limits&>(l).context->stop(why); });
}

bounded_context::bounded_context(time_point deadline, std::stop_token stop) noexcept {
  context_.limits.deadline = deadline;
  context_.limits.stop = std::move(stop);
  context_.limits.context = &context_;
}

void bounded_context::enter() {
  task_context* const above = current_context();
  if (above == nullptr) std::terminate();  // a bounded task was awaited outside of any task
  context_.enter(*above);
  set_current_context(&context_);
  if (context_.loop == nullptr) return;
  // A bound that is reached already refuses the first operation too; the loop would look at it a turn later.
  const limits& mine = context_.limits;
  const bool late = mine.deadline != time_point::max() && mine.deadline <= context_.loop->now();
  if (context_.asked == cause::none && late) context_.ask(cause::timed_out);
  if (context_.asked == cause::none && mine.stop.stop_requested()) context_.ask(cause::canceled);
  if (context_.asked == cause::none) context_.watch_bounds();
}

void bounded_context::exit() noexcept {
  context_.limits.disarm();
  if (context_.parent == nullptr) return;
  set_current_context(context_.parent);
  context_.leave();
}

limits::~limits() { disarm(); }

void limits::arm(loop_core& on, void (*expire)(limits&, cause)) {
  loop_ = &on;
  expire_ = expire;
  if (deadline != time_point::max()) {
    timer_.self = this;
    timer_.fire = [](timer_node& n) {
      limits& l = *static_cast<clock_node&>(n).self;
      l.expire_(l, cause::timed_out);
    };
    on.timers().arm(timer_, deadline);
  }
  if (stop.stop_possible()) {
    mail_.self = this;
    mail_.deliver = [](inbox_node& n) {
      limits& l = *static_cast<mail_node&>(n).self;
      l.expire_(l, cause::canceled);
    };
    callback_.emplace(stop, on_stop{this});
  }
}

void limits::disarm() noexcept {
  if (loop_ == nullptr) return;
  if (timer_.armed) loop_->timers().cancel(timer_);
  // After this no callback runs any more, so that the request it may have posted can be taken back.
  if (callback_.has_value()) {
    callback_.reset();
    loop_->withdraw(mail_);
  }
  loop_ = nullptr;
}

void limits::on_stop::operator()() const noexcept { self->loop_->deliver(self->mail_); }

}  // namespace fairlead::detail
