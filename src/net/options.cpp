// SPDX-License-Identifier: MIT
#include <fairlead/options.hpp>

#include <array>
#include <climits>

#include "net/option_access.hpp"
#include "sys/socket_option.hpp"

namespace fairlead {

namespace {

using detail::audience;
using detail::option_access;
using detail::option_text;

struct number {
  option_text text;
  sys::number_option option;
  std::int64_t least;
  std::int64_t most;
  std::string_view unit = {};
};

using enum sys::number_option;

// Linux doubles the size of a buffer, in an int.
constexpr std::int64_t largest_buffer = INT_MAX / 2;

// In the order of detail::option_id.
constexpr std::array numbers = {
    number{{"no_delay", audience::tcp}, no_delay, 0, 1},
    number{{"quick_ack", audience::tcp}, quick_ack, 0, 1},
    number{{"cork", audience::tcp}, cork, 0, 1},
    number{{"not_sent_low_water", audience::tcp}, not_sent_low_water, 0, INT_MAX, " bytes"},
    number{{"user_timeout", audience::tcp}, user_timeout, 0, INT_MAX, " ms"},
    number{{"fast_open", audience::tcp, "only a socket that listens, or has no peer yet, can be told"},
           fast_open,
           0,
           65535},
    number{{"fast_open_connect", audience::tcp, "it must be set before connecting"}, fast_open_connect, 0, 1},
    number{{"reuse_address", audience::ip}, reuse_address, 0, 1},
    number{{"reuse_port", audience::ip}, reuse_port, 0, 1},
    number{{"broadcast", audience::udp}, broadcast, 0, 1},
    number{{"receive_buffer", audience::any}, receive_buffer, 0, largest_buffer, " bytes"},
    number{{"send_buffer", audience::any}, send_buffer, 0, largest_buffer, " bytes"},
    number{{"v6_only", audience::ipv6, "it must be set before binding"}, v6_only, 0, 1},
    number{{"hop_limit", audience::ip}, hop_limit, 1, 255},
    number{{"multicast_hops", audience::udp}, multicast_hops, 0, 255},
    number{{"multicast_loop", audience::udp}, multicast_loop, 0, 1},
};
static_assert(numbers.size() == static_cast<std::size_t>(detail::option_id::multicast_loop) + 1);

const number& line_of(detail::option_id o) { return numbers[static_cast<std::size_t>(o)]; }

constexpr option_text keepalive_text{"keepalive", audience::tcp};
constexpr option_text linger_text{"linger", audience::tcp};
constexpr option_text congestion_text{"congestion_control", audience::tcp};
constexpr option_text dscp_text{"dscp", audience::ip};
constexpr option_text dropped_text{"dropped", audience::any};
constexpr option_text send_queue_text{"send_queue", audience::any};

}  // namespace

namespace detail {

result<void> set_number(const basic_socket& s, option_id o, std::int64_t value) {
  const number& n = line_of(o);
  const option_access a(s, n.text, verb::set_option);
  if (std::optional<error> e = a.refused()) return std::unexpected(std::move(*e));
  if (value < n.least || value > n.most) return a.out_of_range("it", n.least, n.most, n.unit, value);
  return a.ended(sys::set_option(a.fd(), a.domain(), n.option, static_cast<int>(value)));
}

result<std::int64_t> get_number(const basic_socket& s, option_id o) {
  const number& n = line_of(o);
  const option_access a(s, n.text, verb::get_option);
  if (std::optional<error> e = a.refused()) return std::unexpected(std::move(*e));
  int value = 0;
  if (const sys::outcome r = sys::get_option(a.fd(), a.domain(), n.option, value); !r.ok())
    return a.failed(r);
  return value;
}

}  // namespace detail

namespace option {

result<dropped> dropped::read(const basic_socket& s) {
  const option_access a(s, dropped_text, verb::get_option);
  if (std::optional<error> e = a.refused()) return std::unexpected(std::move(*e));
  std::uint32_t count = 0;
  if (const sys::outcome r = sys::get_drops(a.fd(), count); !r.ok()) return a.failed(r);
  return dropped(count);
}

result<send_queue> send_queue::read(const basic_socket& s) {
  const option_access a(s, send_queue_text, verb::get_option);
  if (std::optional<error> e = a.refused()) return std::unexpected(std::move(*e));
  std::size_t bytes = 0;
  if (const sys::outcome r = sys::get_send_queue(a.fd(), bytes); !r.ok()) return a.failed(r);
  return send_queue(bytes);
}

result<void> keepalive::apply(basic_socket& s) const {
  const option_access a(s, keepalive_text, verb::set_option);
  if (std::optional<error> e = a.refused()) return std::unexpected(std::move(*e));
  struct part {
    std::optional<std::int64_t> value;
    sys::number_option option;
    std::int64_t most;
    std::string_view what;
    std::string_view unit;
  };
  const auto seconds = [](const std::optional<std::chrono::seconds>& t) {
    return t ? std::optional<std::int64_t>(t->count()) : std::nullopt;
  };
  const std::array<part, 3> parts = {part{seconds(idle), keepalive_idle, 32767, "idle", " s"},
                                     part{seconds(interval), keepalive_interval, 32767, "interval", " s"},
                                     part{count, keepalive_count, 127, "count", ""}};
  // All are looked at before any is set.
  for (const part& p : parts) {
    if (p.value && (*p.value < 1 || *p.value > p.most))
      return a.out_of_range(p.what, 1, p.most, p.unit, *p.value);
  }
  for (const part& p : parts) {
    if (!p.value) continue;
    const sys::outcome r = sys::set_option(a.fd(), a.domain(), p.option, static_cast<int>(*p.value));
    if (!r.ok()) return a.failed(r);
  }
  return a.ended(sys::set_option(a.fd(), a.domain(), sys::number_option::keepalive, on ? 1 : 0));
}

result<keepalive> keepalive::read(const basic_socket& s) {
  const option_access a(s, keepalive_text, verb::get_option);
  if (std::optional<error> e = a.refused()) return std::unexpected(std::move(*e));
  constexpr std::array options = {sys::number_option::keepalive, keepalive_idle, keepalive_interval,
                                  keepalive_count};
  std::array<int, options.size()> values{};
  for (std::size_t i = 0; i < options.size(); ++i) {
    const sys::outcome r = sys::get_option(a.fd(), a.domain(), options[i], values[i]);
    if (!r.ok()) return a.failed(r);
  }
  return keepalive{.on = values[0] != 0,
                   .idle = std::chrono::seconds(values[1]),
                   .interval = std::chrono::seconds(values[2]),
                   .count = values[3]};
}

result<user_timeout> user_timeout::read(const basic_socket& s) {
  const result<std::int64_t> n = detail::get_number(s, detail::option_id::user_timeout);
  if (!n) return std::unexpected(n.error());
  return user_timeout(std::chrono::milliseconds(*n));
}

result<void> linger::apply(basic_socket& s) const {
  const option_access a(s, linger_text, verb::set_option);
  if (std::optional<error> e = a.refused()) return std::unexpected(std::move(*e));
  if (!time_) return a.ended(sys::set_linger(a.fd(), std::nullopt));
  const std::int64_t seconds = time_->count();
  if (seconds < 0 || seconds > INT_MAX) return a.out_of_range("it", 0, INT_MAX, " s", seconds);
  return a.ended(sys::set_linger(a.fd(), static_cast<int>(seconds)));
}

result<linger> linger::read(const basic_socket& s) {
  const option_access a(s, linger_text, verb::get_option);
  if (std::optional<error> e = a.refused()) return std::unexpected(std::move(*e));
  std::optional<int> seconds;
  if (const sys::outcome r = sys::get_linger(a.fd(), seconds); !r.ok()) return a.failed(r);
  return seconds ? linger(std::chrono::seconds(*seconds)) : off();
}

result<void> dscp::apply(basic_socket& s) const {
  const option_access a(s, dscp_text, verb::set_option);
  if (std::optional<error> e = a.refused()) return std::unexpected(std::move(*e));
  if (value_ < 0 || value_ > 63) return a.out_of_range("it", 0, 63, "", value_);
  constexpr int ecn_bits = 3;
  int before = 0;
  if (const sys::outcome r = sys::get_option(a.fd(), a.domain(), traffic_class, before); !r.ok())
    return a.failed(r);
  return a.ended(sys::set_option(a.fd(), a.domain(), traffic_class, value_ << 2 | (before & ecn_bits)));
}

result<dscp> dscp::read(const basic_socket& s) {
  const option_access a(s, dscp_text, verb::get_option);
  if (std::optional<error> e = a.refused()) return std::unexpected(std::move(*e));
  int value = 0;
  if (const sys::outcome r = sys::get_option(a.fd(), a.domain(), traffic_class, value); !r.ok())
    return a.failed(r);
  return dscp(value >> 2);
}

result<void> congestion_control::apply(basic_socket& s) const {
  const option_access a(s, congestion_text, verb::set_option);
  if (std::optional<error> e = a.refused()) return std::unexpected(std::move(*e));
  const sys::outcome r = sys::set_option(a.fd(), sys::text_option::congestion_control, name_);
  if (r.code == static_cast<int>(errc::no_such_file_or_directory) || name_.empty()) {
    return a.failure(errc::no_such_file_or_directory,
                     "there is no '" + name_ + "' here; see net.ipv4.tcp_available_congestion_control");
  }
  return a.ended(r);
}

result<congestion_control> congestion_control::read(const basic_socket& s) {
  const option_access a(s, congestion_text, verb::get_option);
  if (std::optional<error> e = a.refused()) return std::unexpected(std::move(*e));
  std::string name;
  const sys::outcome r = sys::get_option(a.fd(), sys::text_option::congestion_control, name);
  if (!r.ok()) return a.failed(r);
  return congestion_control(name);
}

}  // namespace option

}  // namespace fairlead
