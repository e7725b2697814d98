// SPDX-License-Identifier: MIT
// A stream from one end to the other.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <fairlead/or_return.hpp>
#include <fairlead/task.hpp>

namespace fairlead::testing {

template <class Source>
task<result<std::string>> read_everything(Source& from, std::size_t piece = 65536) {
  std::string all;
  std::string buffer(piece, '\0');
  for (;;) {
    const std::size_t n = co_await or_return(from.recv(buffer));
    if (n == 0) co_return all;
    all.append(buffer, 0, n);
  }
}

template <class Sink>
task<result<void>> write_everything(Sink& to, std::string_view all) {
  co_await or_return(to.send(all));
  co_return co_await to.shutdown();
}

}  // namespace fairlead::testing
