// SPDX-License-Identifier: MIT
// One session of a client: its socket, and what came and went.
#pragma once

#include <algorithm>
#include <memory>

#include <fairlead/task.hpp>
#include <fairlead/udp.hpp>
#include <fairlead/unix.hpp>

#include "bench/arrivals.hpp"
#include "bench/packet.hpp"
#include "bench/run.hpp"
#include "bench/with_datagrams.hpp"
#include "evidence/account.hpp"
#include "wire/link.hpp"

namespace tool::bench_parts {

struct datagram_peer {
  datagram_peer(std::unique_ptr<link> l, std::uint64_t i, const plan& p)
      : server(std::move(l)), index(i), size(p.size), counted(p.proof, "bench", server->peer, true) {}
  datagram_peer(const datagram_peer&) = delete;
  datagram_peer& operator=(const datagram_peer&) = delete;
  ~datagram_peer() {
    // Those of the measurement; what was said before and after it is not counted.
    counted.there().pieces = issued;
    counted.back().pieces = std::max(received, in.distinct());
    for (flow* const f : {&counted.there(), &counted.back()}) {
      f->bytes = f->pieces * size;
      f->how = told ? ending::finished : ending::given_up;
    }
  }

  std::unique_ptr<link> server;
  std::uint64_t index;
  std::uint64_t session = 0;
  std::uint64_t issued = 0;  ///< requests or datagrams of bulk
  arrivals in;               ///< answers or datagrams of bulk
  std::uint64_t received = 0;
  std::uint32_t dropped = 0;  ///< by our kernel
  std::optional<datagram_report> told;
  std::stop_source heard;  ///< turns when the report has come
  std::uint32_t size;      ///< of each
  account counted;
};

[[nodiscard]] inline fairlead::error broken(const datagram_peer& d, fairlead::errc code, std::string why) {
  return fairlead::error::about(code, fairlead::verb::none, d.server->peer, std::move(why));
}

/// Sends hellos until the server gives a session.
[[nodiscard]] fairlead::task<fairlead::result<std::unique_ptr<datagram_peer>>> greet(const fairlead::url& to,
                                                                                     std::uint64_t index,
                                                                                     const plan& p);
/// Says that it is over until the report has come; somebody else must be receiving.
[[nodiscard]] fairlead::task<> take_leave(datagram_peer& d, run& r);

}  // namespace tool::bench_parts
