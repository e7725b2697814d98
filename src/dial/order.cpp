// SPDX-License-Identifier: MIT
#include "dial/order.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <unordered_map>

#include <fairlead/udp.hpp>

namespace fairlead::lookup {

namespace {

// IPv4 addresses are judged as mapped ones (section 3.2).
ipv6_address as_v6(const ip_address& a) noexcept {
  return a.is_v6() ? a.v6() : ipv6_address::v4_mapped(a.v4());
}

struct policy {
  ipv6_address::groups_type prefix;
  int bits;
  int precedence;
  int label;
};
// Section 2.1, the longest prefixes first.
constexpr std::array<policy, 9> policies{{
    {{0, 0, 0, 0, 0, 0, 0, 1}, 128, 50, 0},  // loopback
    {{0, 0, 0, 0, 0, 0xffff}, 96, 35, 4},    // IPv4
    {{}, 96, 1, 3},                          // IPv4-compatible, of old
    {{0x2001}, 32, 5, 5},                    // Teredo
    {{0x2002}, 16, 30, 2},                   // 6to4
    {{0x3ffe}, 16, 1, 12},                   // 6bone
    {{0xfec0}, 10, 1, 11},                   // site-local
    {{0xfc00}, 7, 3, 13},                    // unique local
    {{}, 0, 40, 1},                          // everything else
}};

int common_bits(const ipv6_address& a, const ipv6_address& b) noexcept {
  for (std::size_t i = 0; i < 16; ++i) {
    const auto differ = static_cast<std::uint8_t>(a.bytes()[i] ^ b.bytes()[i]);
    if (differ != 0) return static_cast<int>(8 * i) + std::countl_zero(differ);
  }
  return 128;
}

const policy& policy_of(const ip_address& a) noexcept {
  const ipv6_address v6 = as_v6(a);
  const auto* const row = std::ranges::find_if(policies, [&](const policy& p) {
    return common_bits(v6, ipv6_address::from_groups(p.prefix)) >= p.bits;
  });
  return *row;
}

// Section 3.1 and 3.2; the numbers are those of multicast scopes (RFC 4291, section 2.7).
int scope_of(const ip_address& given) noexcept {
  constexpr int link_local = 2;
  constexpr int site_local = 5;
  constexpr int global = 14;
  const ip_address a = given.unmapped();
  if (a.is_v6() && a.is_multicast()) return a.v6().bytes()[1] & 15;
  if (a.is_link_local() || a.is_loopback()) return link_local;
  if (a.is_v6() && a.v6().bytes()[0] == 0xfe && a.v6().bytes()[1] >> 6U == 3) return site_local;
  return global;
}

// All that the rules look at: the smaller one is tried first.
struct rank {
  bool unusable;
  bool other_scope;
  bool other_label;
  int precedence;
  int scope;
  int common;
  std::size_t place;  // rule 10: as they came
  auto operator<=>(const rank&) const = default;
};

rank rank_of(const destination& d, std::size_t place) noexcept {
  if (!d.source) return {true, true, true, 0, 0, 0, place};
  const policy& p = policy_of(d.address);
  const int scope = scope_of(d.address);
  // A prefix is compared up to where hosts begin.
  const bool v6 = !d.address.unmapped().is_v4();
  const int common = v6 ? std::min(64, common_bits(as_v6(d.address), as_v6(*d.source))) : 0;
  return {false,
          scope != scope_of(*d.source),
          p.label != policy_of(*d.source).label,
          -p.precedence,
          scope,
          -common,
          place};
}

// What was found out lately. Asking costs four system calls for each address, which is most of what a look-up
// costs whose answer is kept; an order that is a second old is an order still.
class recent_sources {
 public:
  [[nodiscard]] bool find(destination& d, time_point now) {
    const std::scoped_lock lock(mutex_);
    const auto at = known_.find(d.address);
    if (at == known_.end() || at->second.good_until <= now) return false;
    d.source = at->second.source;
    return true;
  }
  void keep(const destination& d, time_point now) {
    constexpr std::size_t most = 4096;
    const std::scoped_lock lock(mutex_);
    if (known_.size() >= most) known_.clear();
    known_.insert_or_assign(d.address, entry(d.source, now + std::chrono::seconds(1)));
  }

 private:
  struct entry {
    std::optional<ip_address> source;
    time_point good_until;
    entry(const std::optional<ip_address>& s, time_point t) : source(s), good_until(t) {}
  };
  std::mutex mutex_;
  std::unordered_map<ip_address, entry> known_;
};

// From which address this machine would talk to others.
class sources {
 public:
  /// False: nothing can be found out now.
  bool find(destination& d) {
    // Never destroyed: threads may still look names up while the process ends.
    static recent_sources& recent = *new recent_sources;
    const time_point now = clock::now();
    if (recent.find(d, now)) return true;
    if (!ask(d)) return false;
    recent.keep(d, now);
    return true;
  }

 private:
  bool ask(destination& d) {
    std::optional<udp_socket>& s = sockets_[d.address.is_v6() ? 1 : 0];
    if (!s) {
      result<udp_socket> made = udp_socket::open(d.address.family());
      if (!made) return made.error() == errc::address_family_not_supported;
      s = std::move(*made);
    } else {
      (void)s->disconnect();  // or its source address would stay
    }
    constexpr port any_will_do(53);
    if (!s->connect(endpoint(d.address, any_will_do))) return true;
    if (const auto here = s->local_endpoint()) d.source = here->ip().address();
    return true;
  }

  std::array<std::optional<udp_socket>, 2> sockets_;
};

}  // namespace

std::vector<ip_address> in_order(std::vector<destination> all) {
  std::vector<std::pair<rank, ip_address>> ranked;
  ranked.reserve(all.size());
  for (const destination& d : all) ranked.emplace_back(rank_of(d, ranked.size()), d.address);
  std::ranges::sort(ranked, {}, &std::pair<rank, ip_address>::first);
  std::vector<ip_address> ordered;
  ordered.reserve(all.size());
  for (const auto& [_, a] : ranked) ordered.push_back(a);
  return ordered;
}

std::uint32_t dice::roll(std::uint32_t sides) noexcept {
  state_ += 0x9e3779b97f4a7c15U;
  std::uint64_t z = state_;
  z = (z ^ z >> 30U) * 0xbf58476d1ce4e5b9U;
  z = (z ^ z >> 27U) * 0x94d049bb133111ebU;
  z ^= z >> 31U;
  return static_cast<std::uint32_t>((z >> 32U) * sides >> 32U);
}

// RFC 2782, "Weight": those of no weight stand first among their equals in priority; then, again and again,
// one is drawn with a chance by its weight from those that are left.
void put_in_order(std::vector<service_record>& all, dice d) {
  std::ranges::sort(all, [](const service_record& a, const service_record& b) {
    if (a.priority != b.priority) return a.priority < b.priority;
    return (a.weight == 0) > (b.weight == 0);
  });
  for (auto place = all.begin(); place != all.end(); ++place) {
    const auto end =
        std::find_if(place, all.end(), [&](const auto& s) { return s.priority != place->priority; });
    std::uint32_t sum = 0;
    for (auto s = place; s != end; ++s) sum += s->weight;
    const std::uint32_t drawn = d.roll(sum + 1);
    std::uint32_t running = 0;
    const auto chosen =
        std::find_if(place, end, [&](const auto& s) { return (running += s.weight) >= drawn; });
    std::rotate(place, chosen, std::next(chosen));
  }
}

// RFC 5321, section 5.1: of equal preference, at random.
void put_in_order(std::vector<mail_exchanger>& all, dice d) {
  for (std::size_t i = all.size(); i > 1; --i)
    std::swap(all[i - 1], all[d.roll(static_cast<std::uint32_t>(i))]);
  std::ranges::sort(all, {}, &mail_exchanger::preference);
}

}  // namespace fairlead::lookup

namespace fairlead {

std::vector<ip_address> order_addresses(std::vector<ip_address> destinations) {
  if (destinations.size() < 2) return destinations;
  std::vector<lookup::destination> all;
  all.reserve(destinations.size());
  lookup::sources known;
  for (const ip_address& a : destinations) {
    lookup::destination d;
    d.address = a;
    if (!known.find(d))
      return destinations;  // there are no descriptors left, say: any order is better than none
    all.push_back(std::move(d));
  }
  return lookup::in_order(std::move(all));
}

}  // namespace fairlead
