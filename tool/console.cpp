// SPDX-License-Identifier: MIT
#include "console.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <fairlead/address.hpp>
#include <fairlead/signal.hpp>
#include <fairlead/terminal.hpp>

#include "standard_io.hpp"
#include "text.hpp"

namespace tool {

namespace {

// https://no-color.org: set and not empty means no colour.
bool colour_wished() {
  const char* const no = std::getenv("NO_COLOR");
  if (no != nullptr && *no != '\0') return false;
  const char* const term = std::getenv("TERM");
  return term != nullptr && *term != '\0' && std::string_view(term) != "dumb";
}

std::string_view escape(style s) {
  switch (s) {
    case style::plain: return "";
    case style::bold: return "\033[1m";
    case style::dim: return "\033[2m";
    case style::good: return "\033[32m";
    case style::bad: return "\033[31m";
  }
  return "";
}

}  // namespace

bool is_terminal(stream s) noexcept {
  // The standard library cannot ask, but Linux shows what the descriptor is. Wrong answers cost colour only.
  std::error_code failed;
  const std::filesystem::path target =
      std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(static_cast<int>(s)), failed);
  if (failed) return false;
  const std::string& name = target.native();
  return name.starts_with("/dev/pts/") || name.starts_with("/dev/tty") || name == "/dev/console";
}

console::console() {
  if (!colour_wished()) return;
  colour_out_ = is_terminal(stream::out);
  colour_err_ = is_terminal(stream::err);
}

std::string console::paint(stream to, style s, std::string_view text) const {
  if (!colour(to) || s == style::plain) return std::string(text);
  std::string painted(escape(s));
  painted += text;
  painted += "\033[0m";
  return painted;
}

// One call for a line: other processes write to the same terminal.
void console::say(saying what, std::string_view sentence, std::string shown) const {
  if (instead && instead(what, sentence)) return;
  overwrite({});
  shown += '\n';
  tell(shown);
}

void console::fail(std::string_view sentence) const {
  say(saying::error, sentence, paint(stream::err, style::bad, "fairlead:") + ' ' + std::string(sentence));
}

exit_status console::fail(const fairlead::error& e) const {
  const std::string sentence = e.message();
  std::string shown = paint(stream::err, style::bad, "fairlead:") + ' ' + sentence;
  if (is_terminal(stream::err)) {
    if (const std::string place = fairlead::underline(e); !place.empty()) {
      shown += '\n';
      std::size_t begin = 0;
      while (begin <= place.size()) {
        const std::size_t end = std::min(place.find('\n', begin), place.size());
        shown += "  " + place.substr(begin, end - begin);
        if (end != place.size()) shown += '\n';
        begin = end + 1;
      }
    }
  }
  say(saying::error, sentence, std::move(shown));
  return status_of(e);
}

int console::misused(const fairlead::error& e) const {
  fail(e);
  return static_cast<int>(exit_status::usage);
}

int console::verdict(const fairlead::result<void>& ended) const {
  if (ended) return static_cast<int>(exit_status::ok);
  const fairlead::error& e = ended.error();
  if (e == fairlead::errc::broken_pipe && e.subject() == "standard output") {
    step("nobody reads standard output any more");
    return after_signal(fairlead::signal_number::pipe);
  }
  return static_cast<int>(fail(e));
}

void console::note(std::string_view sentence) const {
  if (!quiet) say(saying::note, sentence, std::string(sentence));
}

void console::step(std::string_view sentence) const {
  if (!verbose) return;
  const std::chrono::duration<double, std::milli> since = std::chrono::steady_clock::now() - start_;
  char time[32];
  std::snprintf(time, sizeof time, "%9.3f ms  ", since.count());
  say(saying::step, sentence, paint(stream::err, style::dim, time) + std::string(sentence));
}

void console::overwrite(std::string_view line) const {
  if (quiet || !progress || !is_terminal(stream::err) || (line.empty() && !drawn_)) return;
  drawn_ = !line.empty();
  // Spaces, for not every terminal knows how to clear a line.
  tell('\r' + pad(line, line_width()) + (line.empty() ? "\r" : ""));
}

std::size_t console::line_width() const {
  constexpr std::size_t usual = 79;
  const auto size = fairlead::size_of_our_terminal();
  return size && size->columns > 1 ? std::min<std::size_t>(usual, size->columns - 1U) : usual;
}

void console::announce(std::string_view line) const { say(saying::line, line, std::string(line)); }

}  // namespace tool
