// SPDX-License-Identifier: MIT
#include <fairlead/url.hpp>

#include "address/parsing.hpp"
#include "address/scheme.hpp"

namespace fairlead {

using parsing::row_of;
using parsing::shape;

namespace {

// Besides what percent_encode() always escapes: what would end a path, and spaces, which would end a word
// in the lines that scripts parse.
constexpr std::string_view escaped_in_paths = "?# ";
constexpr std::string_view escaped_in_values = "&# ";

// "unix:" and "file:" before a path that begins with two slashes need an empty authority.
void append_authority_before(std::string& out, std::string_view path) {
  if (path.starts_with("//")) out += "//";
}

void append_unix_name(std::string& out, const unix_address& name) {
  if (name.is_path()) append_authority_before(out, name.name());
  parsing::append_unix(out, name, escaped_in_paths);
}

void append_host(std::string& out, std::string_view host) {
  const bool brackets = host.find(':') != std::string_view::npos;
  if (brackets) out += '[';
  out += host;
  if (brackets) out += ']';
}

}  // namespace

std::string_view to_string(scheme s) noexcept { return row_of(s).name; }

std::string to_string(transport t, const endpoint& where) {
  std::string out(to_string(t));
  if (where.is_unix()) {
    out += ':';
    append_unix_name(out, where.unix_socket());
  } else {
    out += "://";
    out += where.to_string();
  }
  return out;
}

std::optional<transport> url::transport() const noexcept { return row_of(scheme_).carrier; }

family url::family() const noexcept { return numeric_ ? numeric_->family() : row_of(scheme_).only; }

std::optional<endpoint> url::listen_endpoint() const {
  if (numeric_ || !host_.empty() || row_of(scheme_).follows != shape::host_port) return numeric_;
  if (row_of(scheme_).only == fairlead::family::ipv4) return endpoint(ipv4_address::any(), port_);
  return endpoint(ipv6_address::any(), port_);
}

url url::at(const endpoint& where) const {
  url made;
  made.scheme_ = scheme_;
  made.numeric_ = where;
  if (where.is_ip()) {
    made.host_ = where.ip().address().to_string();
    made.port_ = where.ip().port();
  } else if (where.is_unix()) {
    made.path_ = where.unix_socket().name();
  }
  return made;
}

std::string url::to_string() const { return format(options_.size(), nullptr); }

std::string url::format(std::size_t option_index, std::size_t* value_offset) const {
  std::string out(row_of(scheme_).name);
  switch (row_of(scheme_).follows) {
    case shape::nothing: return out;
    case shape::host_port:
      out += "://";
      append_host(out, host_);
      out += ':' + port_.to_string();
      break;
    case shape::unix_name:
      out += ':';
      append_unix_name(out, numeric_->unix_socket());
      break;
    case shape::path:
      out += ':';
      append_authority_before(out, path_);
      parsing::percent_encode(out, path_, escaped_in_paths);
      break;
    case shape::command: return out + ':' + path_;
  }
  for (std::size_t i = 0; i < options_.size(); ++i) {
    out += i == 0 ? '?' : '&';
    out += options_[i].name;
    if (i == option_index) *value_offset = out.size() + (options_[i].value.empty() ? 0 : 1);
    if (options_[i].value.empty()) continue;
    out += '=';
    parsing::percent_encode(out, options_[i].value, escaped_in_values);
  }
  return out;
}

}  // namespace fairlead
