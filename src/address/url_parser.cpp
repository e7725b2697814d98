// SPDX-License-Identifier: MIT
#include <algorithm>

#include "address/host.hpp"
#include "address/parsing.hpp"
#include "address/scheme.hpp"

namespace fairlead {

using namespace parsing;

namespace {

using outcome = std::expected<void, defect>;

const scheme_row* find_scheme(std::string_view name) {
  const auto row = std::ranges::find_if(
      scheme_table, [&](const scheme_row& r) { return equal_but_for_case(name, r.name); });
  return row == scheme_table.end() || row->follows == shape::nothing ? nullptr : &*row;
}

std::string_view nearest_scheme(std::string_view word) {
  if (equal_but_for_case(word, "ssl") || equal_but_for_case(word, "openssl")) return "tls";
  std::array<std::string_view, scheme_table.size()> names;
  std::ranges::transform(scheme_table, names.begin(), &scheme_row::name);
  return nearest(word, names);
}

std::unexpected<defect> unknown_scheme(std::string_view word) {
  std::string reason = "unknown scheme " + quoted(word);
  if (const std::string_view meant = nearest_scheme(word); !meant.empty()) {
    reason += "; did you mean ";
    reason += meant;
    reason += '?';
  } else {
    reason += "; there are tcp, udp, tls, unix, unix-dgram, unix-seqpacket, exec, pty and file";
  }
  return wrong(0, word.size(), std::move(reason));
}

// The length of what has the form of a scheme (RFC 3986, section 3.1) and is followed by ':', or 0.
std::size_t scheme_length(std::string_view text) {
  if (text.empty() || !is_letter(text[0])) return 0;
  const auto end = std::ranges::find_if_not(
      text, [](char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; });
  return end != text.end() && *end == ':' ? static_cast<std::size_t>(end - text.begin()) : 0;
}

bool looks_like_path(std::string_view text) {
  return text.starts_with('/') || text.starts_with('@') || text.starts_with('~') || text.starts_with("./") ||
         text.starts_with("../");
}

}  // namespace

// Parses one text into one url. Offsets are those of the whole text throughout.
struct url_parser {
  std::string_view text;
  url made;

  outcome parse() {
    if (text.empty()) return wrong(0, 0, "the address is empty; write tcp://localhost:7007 or unix:/path");
    if (text == "-") {
      made.scheme_ = scheme::stdio;
      return {};
    }
    const std::size_t length = scheme_length(text);
    const std::string_view word = text.substr(0, length);
    const std::string_view rest = length == 0 ? text : text.substr(length + 1);
    if (length == 0) {
      if (text.starts_with("://") || text.starts_with("//"))
        return wrong(0, 0, "the scheme is missing before '//', as in tcp://");
      const std::string_view before = text.substr(0, text.find("//"));
      const scheme_row* const meant = before.size() < text.size() ? find_scheme(before) : nullptr;
      if (meant != nullptr && meant->follows == shape::host_port)
        return wrong(before.size(), 0, "after '" + std::string(before) + "' comes '://'");
      if (looks_like_path(text))
        return wrong(0, text.size(), "a path needs a scheme before it, as in unix:/path");
      return parse_default();
    }
    if (const scheme_row* const row = find_scheme(word)) return parse_after(*row, length + 1);
    if ((word == "ws" || word == "wss") && rest.starts_with("//")) {
      return wrong(0, length, quoted(word) + " is reserved for WebSocket, which is not supported yet");
    }
    if (looks_like_path(rest)) return unknown_scheme(word);
    // "localhost:80" has the form of a scheme as well; it is a host unless that fails and a scheme is near.
    outcome as_host = parse_default();
    const bool numeric = !rest.empty() && is_digit(rest[0]);
    const bool near = !nearest_scheme(word).empty();
    const bool no_address =
        rest.contains(':') && std::ranges::any_of(word, [](char c) { return hex_value(c) < 0; });
    if (!as_host && !numeric && (near || no_address)) return unknown_scheme(word);
    return as_host;
  }

  outcome parse_default() {
    const scheme_row& row = row_of(scheme::tcp);
    made.scheme_ = row.which;
    return parse_host_port(row, 0);
  }

  outcome parse_after(const scheme_row& row, std::size_t at) {
    made.scheme_ = row.which;
    switch (row.follows) {
      case shape::host_port:
        if (!text.substr(at).starts_with("//")) {
          return wrong(at, 0,
                       "after '" + std::string(row.name) + ":' comes '//', as in " + std::string(row.name) +
                           "://localhost:7007");
        }
        return parse_host_port(row, at + 2);
      case shape::unix_name:
      case shape::path: return parse_path(row, at);
      case shape::command: return parse_command(row, at);
      case shape::nothing: break;
    }
    return {};
  }

  outcome parse_host_port(const scheme_row& row, std::size_t at) {
    const std::size_t query = std::min(text.find('?', at), text.size());
    const std::size_t end = std::min(text.find('/', at), query);
    auto parts = parse_host_and_port(text.substr(at, end - at), row);
    if (!parts) return shifted(std::move(parts.error()), at);
    // A lone slash is what browsers and habit add; anything longer would be silently without effect.
    if (query - end > 1) {
      return wrong(end, query - end,
                   std::string(row.name) + " addresses have no path; leave out " +
                       quoted(text.substr(end, query - end)));
    }
    made.host_ = std::move(parts->host.text);
    made.port_ = parts->number;
    if (parts->host.numeric) made.numeric_ = endpoint(*parts->host.numeric, parts->number);
    return parse_query(query);
  }

  outcome parse_path(const scheme_row& row, std::size_t at) {
    const std::size_t query = std::min(text.find('?', at), text.size());
    std::string_view piece = text.substr(at, query - at);
    // "unix:///path", with an empty authority, is the same as "unix:/path" (RFC 8089, section 2).
    if (piece.starts_with("//")) {
      if (!piece.substr(2).starts_with('/')) {
        const std::string name(row.name);
        return wrong(at, piece.size(),
                     "a path follows '" + name + ":' at once, as in " + name + ":/path or " + name + ":name");
      }
      piece.remove_prefix(2);
      at += 2;
    }
    auto bytes = percent_decode(piece);
    if (!bytes) return shifted(std::move(bytes.error()), at);
    if (bytes->empty()) return wrong(at, 0, "the path is missing, as in " + std::string(row.name) + ":/path");
    const bool abstract = row.follows == shape::unix_name && piece.starts_with('@');
    if (abstract) bytes->erase(0, 1);
    const auto checked = abstract                          ? parse_unix_abstract(*bytes)
                         : row.follows == shape::unix_name ? parse_unix_path(*bytes)
                                                           : check_file(*bytes);
    if (!checked) {
      // Offsets count decoded bytes; with escapes in the text, only the whole path can be pointed at.
      const bool escaped = bytes->size() + (abstract ? 1 : 0) != piece.size();
      if (escaped) return wrong(at, piece.size(), checked.error().reason);
      return shifted(checked.error(), at + (abstract ? 1 : 0));
    }
    if (row.follows == shape::unix_name) made.numeric_ = endpoint(*checked);
    made.path_ = std::move(*bytes);
    return parse_query(query);
  }

  static parsed<unix_address> check_file(std::string_view bytes) {
    if (const std::size_t nul = bytes.find('\0'); nul != std::string_view::npos) {
      return wrong(nul, 1, "a path cannot hold a NUL byte");
    }
    return unix_address();
  }

  // Commands are full of '%', '?' and '&': they are taken as they are, and have no options.
  outcome parse_command(const scheme_row& row, std::size_t at) {
    made.path_ = text.substr(at);
    if (made.path_.empty())
      return wrong(at, 0, "the command is missing, as in " + std::string(row.name) + ":date");
    if (const std::size_t nul = made.path_.find('\0'); nul != std::string_view::npos) {
      return wrong(at + nul, 1, "a command cannot hold a NUL byte");
    }
    return {};
  }

  outcome parse_query(std::size_t at) {
    if (at + 1 >= text.size()) return {};
    while (at < text.size()) {
      ++at;  // the '?' or '&'
      const std::size_t end = std::min(text.find('&', at), text.size());
      if (auto good = parse_option(at, end); !good) return good;
      at = end;
    }
    return {};
  }

  outcome parse_option(std::size_t at, std::size_t end) {
    const std::string_view piece = text.substr(at, end - at);
    const std::string_view name = piece.substr(0, piece.find('='));
    if (name.empty()) return wrong(at, 0, "the name of an option is missing, as in ?nodelay=1");
    const auto stranger = std::ranges::find_if_not(
        name, [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.'; });
    if (stranger != name.end()) {
      const auto offset = static_cast<std::size_t>(stranger - name.begin());
      return wrong(at + offset, 1, quoted(name.substr(offset, 1)) + " cannot be in the name of an option");
    }
    const std::size_t begin = std::min(name.size() + 1, piece.size());
    auto value = percent_decode(piece.substr(begin));
    if (!value) return shifted(std::move(value.error()), at + begin);
    made.options_.push_back({std::string(name), std::move(*value)});
    return {};
  }

  static result<url> run(std::string_view text) {
    url_parser parser{text, url()};
    if (auto good = parser.parse(); !good) return std::unexpected(to_error(text, std::move(good.error())));
    return std::move(parser.made);
  }
};

result<url> url::parse(std::string_view text) { return url_parser::run(text); }

}  // namespace fairlead
