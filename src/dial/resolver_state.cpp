// SPDX-License-Identifier: MIT
#include "dial/resolver_state.hpp"

#include <algorithm>

#include "dial/name.hpp"

namespace fairlead {

namespace {

lookup::settings settings_from(const resolver_options& o, std::string_view text) {
  lookup::resolv_conf conf = lookup::parse_resolv_conf(text);
  lookup::settings s;
  s.servers = o.servers.empty() ? std::move(conf.servers) : o.servers;
  // resolv.conf(5): "the name server on the local machine".
  if (s.servers.empty()) s.servers.emplace_back(ipv4_address::loopback(), port(53));
  s.search = o.search.empty() ? std::move(conf.search) : o.search;
  for (std::string& domain : s.search) domain = lookup::normal(domain);
  s.ndots = o.ndots.value_or(conf.ndots.value_or(s.ndots));
  s.timeout = o.timeout.value_or(conf.timeout.value_or(s.timeout));
  s.tries = o.tries.value_or(conf.tries.value_or(s.tries));
  s.rotate = o.rotate.value_or(conf.rotate);
  return s;
}

std::unexpected<error> senseless(std::string what, std::string reason) {
  return std::unexpected(
      error::about(errc::invalid_argument, verb::resolve, std::move(what), std::move(reason)));
}

}  // namespace

std::shared_ptr<const lookup::settings> detail::resolver_state::settings() {
  return conf_.look([this](const std::string& text) {
    // Other servers may say otherwise, which is why the file was changed.
    cache.clear();
    return settings_from(options, text);
  });
}

std::shared_ptr<const lookup::hosts_table> detail::resolver_state::hosts() {
  return hosts_.look([](const std::string& text) { return lookup::hosts_table(text); });
}

std::size_t detail::resolver_state::first_server(const lookup::settings& s) noexcept {
  return s.rotate ? turns_.fetch_add(1, std::memory_order_relaxed) % s.servers.size() : 0;
}

resolver::resolver() {
  // Never destroyed: a thread may still look something up while the process ends.
  static detail::resolver_state* const shared = new detail::resolver_state(resolver_options());
  shared->references.fetch_add(1, std::memory_order_relaxed);
  state_ = shared;
}

result<resolver> resolver::create(resolver_options options) {
  for (const ip_endpoint& s : options.servers) {
    if (s.port().is_any()) return senseless("by " + s.to_string(), "a name server has a port, usually 53");
  }
  for (const std::string& domain : options.search) {
    if (auto why = lookup::defect_of(domain, lookup::name_use::record))
      return senseless("in " + lookup::printable(domain), std::move(*why));
  }
  if (options.timeout && *options.timeout <= duration::zero())
    return senseless("by options", "the timeout must be more than nothing");
  if (options.tries && *options.tries == 0) return senseless("by options", "the first try is one already");
  return resolver(new detail::resolver_state(std::move(options)));
}

resolver::resolver(const resolver& other) noexcept : state_(other.state_) {
  if (state_ != nullptr) state_->references.fetch_add(1, std::memory_order_relaxed);
}

resolver::~resolver() {
  if (state_ != nullptr && state_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete state_;
}

void resolver::clear_cache() const { state_->cache.clear(); }

std::string_view to_string(answer_source s) noexcept {
  switch (s) {
    case answer_source::literal: return "literal";
    case answer_source::localhost: return "localhost";
    case answer_source::hosts_file: return "hosts file";
    case answer_source::cache: return "cache";
    case answer_source::server: return "server";
  }
  return "unknown";
}

}  // namespace fairlead
