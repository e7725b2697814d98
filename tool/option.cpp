// SPDX-License-Identifier: MIT
#include "option.hpp"

#include <algorithm>
#include <charconv>

#include <CLI/CLI.hpp>

#include <fairlead/url.hpp>

#include "command/command.hpp"
#include "option/tables.hpp"
#include "suggest.hpp"

namespace tool {

namespace {

// What a text becomes in the settings; the sentence if it becomes nothing.
struct reader {
  settings& into;
  const std::string& text;

  std::string operator()(bool settings::* member) const {
    into.*member = true;
    return {};
  }
  std::string operator()(std::optional<std::string> settings::* member) const {
    into.*member = text;
    return {};
  }
  std::string operator()(std::vector<std::string> settings::* member) const {
    (into.*member).push_back(text);
    return {};
  }
  std::string operator()(std::optional<std::uint64_t> settings::* member) const {
    std::uint64_t number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc() || end != text.data() + text.size() || number == 0 || number > 1'000'000) {
      return text + ": must be a number from 1 to 1000000";
    }
    into.*member = number;
    return {};
  }
  std::string operator()(std::optional<byte_count> settings::* member) const {
    const auto bytes = fairlead::parse_size(text);
    if (!bytes) return bytes.error().message();
    into.*member = byte_count{*bytes};
    return {};
  }
  std::string operator()(std::optional<fairlead::polling> settings::* member) const {
    for (const auto& [name, value] : polling_words) {
      if (text == name) into.*member = value;
    }
    return into.*member ? std::string() : text + ": must be off, adaptive or always";
  }
  std::string operator()(std::optional<fairlead::proxy_version> settings::* member) const {
    if (text == "v1") into.*member = fairlead::proxy_version::v1;
    if (text == "v2") into.*member = fairlead::proxy_version::v2;
    return into.*member ? std::string() : text + ": must be v1 or v2";
  }
  std::string operator()(std::optional<fairlead::duration> settings::* member) const {
    const auto time = fairlead::parse_duration(text);
    if (!time) return time.error().message();
    if (time->count() == 0) return text + ": must be more than nothing";
    into.*member = *time;
    return {};
  }
};

std::string dashed(const flag& f) { return "--" + std::string(f.name); }
std::string lettered(const flag& f) { return std::string("-") + f.letter; }

std::string name_of(unsigned id) {
  const auto found = std::ranges::find(commands(), id, [](const command& c) -> unsigned { return c.id; });
  return found == commands().end() ? std::string() : std::string(found->name);
}

// The commands that have a flag, as it was typed: "--echo", or "-e".
std::string commands_with(const std::string& typed) {
  unsigned ids = 0;
  for (const flag* f : flags()) {
    if (typed == dashed(*f) || (f->letter != 0 && typed == lettered(*f))) ids |= f->commands;
  }
  std::string all;
  for (const command& c : commands()) {
    if ((ids & c.id) != 0) all += (all.empty() ? "" : ", ") + std::string(c.name);
  }
  return all;
}

std::string unknown(const std::string& word, unsigned command) {
  if (!word.starts_with('-') || word == "-" || word == "--") return word + ": one argument too many";
  const std::string bare = word.substr(0, word.find('='));
  if (const std::string others = commands_with(bare); !others.empty())
    return bare + ": belongs to " + others + (command == on_none ? "" : ", not to " + name_of(command));
  std::vector<std::string_view> names;
  for (const flag* f : flags_of(command)) names.push_back(f->name);
  const std::string_view near = nearest(std::string_view(bare).substr(bare.starts_with("--") ? 2 : 1), names);
  if (!near.empty()) return bare + ": no such flag; did you mean --" + std::string(near) + "?";
  return bare + ": no such flag; --help lists them";
}

// The parser takes "[a,b]" for a list of a and b; here it is a file, or an address. With something before it,
// it is not: a control character, which is doubled where a word begins with one.
constexpr char shield = '\x01';

void shield_brackets(std::vector<std::string>& words) {
  const auto needs_it = [](std::string_view value) {
    return value.starts_with(shield) || (value.starts_with('[') && value.ends_with(']'));
  };
  for (std::string& word : words) {
    std::size_t begin = 0;
    if (word.starts_with("--"))
      begin = std::min(word.find('='), word.size() - 1) + 1;
    else if (word.starts_with('-'))
      begin = std::min<std::size_t>(2, word.size());
    if (needs_it(std::string_view(word).substr(begin))) word.insert(begin, 1, shield);
  }
}

void unshield(std::vector<std::string>& words) {
  for (std::string& word : words) {
    if (word.starts_with(shield)) word.erase(0, 1);
  }
}

// A value that is a negative number is not to be taken for a flag: none of ours is a digit.
void join_negative_values(std::vector<std::string>& words, std::span<const flag* const> known) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word.size() < 2 || word[0] != '-' || word[1] < '0' || word[1] > '9') continue;
    const auto takes_it = [&](const flag* f) {
      const bool is_it = words[i - 1] == dashed(*f) || (f->letter != 0 && words[i - 1] == lettered(*f));
      return is_it && !f->argument.empty();
    };
    if (std::ranges::none_of(known, takes_it)) continue;
    words[i - 1] += (words[i - 1].starts_with("--") ? "=" : "") + word;
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

}  // namespace

std::vector<const flag*> flags() {
  std::vector<const flag*> all;
  for (const auto part : {conversation_flags, transfer_flags, access_flags, fault_flags, evidence_flags,
                          bench_flags, names_flags, security_flags, manual_flags, general_flags}) {
    for (const flag& f : part()) all.push_back(&f);
  }
  return all;
}

std::vector<const flag*> flags_of(unsigned command) {
  std::vector<const flag*> found = flags();
  std::erase_if(found,
                [&](const flag* f) { return command == on_none ? !f->alone : (f->commands & command) == 0; });
  return found;
}

std::expected<settings, std::string> parse(unsigned command, std::span<const std::string> words) {
  settings made;
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  app.add_option("arguments", made.arguments)->expected(0, CLI::detail::expected_max_vector_size);
  std::vector<std::pair<const flag*, CLI::Option*>> known;
  const std::vector<const flag*> ours = flags_of(command);
  for (const flag* f : ours) {
    const std::string names = (f->letter != 0 ? lettered(*f) + ',' : std::string()) + dashed(*f);
    // A value that is missing is our sentence, not the parser's: so it is optional to the parser.
    CLI::Option* const o =
        f->argument.empty()
            ? app.add_flag(names)
            : app.add_option(names)->expected(0, 1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    known.emplace_back(f, o);
  }
  // What follows "--" is no flag, however it looks.
  const auto end_of_flags = std::ranges::find(words, "--");
  for (auto word = words.begin(); word != end_of_flags; ++word) {
    const std::size_t equals = word->find('=');
    if (!word->starts_with("--") || equals == std::string::npos) continue;
    const auto given = std::ranges::find(ours, word->substr(2, equals - 2), &flag::name);
    if (given != ours.end() && (*given)->argument.empty())
      return std::unexpected(dashed(**given) + ": takes no value");
  }
  std::vector<std::string> backwards(words.begin(), end_of_flags);
  join_negative_values(backwards, ours);
  shield_brackets(backwards);
  std::ranges::reverse(backwards);
  try {
    app.parse(std::move(backwards));
  } catch (const CLI::ParseError& e) {
    return std::unexpected(e.what());
  }
  unshield(made.arguments);
  if (const std::vector<std::string> rest = app.remaining(); !rest.empty()) {
    return std::unexpected(unknown(rest.front(), command));
  }
  if (end_of_flags != words.end()) made.arguments.insert(made.arguments.end(), end_of_flags + 1, words.end());
  const bool serves = std::ranges::any_of(known, [](const auto& k) {
    return k.second->count() != 0 && k.first->into == target(&bench_settings::serve);
  });
  for (const auto& [f, o] : known) {
    if (o->count() == 0) continue;
    const target& into = serves && f->served ? *f->served : f->into;
    std::vector<std::string> given = o->results();
    unshield(given);
    if (!f->argument.empty()) {
      const bool several = std::holds_alternative<std::vector<std::string> settings::*>(into);
      if (given.size() > 1 && !several) return std::unexpected(dashed(*f) + ": given more than once");
      if (given.empty() || std::ranges::find(given, "") != given.end()) {
        return std::unexpected(dashed(*f) + ": needs a value: " + std::string(f->argument));
      }
    } else {
      given.assign(1, std::string());
    }
    for (const std::string& text : given) {
      const std::string sentence = std::visit(reader{made, text}, into);
      if (!sentence.empty()) return std::unexpected(dashed(*f) + ' ' + sentence);
    }
  }
  return made;
}

}  // namespace tool
