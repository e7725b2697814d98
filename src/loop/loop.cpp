// SPDX-License-Identifier: MIT
#include <fairlead/loop.hpp>

#include <cstdlib>

#include "loop/loop_core.hpp"

namespace fairlead {

std::string_view to_string(backend b) noexcept {
  switch (b) {
    case backend::automatic: return "automatic";
    case backend::epoll: return "epoll";
    case backend::io_uring: return "io_uring";
  }
  return "unknown";
}

bool available(backend b) noexcept {
  switch (b) {
    case backend::automatic: return true;
    case backend::epoll: return detail::make_epoll_driver().has_value();
    case backend::io_uring: return detail::make_uring_driver().has_value();
  }
  return false;
}

namespace detail {

namespace {

// FAIRLEAD_BACKEND decides where the program left it open. Anything but a known name is an error: a
// misspelt variable that is silently ignored would test the wrong thing.
result<backend> wished(backend asked) {
  if (asked != backend::automatic) return asked;
  const char* const text = std::getenv("FAIRLEAD_BACKEND");
  if (text == nullptr || *text == '\0') return backend::automatic;
  for (const backend b : {backend::automatic, backend::epoll, backend::io_uring}) {
    if (to_string(b) == text) return b;
  }
  return std::unexpected(error::about(fault::bad_syntax, verb::none, std::string("FAIRLEAD_BACKEND=") + text,
                                      "unknown backend; use epoll, io_uring or automatic"));
}

result<std::unique_ptr<driver>> make_driver(backend b) {
  if (b == backend::epoll) return make_epoll_driver();
  result<std::unique_ptr<driver>> ring = make_uring_driver();
  // Containers forbid io_uring, old kernels lack it: nobody who did not ask for it needs to know.
  if (!ring && b == backend::automatic) return make_epoll_driver();
  return ring;
}

}  // namespace

result<std::unique_ptr<loop_core>> loop_core::create(const loop_options& asked) {
  result<backend> b = wished(asked.backend);
  if (!b) return std::unexpected(std::move(b.error()));
  result<std::unique_ptr<driver>> d = make_driver(*b);
  if (!d) return std::unexpected(std::move(d.error()));
  return std::unique_ptr<loop_core>(new loop_core(std::move(*d), asked));
}

posted::posted() noexcept {
  deliver = [](inbox_node& n) {
    auto* const self = static_cast<posted*>(&n);
    self->call();
    delete self;
  };
}

posted::~posted() = default;

}  // namespace detail

result<loop> loop::create(loop_options options) {
  result<std::unique_ptr<detail::loop_core>> core = detail::loop_core::create(options);
  if (!core) return std::unexpected(std::move(core.error()));
  return loop(core->release());
}

loop::~loop() { delete core_; }

backend loop::backend() const noexcept { return core_->kind(); }

std::optional<error> loop::drive(std::coroutine_handle<> h, detail::promise_base& p) {
  return core_->run(core_->root, h, p.finished);
}

void loop::enqueue(detail::posted* p) noexcept { core_->deliver(*p); }

bool yield::await_suspend(std::coroutine_handle<> waiter) noexcept {
  detail::task_context* const context = detail::current_context();
  if (context == nullptr || context->loop == nullptr) return false;  // blocking: the kernel shares the core
  turn_.waiter = waiter;
  turn_.context = context;
  context->loop->enqueue(turn_);
  return true;
}

yield::~yield() {
  if (turn_.next != nullptr) detail::unlink(turn_);
}

}  // namespace fairlead
