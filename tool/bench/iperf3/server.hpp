// SPDX-License-Identifier: MIT
// A server for iperf3 clients: one test at a time, as the real one; others are told that it is busy.
#pragma once

#include <memory>
#include <stop_token>

#include <fairlead/scope.hpp>
#include <fairlead/task.hpp>

#include "access/doorkeeper.hpp"
#include "bench/iperf3/message.hpp"
#include "console.hpp"
#include "wire/acceptor.hpp"

namespace tool {
class evidence;
}

namespace tool::bench_parts::iperf3 {

class test;

class server {
 public:
  /// Of TCP. Datagrams come at the same address while a test wants them, and `door` hears. With `once` it
  /// ends after the first test. `proof` may be null.
  server(acceptors from, doorkeeper& door, bool once, const console& out, evidence* proof);
  ~server();

  /// Until it is asked to finish, and the test that runs then has ended.
  [[nodiscard]] fairlead::task<fairlead::result<void>> run(std::stop_token finishing);

 private:
  [[nodiscard]] fairlead::task<> accept_from(acceptor& a, fairlead::scope& clients);
  [[nodiscard]] fairlead::task<> welcome(std::unique_ptr<link> client);

  acceptors from_;
  doorkeeper& door_;
  bool once_;
  const console& out_;
  evidence* proof_;
  std::stop_source enough_;  // no more tests
  test* current_ = nullptr;
  std::optional<fairlead::error> failed_;
};

}  // namespace tool::bench_parts::iperf3
