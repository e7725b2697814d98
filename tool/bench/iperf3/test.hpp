// SPDX-License-Identifier: MIT
// One test of one client, on the server's side: from its parameters to the results of both.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <fairlead/condition.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/task.hpp>
#include <fairlead/udp.hpp>

#include "access/doorkeeper.hpp"
#include "bench/iperf3/control.hpp"
#include "bench/iperf3/flow.hpp"
#include "console.hpp"
#include "evidence/account.hpp"

namespace tool::bench_parts::iperf3 {

class test {
 public:
  /// `door`, `out` and `proof`, which may be null, outlive it.
  test(std::unique_ptr<link> client, const cookie& name, doorkeeper& door, const console& out,
       evidence* proof)
      : told_(std::move(client)), name_(name), door_(door), out_(out), proof_(proof) {}
  test(const test&) = delete;
  test& operator=(const test&) = delete;
  ~test() { account_for(fairlead::failure(fairlead::errc::operation_canceled, fairlead::verb::none)); }

  /// To its end, which the report is told. The error says what the client did wrong.
  [[nodiscard]] fairlead::task<fairlead::result<void>> run();

  /// Whether a connection with this cookie is one of its streams, and giving it.
  [[nodiscard]] bool wants(const cookie& name) const;
  void take(std::unique_ptr<link> stream);

 private:
  [[nodiscard]] fairlead::task<fairlead::result<void>> carry_out();
  void account_for(const fairlead::result<void>& ended);
  [[nodiscard]] fairlead::task<fairlead::result<bool>> agree();
  [[nodiscard]] fairlead::task<fairlead::result<void>> open_all();
  [[nodiscard]] fairlead::task<> watch_client();
  [[nodiscard]] fairlead::task<fairlead::result<void>> open_streams();
  [[nodiscard]] fairlead::task<fairlead::result<void>> open_datagrams();
  [[nodiscard]] fairlead::task<fairlead::result<std::unique_ptr<link>>> next_datagrams(
      fairlead::udp_socket& at, bool last);
  [[nodiscard]] fairlead::result<fairlead::udp_socket> bind_datagrams();
  [[nodiscard]] fairlead::task<fairlead::result<void>> measure();
  [[nodiscard]] fairlead::task<fairlead::result<void>> exchange();
  [[nodiscard]] fairlead::task<> watch(flow& f);
  [[nodiscard]] fairlead::task<> omit_warm_up();
  void add(std::unique_ptr<link> stream);

  control told_;
  cookie name_;
  doorkeeper& door_;  // for datagrams, which anybody can send
  const console& out_;
  evidence* proof_;
  std::optional<account> counted_;  // of all streams, since the client has said what it wants
  parameters p_;
  bool taking_ = false;
  std::vector<std::unique_ptr<link>> arrived_;
  fairlead::condition came_;
  std::stop_source gone_;
  std::optional<fairlead::error> left_;
  std::vector<std::unique_ptr<flow>> flows_;
  totals all_;
  fairlead::time_point begun_{};
  results ours_;
};

}  // namespace tool::bench_parts::iperf3
