// SPDX-License-Identifier: MIT
#include <array>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include <fairlead/tcp.hpp>

#include "examples/programs.hpp"
#include "support/guard.hpp"

namespace fairlead::testing {
namespace {

using namespace std::string_literals;

// A proxy for one connection, which gives its answers and shows what it was asked.
class scripted_proxy {
 public:
  explicit scripted_proxy(std::string first, std::string second)
      : listener_(tcp_listener::listen({ipv4_address::loopback(), fairlead::port(0)}).value()),
        thread_([this, answers = std::array{std::move(first), std::move(second)}] {
          result<tcp_stream> s = listener_.accept().within(soon).wait();
          for (const std::string& answer : answers) {
            std::array<char, 256> in;
            const auto n = s ? s->recv(in).within(soon).wait() : result<std::size_t>(0);
            if (!n || *n == 0) return;
            asked_.append(in.data(), *n);
            if (!s->send(answer).within(soon).wait()) return;
          }
        }) {}
  [[nodiscard]] std::string url() const {
    return "socks5://127.0.0.1:" + listener_.local_endpoint().value().ip().port().to_string();
  }
  [[nodiscard]] const std::string& asked() {
    thread_.join();
    return asked_;
  }
  ~scripted_proxy() {
    if (thread_.joinable()) thread_.join();
  }
  scripted_proxy(const scripted_proxy&) = delete;
  scripted_proxy& operator=(const scripted_proxy&) = delete;

 private:
  tcp_listener listener_;
  std::string asked_;
  std::thread thread_;
};

class ThroughAProxy : public guarded<> {};

TEST_F(ThroughAProxy, PrintsTheLineThatCameWithTheAnswer) {
  scripted_proxy p("\x05\x00"s, "\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x16SSH-2.0-test\r\n"s);
  expect_success(run_example("through_a_proxy", {"example.org", "22", p.url()}), {"SSH-2.0-test\n"});
  EXPECT_EQ(p.asked(),
            "\x05\x01\x00\x05\x01\x00\x03\x0b"
            "example.org\x00\x16"s);
}

TEST_F(ThroughAProxy, SaysWhyTheProxyRefused) {
  scripted_proxy p("\x05\x00"s, "\x05\x05"s);
  const child_outcome outcome = run_example("through_a_proxy", {"example.org", "22", p.url()});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.errors,
            "connect example.org:22 through " + p.url() + ": the proxy answers: connection refused\n");
}

TEST_F(ThroughAProxy, IsUsedWithAProxy) {
  expect_usage_error(run_example("through_a_proxy", {"example.org", "22"}), "usage: through_a_proxy");
  expect_usage_error(run_example("through_a_proxy", {"example.org", "22", "ftp://p"}),
                     "ftp://p: unknown kind of proxy 'ftp'");
}

}  // namespace
}  // namespace fairlead::testing
