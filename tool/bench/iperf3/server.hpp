// SPDX-License-Identifier: MIT
// A server for iperf3 clients: one test at a time, as the real one; others are told that it is busy.
#pragma once

#include <memory>
#include <stop_token>

#include <fairlead/scope.hpp>
#include <fairlead/task.hpp>

#include "bench/iperf3/message.hpp"
#include "console.hpp"
#include "wire/acceptor.hpp"

namespace tool::bench_parts::iperf3 {

class test;

class server {
 public:
  /// Of TCP. Datagrams come at the same address while a test wants them.
  server(acceptors from, const console& out);
  ~server();

  /// Until it is asked to finish, and the test that runs then has ended.
  [[nodiscard]] fairlead::task<fairlead::result<void>> run(std::stop_token finishing);

 private:
  [[nodiscard]] fairlead::task<> accept_from(acceptor& a, fairlead::scope& clients);
  [[nodiscard]] fairlead::task<> welcome(std::unique_ptr<link> client);

  acceptors from_;
  const console& out_;
  std::stop_token finishing_;
  test* current_ = nullptr;
  std::optional<fairlead::error> failed_;
};

}  // namespace tool::bench_parts::iperf3
