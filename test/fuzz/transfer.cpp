// SPDX-License-Identifier: MIT
// Any bytes as what a sender or receiver of files might say: what parses must be within its bounds and come
// back as the same bytes, and the pieces in which it comes must not matter.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "transfer/format.hpp"

namespace {

using namespace tool::transfer;

void require(bool held) {
  if (!held) __builtin_trap();
}

void check(const any_message& m) {
  const entry* e = nullptr;
  if (const auto* const p = std::get_if<message::planned>(&m)) e = &p->what;
  if (const auto* const o = std::get_if<message::opened>(&m)) e = &o->what;
  if (e != nullptr) {
    require(e->mode <= 0777 && e->nanoseconds < 1'000'000'000 && e->size <= largest_size);
    require(e->stored <= e->size && is_fine_path(e->path));
    require(!e->path.starts_with('/') && !("/" + e->path + "/").contains("/../"));
  }
  if (const auto* const g = std::get_if<message::given_up>(&m)) require(g->why.size() <= largest_text);
}

// All that was said, data as one stretch however it was cut, and whether it ended with an error.
struct heard {
  std::vector<std::byte> all;
  bool failed = false;
};

heard listen(std::span<const std::byte> bytes, std::size_t piece) {
  heard h;
  decoder d;
  std::vector<std::byte> held;
  for (std::size_t at = 0; at < bytes.size() && !h.failed; at += piece) {
    const auto some = bytes.subspan(at, std::min(piece, bytes.size() - at));
    held.insert(held.end(), some.begin(), some.end());
    for (;;) {
      const auto f = d.look(held);
      h.failed = !f;
      if (!f || !f->what) break;
      require(f->consumed > 0 && f->consumed <= held.size());
      check(*f->what);
      if (const auto* const data = std::get_if<message::data>(&*f->what)) {
        require(!data->bytes.empty() && data->bytes.size() <= largest_data);
        h.all.insert(h.all.end(), data->bytes.begin(), data->bytes.end());
      } else {
        std::vector<std::byte> again;
        append(again, *f->what);
        require(again.size() == f->consumed && std::equal(again.begin(), again.end(), held.begin()));
        h.all.insert(h.all.end(), again.begin(), again.end());
      }
      held.erase(held.begin(), held.begin() + static_cast<std::ptrdiff_t>(f->consumed));
    }
    require(h.failed || held.size() <= decoder::largest_held);
  }
  return h;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::byte> bytes(reinterpret_cast<const std::byte*>(data), size);
  if (size >= hello_size) {
    if (const auto version = parse_hello(bytes.first<hello_size>())) {
      require(parse_hello(hello(*version)) == version);
    }
  }
  if (size == 0) return 0;
  const heard whole = listen(bytes.subspan(1), size);
  const heard parts = listen(bytes.subspan(1), 1 + data[0] % 64U);
  require(whole.failed == parts.failed && whole.all == parts.all);
  return 0;
}
