// SPDX-License-Identifier: MIT
// Dialling across networks of our own: one that swallows every packet, and one that answers.
#include <gtest/gtest.h>

#include <sched.h>

#include <cstdlib>
#include <string>
#include <vector>

#include <fairlead/dial.hpp>

#include "dial/race.hpp"
#include "stream/ways.hpp"
#include "support/child.hpp"

namespace fairlead::testing {
namespace {

using namespace std::chrono_literals;

class DeadNetworks : public every_way {};
FAIRLEAD_IN_EVERY_WAY(DeadNetworks);

// What a host with a broken IPv6 sees. The neighbour's hardware address is known, and nobody has it: packets
// leave, and nothing comes back, not even an error. 192.0.2.1 is this machine itself.
bool make_networks() {
  return ::unshare(CLONE_NEWNET) == 0 &&
         std::system(
             "exec 2>/dev/null; set -e; PATH=$PATH:/sbin:/usr/sbin\n"
             "ip link set lo up\n"
             "ip link add cable type veth peer name far\n"
             "ip link set cable up; ip link set far up\n"
             "ip -6 address add 2001:db8::1/64 dev cable nodad\n"
             "ip -6 neighbour add 2001:db8::2 lladdr 02:00:00:00:00:02 dev cable nud permanent\n"
             "ip address add 192.0.2.1/32 dev lo\n") == 0;
}

class both_families final : public detail::address_source {
 public:
  task<result<std::vector<ip_address>>> addresses(family f) override {
    std::vector<ip_address> found{ip_address::parse(f == family::ipv6 ? "2001:db8::2" : "192.0.2.1").value()};
    co_return found;
  }
};

task<result<tcp_stream>> race_for(port p, const dial_options& how) {
  both_families source;
  detail::race r(how, "tcp://host.example");
  co_return co_await r.run(&source, p).within(soon);
}

TEST_P(DeadNetworks, CostOneAttemptDelayAndNoMore) {
  constexpr int no_networks = 77;
  const child_outcome child = run_in_child([this] {
    if (!make_networks()) return no_networks;
    auto listener = tcp_listener::listen({ip_address::parse("192.0.2.1").value(), port(0)});
    if (!listener) return 1;
    dial_log log;
    dial_options how;
    how.log = &log;
    how.attempt_delay = 30ms;
    const auto c = run(race_for(listener->local_endpoint()->ip().port(), how));
    if (!c || log.attempts.size() != 2) return 2;
    const dial_attempt& dead = log.attempts[0];
    const dial_attempt& alive = log.attempts[1];
    if (dead.peer.family() != family::ipv6 || alive.peer.family() != family::ipv4) return 3;
    if (alive.began < dead.began + how.attempt_delay || alive.failed) return 4;
    return dead.failed && *dead.failed == errc::operation_canceled ? 0 : 5;
  });
  if (child.status == no_networks) GTEST_SKIP() << "no network namespaces may be made here";
  EXPECT_EQ(child.status, 0) << child.errors;
}

}  // namespace
}  // namespace fairlead::testing
