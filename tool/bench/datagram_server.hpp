// SPDX-License-Identifier: MIT
// The server's side where there are no connections: sessions, each of a peer that has shown that it receives
// what is sent to it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <stop_token>
#include <unordered_map>

#include <fairlead/scope.hpp>
#include <fairlead/task.hpp>

#include "access/doorkeeper.hpp"
#include "bench/arrivals.hpp"
#include "bench/attended.hpp"
#include "bench/packet.hpp"
#include "bench/rate.hpp"
#include "console.hpp"
#include "evidence/account.hpp"
#include "wire/datagrams.hpp"

namespace tool::bench_parts {

struct datagram_session {
  datagram_session(evidence* proof, const std::string& name)
      : told(std::in_place, proof, name, "bench", true) {}
  datagram_session(const datagram_session&) = delete;
  datagram_session& operator=(const datagram_session&) = delete;
  ~datagram_session() { account_for(ended ? ending::finished : ending::given_up); }

  /// The report is told what it came to, once: it goes on to live, and answers whoever has not heard.
  void account_for(ending how) {
    if (!told) return;
    const bool answers = asked.what.mode == mode::requests;
    told->there().pieces = counted.received;
    told->back().pieces = answers ? counted.received : counted.sent;
    told->there().bytes = answers ? counted.received * asked.what.size : counted.bytes;
    told->back().bytes = told->back().pieces * asked.what.size;
    told->there().how = told->back().how = how;
    told.reset();
  }

  fairlead::endpoint peer;
  std::uint64_t number = 0;
  std::uint64_t nonce = 0;
  datagram_hello asked;
  std::optional<place> taken{};
  paces rates{};
  arrivals in{};
  datagram_report counted{};
  std::uint32_t dropped_before = 0;
  fairlead::time_point heard{};  ///< last
  fairlead::time_point moved{};  ///< when anything was sent or heard last
  unsigned held = 0;             ///< answers that its rate holds back
  bool shown = false;            ///< that it hears us
  fairlead::time_point dies{};
  bool ended = false;
  bool pouring = false;
  std::optional<account> told;
};

class datagram_server {
 public:
  /// All must outlive it; `proof` may be null.
  datagram_server(datagram_host& host, std::optional<std::uint64_t> most, doorkeeper& door,
                  const console& out, evidence* proof);

  /// Sessions end after such a silence, too.
  void use_idle(fairlead::duration limit) noexcept { idle_ = limit; }
  /// Counts who measures in `counted`, which must outlive it.
  void use(attendance& counted) noexcept { counted_ = &counted; }

  /// Until it is asked to finish and the sessions have ended, or fallen silent.
  [[nodiscard]] fairlead::task<fairlead::result<void>> run(std::stop_token finishing);

 private:
  using session_ptr = std::shared_ptr<datagram_session>;

  template <class Socket>
  [[nodiscard]] fairlead::task<fairlead::result<void>> receive(Socket& socket);
  /// Whether it was one of bulk, which is counted and needs no answer.
  [[nodiscard]] bool count(std::span<const std::byte> bytes, const fairlead::endpoint& from,
                           fairlead::time_point at);
  [[nodiscard]] fairlead::task<> handle(std::span<const std::byte> bytes, fairlead::endpoint from);
  [[nodiscard]] fairlead::task<> reply(std::span<const std::byte> bytes, fairlead::endpoint to);
  [[nodiscard]] fairlead::task<> reply_at(fairlead::time_point due, std::vector<std::byte> bytes,
                                          session_ptr to);
  [[nodiscard]] fairlead::task<> watch();
  [[nodiscard]] fairlead::task<> watch_attendance();
  [[nodiscard]] fairlead::task<> pour(session_ptr s);
  [[nodiscard]] packet welcome(const packet& hello, const fairlead::endpoint& from);
  void note(datagram_session& s, fairlead::time_point at);
  [[nodiscard]] session_ptr find(std::uint64_t number, const fairlead::endpoint& from) const;
  [[nodiscard]] std::uint32_t dropped() const;
  [[nodiscard]] std::size_t active() const;
  void forget_the_dead();

  datagram_host& host_;
  std::size_t most_;
  doorkeeper& door_;
  const console& out_;
  evidence* proof_;
  std::random_device dice_;
  std::optional<fairlead::duration> idle_;
  attendance* counted_ = nullptr;
  std::stop_token finishing_;
  bool closing_ = false;
  std::unordered_map<std::uint64_t, session_ptr> sessions_;
  std::unordered_map<std::uint64_t, std::uint64_t> by_nonce_;
  session_ptr latest_;             // that bulk came for: most likely the next one's, too
  std::vector<std::byte> answer_;  // to a request
  fairlead::scope work_;           // last, for its tasks use the others
};

}  // namespace tool::bench_parts
