// SPDX-License-Identifier: MIT
// connect: an address in, a stream out, by way of all that lies between: names, proxies, TLS.
//   any_stream s = co_await or_return(connect("tls://example.org:443").within(5s));
// Each layer can be used alone as well: dial.hpp, proxy.hpp, tls.hpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <fairlead/any_stream.hpp>
#include <fairlead/clock.hpp>
#include <fairlead/dial.hpp>
#include <fairlead/error.hpp>
#include <fairlead/export.hpp>
#include <fairlead/proxy.hpp>
#include <fairlead/task.hpp>
#include <fairlead/tls.hpp>
#include <fairlead/url.hpp>

namespace fairlead {

/// What both sides of a TLS connection have agreed on.
struct tls_facts {
  tls_version version = tls_version::tls1_3;
  std::string cipher;
  std::string alpn;  ///< empty if none
  std::optional<certificate_facts> peer;
  bool verified = false;  ///< who the peer is
  bool resumed = false;   ///< from an earlier session
};

/// Of a tls_stream.
template <class S>
[[nodiscard]] tls_facts facts_of(const S& s) {
  tls_facts f;
  f.version = s.protocol();
  f.cipher = s.cipher();
  f.alpn = s.alpn();
  f.peer = s.peer();
  f.verified = s.verified();
  f.resumed = s.resumed();
  return f;
}

/// What connecting did, step by step, for those who want to tell of it. Filled in as far as it came, even
/// when it fails. The times count from its beginning.
struct connect_report {
  dial_log dialled;                   ///< to the target, or to the first proxy
  std::optional<duration> connected;  ///< that connection stood
  std::optional<duration> proxied;    ///< the last proxy had agreed
  std::optional<duration> secured;    ///< the peer was verified
  std::optional<tls_facts> tls;
  std::optional<endpoint> local;  ///< of the socket at the bottom
  std::optional<endpoint> peer;
};

/// How to connect.
class client_options {
 public:
  client_options() = default;
  client_options(const client_options&) = default;
  client_options(client_options&&) = default;
  client_options& operator=(const client_options&) = default;
  client_options& operator=(client_options&&) = default;
  ~client_options() = default;

  /// Delays, options of the socket, and who is asked for names. Its `wanted` and `log` are ours to set.
  dial_options dial;
  /// Whether small pieces go out at once (TCP_NODELAY), where the URL does not say it. Without either they do
  /// with tls://, and otherwise wait as the kernel has it (RFC 896).
  std::optional<bool> no_delay;
  /// Proxies on the way, the nearest first. They are given the target's name, and look it up themselves.
  std::vector<proxy> via;
  /// Who verifies the peers of tls://. Without one: against the system's roots; and sessions are resumed.
  std::optional<tls_client> tls;
  /// The name that the certificate must be for; empty: the host of the address.
  std::string server_name;
  /// The PROXY protocol: tells the server who speaks, before all else.
  std::optional<proxy_version> announce;
  /// Who that is; without it the connection's own two ends, which behind proxies nobody here knows.
  std::optional<proxy_header> announced;
  /// If given, it must outlive the task.
  connect_report* report = nullptr;
};

/// The stream that a URL stands for: tcp (also tcp4, tcp6) and tls, with the options nodelay (which tls has
/// anyway) and keepalive; unix;
/// "-", standard input and output; exec, a command that ends with the stream. Schemes that carry datagrams or
/// need what this version does not have are errors that say so, and so are proxies where there is nothing
/// that they could reach.
[[nodiscard]] FAIRLEAD_API task<result<any_stream>> connect(url where, client_options how = {});
/// url::parse() and connect() in one.
[[nodiscard]] FAIRLEAD_API task<result<any_stream>> connect(std::string where, client_options how = {});

}  // namespace fairlead
