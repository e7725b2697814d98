// SPDX-License-Identifier: MIT
// The address of a proxy, with what it wants to know of its user.
#include <fairlead/proxy.hpp>

#include <algorithm>
#include <array>

#include "address/host.hpp"
#include "address/parsing.hpp"

namespace fairlead {

using namespace parsing;

namespace {

constexpr std::size_t longest_credential = 255;  // what the lengths of RFC 1929 can say

struct kind_row {
  std::string_view name;
  proxy_kind kind;
};
constexpr std::array<kind_row, 4> kinds{{
    {"socks5", proxy_kind::socks5},
    {"socks5h", proxy_kind::socks5},
    {"socks4a", proxy_kind::socks4a},
    {"http", proxy_kind::http},
}};

bool is_in_a_scheme(char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; }

// What is wrong with them; says nothing of what they are.
std::string defect_of(proxy_kind kind, std::string_view user, std::string_view password) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (user.size() > longest_credential || password.size() > longest_credential)
    return "a user name and a password have at most 255 bytes each";
  if (std::ranges::any_of(user, is_control) || std::ranges::any_of(password, is_control))
    return "a user name and a password hold no control characters";
  if (user.empty()) return password.empty() ? "" : "there is a password, and no user name";
  switch (kind) {
    case proxy_kind::socks5:
      if (password.empty()) return "SOCKS5 wants a password with the user name, as in user:password@";
      break;
    case proxy_kind::socks4a:
      if (!password.empty()) return "SOCKS4a has a user name only, no password";
      break;
    case proxy_kind::http:
      if (user.contains(':')) return "a user name holds no ':' in HTTP";
      break;
  }
  return {};
}

}  // namespace

// Parses one text into one proxy. Offsets are those of the text that may be shown.
struct proxy_parser {
  std::string shown;
  proxy made;

  using outcome = std::expected<void, defect>;
  static constexpr std::string_view mask = "***";

  // The last '@' of all ends the credentials: of what may be a secret with a mistake in it nothing is shown.
  outcome parse(std::string_view text) {
    const std::size_t slashes = text.find("://");
    const std::size_t at = text.rfind('@');
    const bool credentials = at != std::string_view::npos;
    const bool schemed = slashes != std::string_view::npos && (!credentials || slashes < at) &&
                         std::ranges::all_of(text.substr(0, slashes), is_in_a_scheme);
    const std::size_t begin = schemed ? slashes + 3 : 0;
    const std::string_view hidden = credentials ? text.substr(begin, at - begin) : std::string_view();
    shown = text.substr(0, begin);
    if (credentials) shown += mask;
    const std::size_t authority = shown.size() + (credentials ? 1 : 0);
    shown += text.substr(credentials ? at : begin);
    if (!schemed) return wrong(0, 0, "the scheme is missing, as in socks5://localhost:1080");
    if (outcome good = parse_scheme(text.substr(0, slashes)); !good) return good;
    if (credentials) {
      if (std::string reason = read_credentials(hidden); !reason.empty())
        return wrong(begin, mask.size(), std::move(reason));
    }
    return parse_authority(authority, credentials);
  }

  outcome parse_scheme(std::string_view word) {
    const auto row =
        std::ranges::find_if(kinds, [&](const kind_row& k) { return equal_but_for_case(word, k.name); });
    if (row != kinds.end()) {
      made.kind_ = row->kind;
      return {};
    }
    std::array<std::string_view, kinds.size()> names;
    std::ranges::transform(kinds, names.begin(), &kind_row::name);
    std::string reason = "unknown kind of proxy " + quoted(word);
    const std::string_view meant = nearest(word, names);
    reason += meant.empty() || word == "https" ? "; there are socks5, socks5h, socks4a and http"
                                               : "; did you mean " + std::string(meant) + '?';
    return wrong(0, word.size(), std::move(reason));
  }

  std::string read_credentials(std::string_view hidden) {
    if (hidden.find_first_of("@/?#") != std::string_view::npos)
      return "'@', '/', '?' and '#' in a user name or password are written %40, %2F, %3F and %23";
    const std::size_t colon = hidden.find(':');
    auto user = percent_decode(hidden.substr(0, colon));
    auto password = percent_decode(colon == std::string_view::npos ? "" : hidden.substr(colon + 1));
    if (!user || !password)
      return "after '%' come two hexadecimal digits; a percent sign itself is written %25";
    if (user->empty() && password->empty()) return "the user name is missing before the '@'";
    std::string reason = defect_of(made.kind_, *user, *password);
    made.user_ = std::move(*user);
    made.password_ = std::move(*password);
    return reason;
  }

  outcome parse_authority(std::size_t begin, bool credentials) {
    const std::string text = shown;
    const std::size_t end = std::min(text.find_first_of("/?#", begin), text.size());
    // A lone slash is what browsers and habit add.
    if (end < text.size() && text.substr(end) != "/")
      return wrong(end, text.size() - end, "the address of a proxy ends with its port");
    const std::string_view piece = std::string_view(text).substr(begin, end - begin);
    const std::size_t last = piece.find_last_of(":]");
    const bool has_port = last != std::string_view::npos && piece[last] == ':';
    if (has_port ? last == 0 : piece.empty()) return wrong(begin, 0, "the host of the proxy is missing");
    const std::string name(to_string(made.kind_));
    const scheme_row row{scheme::tcp, name, shape::host_port, transport::tcp, family::unspecified};
    const std::string whole =
        std::string(piece) + (has_port ? "" : ':' + std::to_string(proxy::default_port));
    auto parts = parse_host_and_port(whole, row);
    if (!parts && !credentials && has_port && last + 1 < piece.size() && !is_digit(piece[last + 1])) {
      // "user:password", perhaps, with the host forgotten.
      shown.replace(begin + last + 1, piece.size() - last - 1, mask);
      if (parts.error().offset > last)
        return wrong(begin + last + 1, mask.size(), "the port is neither a number nor the name of a service");
    }
    if (!parts) return shifted(std::move(parts.error()), begin);
    if (parts->number.is_any())
      return wrong(begin + last + 1, piece.size() - last - 1, "a proxy has no port 0");
    made.host_ = std::move(parts->host.text);
    made.port_ = parts->number;
    return {};
  }

  static result<proxy> run(std::string_view text) {
    proxy_parser parser{{}, proxy()};
    if (outcome good = parser.parse(text); !good)
      return std::unexpected(to_error(parser.shown, std::move(good.error())));
    return std::move(parser.made);
  }

  static result<proxy> join(proxy_kind kind, std::string_view host, port where, std::string user,
                            std::string password) {
    if (std::string reason = defect_of(kind, user, password); !reason.empty())
      return std::unexpected(error::about(fault::bad_syntax, verb::parse, "a proxy", std::move(reason)));
    if (host.find_first_of("@/?#") != std::string_view::npos) {
      return std::unexpected(error::about(fault::bad_syntax, verb::parse, "a proxy",
                                          "'@', '/', '?' and '#' cannot be in its host"));
    }
    const bool bracketed = host.contains(':') && !host.starts_with('[');
    std::string text = std::string(to_string(kind)) + "://";
    text += bracketed ? '[' + std::string(host) + ']' : std::string(host);
    text += ':' + where.to_string();
    result<proxy> made = run(text);
    if (made) {
      made->user_ = std::move(user);
      made->password_ = std::move(password);
    }
    return made;
  }
};

std::string_view to_string(proxy_kind k) noexcept {
  switch (k) {
    case proxy_kind::socks5: return "socks5";
    case proxy_kind::socks4a: return "socks4a";
    case proxy_kind::http: break;
  }
  return "http";
}

result<proxy> proxy::parse(std::string_view text) { return proxy_parser::run(text); }

result<proxy> proxy::make(proxy_kind kind, std::string_view host, fairlead::port where, std::string user,
                          std::string password) {
  return proxy_parser::join(kind, host, where, std::move(user), std::move(password));
}

std::string proxy::to_string() const {
  const bool bracketed = host_.contains(':');
  return std::string(fairlead::to_string(kind_)) + "://" + (bracketed ? '[' + host_ + ']' : host_) + ':' +
         port_.to_string();
}

}  // namespace fairlead
