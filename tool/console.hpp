// SPDX-License-Identifier: MIT
// How the tool speaks to people: colour on terminals only, one sentence for an error, steps when asked.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include <fairlead/error.hpp>

#include "exit_status.hpp"

namespace tool {

class lookout;

enum class stream : int { in = 0, out = 1, err = 2 };

/// Whether a standard stream is a terminal.
[[nodiscard]] bool is_terminal(stream s) noexcept;

enum class style { plain, bold, dim, good, bad };

/// What a sentence is.
enum class saying { error, note, step, line };

class console {
 public:
  console();

  bool quiet = false;    ///< errors only, and the line that says a listener is ready
  bool verbose = false;  ///< each step with its time
  bool progress = true;  ///< shown on a terminal
  /// Is given whatever is to be said on standard error, progress aside. True: it has seen to that.
  std::function<bool(saying, std::string_view)> instead{};
  /// Is called when the first signal has come that asks to finish.
  std::function<void()> interrupted{};
  /// Where signals are heard while a command runs that has something to write at its end; null otherwise.
  lookout* signals = nullptr;

  /// `text` as it is, or in colour where the stream is a terminal that shows it.
  [[nodiscard]] std::string paint(stream to, style s, std::string_view text) const;

  /// "fairlead: …" on standard error.
  void fail(std::string_view sentence) const;
  /// The error's sentence; on a terminal a parse error shows the place as well. Gives the status it deserves.
  exit_status fail(const fairlead::error& e) const;
  /// The same of what the user has given us, a file that cannot be used say. Gives exit_status::usage.
  int misused(const fairlead::error& e) const;
  /// The status that a command ends with. Nothing is said of success, nor when whoever read our output has
  /// left: that is how pipelines end, and the status is that of a program ended by SIGPIPE.
  int verdict(const fairlead::result<void>& ended) const;
  /// Said unless --quiet, on standard error.
  void note(std::string_view sentence) const;
  /// Said with --verbose only, after the milliseconds since the start.
  void step(std::string_view sentence) const;
  /// A line of progress in the place of the last one, on a terminal only, and not with --quiet. An empty one
  /// takes it away, and so does whatever is said else.
  void overwrite(std::string_view line) const;
  /// Columns that such a line may have.
  [[nodiscard]] std::size_t line_width() const;
  /// A line that scripts wait for: always said, at once and whole.
  void announce(std::string_view line) const;

 private:
  void say(saying what, std::string_view sentence, std::string shown) const;
  [[nodiscard]] bool colour(stream s) const noexcept { return s == stream::err ? colour_err_ : colour_out_; }
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  mutable bool drawn_ = false;  // a line of progress is there
  bool colour_out_ = false;
  bool colour_err_ = false;
};

}  // namespace tool
