// SPDX-License-Identifier: MIT
// fairlead: finds the command, reads its flags, runs it.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include <fairlead/version.hpp>

#include "command/command.hpp"
#include "console.hpp"
#include "help.hpp"
#include "standard_io.hpp"
#include "suggest.hpp"

namespace {

using namespace tool;

int wrong(const console& out, const std::string& sentence) {
  out.fail(sentence);
  return static_cast<int>(exit_status::usage);
}

// The name of the command, which flags may precede.
const command* find(const std::string& word) {
  const auto found = std::ranges::find(commands(), word, &command::name);
  return found == commands().end() ? nullptr : &*found;
}

std::string names_of_commands() {
  std::string all;
  for (const command& c : commands()) all += (all.empty() ? "" : ", ") + std::string(c.name);
  return all;
}

std::string unknown_command(const std::string& word) {
  std::vector<std::string_view> names;
  for (const command& c : commands()) names.push_back(c.name);
  if (const std::string_view near = nearest(word, names); !near.empty()) {
    return word + ": no such command; did you mean " + std::string(near) + "?";
  }
  return word + ": no such command; there are " + names_of_commands();
}

int without_command(const std::vector<std::string>& words, const console& out) {
  const auto asked = parse(on_none, words);
  if (!asked) return wrong(out, asked.error());
  if (asked->version) {
    std::puts("fairlead " FAIRLEAD_VERSION);
  } else if (asked->help) {
    std::fputs(help().c_str(), stdout);
  } else {
    return wrong(out, "a command is missing: " + names_of_commands() + " (--help says more)");
  }
  return 0;
}

int run(const std::string& program, std::vector<std::string> words, console& out) {
  const auto first = std::ranges::find_if(words, [](const std::string& w) { return !w.starts_with('-'); });
  if (first == words.end()) return without_command(words, out);
  const command* const wanted = find(*first);
  if (wanted == nullptr) return wrong(out, unknown_command(*first));
  words.erase(first);

  auto asked = parse(wanted->id, words);
  if (!asked) return wrong(out, asked.error());
  asked->program = program;
  if (asked->help) {
    std::fputs(help(*wanted).c_str(), stdout);
    return 0;
  }
  const std::size_t needed = wanted->argument.empty() ? 0 : 1;
  if (asked->arguments.size() < needed) {
    return wrong(out, std::string(wanted->name) + ": " + std::string(wanted->argument) +
                          " is missing (--help says more)");
  }
  if (asked->arguments.size() > needed && !wanted->several)
    return wrong(out, asked->arguments[needed] + ": one argument too many");
  out.quiet = asked->quiet;
  out.verbose = asked->verbose;
  return wanted->run(*asked, out);
}

}  // namespace

int main(int argc, char** argv) {
  occupy_standard_streams();
  console out;
  try {
    const std::string program = argc > 0 ? argv[0] : "fairlead";
    int status = run(program, std::vector<std::string>(argv + std::min(argc, 1), argv + argc), out);
    // What did not reach its reader is a failure, too: a full disk, a closed stream.
    errno = 0;
    const bool lost = std::fflush(stdout) != 0 || std::ferror(stdout) != 0;
    if (lost && status == 0) {
      out.fail(std::string("write standard output: ") + std::strerror(errno != 0 ? errno : EIO));
      status = static_cast<int>(exit_status::network);
    }
    return status;
  } catch (const std::exception& e) {
    out.fail(e.what());
    return static_cast<int>(exit_status::network);
  }
}
