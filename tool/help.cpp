// SPDX-License-Identifier: MIT
#include "help.hpp"

#include <fairlead/version.hpp>

#include "text.hpp"

namespace tool {

namespace {

constexpr std::string_view addresses =
    "Addresses: tcp://HOST:PORT (also tcp4, tcp6), tls://HOST:PORT, udp://HOST:PORT, unix:PATH, "
    "unix-dgram:PATH, "
    "unix-seqpacket:PATH; unix:@NAME is abstract. HOST:PORT alone means tcp. Port 0 listens at any free one. "
    "Options go in the query: tcp://localhost:7007?nodelay=1&keepalive=30s";

constexpr std::string_view statuses =
    "Exit status: 0 all went well; 1 the network or the peer failed; 2 wrong usage; 3 a deadline passed; "
    "4 what arrived was damaged, or its sender could not be verified; 128+N ended by signal N.";

std::string paragraph(std::string_view text) { return wrap(text) + '\n'; }

// Two columns; a left side that is too long gets a line of its own.
std::string entry(const std::string& left, std::string_view right, std::size_t column) {
  std::string made = "  " + left;
  if (made.size() + 2 > column) {
    made += '\n' + std::string(column, ' ');
  } else {
    made.resize(column, ' ');
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
  made += "\n" + paragraph(addresses) + "\n" + paragraph(statuses);
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
  if (c.argument == "ADDR") made += "\n" + paragraph(addresses);
  made += "\n" + paragraph(statuses);
  return made;
}

}  // namespace tool
