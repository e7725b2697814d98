// SPDX-License-Identifier: MIT
// fairlead: finds the command, reads its flags, runs it.
#include <algorithm>
#include <exception>
#include <string>
#include <vector>

#include <fairlead/error.hpp>
#include <fairlead/url.hpp>
#include <fairlead/version.hpp>

#include "command/command.hpp"
#include "console.hpp"
#include "evidence/events.hpp"
#include "evidence/evidence.hpp"
#include "files/file.hpp"
#include "habit.hpp"
#include "help.hpp"
#include "standard_io.hpp"
#include "suggest.hpp"
#include "transfer/carrier.hpp"
#include "wire/lookout.hpp"

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

// A sentence with another remedy, if there is one.
std::string with_habit(std::string sentence, const std::string& meant) {
  if (!meant.empty()) sentence = sentence.substr(0, sentence.find("; ")) + "; try: " + meant;
  return sentence;
}

std::string unknown_command(const std::string& word) {
  std::vector<std::string_view> names;
  for (const command& c : commands()) names.push_back(c.name);
  if (const std::string_view near = nearest(word, names); !near.empty()) {
    return word + ": no such command; did you mean " + std::string(near) + "?";
  }
  return word + ": no such command; there are " + names_of_commands();
}

// The word of the help for the argument after `given` of them: "TO" of "FROM TO".
std::string missing(const command& c, const std::vector<std::string>& arguments) {
  std::string_view words = c.argument;
  std::size_t given = arguments.size();
  // Of "FILE… ADDR" one that is an address is the last.
  const auto is_address = [](const std::string& text) {
    const auto read = fairlead::url::parse(text);
    return read && (read->transport() || transfer::is_local(*read));
  };
  if (words.starts_with("FILE…") && given == 1 && is_address(arguments[0])) given = 0;
  for (; given > 0 && words.contains(' '); --given) words.remove_prefix(words.find(' ') + 1);
  std::string word(words.substr(0, words.find(' ')));
  if (word.ends_with("…")) word.resize(word.size() - std::string_view("…").size());
  return word;
}

int without_command(const std::vector<std::string>& words, const console& out) {
  const auto asked = parse(on_none, words);
  if (!asked) return wrong(out, with_habit(asked.error(), habit(nullptr, words)));
  if (asked->version) {
    show("fairlead " FAIRLEAD_VERSION "\n");
  } else if (asked->help) {
    show(help());
  } else {
    return wrong(out, "a command is missing: " + names_of_commands() + " (--help says more)");
  }
  return 0;
}

// What did not reach its reader is a failure, too: a full disk, a closed stream.
int after_output(int status, const console& out) {
  const int own = out.verdict(all_shown());
  return status == 0 ? own : status;
}

int run_command(const command& c, const settings& asked, console& out) {
  try {
    return after_output(c.run(asked, out), out);
  } catch (const std::exception& e) {
    out.fail(e.what());
    return static_cast<int>(exit_status::network);
  }
}

bool say_as_event(saying what, std::string_view sentence) {
  if (what == saying::error) emit("error", {}, {{"text", std::string(sentence)}});
  return what == saying::error;
}

int run(const std::string& program, std::vector<std::string> words, console& out) {
  const auto first = std::ranges::find_if(words, [](const std::string& w) { return !w.starts_with('-'); });
  if (first == words.end()) return without_command(words, out);
  const command* const wanted = find(*first);
  if (wanted == nullptr) return wrong(out, with_habit(unknown_command(*first), habit(nullptr, words)));
  words.erase(first);
  // What is wrong with the line is an event, too, for whoever reads nothing else.
  if (has_events(wanted->name) && std::ranges::find(words, "--json") != words.end())
    out.instead = say_as_event;

  auto asked = parse(wanted->id, words);
  if (!asked) return wrong(out, with_habit(asked.error(), habit(wanted, words)));
  asked->program = program;
  if (asked->help) {
    show(help(*wanted));
    return 0;
  }
  if (const std::string sentence = foreign_argument(*wanted, asked->arguments); !sentence.empty())
    return wrong(out, sentence);
  if (asked->arguments.size() < wanted->least) {
    return wrong(out, std::string(wanted->name) + ": " + missing(*wanted, asked->arguments) +
                          " is missing (--help says more)");
  }
  if (asked->arguments.size() > wanted->most)
    return wrong(out, asked->arguments[wanted->most] + ": one argument too many");
  out.quiet = asked->quiet;
  out.verbose = asked->verbose;
  evidence proof(out);
  lookout signals;
  if (asked->report || asked->record || asked->export_to) {
    signals.begin();
    out.signals = &signals;
  }
  if (const auto ready = proof.open(*asked, wanted->name); !ready) return out.misused(ready.error());
  asked->proof = &proof;
  return proof.conclude(run_command(*wanted, *asked, out));
}

}  // namespace

int main(int argc, char** argv) {
  occupy_standard_streams();
  files::survive_failed_writes();
  console out;
  try {
    const std::string program = argc > 0 ? argv[0] : "fairlead";
    const int status = run(program, std::vector<std::string>(argv + std::min(argc, 1), argv + argc), out);
    return after_output(status, out);
  } catch (const std::exception& e) {
    out.fail(e.what());
    return static_cast<int>(exit_status::network);
  }
}
