// SPDX-License-Identifier: MIT
// Completions for zsh, by its _arguments.
#include <algorithm>
#include <string>
#include <vector>

#include <fairlead/version.hpp>

#include "manual/manual.hpp"
#include "manual/shell_text.hpp"
#include "manual/value.hpp"

namespace tool {

namespace {

std::string with_backslashes(std::string_view text, std::string_view before) {
  std::string made;
  for (const char c : text) {
    if (before.contains(c)) made += '\\';
    made += c;
  }
  return made;
}

// Colons divide the parts of a specification.
std::string no_colons(std::string_view text) { return with_backslashes(text, ":\\"); }
std::string description(std::string_view text) { return with_backslashes(brief(text), ":[]\\"); }

// What completes a value. A space before it: called as it stands.
std::string action(const value& v) {
  switch (v.kind) {
    case value_kind::text: return " ";
    case value_kind::file: return "_files";
    case value_kind::directory: return "_files -/";
    case value_kind::address: return "_fairlead_address";
    case value_kind::place: return "_fairlead_place";
    case value_kind::host: return "_hosts";
    case value_kind::program: return "_command_names -e";
    case value_kind::choice: break;
  }
  if (std::ranges::any_of(v.choices, is_beginning))
    return " _fairlead_beginning " + no_colons(joined(v.choices, " "));
  return '(' + joined(v.choices, " ") + ')';
}

std::string specification(const flag& f) {
  std::string rest = '[' + description(f.help) + ']';
  if (!f.argument.empty()) rest += ':' + no_colons(f.argument) + ':' + action(value_of(f));
  const std::string long_form = "--" + std::string(f.name) + (f.argument.empty() ? "" : "=");
  const std::string once = is_repeatable(f) ? "'*'" : "'(" + spellings(f, " ") + ")'";
  if (f.letter == 0) return (is_repeatable(f) ? "'*'" : "") + in_quotes(long_form + rest);
  const std::string short_form = std::string("-") + f.letter + (f.argument.empty() ? "" : "+");
  return once + '{' + short_form + ',' + long_form + '}' + in_quotes(rest);
}

std::string specification(std::string_view position, std::string_view name,
                          const std::vector<value>& possible) {
  std::string made = std::string(position) + ':' + no_colons(name) + ':';
  if (possible.size() == 1) return in_quotes(made + action(possible.front()));
  made += " _alternative";
  for (const value& v : possible)
    made += " \"" + no_colons("words:" + std::string(name) + ':' + action(v)) + '"';
  return in_quotes(made);
}

std::string function_of(const command& c) {
  std::string made = "\n_fairlead_" + std::string(c.name) + "() {\n  _arguments -s -S";
  for (const flag* f : flags_of(c.id)) made += " \\\n    " + specification(*f);
  const std::vector<argument_word> words = arguments_of(c);
  const std::size_t last = distinct_positions(c);
  for (std::size_t at = 0; at <= last && at < words.size(); ++at) {
    const bool rest = at == last;
    std::vector<std::string_view> names;
    for (std::size_t i = at; i < (rest ? words.size() : at + 1); ++i) names.push_back(words[i].name);
    made += " \\\n    ";
    made += specification(rest ? "*" : std::to_string(at + 1), joined(names, " or "), possible_at(c, at));
  }
  return made + "\n}\n";
}

// The function that completes addresses of a kind.
std::string addresses(std::string_view name, value_kind kind) {
  std::string made = "\n_fairlead_" + std::string(name) + "() {\n";
  if (kind == value_kind::place)
    made += "  compset -P '(" + joined(words_before("ADDR", kind), "|") + "):'\n";
  made += "  if compset -P '(" + joined(words_before("PATH", kind), "|") +
          "):'; then\n    _files\n    return\n  fi\n  local -a forms=(\n";
  for (const address_form& form : forms_of(kind))
    made += "    " + in_quotes(no_colons(form.beginning) + ':' + brief(form.meaning)) + '\n';
  return made + "  )\n  _describe -t addresses address forms -S ''\n}\n";
}

}  // namespace

std::string zsh_completion() {
  std::string made =
      "#compdef fairlead\n"
      "# Completions of fairlead " FAIRLEAD_VERSION " for zsh, as `fairlead completion zsh` prints them.\n";

  made += "\n_fairlead_beginning() {\n  compadd -S '' -- \"$@\"\n}\n";
  made += addresses("address", value_kind::address) + addresses("place", value_kind::place);
  for (const command& c : commands()) made += function_of(c);

  made += "\n_fairlead() {\n  local curcontext=$curcontext state\n  local -a line commands=(\n";
  for (const command& c : commands())
    made += "    " + in_quotes(std::string(c.name) + ':' + brief(c.summary)) + '\n';
  made += "  )\n  _arguments -C -S";
  for (const flag* f : flags_of(on_none)) made += " \\\n    " + specification(*f);
  made +=
      " \\\n    '1:command:->command' '*::argument:->argument' && return\n"
      "  case $state in\n"
      "    command) _describe -t commands command commands ;;\n"
      "    argument) (( $+functions[_fairlead_$line[1]] )) && _fairlead_$line[1] ;;\n"
      "  esac\n}\n"
      "\n# Read by `source`, it makes itself known; found by compinit, this is the first call.\n"
      "if [[ $funcstack[1] == _fairlead ]]; then\n  _fairlead \"$@\"\nelse\n  compdef _fairlead "
      "fairlead\nfi\n";
  return made;
}

}  // namespace tool
