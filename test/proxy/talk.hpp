// SPDX-License-Identifier: MIT
// Talking to a machine without any stream.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <fairlead/proxy.hpp>

#include "proxy/header.hpp"
#include "proxy/http.hpp"
#include "proxy/machine.hpp"
#include "proxy/socks.hpp"
#include "proxy/target.hpp"

namespace fairlead::testing {

using words = std::vector<std::string>;
using verdict_kind = detail::verdict::kind;

/// What a machine sent, and how it ended: `more` if it still waits.
struct spoken {
  words sent;
  verdict_kind last = verdict_kind::more;
  std::string complaint;
  std::string rest;  ///< what it did not consume
  friend bool operator==(const spoken&, const spoken&) = default;
};

inline void PrintTo(const spoken& s, std::ostream* out) {
  *out << "verdict " << static_cast<int>(s.last) << ", " << s.sent.size() << " sent, complaint \""
       << s.complaint << "\", rest \"" << s.rest << '"';
}

/// Shows the machine what arrives, `portion` bytes at a time at most and never more than it allows, and at
/// the end of it the end of the stream, if `ended`.
inline spoken talk(detail::proxy_machine& machine, std::string_view arrives, std::size_t portion = SIZE_MAX,
                   bool ended = false) {
  spoken s;
  std::string there;
  std::size_t given = 0;
  bool over = false;
  const auto send = [&] {
    if (!machine.to_send().empty()) s.sent.push_back(machine.to_send());
  };
  send();
  for (;;) {
    const detail::verdict v = machine.look(std::as_bytes(std::span(there)), over);
    EXPECT_LE(v.consumed, there.size());
    if (v.what == verdict_kind::more) {
      EXPECT_FALSE(over);
      EXPECT_GT(v.wanted, there.size());
      EXPECT_GE(v.most, v.wanted);
      const std::size_t n = std::min({portion, v.most - there.size(), arrives.size() - given});
      if (n == 0 && !ended) return s;
      over = n == 0;
      there += arrives.substr(given, n);
      given += n;
      continue;
    }
    there.erase(0, v.consumed);
    if (v.what == verdict_kind::answered) {
      send();
      continue;
    }
    s.last = v.what;
    if (v.why) s.complaint = v.why->message();
    if (s.last == verdict_kind::done) s.rest = there + std::string(arrives.substr(given));
    return s;
  }
}

/// The same to a new machine each time: at once, byte by byte, and in threes; all must be alike. And each
/// beginning of what makes it done makes it wait.
template <class Make>
spoken talk_in_every_way(Make make, std::string_view arrives, bool ended = false) {
  const auto talk_to_new = [&](std::string_view bytes, std::size_t portion, bool over) {
    auto machine = make();
    return talk(machine, bytes, portion, over);
  };
  const spoken whole = talk_to_new(arrives, SIZE_MAX, ended);
  EXPECT_EQ(talk_to_new(arrives, 1, ended), whole);
  EXPECT_EQ(talk_to_new(arrives, 3, ended), whole);
  if (whole.last == verdict_kind::done) {
    const std::size_t needed = arrives.size() - whole.rest.size();
    for (std::size_t n = 0; n < needed; ++n) {
      EXPECT_EQ(talk_to_new(arrives.substr(0, n), SIZE_MAX, false).last, verdict_kind::more) << n;
      EXPECT_EQ(talk_to_new(arrives.substr(0, n), SIZE_MAX, true).last, verdict_kind::failed) << n;
    }
  }
  return whole;
}

/// The value, which need not be default constructible, or nothing and a failed test that says the error.
template <class T>
std::optional<T> value_of_stream(result<T> r) {
  if (r) return std::optional<T>(std::move(*r));
  ADD_FAILURE() << r.error().message();
  return std::nullopt;
}

inline proxy proxy_of(std::string_view text) { return proxy::parse(text).value(); }
inline detail::proxy_target target_of(std::string_view host, port p) {
  return detail::check_target(proxy_of("http://p"), host, p).value();
}

}  // namespace fairlead::testing
