// SPDX-License-Identifier: MIT
// The parts of a connection that do not depend on the stream below.
#include <algorithm>
#include <cstdlib>

#include <fairlead/tls.hpp>

#include "sys/kernel_tls.hpp"

namespace fairlead {

bool kernel_tls_available() {
  static const bool available = sys::kernel_tls_available();
  return available;
}

namespace detail {

mutable_buffer tls_input_memory::room(std::size_t size) {
  if (size_ != size) {
    release();
    data_ = new std::byte[size];
    size_ = size;
  }
  return {data_, size_};
}

const_buffer tls_input_memory::filled(std::size_t n) noexcept {
  constexpr std::size_t smallest = 1024;
  if (n == size_) {
    wanted_ = std::min(4 * size_, largest);
  } else if (n < size_ / 8) {
    wanted_ = std::max(size_ / 2, smallest);
  }
  return {data_, n};
}

void tls_input_memory::release() noexcept {
  delete[] std::exchange(data_, nullptr);
  size_ = 0;
}

std::string address_in_words(const result<endpoint>& e) {
  if (!e || e->is_unspecified()) return {};
  if (e->is_unix() && e->unix_socket().name().empty()) return {};
  return e->to_string();
}

}  // namespace detail

}  // namespace fairlead
