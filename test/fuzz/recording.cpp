// SPDX-License-Identifier: MIT
// Any bytes as a recording: however they arrive, the same records come out, in an order that makes sense, and
// what they become as packets is well-formed. Half of the inputs get checksums that are right, so that the
// fuzzer gets behind them.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "recording/crc32.hpp"
#include "recording/export.hpp"
#include "recording/reader.hpp"

namespace {

using namespace tool::recording;

void require(bool held) {
  if (!held) __builtin_trap();
}

struct story {
  std::vector<std::byte> again;  // the records, written once more
  std::vector<std::byte> packets;
  std::uint64_t damaged_at = 0;
  bool damaged = false;
  bool closed = false;
  friend bool operator==(const story&, const story&) = default;
};

story read(std::string_view bytes, std::size_t portion) {
  story s;
  scanner machine;
  exporter packets;
  fairlead::duration last{};
  for (;;) {
    while (const auto r = machine.next()) {
      if (const auto* const p = std::get_if<passed>(&*r)) {
        require(p->at >= last && p->conversation >= 1 && p->conversation <= machine.conversations());
        require(p->content.size <= largest_content);
        last = p->at;
      }
      append(s.again, *r);
      packets.take(*r, s.packets);
    }
    if (machine.over()) break;
    if (bytes.empty()) {
      machine.end();
      continue;
    }
    machine.feed(bytes.substr(0, portion));
    bytes.remove_prefix(std::min(portion, bytes.size()));
  }
  if (machine.damaged()) {
    s.damaged = true;
    s.damaged_at = machine.damaged()->offset;
    require(!machine.damaged()->why.empty());
  }
  s.closed = machine.closed();
  return s;
}

std::uint32_t number_at(std::string_view b, std::size_t at) {
  std::uint32_t n = 0;
  for (std::size_t i = 0; i < 4; ++i) n = n << 8U | static_cast<unsigned char>(b[at + i]);
  return n;
}

// Puts the magic and right checksums where they belong, as far as the lengths lead.
std::string repaired(std::string bytes) {
  std::string all(reinterpret_cast<const char*>(magic.data()), magic.size());
  for (std::size_t at = 0; at + head_size <= bytes.size();) {
    const std::size_t size = number_at(bytes, at) % 256 + 1;
    if (bytes.size() - at - head_size < size) break;
    std::string head{'\0', '\0', static_cast<char>(size >> 8U), static_cast<char>(size & 0xffU)};
    const std::string body = bytes.substr(at + head_size, size);
    const std::uint32_t sum = crc32(body, crc32(head));
    for (std::size_t i = 0; i < 4; ++i) head += static_cast<char>(sum >> (24 - 8 * i) & 0xffU);
    all += head + body;
    at += head_size + size;
  }
  return all;
}

void check(std::string_view bytes) {
  const story whole = read(bytes, std::string_view::npos);
  require(read(bytes, 1) == whole && read(bytes, 17) == whole);
  require(!whole.damaged || whole.damaged_at <= bytes.size());
  for (std::size_t at = 0; at < whole.packets.size();) {
    std::uint32_t length = 0;
    for (std::size_t i = 4; i-- > 0;)
      length = length << 8U | std::to_integer<std::uint32_t>(whole.packets[at + 4 + i]);
    require(length >= 12 && length % 4 == 0 && at + length <= whole.packets.size());
    at += length;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  check(bytes);
  check(repaired(bytes));
  return 0;
}
