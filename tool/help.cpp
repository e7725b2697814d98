// SPDX-License-Identifier: MIT
#include "help.hpp"

#include <fairlead/version.hpp>

#include "manual/value.hpp"
#include "text.hpp"

namespace tool {

namespace {

std::string addresses(value_kind kind) {
  std::string made;
  for (const address_form& form : forms_of(kind))
    made += (made.empty() ? "Addresses: " : ", ") + std::string(form.beginning) + std::string(form.rest);
  return made + ". " + std::string(about_addresses());
}

std::string statuses() {
  std::string made;
  for (const status_meaning& s : status_meanings())
    made += (made.empty() ? "Exit status: " : "; ") + std::string(s.number) + ' ' + std::string(s.meaning);
  return made + '.';
}

std::string paragraph(std::string_view text) { return wrap(text) + '\n'; }

// Two columns; a left side that is too long gets a line of its own.
std::string entry(const std::string& left, std::string_view right, std::size_t column) {
  std::string made = "  " + left;
  if (width(made) + 2 > column) {
    made += '\n' + std::string(column, ' ');
  } else {
    made = pad(made, column);
  }
  return made + wrap(right, column, column) + '\n';
}

std::string entry(const flag& f) {
  std::string left = f.letter != 0 ? std::string("-") + f.letter + ", " : std::string("    ");
  left += "--" + std::string(f.name);
  if (!f.argument.empty()) left += ' ' + std::string(f.argument);
  std::string right(f.help);
  if (!f.fallback.empty()) right += " (default: " + std::string(f.fallback) + ")";
  return entry(left, right, 26);
}

std::string options(unsigned of) {
  std::string made = "\nOptions:\n";
  for (const flag* f : flags_of(of)) made += entry(*f);
  return made;
}

}  // namespace

std::string help() {
  std::string made =
      "fairlead " FAIRLEAD_VERSION ": sockets from the command line\n\nUsage: fairlead COMMAND …\n\n";
  for (const command& c : commands()) {
    made +=
        entry(std::string(c.name) + (c.argument.empty() ? "" : " ") + std::string(c.argument), c.summary, 18);
  }
  made += options(on_none);
  made += "\n" + paragraph(addresses(value_kind::address)) + "\n" + paragraph(statuses());
  made += "\nfairlead COMMAND --help says more about one of them.\n";
  return made;
}

std::string help(const command& c) {
  std::string made = "Usage: fairlead " + std::string(c.name) + " [OPTION…]";
  if (!c.argument.empty()) made += ' ' + std::string(c.argument);
  made += "\n\n" + paragraph("fairlead " + std::string(c.name) + ' ' + std::string(c.summary) + '.');
  std::string_view more = c.more;
  while (!more.empty()) {
    const std::size_t end = std::min(more.find('\n'), more.size());
    made += '\n' + paragraph(more.substr(0, end));
    more.remove_prefix(std::min(end + 1, more.size()));
  }
  made += options(c.id);
  if (takes_addresses(c))
    made += "\n" + paragraph(addresses(takes_places(c) ? value_kind::place : value_kind::address));
  made += "\n" + paragraph(statuses());
  return made;
}

}  // namespace tool
