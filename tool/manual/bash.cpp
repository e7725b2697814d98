// SPDX-License-Identifier: MIT
// Completions for bash. They need nothing but bash 4: not the functions of the package bash-completion.
#include <algorithm>
#include <string>
#include <vector>

#include <fairlead/version.hpp>

#include "manual/manual.hpp"
#include "manual/shell_text.hpp"
#include "manual/value.hpp"

namespace tool {

namespace {

constexpr std::string_view kind_names[] = {"text",  "file", "directory", "address",
                                           "place", "host", "program",   "choice"};

std::string call(const value& v) {
  std::string made(kind_names[static_cast<std::size_t>(v.kind)]);
  for (const std::string_view choice : v.choices) made += ' ' + std::string(choice);
  return made;
}

// What takes the same value stands on one line.
std::string values_of(unsigned command) {
  std::vector<std::pair<std::string, std::string>> lines;
  for (const flag* f : flags_of(command)) {
    if (f->argument.empty()) continue;
    const std::string takes = call(value_of(*f));
    auto line = std::ranges::find(lines, takes, [](const auto& l) { return l.second; });
    if (line == lines.end()) line = lines.insert(line, {std::string(), takes});
    line->first += (line->first.empty() ? "" : "|") + spellings(*f, "|");
  }
  std::string made;
  for (const auto& [flags, takes] : lines)
    made += "        " + flags + ") takes=" + in_quotes(takes) + " ;;\n";
  return made;
}

std::string arguments(const command& c) {
  std::string made;
  const std::size_t last = distinct_positions(c);
  for (std::size_t at = 0; at <= last; ++at) {
    const std::vector<value> possible = possible_at(c, at);
    if (possible.empty()) continue;
    made += "    " + std::string(c.name) + ':' + (at == last ? "*" : std::to_string(at)) + ')';
    for (const value& v : possible) made += " _fairlead_offer " + call(v) + ';';
    made += ";\n";
  }
  return made;
}

std::string flags_line(std::string_view command, unsigned id) {
  std::vector<std::string> all;
  for (const flag* f : flags_of(id)) all.push_back("--" + std::string(f->name));
  return "    " + std::string(command) + ") flags='" + joined(all, " ") + "' ;;\n";
}

// Of a script: what never changes. Each line says what it is for.
constexpr std::string_view offer = R"sh(
# What begins like the part of $cur that is behind its first colon.
_fairlead_behind() {
  local prefix=${cur%%:*}: i
  local cur=${cur#*:}
  _fairlead_offer "$@"
  for i in "${!COMPREPLY[@]}"; do
    COMPREPLY[i]=$prefix${COMPREPLY[i]}
  done
}

# Adds to COMPREPLY what begins like $cur. The first word is the kind, others are choices.
_fairlead_offer() {
  local kind=$1 path bare
  shift
  bare=${cur//\\/}  # as it is, not as it is typed
  bare=${bare#[\'\"]}
  case $kind in
    file|directory)
      compopt -o filenames 2>/dev/null
      while IFS= read -r path; do
        COMPREPLY+=("$path")
      done < <(compgen -A "$kind" -- "$bare") ;;
    address)
      case $cur in
        @PATHS@) _fairlead_behind file ;;
        *) _fairlead_offer choice @ADDRESSES@ ;;
      esac ;;
    place)
      case $cur in
        @SIDES@) _fairlead_behind address ;;
        @FILES@) _fairlead_behind file ;;
        *) _fairlead_offer choice @PLACES@ ;;
      esac ;;
    host)
      while IFS= read -r path; do
        COMPREPLY+=("$path")
      done < <(compgen -A hostname -- "$cur") ;;
    program)
      while IFS= read -r path; do
        COMPREPLY+=("$path")
      done < <(compgen -A command -- "$cur") ;;
    choice)
      for path; do
        [[ $path == "$cur"* ]] || continue
        COMPREPLY+=("$path")
        # More is to follow these.
        [[ $path != *[:/] ]] || compopt -o nospace 2>/dev/null
      done ;;
  esac
}
)sh";

constexpr std::string_view body = R"sh(
_fairlead() {
  COMPREPLY=()
  # Readline breaks words at colons and equal signs; here they are whole again.
  local -a words=()
  local line=$COMP_LINE rest word i
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    rest=${line#"${line%%[![:space:]]*}"}
    if ((i > 0)) && [[ $rest == "$line" && -n $word ]]; then
      words[${#words[@]} - 1]+=$word
    else
      words+=("$word")
    fi
    line=${rest#"$word"}
  done

  # What was said before the cursor: the command, how many arguments, a flag that waits for its value.
  local cur=${words[${#words[@]} - 1]} command='' position=0 ended='' waiting='' takes=''
  for ((i = 1; i < ${#words[@]} - 1; i++)); do
    word=${words[i]}
    if [[ -n $waiting ]]; then
      waiting=''
    elif [[ -z $ended && $word == -- ]]; then
      ended=1
    elif [[ -z $ended && $word == -?* ]]; then
      _fairlead_value "$command" "$word"
      [[ -z $takes ]] || waiting=$word
    elif [[ -z $command ]]; then
      command=$word
    else
      position=$((position + 1))
    fi
  done

  local lead='' flags=''
  if [[ -n $waiting ]]; then
    _fairlead_value "$command" "$waiting"
    # shellcheck disable=SC2086  # words
    _fairlead_offer $takes
  elif [[ -z $ended && $cur == --*=* ]]; then
    lead=${cur%%=*}=
    _fairlead_value "$command" "${cur%%=*}"
    cur=${cur#*=}
    # shellcheck disable=SC2086  # words
    _fairlead_offer ${takes:-text}
  elif [[ -z $ended && $cur == -* ]]; then
    _fairlead_flags "$command"
    # shellcheck disable=SC2086  # words
    _fairlead_offer choice $flags
  elif [[ -z $command ]]; then
    _fairlead_offer choice @COMMANDS@
  else
    _fairlead_argument "$command" "$position"
  fi

  # Readline puts the reply in the place of what stands after its last break.
  local breaks=${COMP_WORDBREAKS//[^:=@]/}
  [[ $breaks == *=* ]] && lead=''
  local prefix=''
  [[ -z $breaks ]] || prefix=${cur%"${cur##*["$breaks"]}"}
  for i in "${!COMPREPLY[@]}"; do
    COMPREPLY[i]=$lead${COMPREPLY[i]#"$prefix"}
  done
}

complete -F _fairlead fairlead
)sh";

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const std::size_t at = text.find(what);
  if (at != std::string::npos) text.replace(at, what.size(), with);
  return text;
}

}  // namespace

std::string bash_completion() {
  std::string made =
      "# Completions of fairlead " FAIRLEAD_VERSION " for bash, as `fairlead completion bash` prints them.\n";
  made += "# shellcheck shell=bash\n";

  made += "\n# The flags of a command, into $flags.\n_fairlead_flags() {\n  case $1 in\n" +
          flags_line("''", on_none);
  for (const command& c : commands()) made += flags_line(c.name, c.id);
  made += "  esac\n}\n";

  made += "\n# The value of a command's flag, into $takes: its kind, and choices. Empty if it takes none.\n";
  made += "_fairlead_value() {\n  takes=''\n  case $1 in\n";
  for (const command& c : commands()) {
    const std::string values = values_of(c.id);
    if (!values.empty())
      made += "    " + std::string(c.name) + ")\n      case $2 in\n" + values + "      esac ;;\n";
  }
  made += "  esac\n}\n";

  made +=
      "\n# The argument of a command that has so many before it.\n_fairlead_argument() {\n  case $1:$2 in\n";
  for (const command& c : commands()) made += arguments(c);
  made += "  esac\n}\n";

  const auto before = [](std::string_view rest, value_kind kind) {
    return joined(words_before(rest, kind), ":*|") + ":*";
  };
  std::string offers = replaced(std::string(offer), "@PATHS@", before("PATH", value_kind::address));
  offers = replaced(offers, "@FILES@", before("PATH", value_kind::place));
  offers = replaced(offers, "@SIDES@", before("ADDR", value_kind::place));
  offers = replaced(offers, "@ADDRESSES@", joined(beginnings_of(value_kind::address), " "));
  made += replaced(offers, "@PLACES@", joined(beginnings_of(value_kind::place), " "));
  std::vector<std::string_view> names;
  for (const command& c : commands()) names.push_back(c.name);
  return made + replaced(std::string(body), "@COMMANDS@", joined(names, " "));
}

std::span<const std::string_view> shells() noexcept {
  static constexpr std::string_view all[] = {"bash", "zsh", "fish"};
  return all;
}

}  // namespace tool
