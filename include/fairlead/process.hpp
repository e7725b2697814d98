// SPDX-License-Identifier: MIT
// Commands that run beside us: their standard input and output as a stream, their end as an operation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fairlead/descriptor.hpp>
#include <fairlead/error.hpp>
#include <fairlead/export.hpp>
#include <fairlead/operation.hpp>
#include <fairlead/terminal.hpp>

namespace fairlead {

/// What a command finds as one of its standard streams.
enum class stdio : std::uint8_t {
  pipe,     ///< a pipe to us
  inherit,  ///< what this program has
  null,     ///< /dev/null
};

/// What to start, and with what around it.
struct command {
  std::vector<std::string> words;  ///< the program, sought in PATH if it has no slash, and its arguments
  std::vector<std::pair<std::string, std::string>>
      environment;        ///< added to ours, or replacing what is there
  std::string directory;  ///< where it runs; empty: here
  stdio input = stdio::pipe;
  stdio output = stdio::pipe;
  stdio errors = stdio::inherit;
  /// Gives the command a process group of its own, so that signals reach whatever it starts too, and those
  /// of our terminal (Ctrl-C) do not.
  bool own_group = false;
  /// It runs on a terminal of its own, of this size: its three standard streams are that terminal, which
  /// controls it (pty(7)), and the three members above mean nothing. stream() is the other side: what is sent
  /// there is typed, what comes from there was printed. It begins a session, and so has a group of its own.
  std::optional<terminal_size> terminal;
  std::string name;  ///< what errors call it; empty: its first word

  /// command::program("grep", "-c", pattern). (g++ 12 refuses braced lists within a co_await expression.)
  template <class... Words>
  [[nodiscard]] static command program(const Words&... words) {
    command c;
    (c.words.emplace_back(words), ...);
    return c;
  }
  /// `/bin/sh -c line`. A command that the shell does not find is exit status 127.
  [[nodiscard]] FAIRLEAD_API static command shell(std::string_view line);
};

/// How a process ended.
class exit_status {
 public:
  constexpr exit_status() = default;  ///< exit status 0
  [[nodiscard]] static constexpr exit_status exited(int code) noexcept { return exit_status(code, 0); }
  [[nodiscard]] static constexpr exit_status killed(int signal) noexcept { return exit_status(0, signal); }

  [[nodiscard]] constexpr bool ok() const noexcept { return code_ == 0 && signal_ == 0; }
  /// What it gave to exit(), 0 to 255; meaningless if a signal ended it.
  [[nodiscard]] constexpr int code() const noexcept { return code_; }
  /// The signal that ended it, or 0.
  [[nodiscard]] constexpr int signal() const noexcept { return signal_; }
  /// As a shell says it in one number: 128 and the signal's number if a signal ended it.
  [[nodiscard]] constexpr int number() const noexcept { return signal_ != 0 ? 128 + signal_ : code_; }
  /// "exit status 3", "killed by SIGKILL".
  [[nodiscard]] FAIRLEAD_API std::string to_string() const;
  friend constexpr bool operator==(const exit_status&, const exit_status&) = default;

 private:
  constexpr exit_status(int code, int signal) noexcept : code_(code), signal_(signal) {}
  int code_ = 0;
  int signal_ = 0;
};

namespace detail {
struct running_process;
}

/// Ends when the process has. errc::no_child_process if somebody else took its status: SIGCHLD is ignored,
/// or another part of the program waits for every child.
class [[nodiscard]] wait_process_operation : public detail::io, public leaf<wait_process_operation> {
 public:
  using value_type = exit_status;
  static constexpr bool composed = false;
  wait_process_operation(detail::socket_state* s, detail::running_process* p) noexcept
      : io(detail::action::readable, s), process_(p) {}
  wait_process_operation(wait_process_operation&& other) noexcept
      : io(std::move(other)), leaf(std::move(other)), process_(other.process_) {}
  FAIRLEAD_API void begin() noexcept;
  [[nodiscard]] FAIRLEAD_API result<exit_status> take();

 private:
  detail::running_process* process_;
};

/// A command that runs, or has run. Move only. Nothing is left behind when it is destroyed: a process that
/// has not ended by then is killed, and its status taken, so that no zombie stays.
class FAIRLEAD_API process {
 public:
  /// Descriptors other than the standard streams are closed in the child; SIGPIPE and SIGXFSZ end it as they
  /// should, and no signal is blocked there. Fails if the command cannot be executed
  /// (errc::no_such_file_or_directory, errc::permission_denied, …).
  [[nodiscard]] static result<process> start(const command& what);

  process() = default;  ///< none; to be assigned to
  process(process&& other) noexcept
      : state_(std::exchange(other.state_, nullptr)),
        stream_(std::move(other.stream_)),
        errors_(std::move(other.errors_)) {}
  process& operator=(process&& other) noexcept {
    std::swap(state_, other.state_);
    std::swap(stream_, other.stream_);
    std::swap(errors_, other.errors_);
    return *this;
  }
  ~process();

  [[nodiscard]] int id() const noexcept;
  /// recv() reads its standard output, send() writes its standard input, shutdown() ends that input. Where
  /// there is no pipe, that direction is closed. Of a command on a terminal shutdown() ends nothing that it
  /// could notice; type Ctrl-D, as people do.
  [[nodiscard]] descriptor_stream& stream() noexcept { return stream_; }
  /// Its standard error, if that is a pipe.
  [[nodiscard]] descriptor_reader& errors() noexcept { return errors_; }

  /// Gives the status once it has ended, again and again. Output may still wait in the pipe then.
  [[nodiscard]] wait_process_operation wait() noexcept;

  /// SIGTERM. errc::no_such_process when it has ended and its status was taken.
  result<void> terminate();
  /// SIGKILL.
  result<void> kill();
  result<void> send_signal(int number);
  /// Of its terminal; whatever runs in its foreground is sent SIGWINCH.
  /// errc::inappropriate_io_control_operation if it has none.
  result<void> resize(terminal_size size);

 private:
  explicit process(detail::running_process* p) noexcept : state_(p) {}
  static result<process> start_on_terminal(const command& what, const std::string& name);
  detail::running_process* state_ = nullptr;
  descriptor_stream stream_;
  descriptor_reader errors_;
};

}  // namespace fairlead
