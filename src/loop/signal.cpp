// SPDX-License-Identifier: MIT
// Each set has a pipe; one handler, for every signal that any set wants, writes the number into the pipes of
// those that want it. Why not signalfd(2): docs/design/streams.md.
#include <fairlead/signal.hpp>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>

#include "loop/fixed_name.hpp"
#include "loop/socket_state.hpp"
#include "sys/descriptor.hpp"
#include "sys/signal.hpp"

namespace fairlead {

namespace {

static_assert(signal_number::hangup == SIGHUP && signal_number::interrupt == SIGINT &&
              signal_number::quit == SIGQUIT);
static_assert(signal_number::kill == SIGKILL && signal_number::user1 == SIGUSR1 &&
              signal_number::user2 == SIGUSR2);
static_assert(signal_number::pipe == SIGPIPE && signal_number::terminate == SIGTERM);
static_assert(signal_number::child == SIGCHLD && signal_number::window_change == SIGWINCH);

constexpr int most = 64;  // the greatest signal number

constexpr std::uint64_t bit_of(int number) noexcept {
  return std::uint64_t{1} << static_cast<unsigned>(number - 1);
}

// What the handler sees of a set. Never freed, only used again: a handler on another thread may be looking
// at it at any moment.
struct subscriber {
  subscriber* next = nullptr;
  std::atomic<std::uint64_t> wanted{0};
  std::atomic<int> pipe{-1};
  std::atomic<unsigned> visitors{0};  // handlers that may be about to write into the pipe
  bool taken = false;
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

std::atomic<subscriber*> first{nullptr};

extern "C" void tell_subscribers(int number) {
  for (subscriber* s = first.load(); s != nullptr; s = s->next) {
    s->visitors.fetch_add(1);
    // A full pipe holds 64 KiB of signals that nobody took: this one more does not matter.
    if ((s->wanted.load() & bit_of(number)) != 0)
      sys::tell(s->pipe.load(), static_cast<unsigned char>(number));
    s->visitors.fetch_sub(1);
  }
}

// For every signal, how many sets want it, and what it did before the first of them.
struct registry {
  struct disposition {
    unsigned users = 0;
    struct sigaction before{};
  };
  std::mutex guard;
  std::array<disposition, most + 1> dispositions;

  int add(int number) {
    disposition& d = dispositions[static_cast<std::size_t>(number)];
    if (d.users == 0) {
      if (const sys::outcome r = sys::catch_signal(number, &tell_subscribers, d.before); !r.ok())
        return r.code;
    }
    ++d.users;
    return 0;
  }
  void remove(int number) noexcept {
    disposition& d = dispositions[static_cast<std::size_t>(number)];
    if (--d.users == 0) sys::restore_signal(number, &tell_subscribers, d.before);
  }
};

registry& all() {
  static auto* const r = new registry;  // sets in static storage may outlive any other static
  return *r;
}

// With the registry's guard held.
subscriber& new_subscriber() {
  for (subscriber* s = first.load(); s != nullptr; s = s->next) {
    if (!s->taken) return *s;
  }
  auto* const s = new subscriber;
  s->next = first.load();
  first.store(s);
  return *s;
}

}  // namespace

namespace detail {

struct signal_watch {
  socket_state* arrivals = nullptr;
  subscriber* entry = nullptr;
  std::uint64_t wanted = 0;
  std::optional<error> broken;

  explicit signal_watch(std::initializer_list<int> numbers) {
    std::string names;
    for (const int n : numbers) names += (names.empty() ? "" : ", ") + signal_name(n);
    int ends[2] = {-1, -1};
    if (const sys::outcome r = sys::open_pipe(ends); !r.ok()) {
      broken = error::about(static_cast<errc>(r.code), verb::open, "a pipe for " + names);
      return;
    }
    arrivals = new socket_state(ends[0], channel::pipe);
    arrivals->name = error_context_ptr(new fixed_name(std::move(names)));
    const std::lock_guard lock(all().guard);
    entry = &new_subscriber();
    entry->taken = true;
    entry->pipe = ends[1];
    for (const int n : numbers) want(n);
    if (broken) unwant();
  }
  signal_watch(const signal_watch&) = delete;
  signal_watch& operator=(const signal_watch&) = delete;
  ~signal_watch() {
    if (entry != nullptr) leave();
    if (arrivals != nullptr) arrivals->drop();
  }

 private:
  void want(int number) {
    const bool known = number > 0 && number <= most;
    if (broken || (known && (wanted & bit_of(number)) != 0)) return;
    // Wished for before it is caught: it may come at once.
    if (known) entry->wanted = wanted | bit_of(number);
    const int code = known ? all().add(number) : EINVAL;
    if (code != 0) {
      broken = error::about(static_cast<errc>(code), verb::wait, signal_name(number),
                            "no signal that can be caught");
      return;
    }
    wanted |= bit_of(number);
  }

  void unwant() noexcept {
    for (int n = 1; n <= most; ++n) {
      if ((wanted & bit_of(n)) != 0) all().remove(n);
    }
    wanted = 0;
    entry->wanted = 0;
  }

  void leave() noexcept {
    const std::lock_guard lock(all().guard);
    unwant();
    // A handler that saw the wish before we took it back is about to write; it never waits for anything.
    while (entry->visitors != 0) std::this_thread::yield();
    sys::close(entry->pipe.exchange(-1));
    entry->taken = false;
  }
};

}  // namespace detail

bool is_signal_ignored(int number) noexcept { return sys::is_ignored(number); }

std::string signal_name(int number) {
  std::string name = sys::signal_name(number);
  return name.empty() ? "signal " + std::to_string(number) : name;
}

signal_set::signal_set(std::initializer_list<int> numbers) : watch_(new detail::signal_watch(numbers)) {}

signal_set::~signal_set() { delete watch_; }

next_signal_operation signal_set::next() noexcept {
  if (watch_ == nullptr) return {nullptr, nullptr};
  return {watch_->arrivals, watch_->broken ? &*watch_->broken : nullptr};
}

}  // namespace fairlead
