// SPDX-License-Identifier: MIT
#include "wire/open_link.hpp"

#include <fairlead/dial.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/resolve.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/udp.hpp>
#include <fairlead/unix.hpp>

#include "wire/query.hpp"
#include "wire/stream_link.hpp"

namespace tool {

namespace {

using namespace fairlead;

// A socket itself, where nothing lies between.
task<result<std::unique_ptr<link>>> open_plain(const url& to, client_options how) {
  const query_options options(to);
  how.dial.wanted = to.family();
  if (!options.empty()) how.dial.with(options);
  tcp_stream s = co_await or_return(dial_tcp(to.host(), to.port(), std::move(how.dial)));
  if (how.announce) co_await or_return(send_proxy_header(s, std::move(*how.announced), *how.announce));
  co_return make_link(std::move(s));
}

task<result<std::unique_ptr<link>>> open_layered(const url& to, client_options how) {
  const query_options options(to);
  if (!options.empty()) how.dial.with(options);
  if (const auto no_delay = to.flag("nodelay")) how.no_delay = *no_delay;
  connect_report report;
  if (how.report == nullptr) how.report = &report;
  const connect_report& told = *how.report;
  any_stream s = co_await or_return(connect(to.without_options(), std::move(how)));
  std::string local = told.local ? name_of(transport::tcp, *told.local) : std::string();
  co_return make_link(std::move(s), std::move(local), to.without_options().to_string());
}

result<udp_socket> connected_udp(const ip_endpoint& where, const query_options& options) {
  result<udp_socket> s = udp_socket::open(where.family());
  if (!s) return s;
  if (const auto set = options.apply(*s); !set) return std::unexpected(set.error());
  if (const auto connected = s->connect(where); !connected) return std::unexpected(connected.error());
  return s;
}

// The first of its addresses that can be reached from here. Whether somebody is there, no datagram tells.
task<result<udp_socket>> open_udp(const url& to) {
  const std::vector<ip_endpoint> addresses = co_await or_return(resolve(to.host(), to.port(), to.family()));
  result<udp_socket> s = failure(errc::address_not_available);
  for (const ip_endpoint& where : addresses) {
    s = connected_udp(where, query_options(to));
    if (s) break;
  }
  co_return s;
}

// The empty name asks Linux for one of its choice: without a name nobody could answer us (unix(7), autobind).
task<result<unix_datagram_socket>> open_unix_datagram(const url& to) {
  unix_datagram_socket s = co_await or_return(unix_datagram_socket::bind(unix_address()));
  co_await or_return(query_options(to).apply(s));
  co_await or_return(s.connect(*to.numeric_endpoint()));
  co_return s;
}

}  // namespace

result<url> parse_address(const std::string& text) {
  if (text.starts_with("listen:") || text.starts_with("dial:")) {
    return std::unexpected(error::about(fault::bad_syntax, verb::parse, text,
                                        "listen: and dial: are said to fairlead relay only"));
  }
  auto parsed = parse_any_address(text);
  if (!parsed || parsed->transport()) return parsed;
  return std::unexpected(error::about(fault::bad_syntax, verb::parse, parsed->to_string(),
                                      "not the address of a socket; fairlead relay takes it"));
}

result<url> parse_any_address(const std::string& text) {
  auto parsed = url::parse(text);
  if (!parsed || !parsed->transport()) return parsed;
  if (auto fine = query_options(*parsed).check(); !fine) return std::unexpected(fine.error());
  return parsed;
}

task<result<std::unique_ptr<link>>> open_link(url to, client_options how) {
  const bool has_port = *to.transport() == transport::tcp || *to.transport() == transport::udp;
  if (has_port && to.port().is_any()) {
    co_return std::unexpected(error::about(fault::bad_syntax, verb::none, to.to_string(),
                                           "port 0 is for listening; give the port of the server"));
  }
  switch (*to.transport()) {
    case transport::tcp: {
      const bool plain = to.scheme() != scheme::tls && how.via.empty() && (!how.announce || how.announced);
      if (plain) co_return co_await open_plain(to, std::move(how));
      co_return co_await open_layered(to, std::move(how));
    }
    case transport::udp: co_return make_link(co_await or_return(open_udp(to)));
    case transport::unix_datagram: co_return make_link(co_await or_return(open_unix_datagram(to)));
    case transport::unix_stream: {
      unix_stream s = co_await or_return(unix_stream::connect(to.numeric_endpoint()->unix_socket()));
      co_await or_return(query_options(to).apply(s));
      if (how.announce) {
        proxy_header ours = how.announced.value_or(proxy_header());
        // Its ends have no addresses that would mean anything elsewhere.
        if (!how.announced) ours.local = true;
        co_await or_return(send_proxy_header(s, std::move(ours), *how.announce));
      }
      co_return make_link(std::move(s));
    }
    case transport::unix_seqpacket: {
      unix_seqpacket_socket s =
          co_await or_return(unix_seqpacket_socket::connect(to.numeric_endpoint()->unix_socket()));
      co_await or_return(query_options(to).apply(s));
      co_return make_link(std::move(s));
    }
  }
  std::unreachable();
}

}  // namespace tool
