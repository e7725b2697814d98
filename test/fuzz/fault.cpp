// SPDX-License-Identifier: MIT
// Any text as the values of --fault, a line each; and what they do to any traffic: what can be read can be
// written and read again, nothing is passed on twice or too early unless that was asked for, and a stream
// does not depend on how it is cut.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fault/decisions.hpp"
#include "fault/plan.hpp"

namespace {

using namespace tool::faults;
using fairlead::time_point;

void require(bool held) {
  if (!held) __builtin_trap();
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (;;) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    if (end == text.size()) return lines;
    text.remove_prefix(end + 1);
  }
}

bool is_sane(const treatment& t) {
  return t.latency <= longest_latency && t.jitter <= t.latency && t.drop <= certain && t.reorder <= certain &&
         t.duplicate <= certain && t.corrupt <= certain && t.rate <= highest_rate &&
         (t.rate == 0 || t.rate >= lowest_rate);
}

// The traffic is cut at what its own bytes say; everything is drained.
std::string pass(const treatment& t, carriage how, std::span<const std::uint8_t> traffic, std::size_t most) {
  decisions d(t, dice(1, 0, tool::direction::there), how, time_point());
  std::string all;
  std::string buffer(4096, '\0');
  time_point now{};
  const auto drain = [&] {
    while (const auto a = d.give(buffer, now)) {
      require(a->size <= buffer.size());
      all.append(buffer, 0, a->size);
    }
  };
  std::size_t pieces = 0;
  while (!traffic.empty()) {
    const std::size_t n = std::min<std::size_t>(1 + traffic.front() % most, traffic.size());
    d.take(traffic.first(n), now);
    traffic = traffic.subspan(n);
    ++pieces;
    drain();
  }
  d.end(now);
  drain();
  while (d.due() != time_point::max()) {
    require(d.due() > now);  // else it would have been given
    now = d.due();
    drain();
  }
  const counts& c = d.done();
  require(d.waiting() == 0 && c.bytes_passed == all.size());
  if (how == carriage::messages) {
    require(c.units <= pieces && c.messages_passed == c.units - c.dropped + c.duplicated);
  } else {
    require(c.bytes_passed + c.bytes_swallowed == c.bytes_received);
  }
  (void)to_sentence(c, how);
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t first_line = std::min(text.find('\n'), text.size());
  for (const std::string_view values : {text, text.substr(0, first_line)}) {
    const auto p = parse(lines_of(values));
    if (!p) {
      require(!p.error().empty());
      continue;
    }
    require(is_sane(p->there) && is_sane(p->back));
    require(parse(to_text(*p)).value() == *p);
    const auto traffic = std::span(data, size).subspan(first_line);
    for (const treatment* t : {&p->there, &p->back}) {
      (void)pass(*t, carriage::messages, traffic, 50);
      require(pass(*t, carriage::bytes, traffic, 7) == pass(*t, carriage::bytes, traffic, 256));
    }
  }
  return 0;
}
