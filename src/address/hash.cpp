// SPDX-License-Identifier: MIT
// Hashing. Peers choose their addresses, or forge them, so the hash of an address depends on a secret of
// this process: otherwise a flood of chosen ones could turn every hash table of sessions into a list.
#include <chrono>
#include <cstring>
#include <random>

#include <fairlead/address.hpp>
#include <fairlead/ip_network.hpp>

namespace fairlead {

namespace {

struct secret {
  std::uint64_t a;
  std::uint64_t b;
};

secret make_secret() noexcept {
  try {
    std::random_device device;
    const auto word = [&] { return std::uint64_t{device()} << 32U | device(); };
    return {word(), word()};
  } catch (...) {
    // No source of entropy: the time and where the program was loaded are better than a constant.
    const auto now = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
    return {now * 0x9e3779b97f4a7c15U, reinterpret_cast<std::uintptr_t>(&make_secret) * 0xd1342543de82ef95U};
  }
}

const secret& process_secret() noexcept {
  static const secret made = make_secret();
  return made;
}

// The 128-bit product folded to 64 bits, as wyhash does: every bit of the input reaches far.
std::uint64_t fold(std::uint64_t x, std::uint64_t y) noexcept {
  __extension__ using wide = unsigned __int128;
  const wide product = static_cast<wide>(x) * y;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

std::uint64_t mix(std::uint64_t state, std::uint64_t word) noexcept {
  return fold(state ^ word, process_secret().b | 1U);
}

// A last scramble (the finalizer of MurmurHash3): one product with an unlucky secret leaves neighbouring
// ports too close in the low bits, which are those that tables look at.
std::uint64_t finish(std::uint64_t state) noexcept {
  state = (state ^ state >> 33U) * 0xff51afd7ed558ccdU;
  state = (state ^ state >> 33U) * 0xc4ceb9fe1a85ec53U;
  return state ^ state >> 33U;
}

std::uint64_t mix_bytes(std::uint64_t state, const char* bytes, std::size_t size) noexcept {
  state = mix(state, size);
  for (; size > 0;) {
    std::uint64_t word = 0;
    const std::size_t taken = size < sizeof word ? size : sizeof word;
    std::memcpy(&word, bytes, taken);
    state = mix(state, word);
    bytes += taken;
    size -= taken;
  }
  return state;
}

// Types and their alternatives start from unrelated states. Added or xored in, two of them could meet: a
// path and an abstract name of nearly the same bytes would, for some secrets.
std::uint64_t start(std::uint64_t kind, std::uint64_t alternative = 0) noexcept {
  return mix(mix(process_secret().a, kind), alternative);
}

std::uint64_t hash_v6(std::uint64_t state, const ipv6_address& v6) noexcept {
  std::array<std::uint64_t, 2> words{};
  std::memcpy(words.data(), v6.bytes().data(), sizeof words);
  return mix(mix(mix(state, words[0]), words[1]), v6.scope_id());
}

std::uint64_t hash_ip(std::uint64_t kind, const ip_address& ip) noexcept {
  return ip.is_v6() ? hash_v6(start(kind, 1), ip.v6()) : mix(start(kind), ip.v4().to_uint());
}

}  // namespace

std::size_t port::hash() const noexcept { return finish(mix(start(1), number_)); }
std::size_t ipv4_address::hash() const noexcept { return finish(mix(start(2), to_uint())); }
std::size_t ipv6_address::hash() const noexcept { return finish(hash_v6(start(3), *this)); }
std::size_t ip_address::hash() const noexcept { return finish(hash_ip(4, *this)); }
std::size_t ip_endpoint::hash() const noexcept { return finish(mix(hash_ip(5, address_), port_.number())); }
std::size_t ip_network::hash() const noexcept { return finish(mix(hash_ip(8, address_), prefix_length_)); }
std::size_t unix_address::hash() const noexcept {
  return finish(mix_bytes(start(6, static_cast<std::uint64_t>(kind_)), bytes_.data(), size_));
}
std::size_t endpoint::hash() const noexcept {
  if (is_ip()) return ip_.hash();
  return is_unix() ? unix_.hash() : start(7);
}

}  // namespace fairlead
