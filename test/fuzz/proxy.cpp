// SPDX-License-Identifier: MIT
// Any bytes as what a proxy says: each machine says the same however they arrive, consumes no more than it
// was shown, asks for no more than its bound, and shows no secret; a PROXY header that was read can be
// written and read again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <fairlead/proxy.hpp>

#include "proxy/header.hpp"
#include "proxy/http.hpp"
#include "proxy/machine.hpp"
#include "proxy/socks.hpp"
#include "proxy/target.hpp"

namespace {

using namespace fairlead;
using kind = detail::verdict::kind;

constexpr std::size_t longest_header = 16 + 65535;

void require(bool held) {
  if (!held) __builtin_trap();
}

struct story {
  std::string sent;
  kind last = kind::more;
  std::string complaint;
  std::size_t consumed = 0;
  friend bool operator==(const story&, const story&) = default;
};

// What becomes of the bytes, which arrive in portions of the given size; 0: as many as the machine allows.
story show(detail::proxy_machine& machine, std::string_view bytes, std::size_t portion) {
  story s;
  std::string there = machine.to_send();
  std::swap(there, s.sent);
  std::size_t arrived = 0;
  for (bool ended = false;;) {
    const detail::verdict v = machine.look(std::as_bytes(std::span(there)), ended);
    require(v.consumed <= there.size());
    if (v.what == kind::more) {
      require(!ended && v.wanted > there.size() && v.most >= v.wanted && v.most <= longest_header);
      std::size_t n = std::min(v.most - there.size(), bytes.size() - arrived);
      if (portion > 0) n = std::min(n, portion);
      there += bytes.substr(arrived, n);
      arrived += n;
      ended = n == 0;
      continue;
    }
    there.erase(0, v.consumed);
    s.consumed += v.consumed;
    if (v.what == kind::answered) {
      s.sent += machine.to_send();
      continue;
    }
    require((v.what == kind::failed) == v.why.has_value());
    s.last = v.what;
    if (v.why) s.complaint = v.why->message();
    require(s.last == kind::done || !s.complaint.empty());
    return s;
  }
}

template <class Make>
void check(Make make, std::string_view bytes, std::size_t portion, bool has_secrets = true) {
  const auto told = [&](std::size_t p) {
    auto machine = make();
    return show(machine, bytes, p);
  };
  const story whole = told(0);
  // Not even if the other side repeats what it was sent.
  require(!has_secrets || !(whole.complaint.contains("s3cr3t") || whole.complaint.contains("us3r")));
  require(told(portion) == whole);
  if (bytes.size() < 4096) require(told(1) == whole);
}

void check_header(std::string_view bytes) {
  detail::header_machine machine("a connection");
  if (show(machine, bytes, 0).last != kind::done) return;
  const proxy_header h = std::move(machine).header();
  require(h.local == h.source.is_unspecified() && h.local == h.destination.is_unspecified());
  const result<std::string> again = encode(h, h.version);
  require(again.has_value());
  detail::header_machine reader("a connection");
  require(show(reader, *again, 0).last == kind::done);
  require(std::move(reader).header() == h);
}

void check_address(std::string_view text) {
  const result<proxy> p = proxy::parse(text);
  if (!p) {
    const std::string said = p.error().message() + underline(p.error());
    return require(!said.empty());
  }
  require(proxy::make(p->kind(), p->host(), p->port(), p->user(), p->password()) == *p);
  const result<proxy> plain = proxy::parse(p->to_string());
  require(plain && plain->host() == p->host() && plain->port() == p->port() && plain->user().empty());
}

// A host that is accepted leaves the request in its one piece.
void check_target(const proxy& via, std::string_view host) {
  const result<detail::proxy_target> t = detail::check_target(via, host, port(80));
  if (!t) return;
  const std::string request = detail::http_connect_machine(via, *t).to_send();
  require(std::ranges::count(request, '\n') == (via.user().empty() ? 3 : 4));
  require(std::ranges::count(request, '\0') == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const proxy open = proxy::parse("socks5://p:1").value();
  static const proxy guarded = proxy::make(proxy_kind::socks5, "p", port(1), "us3r", "s3cr3t").value();
  static const proxy http = proxy::make(proxy_kind::http, "p", port(1), "us3r", "s3cr3t").value();
  static const detail::proxy_target target = detail::check_target(open, "example.org", port(80)).value();
  constexpr std::size_t head = 2;
  if (size < head) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + head, size - head);
  const std::size_t portion = 1U + data[1] % 64U;
  switch (data[0] % 7) {
    case 0: check([] { return detail::socks5_machine(open, target); }, bytes, portion); break;
    case 1: check([] { return detail::socks5_machine(guarded, target); }, bytes, portion); break;
    case 2: check([] { return detail::socks4a_machine(open, target); }, bytes, portion); break;
    case 3: check([] { return detail::http_connect_machine(http, target); }, bytes, portion); break;
    case 4: check_address(bytes); break;
    case 5: check_target(data[1] % 2 == 0 ? open : http, bytes); break;
    default:
      check([] { return detail::header_machine("a connection"); }, bytes, portion, false);
      check_header(bytes);
  }
  return 0;
}
