// SPDX-License-Identifier: MIT
#include "demo/digest.hpp"

#include <cstring>
#include <vector>

namespace tool::demo_parts {

namespace {

constexpr std::size_t slack = 65536;  // how many different places a payload can begin at

// SplitMix64 (Steele, Lea, Flood 2014): each call gives the next of a sequence without a visible pattern.
std::uint64_t scramble(std::uint64_t& seed) noexcept {
  std::uint64_t z = (seed += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111eb;
  return z ^ (z >> 31U);
}

std::vector<std::byte> make_content() {
  std::vector<std::byte> made(largest_payload + slack);
  std::uint64_t seed = 7007;
  for (std::size_t at = 0; at < made.size(); at += sizeof(std::uint64_t)) {
    const std::uint64_t word = scramble(seed);
    std::memcpy(made.data() + at, &word, sizeof word);
  }
  return made;
}

}  // namespace

std::span<const std::byte> payload(std::size_t size, std::uint64_t turn) {
  static const std::vector<std::byte> content = make_content();
  return std::span(content).subspan(turn * 509 % slack, size);
}

void digest::add(std::span<const std::byte> bytes) noexcept {
  const auto mix = [this](std::uint64_t word) {
    state_ = (state_ ^ word) * 0xff51afd7ed558ccd;
    state_ ^= state_ >> 32U;
  };
  while (bytes.size() >= sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    mix(word);
    bytes = bytes.subspan(sizeof word);
  }
  for (const std::byte b : bytes) mix(std::to_integer<std::uint64_t>(b) + 256);
}

}  // namespace tool::demo_parts
