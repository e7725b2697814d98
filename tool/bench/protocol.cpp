// SPDX-License-Identifier: MIT
#include "bench/protocol.hpp"

#include <algorithm>
#include <cstring>

#include "bench/bytes.hpp"

namespace tool::bench_parts {

namespace {

constexpr std::array<std::byte, 8> magic = {std::byte{'f'}, std::byte{'l'}, std::byte{'b'}, std::byte{'e'},
                                            std::byte{'n'}, std::byte{'c'}, std::byte{'h'}, std::byte{0}};
constexpr std::uint8_t report_kind = 0x80;  // where a hello has its mode

record begin() {
  record r{};
  std::ranges::copy(magic, r.begin());
  put<std::uint16_t>(r, 8, protocol_version);
  return r;
}

bool is_ours(std::span<const std::byte, record_size> from) {
  return std::ranges::equal(from.first<magic.size()>(), magic);
}

refusal examine(const hello& h) {
  switch (h.mode) {
    case mode::bulk:
      if (h.directions == 0 || h.directions > (there | back)) return refusal::directions;
      break;
    case mode::requests:
      if (h.directions != 0) return refusal::directions;
      break;
    case mode::connect: return h.directions == 0 && h.size == 0 ? refusal::none : refusal::size;
    default: return refusal::mode;
  }
  if (h.size == 0 || h.size > largest_message) return refusal::size;
  return h.lasts > fairlead::duration::zero() && h.lasts <= longest_session ? refusal::none : refusal::lasts;
}

}  // namespace

record to_bytes(const hello& h) {
  record r = begin();
  put(r, 10, static_cast<std::uint8_t>(h.mode));
  put(r, 11, h.directions);
  put(r, 12, h.size);
  put(r, 16, static_cast<std::uint64_t>(h.lasts.count()));
  return r;
}

record to_bytes(const report& r) {
  record made = begin();
  put(made, 10, report_kind);
  put(made, 11, static_cast<std::uint8_t>(r.why));
  put(made, 16, r.received);
  put(made, 24, r.sent);
  return made;
}

std::optional<std::expected<hello, refusal>> parse_hello(std::span<const std::byte, record_size> from) {
  if (!is_ours(from)) return std::nullopt;
  if (get<std::uint16_t>(from, 8) != protocol_version) return std::unexpected(refusal::version);
  hello h;
  h.mode = static_cast<mode>(get<std::uint8_t>(from, 10));
  h.directions = get<std::uint8_t>(from, 11);
  h.size = get<std::uint32_t>(from, 12);
  const auto lasts = get<std::uint64_t>(from, 16);
  if (lasts > static_cast<std::uint64_t>(fairlead::duration(longest_session).count()))
    return std::unexpected(refusal::lasts);
  h.lasts = fairlead::duration(static_cast<fairlead::duration::rep>(lasts));
  if (const refusal why = examine(h); why != refusal::none) return std::unexpected(why);
  return h;
}

std::optional<report> parse_report(std::span<const std::byte, record_size> from) {
  if (!is_ours(from) || get<std::uint8_t>(from, 10) != report_kind) return std::nullopt;
  const auto why = get<std::uint8_t>(from, 11);
  if (why > static_cast<std::uint8_t>(refusal::full)) return std::nullopt;
  report r;
  r.why = static_cast<refusal>(why);
  r.version = get<std::uint16_t>(from, 8);
  r.received = get<std::uint64_t>(from, 16);
  r.sent = get<std::uint64_t>(from, 24);
  return r;
}

std::string explain(const report& r) {
  switch (r.why) {
    case refusal::none: return {};
    case refusal::version:
      return "the server speaks version " + std::to_string(r.version) + " of the protocol, we speak " +
             std::to_string(protocol_version) + "; use the same fairlead at both ends";
    case refusal::mode: return "the server does not know this kind of measurement";
    case refusal::directions: return "the server does not know this direction";
    case refusal::size: return "the server takes no messages of this size";
    case refusal::lasts: return "the server takes no measurement of this length; 24 hours are the most";
    case refusal::full: return "the server has as many clients as it takes";
  }
  return {};
}

void tail::take(std::span<const std::byte> bytes) {
  total_ += bytes.size();
  if (bytes.size() < record_size) {
    std::memmove(last_.data(), last_.data() + bytes.size(), record_size - bytes.size());
  } else {
    bytes = bytes.last(record_size);
  }
  std::ranges::copy(bytes, last_.end() - static_cast<std::ptrdiff_t>(bytes.size()));
}

std::optional<report> tail::end() const {
  if (total_ < record_size) return std::nullopt;
  return parse_report(last_);
}

void number_request(std::span<std::byte> message, std::uint64_t n) {
  for (std::size_t i = 0; i < std::min<std::size_t>(8, message.size()); ++i, n >>= 8U) {
    message[i] = static_cast<std::byte>(n & 0xffU);
  }
}

bool answers::take(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const std::size_t n = std::min<std::size_t>(size_ - at_, bytes.size());
    for (std::size_t i = 0; i < n && at_ + i < 8; ++i) {
      if (bytes[i] != static_cast<std::byte>(whole_ >> 8U * (at_ + i) & 0xffU)) return false;
    }
    at_ += static_cast<std::uint32_t>(n);
    if (at_ == size_) at_ = 0, ++whole_;
    bytes = bytes.subspan(n);
  }
  return true;
}

}  // namespace tool::bench_parts
