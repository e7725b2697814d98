// SPDX-License-Identifier: MIT
// A stream that gives what a test wrote down, piece by piece, and remembers what was sent.
#pragma once

#include <algorithm>
#include <cstring>
#include <deque>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <fairlead/stream.hpp>

namespace fairlead::testing {

struct scripted_stream {
  std::deque<std::string> arrives;  // each receive gives at most one of them; an empty one is skipped
  std::vector<std::string> sent;    // one string for each call
  std::size_t receives = 0;
  bool finished = false;
  errc fails_with{};  // after everything has arrived, instead of the end

  scripted_stream() = default;
  explicit scripted_stream(std::deque<std::string> pieces) : arrives(std::move(pieces)) {}
  scripted_stream(scripted_stream&&) = default;
  scripted_stream& operator=(scripted_stream&&) = default;

  task<result<std::size_t>> recv(mutable_buffer b) {
    ++receives;
    while (!arrives.empty() && arrives.front().empty()) arrives.pop_front();
    if (arrives.empty()) {
      if (fails_with != errc{}) co_return failure(fails_with, verb::recv);
      co_return 0;
    }
    std::string& piece = arrives.front();
    const std::size_t n = std::min(b.size, piece.size());
    std::memcpy(b.data, piece.data(), n);
    piece.erase(0, n);
    co_return n;
  }
  task<result<std::size_t>> send(const_buffer b) {
    sent.emplace_back(reinterpret_cast<const char*>(b.data), b.size);
    co_return b.size;
  }
  task<result<void>> shutdown() {
    finished = true;
    co_return {};
  }
  result<void> close() { return {}; }
};

/// The same bytes in pieces of 1 to `most`, always the same for the same seed.
inline std::deque<std::string> in_random_pieces(std::string_view bytes, std::size_t most, unsigned seed) {
  std::mt19937 random(seed);
  std::deque<std::string> pieces;
  while (!bytes.empty()) {
    const std::size_t n = std::min<std::size_t>(1 + random() % most, bytes.size());
    pieces.emplace_back(bytes.substr(0, n));
    bytes.remove_prefix(n);
  }
  return pieces;
}

}  // namespace fairlead::testing
