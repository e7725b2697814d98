// SPDX-License-Identifier: MIT
// One connection of a client that measures: what each task on it may count on.
#pragma once

#include <memory>

#include <fairlead/task.hpp>

#include "bench/run.hpp"
#include "bench/stream_session.hpp"
#include "evidence/account.hpp"

namespace tool::bench_parts {

struct connection {
  connection(std::unique_ptr<link> l, std::uint64_t i, const plan& p)
      : peer(std::move(l)), index(i), back_again(p.size), counted(p.proof, "bench", peer->peer, false) {}
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection() {
    counted.there().bytes = record_size + sent;
    counted.back().bytes = echoed + seen.total();
    counted.there().how = counted.back().how == ending::finished ? ending::finished : ending::given_up;
  }

  std::unique_ptr<link> peer;
  std::uint64_t index;
  tail seen;                 ///< what the server sends, but for answers
  std::uint64_t sent = 0;    ///< bytes
  std::uint64_t issued = 0;  ///< requests sent whole
  std::uint64_t echoed = 0;  ///< bytes of answers
  answers back_again;
  account counted;
};

[[nodiscard]] inline fairlead::error broken(const connection& c, std::string why,
                                            fairlead::errc code = fairlead::errc::protocol_error) {
  return fairlead::error::about(code, fairlead::verb::none, c.peer->peer, std::move(why));
}

/// Compares the report, with which the server must have ended, with what we know.
inline void check_report(const connection& c, run& r) {
  const auto told = c.seen.end();
  if (!told) {
    return r.fail_late(
        broken(c, c.seen.total() == 0
                      ? "the server ended the connection without a word; is it `fairlead bench --serve`?"
                      : "the server ended the connection without its report"));
  }
  if (told->why != refusal::none) return r.fail_late(broken(c, explain(*told)));
  if (!r.over) return r.fail_late(broken(c, "the server ended the measurement before its time"));
  const std::uint64_t came = r.p.what == mode::requests ? c.echoed : c.seen.payload();
  if (told->received != c.sent || told->sent != came) {
    r.fail_late(broken(c, "sent " + std::to_string(c.sent) + " bytes and received " + std::to_string(came) +
                              ", but the server received " + std::to_string(told->received) + " and sent " +
                              std::to_string(told->sent)));
  }
}

/// Takes what comes: answers as long as some are owed, then bulk and the report, to the end.
template <class Socket>
fairlead::task<> collect(Socket& s, connection& c, run& r) {
  std::vector<std::byte> buffer(receive_room(r.p.size));
  const std::uint64_t rate = r.p.rate.value_or(1);
  for (;;) {
    const fairlead::result<std::size_t> n = co_await s.recv(buffer);
    if (!n) {
      conclude(c.counted.back(), std::unexpected(n.error()));
      if (!(n.error() == fairlead::errc::operation_canceled)) r.fail_late(n.error());
      co_return;
    }
    if (*n == 0) break;
    const auto bytes = std::span(buffer).first(*n);
    const std::uint64_t owed = c.issued * r.p.size - c.echoed;
    const auto answer = bytes.first(std::min<std::size_t>(owed, bytes.size()));
    if (!answer.empty()) {
      std::uint64_t next = c.back_again.whole();
      if (!c.back_again.take(answer)) co_return r.fail_late(broken(c, "the answer is not what was sent"));
      c.echoed += answer.size();
      const auto at = fairlead::clock::now();
      for (; next < c.back_again.whole(); ++next) {
        r.complete(r.begin_issuing + due_after(c.index + next * r.p.count, rate), at);
      }
    }
    r.now.received += *n;
    c.seen.take(bytes.subspan(answer.size()));
  }
  conclude(c.counted.back(), {});
  check_report(c, r);
}

}  // namespace tool::bench_parts
