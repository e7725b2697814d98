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

namespace {
constexpr std::size_t smallest = 1024;
constexpr std::size_t largest = 65536;
}  // namespace

tls_input_memory::~tls_input_memory() { delete[] data_; }

mutable_buffer tls_input_memory::room() {
  if (size_ != wanted_) {
    delete[] std::exchange(data_, nullptr);
    size_ = 0;
    data_ = new std::byte[wanted_];
    size_ = wanted_;
  }
  return {data_, size_};
}

const_buffer tls_input_memory::filled(std::size_t n) noexcept {
  if (n == size_) {
    wanted_ = std::min(4 * size_, largest);
  } else if (n < size_ / 8) {
    wanted_ = std::max(size_ / 2, smallest);
  }
  return {data_, n};
}

std::string address_in_words(const result<endpoint>& e) {
  if (!e || e->is_unspecified()) return {};
  if (e->is_unix() && e->unix_socket().name().empty()) return {};
  return e->to_string();
}

}  // namespace detail

}  // namespace fairlead
