// SPDX-License-Identifier: MIT
#include "wire/query.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <fairlead/options.hpp>

namespace tool {

namespace {

using namespace fairlead;

// Which transports have an option.
constexpr unsigned tcp = 1;
constexpr unsigned udp = 2;
constexpr unsigned local = 4;

using setter = result<void> (*)(const url& from, std::string_view name, basic_socket& to);

template <class Option>
result<void> set_flag(const url& from, std::string_view name, basic_socket& to) {
  const auto on = from.flag(name);
  if (!on) return std::unexpected(on.error());
  return to.set(Option(on->value()));
}

template <class Option>
result<void> set_size(const url& from, std::string_view name, basic_socket& to) {
  const auto bytes = from.size(name);
  if (!bytes) return std::unexpected(bytes.error());
  return to.set(Option(static_cast<std::size_t>(bytes->value())));
}

template <class Option, int Most>
result<void> set_count(const url& from, std::string_view name, basic_socket& to) {
  const auto count = from.integer(name, 0, Most);
  if (!count) return std::unexpected(count.error());
  return to.set(Option(static_cast<int>(count->value())));
}

// "keepalive=30s" asks after 30 seconds, "keepalive" when the system does, "keepalive=0" never.
result<void> set_keepalive(const url& from, std::string_view name, basic_socket& to) {
  if (const auto on = from.flag(name)) return to.set(option::keepalive{.on = on->value()});
  const auto idle = from.duration(name);
  if (!idle) return std::unexpected(idle.error());
  option::keepalive probes;
  probes.idle = std::chrono::ceil<std::chrono::seconds>(idle->value());
  return to.set(probes);
}

result<void> set_user_timeout(const url& from, std::string_view name, basic_socket& to) {
  const auto time = from.duration(name);
  if (!time) return std::unexpected(time.error());
  return to.set(option::user_timeout(std::chrono::ceil<std::chrono::milliseconds>(time->value())));
}

result<void> set_linger(const url& from, std::string_view name, basic_socket& to) {
  const auto time = from.duration(name);
  if (!time) return std::unexpected(time.error());
  return to.set(option::linger(std::chrono::ceil<std::chrono::seconds>(time->value())));
}

template <class Option>
result<void> set_text(const url& from, std::string_view name, basic_socket& to) {
  const auto text = from.text(name);
  if (!text) return std::unexpected(text.error());
  return to.set(Option(std::string_view(text->value())));
}

result<void> set_device(const url& from, std::string_view name, basic_socket& to) {
  const auto text = from.text(name);
  if (!text) return std::unexpected(text.error());
  return to.set(option::bind_to_device(network_interface(text->value())));
}

result<void> set_group(const url& from, std::string_view name, basic_socket& to) {
  const auto text = from.text(name);
  if (!text) return std::unexpected(text.error());
  const auto group = ip_address::parse(text->value());
  if (!group) return std::unexpected(group.error());
  return to.set(option::join_group(*group));
}

struct known_option {
  std::string_view name;
  unsigned transports;
  setter set;
};

constexpr std::array<known_option, 17> table = {{
    {"nodelay", tcp, set_flag<option::no_delay>},
    {"keepalive", tcp, set_keepalive},
    {"user-timeout", tcp, set_user_timeout},
    {"linger", tcp, set_linger},
    {"congestion", tcp, set_text<option::congestion_control>},
    {"reuseport", tcp | udp, set_flag<option::reuse_port>},
    {"reuseaddr", tcp | udp, set_flag<option::reuse_address>},
    {"v6only", tcp | udp, set_flag<option::v6_only>},
    {"ttl", tcp | udp, set_count<option::hop_limit, 255>},
    {"dscp", tcp | udp, set_count<option::dscp, 63>},
    {"device", tcp | udp, set_device},
    {"rcvbuf", tcp | udp | local, set_size<option::receive_buffer>},
    {"sndbuf", tcp | udp | local, set_size<option::send_buffer>},
    {"broadcast", udp, set_flag<option::broadcast>},
    {"join", udp, set_group},
    {"multicast-ttl", udp, set_count<option::multicast_hops, 255>},
    {"multicast-loop", udp, set_flag<option::multicast_loop>},
}};

unsigned bit_of(transport t) {
  switch (t) {
    case transport::tcp: return tcp;
    case transport::udp: return udp;
    default: return local;
  }
}

const known_option* find(std::string_view name) {
  const auto found = std::ranges::find(table, name, &known_option::name);
  return found == table.end() ? nullptr : &*found;
}

}  // namespace

result<void> query_options::check() const {
  const unsigned here = address_->transport() ? bit_of(*address_->transport()) : 0;
  std::vector<std::string_view> names;
  for (const known_option& o : table) {
    if ((o.transports & here) != 0) names.push_back(o.name);
  }
  for (const url::option& given : address_->options()) {
    const known_option* const o = find(given.name);
    if (o == nullptr || (o->transports & here) != 0) continue;
    const char* const owner = o->transports == tcp ? "tcp" : o->transports == udp ? "udp" : "tcp and udp";
    return std::unexpected(error::about(fault::bad_syntax, verb::parse, address_->to_string(),
                                        "option '" + given.name + "' belongs to " + owner));
  }
  return address_->allow_only(names);
}

result<void> query_options::apply(basic_socket& s) const {
  for (const url::option& given : address_->options()) {
    const known_option* const o = find(given.name);
    if (o == nullptr) continue;  // check() has said so
    if (result<void> done = o->set(*address_, o->name, s); !done) return done;
  }
  return {};
}

}  // namespace tool
