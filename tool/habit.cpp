// SPDX-License-Identifier: MIT
#include "habit.hpp"

#include <algorithm>
#include <vector>

#include <fairlead/url.hpp>

#include "manual/value.hpp"

namespace tool {

namespace {

// What follows the type of a socat address, before its options.
enum class rest { host_port, port, path, name, command, nothing };

struct socat_type {
  std::string_view word;
  std::string_view beginning;  ///< of ours
  rest follows;
  bool listens = false;
};

// socat(1), "ADDRESS TYPES".
constexpr socat_type socat_types[] = {
    {"tcp", "tcp://", rest::host_port},
    {"tcp4", "tcp4://", rest::host_port},
    {"tcp6", "tcp6://", rest::host_port},
    {"tcp-connect", "tcp://", rest::host_port},
    {"tcp4-connect", "tcp4://", rest::host_port},
    {"tcp6-connect", "tcp6://", rest::host_port},
    {"tcp-listen", "tcp://", rest::port, true},
    {"tcp-l", "tcp://", rest::port, true},
    {"tcp4-listen", "tcp4://", rest::port, true},
    {"tcp4-l", "tcp4://", rest::port, true},
    {"tcp6-listen", "tcp6://", rest::port, true},
    {"tcp6-l", "tcp6://", rest::port, true},
    {"udp", "udp://", rest::host_port},
    {"udp4", "udp://", rest::host_port},
    {"udp6", "udp://", rest::host_port},
    {"udp-connect", "udp://", rest::host_port},
    {"udp-sendto", "udp://", rest::host_port},
    {"udp-listen", "udp://", rest::port, true},
    {"udp-l", "udp://", rest::port, true},
    {"udp4-listen", "udp://", rest::port, true},
    {"udp6-listen", "udp://", rest::port, true},
    {"udp-recvfrom", "udp://", rest::port, true},
    {"openssl", "tls://", rest::host_port},
    {"ssl", "tls://", rest::host_port},
    {"openssl-connect", "tls://", rest::host_port},
    {"openssl-listen", "tls://", rest::port, true},
    {"ssl-l", "tls://", rest::port, true},
    {"unix-connect", "unix:", rest::path},
    {"unix-client", "unix:", rest::path},
    {"unix-listen", "unix:", rest::path, true},
    {"unix-l", "unix:", rest::path, true},
    {"unix-sendto", "unix-dgram:", rest::path},
    {"unix-recvfrom", "unix-dgram:", rest::path, true},
    {"abstract-connect", "unix:@", rest::name},
    {"abstract-listen", "unix:@", rest::name, true},
    {"system", "exec:", rest::command},
    {"stdio", "-", rest::nothing},
};

std::string lower(std::string_view text) {
  std::string made(text);
  for (char& c : made) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return made;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// A line of nc or ncat: its flags, as far as they mean something here, and its arguments.
struct nc_line {
  bool listens = false;
  bool only_probes = false;
  bool udp = false;
  bool tls = false;
  bool local = false;  ///< a Unix socket
  bool keeps = false;  ///< it serves one client after the other
  char family = 0;
  std::optional<std::string> port;
  std::optional<std::string> seconds;  ///< it waits
  std::optional<std::string> command;  ///< it runs
  std::vector<std::string> arguments;
};

// What a flag is: none that we have an answer for, one without a value, or one with a value that goes there.
struct nc_flag {
  bool known = true;
  std::optional<std::string>* value = nullptr;
};

nc_flag read_letter(nc_line& line, char letter) {
  switch (letter) {
    case 'p': return {.value = &line.port};
    case 'w': return {.value = &line.seconds};
    case 'e':
    case 'c': return {.value = &line.command};
    case 'l': line.listens = true; break;
    case 'z': line.only_probes = true; break;
    case 'u': line.udp = true; break;
    case 'U': line.local = true; break;
    case '4':
    case '6': line.family = letter; break;
    case 'k': line.keeps = true; break;
    case 'n':
    case 'N':
    case 'v': break;
    default: return {.known = false};
  }
  return {};
}

// The same for the long flags of ncat.
nc_flag read_name(nc_line& line, std::string_view name) {
  if (name == "listen") return read_letter(line, 'l');
  if (name == "udp") return read_letter(line, 'u');
  if (name == "wait") return read_letter(line, 'w');
  if (name == "unixsock") return read_letter(line, 'U');
  if (name == "exec" || name == "sh-exec") return read_letter(line, 'e');
  if (name == "keep-open") return read_letter(line, 'k');
  if (name == "verbose" || name == "nodns") return {};
  if (name != "ssl") return {.known = false};
  line.tls = true;
  return {};
}

// Nothing if a word is none of nc's.
std::optional<nc_line> read_as_nc(std::span<const std::string> words) {
  nc_line made;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string_view word = words[i];
    if (word == "-") return std::nullopt;
    if (!word.starts_with('-')) {
      made.arguments.emplace_back(word);
      continue;
    }
    const bool named = word.starts_with("--");
    word.remove_prefix(named ? 2 : 1);
    while (!word.empty()) {
      const nc_flag flag = named ? read_name(made, word) : read_letter(made, word.front());
      if (!flag.known) return std::nullopt;
      word.remove_prefix(named ? word.size() : 1);
      if (flag.value == nullptr) continue;
      std::string value(word);  // "-p80", or "-p 80"
      if (value.empty() && ++i < words.size()) value = words[i];
      const bool a_number = flag.value != &made.command;
      if (value.empty() || (a_number && !is_number(value))) return std::nullopt;
      *flag.value = std::move(value);
      break;
    }
  }
  return made;
}

// Empty if this is no place.
std::string place_of(const nc_line& line, bool listens) {
  std::string made;
  const std::vector<std::string>& given = line.arguments;
  if (line.local) {
    if (given.size() == 1) made = "unix:" + given[0];
  } else if (given.size() == 1 && given[0].contains(':')) {  // in our words, but for the flags
    made = given[0];
    if (!made.contains("://") && (line.udp || line.tls)) made.insert(0, line.udp ? "udp://" : "tls://");
  } else {
    std::string host;
    std::string port;
    if (given.size() == 2) {
      host = given[0], port = given[1];
    } else if (given.size() == 1 && listens) {
      port = given[0];
    } else if (given.empty() && listens && line.port) {
      port = *line.port;
    }
    if (!is_number(port) || (!listens && std::stoi(port) == 0)) return {};
    if (host.contains(':')) host = '[' + host + ']';
    made = line.udp ? "udp" : line.tls ? "tls" : "tcp";
    if (line.family != 0 && made == "tcp") made += line.family;
    made += "://" + host + ':' + port;
  }
  const auto read = fairlead::url::parse(made);
  return read && read->transport() ? made : std::string();
}

std::string as_nc(const command* wanted, std::span<const std::string> words) {
  const std::optional<nc_line> line = read_as_nc(words);
  if (!line) return {};
  std::string_view name = wanted == nullptr ? "connect" : wanted->name;
  if (name != "connect" && name != "listen" && name != "probe") return {};
  if (line->listens) name = "listen";
  if (line->only_probes) name = "probe";
  if (line->arguments.empty() && !line->port)
    return line->listens && wanted == nullptr ? "fairlead listen ADDR" : std::string();
  std::string place = place_of(*line, name == "listen");
  if (place.empty()) return {};
  if (line->command) {
    if (name != "listen" || line->command->contains('\'')) return {};
    place.insert(0, "--exec '" + *line->command + "' ");
  }
  if (name == "listen" && line->keeps && !line->command)
    return "fairlead relay " + place + " file:/dev/stdout";  // listen shows one client
  if (line->seconds && name != "listen") place.insert(0, "--timeout " + *line->seconds + "s ");
  return "fairlead " + std::string(name) + ' ' + place;
}

// A line of nc with its own name before it, as it stands in somebody's notes.
std::optional<std::vector<std::string>> without_its_name(std::span<const std::string> words) {
  const auto first = std::ranges::find_if(words, [](const std::string& w) { return !w.starts_with('-'); });
  if (first == words.end() || (*first != "nc" && *first != "ncat" && *first != "netcat")) return std::nullopt;
  std::vector<std::string> rest(words.begin(), first);
  rest.insert(rest.end(), std::next(first), words.end());
  return rest;
}

// The word as an address: of socat, or ours.
std::optional<socat_address> as_address(const std::string& word) {
  if (word == "-") return socat_address{word};
  if (auto foreign = from_socat(word)) return foreign;
  if (!word.contains(':') || !fairlead::url::parse(word)) return std::nullopt;
  return socat_address{word};
}

// Addresses without a command.
std::string as_addresses(std::span<const std::string> words) {
  if (words.empty() || words.size() > 2) return {};
  auto first = as_address(words[0]);
  if (!first) return {};
  if (words.size() == 1) {
    const auto read = fairlead::url::parse(first->ours);
    if (!read || !read->transport()) return {};
    return (first->listens ? "fairlead listen " : "fairlead connect ") + first->ours;
  }
  auto second = as_address(words[1]);
  if (!second) return {};
  if (second->ours == "-" || (second->listens && !first->listens)) std::swap(first, second);
  if (second->ours == "-") return {};
  if (first->ours == "-") return (second->listens ? "fairlead listen " : "fairlead connect ") + second->ours;
  const auto from = fairlead::url::parse(first->ours);
  const bool translated = first->ours != words[0] && first->ours != words[1];
  if (!from) return {};
  const std::string before = translated && from->transport() && !first->listens ? "dial:" : "";
  return "fairlead relay " + before + first->ours + (second->listens ? " listen:" : " ") + second->ours;
}

}  // namespace

std::optional<socat_address> from_socat(std::string_view word) {
  const std::string type = lower(word.substr(0, word.find(':')));
  const auto known = std::ranges::find(socat_types, type, &socat_type::word);
  if (known == std::end(socat_types)) return std::nullopt;
  std::string_view after = word.substr(std::min(type.size() + 1, word.size()));
  if (known->follows != rest::command) after = after.substr(0, after.find(','));
  switch (known->follows) {
    case rest::nothing: return word.size() == type.size() ? std::optional(socat_address{"-"}) : std::nullopt;
    case rest::port:
      if (!is_number(after)) return std::nullopt;
      break;
    case rest::host_port:
      if (after.starts_with("//") || !after.contains(':')) return std::nullopt;
      break;
    case rest::path:
    case rest::name:
    case rest::command:
      if (after.empty()) return std::nullopt;
  }
  socat_address made{std::string(known->beginning), known->listens};
  if (known->follows == rest::port) made.ours += ':';
  made.ours += after;
  if (!fairlead::url::parse(made.ours)) return std::nullopt;
  return made;
}

std::string habit(const command* wanted, std::span<const std::string> words) {
  if (wanted == nullptr) {
    if (!words.empty() && words[0] == "help") {
      const auto of =
          words.size() > 1 ? std::ranges::find(commands(), words[1], &command::name) : commands().end();
      return "fairlead " + (of == commands().end() ? std::string() : std::string(of->name) + ' ') + "--help";
    }
    if (const auto without = without_its_name(words)) return as_nc(wanted, *without);
    if (std::string as = as_addresses(words); !as.empty()) return as;
    for (const command& c : commands()) {
      if (words.size() == 1 && words[0] == "--" + std::string(c.name))
        return "fairlead " + std::string(c.name) + (c.argument.empty() ? "" : " ") + std::string(c.argument);
    }
  }
  return as_nc(wanted, words);
}

std::string foreign_argument(const command& wanted, std::span<const std::string> arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::vector<value> may_be = possible_at(wanted, i);
    const bool address =
        may_be.size() == 1 && (may_be[0].kind == value_kind::address || may_be[0].kind == value_kind::place);
    if (!address) continue;
    if (const auto meant = from_socat(arguments[i])) {
      if (meant->ours == "-" && may_be[0].kind == value_kind::address) continue;
      return arguments[i] + ": an address of socat; here it is " + meant->ours;
    }
  }
  // HOST PORT, or PORT alone: no address of ours is a mere number.
  if (!arguments.empty() && is_number(arguments.back()) && arguments.size() <= 2) {
    if (const std::string meant = as_nc(&wanted, arguments); !meant.empty())
      return arguments.back() + ": a port is part of an address; try: " + meant;
    if (arguments.size() == 1 && (wanted.name == "connect" || wanted.name == "probe"))
      return arguments[0] + ": the host is missing; try: fairlead " + std::string(wanted.name) +
             " localhost:" + arguments[0];
  }
  return {};
}

}  // namespace tool
