// SPDX-License-Identifier: MIT
// A program that runs while the test talks to it through pipes, or through a terminal.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/child.hpp"
#include "support/guard.hpp"

namespace tool_test {

struct start_options {
  std::vector<std::pair<std::string, std::string>> environment;  ///< added to ours
  bool terminal = false;               ///< its three standard streams are one terminal
  std::function<void()> in_the_child;  ///< done before the program begins: limits, closed descriptors
};

/// No file may grow beyond so many bytes.
[[nodiscard]] start_options files_up_to(std::size_t bytes);

class running {
 public:
  /// The first word is a path, or is sought in PATH.
  explicit running(std::vector<std::string> words, const start_options& options = {});
  ~running();  // kills what still runs
  running(const running&) = delete;
  running& operator=(const running&) = delete;

  /// Everything goes to its standard input, while its output is read. False if it does not take it.
  bool write(std::string_view text);
  void close_input();
  /// Nobody reads its standard output any more.
  void close_output();
  void signal(int number) const;
  /// Of the terminal that it runs on.
  void resize(unsigned short rows, unsigned short columns) const;

  /// Waits until it has said this. False if it ends, or says nothing for too long, without.
  bool says(std::string_view text) { return until(output_, text); }
  bool complains(std::string_view text) { return until(errors_, text); }
  /// Waits for `count` whole lines on standard error.
  bool complains_lines(std::size_t count);
  /// Waits for `count` bytes of output.
  bool gives(std::size_t count);
  /// Waits for its end and gives its status, 128 and the signal's number if a signal ended it.
  int status();

  [[nodiscard]] bool has_ended();

  /// What was read so far.
  [[nodiscard]] const std::string& output() const noexcept { return output_; }
  [[nodiscard]] const std::string& errors() const noexcept { return errors_; }
  [[nodiscard]] pid_t id() const noexcept { return child_; }

 private:
  bool until(const std::string& where, std::string_view text);
  // Moves bytes until `done()`, or nothing more can come (false), or the deadline (false).
  bool pump(const std::function<bool()>& done, std::string_view* feed = nullptr);

  pid_t child_ = -1;
  int in_ = -1;
  int out_ = -1;
  int err_ = -1;
  int status_ = -1;
  std::string output_;
  std::string errors_;
};

/// `fairlead words…`
[[nodiscard]] std::vector<std::string> fairlead_command(std::vector<std::string> words);

/// `fairlead listen ADDRESS words…`, ready: its first line has been read.
class listener : public running {
 public:
  explicit listener(const std::string& address, std::vector<std::string> words = {},
                    const start_options& options = {})
      : listener(joined({"listen", address}, std::move(words)), options, 0) {}
  /// "tcp://127.0.0.1:43211", with the real port; empty if it did not get ready.
  [[nodiscard]] const std::string& address() const noexcept { return address_; }
  /// Of the certificate that a TLS listener has made for itself.
  [[nodiscard]] const std::string& pin() const noexcept { return pin_; }
  /// "43211"
  [[nodiscard]] std::string port() const { return address_.substr(address_.rfind(':') + 1); }

 protected:
  listener(std::vector<std::string> words, const start_options& options, int);
  static std::vector<std::string> joined(std::vector<std::string> a, std::vector<std::string> b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
  }

 private:
  std::string address_;
  std::string pin_;
};

/// `fairlead relay FROM TO words…`, ready, where one of them listens.
class relaying : public listener {
 public:
  relaying(const std::string& from, const std::string& to, std::vector<std::string> words = {},
           const start_options& options = {})
      : listener(joined({"relay", from, to}, std::move(words)), options, 0) {}
};

/// Whether a program is in PATH.
[[nodiscard]] bool has_program(const std::string& name);

#define FAIRLEAD_NEEDS(program) \
  if (!tool_test::has_program(program)) GTEST_SKIP() << program << " is not on this machine"

/// fairlead::testing::free_port() as text, for programs that cannot say which one they took.
[[nodiscard]] std::string free_port();

/// `fairlead connect ADDRESS words…`, as soon as the other program listens there.
[[nodiscard]] fairlead::testing::child_outcome connect_when_it_listens(const std::string& address,
                                                                       const std::vector<std::string>& words,
                                                                       const std::string& input);

}  // namespace tool_test
