// SPDX-License-Identifier: MIT
#include "support/backends.hpp"

namespace fairlead::testing {

const std::vector<backend>& backends_here() {
  static const std::vector<backend> here = [] {
    std::vector<backend> found{backend::epoll};
    if (available(backend::io_uring)) found.push_back(backend::io_uring);
    return found;
  }();
  return here;
}

}  // namespace fairlead::testing
