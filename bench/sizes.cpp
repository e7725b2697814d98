// SPDX-License-Identifier: MIT
// What the library's values and operations occupy where they live: in the caller's frame.
#include <cstdio>

#include <fairlead/fairlead.hpp>

using namespace fairlead;

int main() {
  const struct {
    const char* what;
    std::size_t bytes;
  } sizes[] = {
      {"error", sizeof(error)},
      {"result<std::size_t>", sizeof(result<std::size_t>)},
      {"endpoint", sizeof(endpoint)},
      {"tcp_stream", sizeof(tcp_stream)},
      {"any_stream", sizeof(any_stream)},
      {"task<result<void>>", sizeof(task<result<void>>)},
      {"its promise", sizeof(task<result<void>>::promise_type)},
      {"scope", sizeof(scope)},
      {"recv, send", sizeof(recv_operation)},
      {"recv_from", sizeof(recv_from_operation)},
      {"accept", sizeof(accept_operation<tcp_stream>)},
      {"recv within a deadline", sizeof(bounded<recv_operation>)},
      {"awaiter of any of them", sizeof(detail::leaf_awaiter<recv_operation>)},
  };
  for (const auto& [what, bytes] : sizes) std::printf("%8zu  %s\n", bytes, what);
}
