// SPDX-License-Identifier: MIT
// Completions for fish.
#include <string>
#include <vector>

#include <fairlead/version.hpp>

#include "manual/manual.hpp"
#include "manual/shell_text.hpp"
#include "manual/value.hpp"

namespace tool {

namespace {

// In fish a quote in quotes has a backslash before it.
std::string quoted(std::string_view text) {
  std::string made = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') made += '\\';
    made += c;
  }
  return made + '\'';
}

// The options of `complete` that offer a value.
std::string offered(const value& v) {
  switch (v.kind) {
    case value_kind::text: return {};
    case value_kind::file: return "-F";
    case value_kind::directory: return "-a '(__fish_complete_directories)'";
    case value_kind::address: return "-a '(__fairlead_addresses)'";
    case value_kind::place: return "-a '(__fairlead_places)'";
    case value_kind::host: return "-a '(__fish_print_hostnames)'";
    case value_kind::program: return "-a '(__fish_complete_command)'";
    case value_kind::choice: break;
  }
  return "-a " + quoted(joined(v.choices, " "));
}

std::string line(std::string_view condition) { return "complete -c fairlead -n " + quoted(condition); }

std::string line(std::string_view condition, const flag& f) {
  std::string made = line(condition);
  if (f.letter != 0) made += std::string(" -s ") + f.letter;
  made += " -l " + std::string(f.name);
  if (!f.argument.empty()) {
    const value v = value_of(f);
    const std::string offer = offered(v);
    made += v.kind == value_kind::file ? " -r" : " -x";
    if (!offer.empty()) made += ' ' + offer;
  }
  return made + " -d " + quoted(brief(f.help)) + '\n';
}

// The function that prints addresses of a kind.
std::string addresses(std::string_view name, value_kind kind) {
  std::string made = "\nfunction __fairlead_" + std::string(name) + "\n    set -l token (commandline -ct)\n";
  if (kind == value_kind::place) {
    made += "    set -l before (string match -r -- '^(?:" + joined(words_before("ADDR", kind), "|") +
            "):' $token)\n    set token (string replace -- \"$before\" '' $token)\n";
  }
  made += "    if set -l scheme (string match -r -- '^(?:" + joined(words_before("PATH", kind), "|") +
          "):' $token)\n"
          "        string replace -r -- '^' \"$before$scheme\" "
          "(__fish_complete_path (string replace -- $scheme '' $token))\n"
          "        return\n    end\n";
  for (const address_form& form : forms_of(kind)) {
    made += "    printf '%s\\t%s\\n' \"$before\"" + quoted(form.beginning) + ' ' +
            quoted(brief(form.meaning)) + '\n';
  }
  return made + "end\n";
}

// The words after which the value of a flag follows as a word of its own.
std::string waiting_flags(const command& c) {
  std::vector<std::string> all;
  for (const flag* f : flags_of(c.id)) {
    if (!f->argument.empty()) all.push_back(spellings(*f, " "));
  }
  return all.empty() ? std::string()
                     : "        case " + std::string(c.name) + "\n            printf '%s\\n' " +
                           joined(all, " ") + '\n';
}

// What stands where so many arguments have been given before; nobody knows what a repeated one is.
std::string arguments(const command& c) {
  std::string made;
  const std::size_t last = distinct_positions(c);
  for (std::size_t at = 0; at <= last; ++at) {
    const std::string here =
        (at == last ? "__fairlead_from " : "__fairlead_at ") + std::string(c.name) + ' ' + std::to_string(at);
    for (const value& v : possible_at(c, at)) {
      const std::string offer = offered(v);
      if (!offer.empty()) made += line(here) + ' ' + offer + '\n';
    }
  }
  return made;
}

}  // namespace

std::string fish_completion() {
  std::string made =
      "# Completions of fairlead " FAIRLEAD_VERSION " for fish, as `fairlead completion fish` prints them.\n";
  made += R"fish(
# The command on this line; fails if there is none yet.
function __fairlead_command
    for word in (commandline -opc)[2..-1]
        if not string match -q -- '-*' $word
            echo $word
            return 0
        end
    end
    return 1
end

function __fairlead_is
    test (__fairlead_command; or echo) = $argv[1]
end
)fish";
  made += "\n# The flags of a command that take a value.\nfunction __fairlead_waiting\n    switch $argv[1]\n";
  for (const command& c : commands()) made += waiting_flags(c);
  made += "    end\nend\n";
  made += R"fish(
# How many arguments that command has before the cursor; fails if it is another one.
function __fairlead_given
    __fairlead_is $argv[1]; or return 1
    set -l flags (__fairlead_waiting $argv[1])
    set -l given -1
    set -l waiting ''
    set -l ended ''
    for word in (commandline -opc)[2..-1]
        if test -n "$waiting"
            set waiting ''
        else if test -z "$ended"; and test "$word" = --
            set ended yes
        else if test -z "$ended"; and string match -qr -- '^-.' $word
            contains -- $word $flags; and set waiting yes
        else
            set given (math $given + 1)
        end
    end
    echo $given
end

function __fairlead_at
    test (__fairlead_given $argv[1]; or echo no) = $argv[2]
end

function __fairlead_from
    set -l given (__fairlead_given $argv[1]); and test $given -ge $argv[2]
end
)fish";
  made += addresses("addresses", value_kind::address) + addresses("places", value_kind::place);
  made += "\ncomplete -c fairlead -f\n";

  for (const flag* f : flags_of(on_none)) made += line("not __fairlead_command >/dev/null", *f);
  for (const command& c : commands())
    made += line("not __fairlead_command >/dev/null") + " -a " + std::string(c.name) + " -d " +
            quoted(brief(c.summary)) + '\n';
  for (const command& c : commands()) {
    const std::string here = "__fairlead_is " + std::string(c.name);
    made += '\n';
    for (const flag* f : flags_of(c.id)) made += line(here, *f);
    made += arguments(c);
  }
  return made;
}

}  // namespace tool
