// SPDX-License-Identifier: MIT
#include <fairlead/datagram_batch.hpp>

namespace fairlead::detail {

datagram_pieces::datagram_pieces(std::size_t most)
    : memory(static_cast<std::byte*>(::operator new(most* piece_size))) {
  try {
    pieces.resize(most);
  } catch (...) {
    ::operator delete(memory);
    throw;
  }
}

datagram_pieces::~datagram_pieces() { ::operator delete(memory); }

void datagram_pieces::fill(std::size_t i, std::size_t size, std::size_t each) noexcept {
  datagram_piece& p = pieces[i];
  p.size = size;
  p.each = each == 0 || each > size ? size : each;
  datagrams += p.each == 0 ? 1 : (size + p.each - 1) / p.each;  // an empty datagram is one, too
}

}  // namespace fairlead::detail
