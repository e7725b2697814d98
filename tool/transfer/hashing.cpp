// SPDX-License-Identifier: MIT
#include "transfer/hashing.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include <fairlead/loop.hpp>
#include <fairlead/or_return.hpp>

#include "text.hpp"

namespace tool::transfer {

using namespace fairlead;

namespace {

constexpr std::size_t piece = 256U << 10U;
constexpr std::size_t pieces_a_turn = 4;  // pieces, after which others may run

}  // namespace

task<result<void>> hash_beginning(const files::file& f, std::uint64_t size, sha256& into,
                                  conversation& talk) {
  const auto memory = std::make_unique_for_overwrite<std::byte[]>(piece);
  std::size_t turns = 0;
  for (std::uint64_t at = 0; at < size;) {
    const std::size_t wanted = std::min<std::uint64_t>(piece, size - at);
    const auto n = f.read_at(mutable_buffer(memory.get(), wanted), at);
    if (!n) co_return std::unexpected(n.error());
    if (*n < wanted) {
      co_return std::unexpected(
          error::about(fault::end_of_stream, verb::read, printable(f.name()), "has become shorter"));
    }
    into.add(const_buffer(memory.get(), wanted));
    at += wanted;
    if (++turns % pieces_a_turn == 0) {
      co_await or_return(talk.show_life());
      co_await yield();
    }
  }
  co_return {};
}

task<result<void>> hash_hole(std::uint64_t size, sha256& into, conversation& talk) {
  static const std::vector<std::byte> zeros(piece);
  std::size_t turns = 0;
  while (size > 0) {
    const std::size_t n = std::min<std::uint64_t>(piece, size);
    into.add(const_buffer(zeros.data(), n));
    size -= n;
    if (++turns % pieces_a_turn == 0) {
      co_await or_return(talk.show_life());
      co_await yield();
    }
  }
  co_return {};
}

}  // namespace tool::transfer
