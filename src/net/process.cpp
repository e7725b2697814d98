// SPDX-License-Identifier: MIT
#include <fairlead/process.hpp>

#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <thread>

#include <fairlead/signal.hpp>

#include "loop/fixed_name.hpp"
#include "loop/socket_state.hpp"
#include "sys/adopted.hpp"
#include "sys/descriptor.hpp"
#include "sys/process.hpp"
#include "sys/terminal.hpp"

namespace fairlead {

namespace detail {

/// From its start until its status was taken, the process id belongs to this process and nobody else.
struct running_process {
  int id = 0;
  bool has_group = false;
  bool has_pidfd = false;
  socket_state* ended = nullptr;  // readable when it has: a pidfd, or an event that the watcher signals
  std::thread watcher;            // only where the kernel has no pidfd
  std::optional<exit_status> status;
  int terminal = -1;  // of the pair that it runs on; the stream's

  explicit running_process(int pid, bool group) noexcept : id(pid), has_group(group) {}
  running_process(const running_process&) = delete;
  running_process& operator=(const running_process&) = delete;
  ~running_process() {
    if (!status) (void)send(signal_number::kill);
    // The watcher ends with the process, and only then may the id become somebody else's.
    if (watcher.joinable()) watcher.join();
    if (!status) (void)take(true);
    if (ended != nullptr) ended->drop();
  }

  int watch(std::string name) {
    sys::outcome r = sys::open_process(id);
    has_pidfd = r.ok();
    if (!has_pidfd) r = sys::open_event(true);
    if (!r.ok()) return r.code;
    const int fd = static_cast<int>(r.count);
    ended = new socket_state(fd, channel::pipe);
    ended->name = error_context_ptr(new fixed_name(std::move(name)));
    if (!has_pidfd) {
      watcher = std::thread([fd, pid = id] {
        sys::await_end(pid);
        sys::add_event(fd);
      });
    }
    return 0;
  }

  int send(int number) noexcept {
    if (has_group) return sys::signal_group(id, number).code;
    return has_pidfd ? sys::signal_process(ended->fd, number).code : sys::signal_id(id, number).code;
  }

  int take(bool patiently) noexcept {
    sys::ending how;
    const sys::outcome r = sys::take_status(id, patiently, how);
    if (r.ok()) status = how.by_signal ? exit_status::killed(how.number) : exit_status::exited(how.number);
    return r.code;
  }
};

}  // namespace detail

namespace {

class owned_descriptor {
 public:
  owned_descriptor() = default;
  owned_descriptor(const owned_descriptor&) = delete;
  owned_descriptor& operator=(const owned_descriptor&) = delete;
  ~owned_descriptor() { sys::close(fd_); }
  void take(int fd) noexcept { fd_ = fd; }
  [[nodiscard]] int get() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

// One standard stream of the child: our end of a pipe and its own.
struct plumbing {
  owned_descriptor ours;
  owned_descriptor theirs;
  int child_gets = sys::inherited;

  int lay(stdio kind, bool child_reads) noexcept {
    if (kind == stdio::null) child_gets = sys::nothing;
    if (kind != stdio::pipe) return 0;
    int ends[2] = {-1, -1};
    if (const sys::outcome r = sys::open_blocking_pipe(ends); !r.ok()) return r.code;
    ours.take(ends[child_reads ? 1 : 0]);
    theirs.take(ends[child_reads ? 0 : 1]);
    child_gets = theirs.get();
    return sys::set_nonblocking(ours.get(), true).code;
  }
};

std::unexpected<error> refused(int code, const std::string& name, std::string reason = {}) {
  return std::unexpected(error::about(static_cast<errc>(code), verb::spawn, name, std::move(reason)));
}

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

result<void> check(const command& what, const std::string& name) {
  if (what.words.empty() || what.words.front().empty()) {
    return refused(EINVAL, name, "a command needs the name of a program");
  }
  for (const std::string& w : what.words) {
    if (has_nul(w)) return refused(EINVAL, name, "an argument contains a NUL");
  }
  for (const auto& [key, value] : what.environment) {
    if (key.empty() || key.find('=') != std::string::npos || has_nul(key) || has_nul(value)) {
      return refused(EINVAL, name, "the environment has no room for a variable called '" + key + "'");
    }
  }
  if (has_nul(what.directory)) return refused(EINVAL, name, "the directory contains a NUL");
  return {};
}

// Ours, but for the variables that the command sets.
std::vector<std::string> environment_for(const command& what) {
  std::vector<std::string> all;
  for (char** entry = sys::environment(); entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    bool replaced = false;
    for (const auto& [key, value] : what.environment) {
      replaced = replaced || (text.starts_with(key) && text.substr(key.size()).starts_with('='));
    }
    if (!replaced) all.emplace_back(text);
  }
  for (auto set = what.environment.rbegin(); set != what.environment.rend();
       ++set) {  // of two, the last one wins
    bool later = false;
    for (auto other = what.environment.rbegin(); other != set; ++other)
      later = later || other->first == set->first;
    if (!later) all.push_back(set->first + '=' + set->second);
  }
  return all;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> p;
  for (const std::string& t : texts)
    p.push_back(const_cast<char*>(t.c_str()));  // exec's contract, not its deeds
  p.push_back(nullptr);
  return p;
}

std::string reason_for(int code, const command& what) {
  const bool sought = what.words.front().find('/') == std::string::npos;
  return code == ENOENT && sought && what.directory.empty() ? "no such program in PATH" : std::string();
}

}  // namespace

command command::shell(std::string_view line) {
  command c;
  c.words = {"/bin/sh", "-c", std::string(line)};
  c.name = line;
  return c;
}

std::string exit_status::to_string() const {
  return signal_ != 0 ? "killed by " + signal_name(signal_) : "exit status " + std::to_string(code_);
}

void wait_process_operation::begin() noexcept {
  if (process_ != nullptr && process_->status)
    detail::refuse_to_begin(*this, 0);  // ended before it began: with success
}

result<exit_status> wait_process_operation::take() {
  if (!process_->status) {
    if (const int said = process_->take(false); said != 0) {
      return std::unexpected(error(static_cast<errc>(said), verb::wait, target->subject()));
    }
  }
  return *process_->status;
}

namespace {

// Once it runs it is killed on every way out that does not hand it over.
result<detail::running_process*> spawn(const command& what, const std::string& name,
                                       const std::array<int, 3>& streams, const char* terminal) {
  const std::vector<std::string> variables = environment_for(what);
  const std::vector<char*> words = pointers(what.words);
  const std::vector<char*> environment = pointers(variables);
  const sys::outcome started = sys::spawn({words.data(),
                                           environment.data(),
                                           what.directory.empty() ? nullptr : what.directory.c_str(),
                                           {streams[0], streams[1], streams[2]},
                                           what.own_group,
                                           terminal});
  if (!started.ok()) return refused(started.code, name, reason_for(started.code, what));
  const bool has_group = what.own_group || terminal != nullptr;
  auto made = std::make_unique<detail::running_process>(static_cast<int>(started.count), has_group);
  if (const int failed = made->watch(name); failed != 0) return refused(failed, name);
  return made.release();
}

}  // namespace

result<process> process::start_on_terminal(const command& what, const std::string& name) {
  sys::terminal_path path;
  const sys::outcome opened = sys::open_terminal_pair(path);
  if (!opened.ok()) return refused(opened.code, name, "no terminal can be made");
  owned_descriptor ours;
  ours.take(static_cast<int>(opened.count));
  if (const sys::outcome r = sys::set_terminal_size(ours.get(), what.terminal->columns, what.terminal->rows);
      !r.ok()) {
    return refused(r.code, name, "its terminal takes no size");
  }
  auto started = spawn(what, name, {}, path);
  if (!started) return std::unexpected(std::move(started.error()));
  process p(*started);
  p.state_->terminal = ours.get();
  auto stream = descriptor_stream::adopt(ours.get(), "terminal of " + name);
  if (!stream) return std::unexpected(std::move(stream.error()));
  (void)ours.release();
  p.stream_ = std::move(*stream);
  return p;
}

result<void> process::resize(terminal_size size) {
  const bool open = state_ != nullptr && state_->terminal >= 0 && stream_.reader().is_open();
  const int code = open ? sys::set_terminal_size(state_->terminal, size.columns, size.rows).code : ENOTTY;
  if (code == 0) return {};
  return std::unexpected(error::about(static_cast<errc>(code), verb::none, "size of the terminal"));
}

result<process> process::start(const command& what) {
  const std::string name = !what.name.empty() || what.words.empty() ? what.name : what.words.front();
  if (result<void> fine = check(what, name); !fine) return std::unexpected(std::move(fine.error()));

  if (what.terminal) return start_on_terminal(what, name);
  plumbing in;
  plumbing out;
  plumbing err;
  int code = in.lay(what.input, true);
  if (code == 0) code = out.lay(what.output, false);
  if (code == 0) code = err.lay(what.errors, false);
  if (code != 0) return refused(code, name);

  auto started = spawn(what, name, {in.child_gets, out.child_gets, err.child_gets}, nullptr);
  if (!started) return std::unexpected(std::move(started.error()));
  process p(*started);
  const auto end = [&name](plumbing& pipe, bool reads, const char* which) -> detail::socket_ptr {
    if (pipe.ours.get() < 0) return {};
    return std::move(*detail::adopt_descriptor(pipe.ours.release(), reads, which + (" of " + name)));
  };
  p.stream_ = descriptor_stream(descriptor_reader(end(out, true, "standard output")),
                                descriptor_writer(end(in, false, "standard input")));
  p.errors_ = descriptor_reader(end(err, true, "standard error"));
  return p;
}

process::~process() { delete state_; }

int process::id() const noexcept { return state_ != nullptr ? state_->id : -1; }

wait_process_operation process::wait() noexcept {
  return {state_ != nullptr ? state_->ended : nullptr, state_};
}

result<void> process::send_signal(int number) {
  if (state_ == nullptr || state_->status) {
    return std::unexpected(error::about(errc::no_such_process, verb::none, "send " + signal_name(number)));
  }
  if (const int code = state_->send(number); code != 0) {
    return std::unexpected(
        error::about(static_cast<errc>(code), verb::none,
                     "send " + signal_name(number) + " to " + state_->ended->subject().get()->subject()));
  }
  return {};
}

result<void> process::terminate() { return send_signal(signal_number::terminate); }
result<void> process::kill() { return send_signal(signal_number::kill); }

}  // namespace fairlead
