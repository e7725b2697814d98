// SPDX-License-Identifier: MIT
#include "proxy/http.hpp"

#include <algorithm>

#include "address/parsing.hpp"

namespace fairlead::detail {

namespace {

constexpr std::string_view begins_with = "HTTP/1.";

// A field or the status line, whose end may be a bare \n (RFC 9112, section 2.2).
std::string_view take_field(std::string_view& text) {
  std::string_view line = parsing::take_line(text);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// The first word of each Proxy-Authenticate field (RFC 9110, section 11.7.1); empty if there is none.
std::string schemes_wanted(std::string_view fields, bool& basic) {
  std::string all;
  while (!fields.empty()) {
    const std::string_view line = take_field(fields);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos ||
        !parsing::equal_but_for_case(line.substr(0, colon), "proxy-authenticate"))
      continue;
    std::string_view value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    const std::string_view scheme = value.substr(0, value.find_first_of(" \t,"));
    if (parsing::equal_but_for_case(scheme, "basic")) basic = true;
    if (!all.empty()) all += ", ";
    all += scheme;
  }
  return all;
}

// The status of "HTTP/1.1 200 Connection established", or 0.
unsigned status_of(std::string_view line) {
  constexpr std::size_t at = begins_with.size();
  if (line.size() < at + 5 || (line[at] != '0' && line[at] != '1') || line[at + 1] != ' ') return 0;
  const std::string_view figures = line.substr(at + 2, 3);
  if (!std::ranges::all_of(figures, parsing::is_digit)) return 0;
  if (line.size() > at + 5 && line[at + 5] != ' ') return 0;
  unsigned status = 0;
  for (const char c : figures) status = status * 10 + static_cast<unsigned>(c - '0');
  return status >= 100 && status < 600 ? status : 0;
}

errc code_for(unsigned status) {
  switch (status) {
    case 401:
    case 403:
    case 405:
    case 407: return errc::permission_denied;
    case 502:
    case 504: return errc::host_unreachable;
    default: return errc::connection_refused;
  }
}

}  // namespace

http_connect_machine::http_connect_machine(const proxy& via, const proxy_target& target)
    : proxy_machine(verb::connect, subject_of(target.authority(), via)),
      user_(via.user()),
      password_(via.password()) {
  const std::string authority = target.authority();
  to_send_ = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n";
  if (!user_.empty()) {
    encoded_ = base64(user_ + ':' + password_);
    to_send_ += "Proxy-Authorization: Basic " + encoded_ + "\r\n";
  }
  to_send_ += "\r\n";
}

std::string http_connect_machine::said(std::string_view words) const {
  for (const std::string& secret : {user_, password_, encoded_}) {
    if (!secret.empty() && words.contains(secret)) return "(words that repeat the user name or the password)";
  }
  return parsing::quoted(words);
}

std::string http_connect_machine::missing() const {
  return interim_ > 0 ? "no final answer of the proxy to CONNECT" : "no answer of the proxy to CONNECT";
}

verdict http_connect_machine::look(std::span<const std::byte> bytes, bool ended) {
  // `interim_` bytes are consumed already; the rest of the limit is for what is here.
  const std::size_t left = limit - interim_;
  const std::string_view text = text_of(bytes.first(std::min(bytes.size(), left)));
  const std::size_t known = std::min(text.size(), begins_with.size());
  if (text.substr(0, known) != begins_with.substr(0, known)) {
    return failed(errc::protocol_error,
                  "the proxy does not speak HTTP/1: its answer to CONNECT begins otherwise");
  }
  // An empty line ends the head; lines end with \n, and mostly with \r\n (RFC 9112, section 2.2).
  for (std::size_t end; (end = text.find('\n', looked_)) != std::string_view::npos;) {
    const std::string_view line = text.substr(line_, end - line_);
    looked_ = line_ = end + 1;
    if (line.empty() || line == "\r") return judge(text.substr(0, line_), line_);
  }
  looked_ = text.size();
  if (bytes.size() >= left) {
    return failed(fault::too_long, "the proxy's answer to CONNECT has more than 65536 bytes");
  }
  return ended ? hung_up(interim_ + bytes.size()) : reading(bytes.size() + 1, left);
}

verdict http_connect_machine::judge(std::string_view head, std::size_t consumed) {
  std::string_view fields = head;
  const std::string_view line = take_field(fields);
  const unsigned status = status_of(line);
  if (status == 0) return failed(errc::protocol_error, "the proxy's answer has no status: " + said(line));
  if (status == 101)
    return failed(errc::protocol_error, "the proxy switches to a protocol that nobody asked for");
  if (status < 200) {
    interim_ += consumed;
    looked_ = line_ = 0;
    to_send_.clear();
    return over(verdict::kind::answered, consumed);
  }
  // Whatever length a 2xx names, no body follows: the tunnel begins here (RFC 9110, section 9.3.6).
  if (status < 300) return over(verdict::kind::done, consumed);
  return refused(status, line, fields);
}

verdict http_connect_machine::refused(unsigned status, std::string_view status_line,
                                      std::string_view fields) const {
  if (status == 407) {
    bool basic = false;
    const std::string wanted = schemes_wanted(fields, basic);
    if (!wanted.empty() && !basic) {
      return failed(errc::permission_denied, "the proxy wants its users to authenticate by " + said(wanted) +
                                                 ", and only Basic is known here");
    }
    return failed(errc::permission_denied, !user_.empty()
                                               ? "the proxy refuses the user name or the password (407)"
                                               : "the proxy wants a user name and a password (407)");
  }
  constexpr std::size_t before_status = begins_with.size() + 2;
  return failed(code_for(status), "the proxy answers: " + said(status_line.substr(before_status)));
}

}  // namespace fairlead::detail
