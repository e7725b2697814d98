// SPDX-License-Identifier: MIT
#include "transfer/words.hpp"

#include "console.hpp"
#include "figures.hpp"
#include "files/file.hpp"
#include "standard_io.hpp"
#include "text.hpp"
#include "wire/link.hpp"

namespace tool::transfer {

namespace {

using namespace fairlead;

std::string checkable(const digest& hash, std::string_view name) {
  // As sha256sum does it: a line with a name that has been changed begins with a backslash.
  std::string shown;
  for (const char c : name) {
    switch (c) {
      case '\\': shown += "\\\\"; break;
      case '\n': shown += "\\n"; break;
      case '\r': shown += "\\r"; break;
      default: shown += c;
    }
  }
  return (shown.size() != name.size() ? "\\" : "") + sha256::hex(hash) + "  " + shown + '\n';
}

}  // namespace

error nonsense(const link& peer, const char* what) {
  return error::about(errc::protocol_error, verb::none, peer.peer, what);
}

std::string count_of(std::uint64_t n, std::string_view what) {
  std::string made = count_text(n) + ' ';
  made += what;
  if (n != 1) made += 's';
  return made;
}

result<void> print_hash(const console& out, listing hashes, const digest& hash, std::string_view name) {
  if (out.quiet || hashes == listing::left_out) return {};
  out.overwrite({});
  std::string line;
  if (is_terminal(stream::out)) {
    // Nobody checks what is shown there, and names of strangers may command a terminal.
    line = sha256::hex(hash) + "  " + printable(name) + '\n';
  } else {
    line = checkable(hash, name);
  }
  show(line);
  return all_shown();
}

bool is_of_output(const error& e) { return e == errc::broken_pipe && e.subject() == "standard output"; }
std::uint64_t stored_in(std::span<const source> files) {
  std::uint64_t all = 0;
  for (const source& s : files) {
    if (s.facts.kind == files::kind::file) all += std::min(s.facts.stored, s.facts.size);
  }
  return all;
}

std::string summary(std::uint64_t files, std::uint64_t had, const meter& m) {
  const double seconds = std::chrono::duration<double>(m.since()).count();
  const auto bytes = static_cast<double>(m.bytes());
  std::string made = count_of(files, "file");
  if (had > 0) made += " (" + (had == files ? "" : count_text(had) + ' ') + "there already)";
  made += ", " + amount_text(bytes) + " in " + time_text(m.since());
  if (bytes > 0 && seconds > 0) made += ", " + amount_text(bytes / seconds) + "/s";
  return made;
}

}  // namespace tool::transfer
