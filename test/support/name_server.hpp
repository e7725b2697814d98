// SPDX-License-Identifier: MIT
// Name servers on loopback: dnsmasq, which is real, and one that says exactly what a test wants.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <latch>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fairlead/address.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/udp.hpp>

namespace fairlead::testing {

/// dnsmasq on a free port of 127.0.0.1, over UDP and TCP. It knows what it is told and nothing else.
class dnsmasq {
 public:
  /// Further options: "--host-record=a.test,192.0.2.1". Throws if it cannot be started.
  explicit dnsmasq(const std::vector<std::string>& options);
  ~dnsmasq();
  dnsmasq(const dnsmasq&) = delete;
  dnsmasq& operator=(const dnsmasq&) = delete;
  [[nodiscard]] ip_endpoint where() const noexcept { return where_; }

 private:
  ip_endpoint where_;
  pid_t process_ = -1;
};

/// The numbers of RFC 1035 and its successors.
namespace dns {
constexpr std::uint16_t a = 1, cname = 5, soa = 6, ptr = 12, mx = 15, txt = 16, aaaa = 28, srv = 33;
constexpr unsigned formerr = 1, servfail = 2, nxdomain = 3, notimp = 4, refused = 5;

struct question {
  std::uint16_t id = 0;
  std::string name;  // in lower case, as it came
  std::uint16_t type = 0;
  bool edns = false;
  bool tcp = false;
  std::string bytes;    // the whole message
  std::size_t end = 0;  // of the question section
};
[[nodiscard]] question read_question(std::string_view message, bool tcp);

[[nodiscard]] std::string u16(unsigned n);
[[nodiscard]] std::string u32(std::uint32_t n);
/// In wire format, not compressed. "" is the root.
[[nodiscard]] std::string name(std::string_view dotted);
[[nodiscard]] std::string record(std::string_view owner, std::uint16_t type, std::uint32_t ttl,
                                 const std::string& data);
/// An A or AAAA record.
[[nodiscard]] std::string address(std::string_view owner, std::string_view figures, std::uint32_t ttl = 300);
[[nodiscard]] std::string soa_record(std::string_view zone, std::uint32_t ttl, std::uint32_t minimum);

struct parts {
  unsigned rcode = 0;
  std::vector<std::string> answers{};
  std::vector<std::string> authorities{};
  std::vector<std::string> additionals{};
  bool truncated = false;
};
/// The whole message.
[[nodiscard]] std::string reply(const question& q, const parts& p);
}  // namespace dns

/// Calls a function for every question, over UDP and TCP alike, on threads of its own, one call at a time.
class scripted_name_server {
 public:
  /// Sends an answer: none, one or several, now or later, but not once the server is gone.
  using answerer = std::function<void(const std::string& message)>;
  using script = std::function<void(const dns::question&, const answerer&)>;
  explicit scripted_name_server(script s);
  ~scripted_name_server();
  scripted_name_server(const scripted_name_server&) = delete;
  scripted_name_server& operator=(const scripted_name_server&) = delete;

  [[nodiscard]] ip_endpoint where() const noexcept { return where_; }
  [[nodiscard]] std::string name() const { return where_.to_string(); }
  /// Questions that have come, over both.
  [[nodiscard]] unsigned questions() const noexcept { return questions_.load(); }
  /// The same, once there are so many: who has given up waiting for an answer may be faster than they are.
  [[nodiscard]] unsigned questions_after(unsigned expected) const;
  /// "a.test/1", … in the order in which they came; over TCP with "+tcp", without EDNS with "-edns".
  [[nodiscard]] std::vector<std::string> log() const;

 private:
  void serve_datagrams(const std::stop_token& stop);
  void serve_streams(const std::stop_token& stop);
  void ask_script(const dns::question& q, const answerer& a);

  script script_;
  ip_endpoint where_;
  udp_socket udp_;
  tcp_listener tcp_;
  mutable std::mutex mutex_;
  std::mutex sending_;
  std::vector<std::string> log_;
  std::deque<tcp_stream> streams_;
  std::atomic<unsigned> questions_{0};
  std::latch at_work_{2};
  std::jthread datagrams_;
  std::jthread connections_;
};

}  // namespace fairlead::testing
