// SPDX-License-Identifier: MIT
// A look-up from beginning to end: what needs nobody, the hosts file, the cache, and then the servers, under
// each name that may be meant.
#include <fairlead/resolve.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include <fairlead/or_return.hpp>

#include "dial/name.hpp"
#include "dial/order.hpp"
#include "dial/resolver_state.hpp"
#include "sys/random.hpp"

namespace fairlead {

using lookup::record_type;
using lookup::verdict;

namespace {

std::unexpected<error> refused(std::string_view name, fault f, std::string why) {
  return std::unexpected(error::about(f, verb::resolve, lookup::printable(name), std::move(why)));
}

std::string_view words(family f) noexcept { return f == family::ipv4 ? "IPv4" : "IPv6"; }

void append(std::string& list, std::string_view separator, std::string_view one) {
  if (!list.empty()) list += separator;
  list += one;
}

// What became of a look-up under all its names: records, or one sentence.
class findings {
 public:
  findings(const std::string& subject, std::span<const record_type> types)
      : subject_(subject), types_(types) {}

  void add(const lookup::reply& r, const std::string& name) {
    if (r.what == verdict::no_records) exists_ = true;
    add_once(asked_, r.server.to_string());
    add_once(names_, name);
  }
  void add(const lookup::inquiry& q) {
    for (const std::string& f : q.failures) add_once(failures_, f);
    silence_ = silence_ || q.silence;
  }
  /// Servers that do not answer will not do so under other names either.
  [[nodiscard]] bool pointless_to_go_on() const noexcept { return silence_; }

  [[nodiscard]] std::unexpected<error> verdict_without_records() const {
    if (!failures_.empty()) {
      std::string all;
      for (const std::string& f : failures_) append(all, "; ", f);
      return refused(subject_, fault::no_answer, std::move(all));
    }
    std::string reason;
    if (exists_) {
      const bool both = types_.size() > 1;
      reason = "it has no " + (both ? std::string("address") : std::string(in_words(types_.front())));
    } else {
      reason = "no such name";
    }
    reason += " (asked ";
    std::string whom;
    for (const std::string& s : asked_) append(whom, ", ", s);
    reason += whom;
    if (names_.size() > 1) {
      std::string all;
      for (const std::string& n : names_) append(all, ", ", n);
      reason += " for " + all;
    }
    return refused(subject_, fault::unknown_name, reason + ')');
  }

 private:
  static void add_once(std::vector<std::string>& all, const std::string& one) {
    if (std::ranges::find(all, one) == all.end()) all.push_back(one);
  }
  const std::string& subject_;
  std::span<const record_type> types_;
  bool exists_ = false;
  bool silence_ = false;
  std::vector<std::string> asked_;
  std::vector<std::string> names_;
  std::vector<std::string> failures_;
};

struct found {
  std::string name;
  std::vector<lookup::reply> replies;  // with records
};

// Under one name: from the cache, and the rest from the servers.
task<result<std::vector<lookup::reply>>> look_under(detail::resolver_state& state, const lookup::settings& s,
                                                    const std::string& name, const std::string& subject,
                                                    std::span<const record_type> types, findings& sum) {
  std::vector<lookup::reply> with_records;
  std::vector<lookup::inquiry> open;
  const auto take = [&](lookup::reply r) {
    sum.add(r, name);
    if (r.what == verdict::records) with_records.push_back(std::move(r));
  };
  for (const record_type t : types) {
    if (auto kept = state.cache.find(name, t, clock::now())) {
      take(std::move(*kept));
    } else {
      open.emplace_back(name, t);
    }
  }
  if (!open.empty()) co_await or_return(lookup::ask(s, state.crowd, state.first_server(s), subject, open));
  // What servers said that are no longer ours is not remembered.
  const bool current = state.settings().get() == &s;
  for (lookup::inquiry& q : open) {
    if (q.got) {
      if (current) state.cache.keep(name, q.type, *q.got, clock::now());
      take(std::move(*q.got));
    } else {
      sum.add(q);
    }
  }
  co_return with_records;
}

task<result<found>> look_up(detail::resolver_state& state, std::string given, std::vector<record_type> types,
                            bool search) {
  const std::shared_ptr<const lookup::settings> s = state.settings();
  const std::string subject = lookup::printable(given);
  std::vector<std::string> names;
  if (search) {
    names = lookup::candidates(given, s->search, s->ndots);
  } else {
    names.push_back(given);
  }
  findings sum(subject, types);
  for (std::string& name : names) {
    std::vector<lookup::reply> replies = co_await or_return(look_under(state, *s, name, subject, types, sum));
    if (!replies.empty()) {
      found f;
      f.name = std::move(name);
      f.replies = std::move(replies);
      co_return f;
    }
    if (sum.pointless_to_go_on()) break;
  }
  co_return sum.verdict_without_records();
}

template <class T>
answer<T> to_answer(const found& f) {
  answer<T> a;
  a.source = answer_source::cache;
  for (const lookup::reply& r : f.replies) {
    const auto& records = std::get<std::vector<T>>(r.records->records);
    a.records.insert(a.records.end(), records.begin(), records.end());
    if (!r.cached) a.source = answer_source::server;
    if (!a.server) a.server = r.server;
    a.time_to_live = std::min(a.time_to_live, r.ttl);
    if (a.canonical_name.empty()) a.canonical_name = r.records->canonical_name;
  }
  if (a.canonical_name.empty()) a.canonical_name = f.name;
  return a;
}

template <class T>
answer<T> known_here(answer_source source, std::vector<T> records, std::string canonical_name = {}) {
  answer<T> a;
  a.records = std::move(records);
  a.source = source;
  a.canonical_name = std::move(canonical_name);
  return a;
}

// Those of the wanted family, or the reason why there are none.
result<answer<ip_address>> only(answer<ip_address> a, family wanted, std::string_view host) {
  if (wanted != family::unspecified)
    std::erase_if(a.records, [wanted](const ip_address& one) { return one.family() != wanted; });
  if (!a.records.empty()) return a;
  const std::string why = "it has no " + std::string(words(wanted)) + " address";
  if (a.source == answer_source::hosts_file)
    return refused(host, fault::unknown_name, why + " in the hosts file");
  return std::unexpected(
      error::about(errc::address_family_not_supported, verb::resolve, lookup::printable(host), why));
}

// What nobody needs to be asked about; nothing for other names.
std::optional<result<answer<ip_address>>> without_asking(detail::resolver_state& state,
                                                         const std::string& host, family wanted) {
  if (wanted == family::unix_domain)
    return std::unexpected(error::about(errc::address_family_not_supported, verb::resolve,
                                        lookup::printable(host), "Unix-domain sockets have no host names"));
  if (const auto numeric = ip_address::parse(host))
    return only(known_here<ip_address>(answer_source::literal, {*numeric}, numeric->to_string()), wanted,
                host);
  const std::string name = lookup::normal(host);
  if (host.empty() || lookup::is_localhost(name)) {
    std::vector<ip_address> both{ipv6_address::loopback(), ipv4_address::loopback()};
    return only(known_here(answer_source::localhost, std::move(both), host.empty() ? "localhost" : name),
                wanted, host);
  }
  if (auto why = lookup::defect_of(host, lookup::name_use::host))
    return refused(host, fault::bad_syntax, std::move(*why));
  if (const std::string_view why = lookup::reserved(name); !why.empty())
    return refused(host, fault::unknown_name, std::string(why));
  const auto hosts = state.hosts();
  if (const auto* const entry = hosts->find(name))
    return only(known_here(answer_source::hosts_file, order_addresses(entry->addresses), entry->canonical),
                wanted, host);
  return std::nullopt;
}

// The handle keeps the state alive for as long as the task lives.
task<result<answer<ip_address>>> find_addresses(resolver, detail::resolver_state& state, std::string host,
                                                family wanted) {
  if (auto known = without_asking(state, host, wanted)) co_return std::move(*known);
  std::vector<record_type> types;
  if (wanted != family::ipv4) types.push_back(record_type::aaaa);
  if (wanted != family::ipv6) types.push_back(record_type::a);
  const found f = co_await or_return(look_up(state, std::move(host), std::move(types), true));
  auto a = to_answer<ip_address>(f);
  a.records = order_addresses(std::move(a.records));
  co_return a;
}

task<result<answer<std::string>>> find_names(resolver, detail::resolver_state& state, ip_address of) {
  of = of.unmapped();
  const auto hosts = state.hosts();
  if (const auto* const names = hosts->names_of(of))
    co_return known_here(answer_source::hosts_file, *names, names->front());
  if (of.is_loopback())
    co_return known_here<std::string>(answer_source::localhost, {"localhost"}, "localhost");
  std::vector<record_type> types{record_type::ptr};
  result<found> f = co_await look_up(state, lookup::reverse_name(of), std::move(types), false);
  if (f) co_return to_answer<std::string>(*f);
  // The caller knows the address, not the name that it is asked for under.
  co_return std::unexpected(f.error().reworded(verb::resolve, of.to_string(), f.error().reason()));
}

template <class T>
task<result<answer<T>>> find_records(resolver, detail::resolver_state& state, std::string name,
                                     record_type type) {
  if (auto why = lookup::defect_of(name, lookup::name_use::record))
    co_return refused(name, fault::bad_syntax, std::move(*why));
  const std::string normal = lookup::normal(name);
  if (const std::string_view why = lookup::reserved(normal); !why.empty())
    co_return refused(name, fault::unknown_name, std::string(why));
  if (lookup::is_localhost(normal))
    co_return refused(
        name, fault::unknown_name,
        "it has no " + std::string(in_words(type)) + ": localhost is this machine, and no server is asked");
  std::vector<record_type> types{type};
  const found f = co_await or_return(look_up(state, std::move(name), std::move(types), true));
  co_return to_answer<T>(f);
}

}  // namespace

task<result<answer<ip_address>>> resolver::addresses(std::string host, family wanted) const {
  return find_addresses(*this, *state_, std::move(host), wanted);
}

task<result<answer<std::string>>> resolver::names(ip_address of) const {
  return find_names(*this, *state_, of);
}

task<result<answer<std::string>>> resolver::texts(std::string name) const {
  return find_records<std::string>(*this, *state_, std::move(name), record_type::txt);
}

namespace {

// A target or host of "." says that there decidedly is none (RFC 2782; RFC 7505).
template <class T, class Name>
task<result<answer<T>>> in_order(task<result<answer<T>>> asked, std::string name, Name of, std::string none) {
  answer<T> a = co_await or_return(std::move(asked));
  std::erase_if(a.records, [of](const T& r) { return (r.*of).empty(); });
  if (a.records.empty()) co_return refused(name, fault::unknown_name, std::move(none));
  lookup::put_in_order(a.records, lookup::dice(sys::random_number()));
  co_return a;
}

}  // namespace

task<result<answer<service_record>>> resolver::services(std::string name) const {
  auto asked = find_records<service_record>(*this, *state_, name, record_type::srv);
  return in_order(std::move(asked), std::move(name), &service_record::target,
                  "the service is decidedly not available there");
}

task<result<answer<mail_exchanger>>> resolver::mail_exchangers(std::string name) const {
  auto asked = find_records<mail_exchanger>(*this, *state_, name, record_type::mx);
  return in_order(std::move(asked), std::move(name), &mail_exchanger::host, "it takes no mail");
}

task<result<std::vector<ip_endpoint>>> resolve(std::string host, port p, family wanted) {
  const answer<ip_address> found = co_await or_return(resolver().addresses(std::move(host), wanted));
  std::vector<ip_endpoint> endpoints;
  endpoints.reserve(found.records.size());
  for (const ip_address& a : found.records) endpoints.emplace_back(a, p);
  co_return endpoints;
}

task<result<std::vector<ip_endpoint>>> detail::resolve_service(std::string host, std::string service,
                                                               family wanted) {
  const port p = co_await or_return(port::parse(service));
  co_return co_await resolve(std::move(host), p, wanted);
}

}  // namespace fairlead
