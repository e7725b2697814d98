// SPDX-License-Identifier: MIT
// Any bytes as what an iperf3 at the other end might say: what is believed must be within its bounds and mean
// the same when we say it.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "bench/iperf3/message.hpp"

namespace {

using namespace tool::bench_parts::iperf3;

void require(bool held) {
  if (!held) __builtin_trap();
}

void check_texts(std::string_view text) {
  if (const auto p = parse_parameters(text)) {
    require(p->streams >= 1 && p->streams <= most_streams && p->size >= 1 && p->size <= largest_block);
    require(p->seconds <= longest_test && p->omit <= longest_test);
    require(parse_parameters(to_text(*p)).value() == *p);
  } else {
    require(p.error().code != 0 && !p.error().why.empty());
    (void)explain(p.error().code);
  }
  if (const auto r = parse_results(text)) {
    require(r->streams.size() <= 2 * most_streams);
    const auto again = parse_results(to_text(*r));
    require(again && again->streams.size() == r->streams.size());
  }
}

void check_datagrams(std::span<const std::byte> bytes) {
  require(!is_greeting(bytes) || bytes.size() == greeting_size);
  for (const bool wide : {false, true}) {
    for (const std::uint64_t near : {std::uint64_t{0}, std::uint64_t{1} << 32U, UINT64_MAX}) {
      const auto m = parse_mark(bytes, wide, near);
      if (!m) continue;
      require(m->number != 0);
      std::array<std::byte, largest_mark> again{};
      put_mark(again, *m, wide);
      require(parse_mark(again, wide, near)->number == m->number);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check_texts({reinterpret_cast<const char*>(data), size});
  check_datagrams({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
