// SPDX-License-Identifier: MIT
#include "wire/query.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <fairlead/options.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/udp.hpp>
#include <fairlead/unix.hpp>

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

template <class Option, int Least, int Most>
result<void> set_count(const url& from, std::string_view name, basic_socket& to) {
  const auto count = from.integer(name, Least, Most);
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
  if (text->value().empty()) {
    return std::unexpected(
        error::about(fault::bad_syntax, verb::none, {}, "it needs the name of an interface"));
  }
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
    {"ttl", tcp | udp, set_count<option::hop_limit, 1, 255>},
    {"dscp", tcp | udp, set_count<option::dscp, 0, 63>},
    {"device", tcp | udp, set_device},
    {"rcvbuf", tcp | udp | local, set_size<option::receive_buffer>},
    {"sndbuf", tcp | udp | local, set_size<option::send_buffer>},
    {"broadcast", udp, set_flag<option::broadcast>},
    {"join", udp, set_group},
    {"multicast-ttl", udp, set_count<option::multicast_hops, 0, 255>},
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

// A socket of the kind that an address asks for.
class scratch {
 public:
  result<void> open(transport t, family f) {
    switch (t) {
      case transport::tcp: return keep(tcp_, tcp_socket::open(f));
      case transport::udp: return keep(udp_, udp_socket::open(f));
      default: return keep(local_, unix_datagram_socket::open());
    }
  }
  basic_socket& socket() {
    if (tcp_.is_open()) return tcp_;
    return udp_.is_open() ? static_cast<basic_socket&>(udp_) : local_;
  }

 private:
  template <class Socket>
  static result<void> keep(Socket& place, result<Socket> opened) {
    if (!opened) return std::unexpected(opened.error());
    place = std::move(*opened);
    return {};
  }
  tcp_socket tcp_;
  udp_socket udp_;
  unix_datagram_socket local_;
};

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
  if (result<void> known = address_->allow_only(names); !known) return known;
  return try_out();
}

// Sets them on a socket that is thrown away: whatever the kernel refuses is known before anything is bound.
result<void> query_options::try_out() const {
  if (empty() || !address_->transport()) return {};
  const bool any_family = address_->family() == family::unspecified;
  result<void> done;
  for (const family f : {any_family ? family::ipv6 : address_->family(), family::ipv4}) {
    scratch s;
    if (!s.open(*address_->transport(), f)) return {};  // who opens the real one will say why
    done = apply(s.socket());
    if (done || !any_family) break;  // a group of IPv4 is joined by a socket of IPv4
  }
  return done;
}

result<void> query_options::apply(basic_socket& s) const {
  for (const url::option& given : address_->options()) {
    const known_option* const o = find(given.name);
    if (o == nullptr) continue;  // check() has said so
    const result<void> done = o->set(*address_, o->name, s);
    if (done) continue;
    const error& e = done.error();
    // A reason that speaks of the address already is a whole sentence.
    if (e.kind() == fault::bad_syntax && e.subject() == address_->to_string()) return done;
    const std::string why = "option '" + given.name + "': " + e.reason();
    if (e == errc::operation_not_permitted) {
      return std::unexpected(
          error::about(errc::operation_not_permitted, verb::none, address_->to_string(), why));
    }
    return std::unexpected(error::about(fault::bad_syntax, verb::none, address_->to_string(), why));
  }
  return {};
}

}  // namespace tool
