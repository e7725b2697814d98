// SPDX-License-Identifier: MIT
#include "wire/open_link.hpp"

#include <fairlead/dial.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/resolve.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/udp.hpp>
#include <fairlead/unix.hpp>

#include "wire/query.hpp"

namespace tool {

namespace {

using namespace fairlead;

task<result<tcp_stream>> open_tcp(const url& to) {
  const query_options options(to);
  if (options.empty()) co_return co_await dial_tcp(to.host(), to.port(), to.family());
  co_return co_await dial_tcp(to.host(), to.port(), to.family(), options);
}

task<result<udp_socket>> open_udp(const url& to) {
  const std::vector<ip_endpoint> addresses = co_await or_return(resolve(to.host(), to.port(), to.family()));
  udp_socket s = co_await or_return(udp_socket::open(addresses.front().family()));
  co_await or_return(query_options(to).apply(s));
  co_await or_return(s.connect(addresses.front()));
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
  auto parsed = url::parse(text);
  if (!parsed) return parsed;
  if (!parsed->transport() || parsed->scheme() == scheme::tls) {
    const char* const why =
        parsed->scheme() == scheme::tls ? "this version has no TLS" : "not the address of a socket";
    return std::unexpected(error::about(fault::bad_syntax, verb::parse, parsed->to_string(), why));
  }
  if (auto fine = query_options(*parsed).check(); !fine) return std::unexpected(fine.error());
  return parsed;
}

task<result<std::unique_ptr<link>>> open_link(url to) {
  const bool has_port = *to.transport() == transport::tcp || *to.transport() == transport::udp;
  if (has_port && to.port().is_any()) {
    co_return std::unexpected(error::about(fault::bad_syntax, verb::none, to.to_string(),
                                           "port 0 is for listening; give the port of the server"));
  }
  switch (*to.transport()) {
    case transport::tcp: co_return make_link(co_await or_return(open_tcp(to)));
    case transport::udp: co_return make_link(co_await or_return(open_udp(to)));
    case transport::unix_datagram: co_return make_link(co_await or_return(open_unix_datagram(to)));
    case transport::unix_stream: {
      unix_stream s = co_await or_return(unix_stream::connect(to.numeric_endpoint()->unix_socket()));
      co_await or_return(query_options(to).apply(s));
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
