// SPDX-License-Identifier: MIT
// Proxies over any stream. As a client: SOCKS5 (RFC 1928, RFC 1929), SOCKS4a and HTTP CONNECT (RFC 9110,
// section 9.3.6), one or a chain of them. As a server, and towards one: the PROXY protocol, versions 1 and 2,
// by which a proxy tells who is really connected (proxy-protocol.txt of HAProxy).
//
//   auto via = co_await or_return(proxy::parse("socks5://127.0.0.1:1080"));
//   auto c = co_await or_return(dial_tcp(via.host(), via.port()));
//   auto s = co_await or_return(connect_through(std::move(c), via, "example.org", port(80)));
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fairlead/address.hpp>
#include <fairlead/buffer.hpp>
#include <fairlead/error.hpp>
#include <fairlead/export.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/prefixed.hpp>
#include <fairlead/stream.hpp>
#include <fairlead/task.hpp>

namespace fairlead {

enum class proxy_kind : std::uint8_t { socks5, socks4a, http };

/// "socks5", "socks4a" or "http".
[[nodiscard]] FAIRLEAD_API std::string_view to_string(proxy_kind k) noexcept;

/// A proxy and what it wants to know of its user. A value; it holds secrets, and prints none.
class FAIRLEAD_API proxy {
 public:
  static constexpr std::uint16_t default_port = 1080;  ///< of every kind, as curl has it

  /// "socks5://user:password@host:1080"; "socks5h://" is the same, because names are always resolved by the
  /// proxy. "socks4a://userid@host:1080". "http://user:password@host:8080". User and password may be
  /// percent-encoded, and ':', '@', '/', '?' and '%' in them must be. An error shows what comes before the
  /// '@' as "***", and place_of() counts in the text that it shows.
  static result<proxy> parse(std::string_view text);
  /// The same from parts. An empty user stands for none.
  static result<proxy> make(proxy_kind kind, std::string_view host, fairlead::port where,
                            std::string user = {}, std::string password = {});

  [[nodiscard]] proxy_kind kind() const noexcept { return kind_; }
  /// A name in lower case, or an address in figures without brackets.
  [[nodiscard]] const std::string& host() const noexcept { return host_; }
  [[nodiscard]] fairlead::port port() const noexcept { return port_; }
  /// Empty if there is none.
  [[nodiscard]] const std::string& user() const noexcept { return user_; }
  [[nodiscard]] const std::string& password() const noexcept { return password_; }

  /// "socks5://host:1080": without the password, and without the user, which some services use as a key.
  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const proxy&, const proxy&) = default;
  friend auto operator<=>(const proxy&, const proxy&) = default;

 private:
  friend struct proxy_parser;
  proxy() = default;
  proxy_kind kind_ = proxy_kind::socks5;
  std::string host_;
  fairlead::port port_{default_port};
  std::string user_;
  std::string password_;
};

template <class T>
  requires std::same_as<T, proxy>
std::ostream& operator<<(std::ostream& out, const T& value) {
  return out << value.to_string();
}

enum class proxy_version : std::uint8_t { v1 = 1, v2 = 2 };

/// What a PROXY header says: who is connected to whom at the far end of the proxy that sends it.
struct FAIRLEAD_API proxy_header {
  /// One more thing that version 2 tells, as type and value.
  struct field {
    std::uint8_t type = 0;
    std::string value;
    friend bool operator==(const field&, const field&) = default;
  };
  // The types that have a name (proxy-protocol.txt, section 2.2); 0xe0 to 0xef are the application's.
  static constexpr std::uint8_t alpn = 0x01;
  static constexpr std::uint8_t authority = 0x02;  ///< the host name that the client asked for (TLS: SNI)
  static constexpr std::uint8_t unique_id = 0x05;  ///< of the connection, at most 128 bytes
  static constexpr std::uint8_t ssl = 0x20;  ///< what is known of the client's TLS, as section 2.2.6 has it
  static constexpr std::uint8_t netns = 0x30;

  proxy_version version = proxy_version::v2;  ///< the one that was received
  /// The proxy speaks for itself (a health check), or for somebody whom it cannot name: take the connection's
  /// own endpoints. Nothing below is set.
  bool local = false;
  fairlead::transport transport = fairlead::transport::tcp;
  endpoint source;  ///< who connected
  endpoint destination;
  std::vector<field> fields;  ///< version 2 only; checksum and padding are not among them
  bool checksum = false;      ///< version 2 only: there was a CRC-32C, and it was right; or: send one

  /// The value of the first field of this type, or null.
  [[nodiscard]] const std::string* find(std::uint8_t type) const noexcept;

  friend bool operator==(const proxy_header&, const proxy_header&) = default;
};

/// The bytes of a header. errc::invalid_argument for what the version cannot say: version 1 knows TCP over IP
/// and no fields.
[[nodiscard]] FAIRLEAD_API result<std::string> encode(const proxy_header& h, proxy_version v);

namespace detail {

class proxy_machine;

/// Drives a machine over bytes (src/proxy/machine.hpp); the template below does its I/O.
class FAIRLEAD_API proxy_dialogue {
 public:
  enum class step : std::uint8_t { send, receive, done, failed };

  /// Asks `via` for a connection; an error if that cannot be asked.
  static result<proxy_dialogue> with(const proxy& via, std::string_view host, port p);
  /// Waits for a PROXY header from `peer`, which is for errors.
  static proxy_dialogue for_header(std::string peer);
  proxy_dialogue(proxy_dialogue&& other) noexcept;
  proxy_dialogue& operator=(proxy_dialogue&&) = delete;
  ~proxy_dialogue();

  [[nodiscard]] step next();
  [[nodiscard]] const_buffer to_send() const noexcept;
  void sent() noexcept;
  /// Where to receive, and how much at most.
  [[nodiscard]] mutable_buffer room();
  /// None means the end.
  void received(std::size_t n) noexcept;
  /// What came after the other side's last word.
  [[nodiscard]] const_buffer rest() const noexcept;
  [[nodiscard]] error why() const;
  /// An error of the stream, as an error of what was going on.
  [[nodiscard]] error interrupted(const error& e) const;
  [[nodiscard]] proxy_header header() &&;

 private:
  explicit proxy_dialogue(proxy_machine* owned) noexcept : machine_(owned) {}
  proxy_machine* machine_;
  std::vector<std::byte> bytes_;
  std::size_t size_ = 0;
  std::optional<error> why_;
  bool unsent_ = true;
  bool ended_ = false;
};

template <stream S>
task<result<void>> converse(prefixed_stream<S>& s, proxy_dialogue& d) {
  using step = proxy_dialogue::step;
  for (;;) {
    const step now = d.next();
    if (now == step::failed) co_return std::unexpected(d.why());
    if (now == step::done) break;
    if (now == step::send) {
      result<std::size_t> n = co_await s.send(d.to_send());
      if (!n) co_return std::unexpected(d.interrupted(n.error()));
      d.sent();
    } else {
      result<std::size_t> n = co_await s.recv(d.room());
      if (!n) co_return std::unexpected(d.interrupted(n.error()));
      d.received(*n);
    }
  }
  s.put_back(d.rest());
  co_return result<void>();
}

template <stream S>
task<result<void>> ask_proxy(prefixed_stream<S>& s, const proxy& via, const std::string& host, port p) {
  proxy_dialogue d = co_await or_return(proxy_dialogue::with(via, host, p));
  co_return co_await converse(s, d);
}

template <class S>
[[nodiscard]] std::string peer_of(const S& s) {
  if constexpr (requires {
                  { s.peer_endpoint() } -> std::same_as<result<endpoint>>;
                }) {
    const result<endpoint> peer = s.peer_endpoint();
    if (peer) return "a connection from " + peer->to_string();
  }
  return "a connection";
}

}  // namespace detail

/// Asks the proxy at the other end of `inner` for a connection to the host (a name, or an address in figures
/// without brackets) and port. What the target has sent behind the proxy's answer is the first that the
/// stream gives. An error closes the stream, and tells which step failed: "connect example.org:80 through
/// socks5://proxy:1080: the proxy answers: connection refused". What a proxy refuses is told as far as it
/// says: errc::connection_refused, host_unreachable, network_unreachable, permission_denied (user or
/// password, rules); a proxy that breaks its protocol is errc::protocol_error, one that hangs up
/// fault::end_of_stream. A host that cannot be sent (control characters, more than 255 bytes) is
/// errc::invalid_argument, and nothing is sent.
template <stream S>
task<result<prefixed_stream<S>>> connect_through(S inner, proxy via, std::string host, port p) {
  prefixed_stream<S> s(std::move(inner));
  co_await or_return(detail::ask_proxy(s, via, host, p));
  co_return std::move(s);
}

/// Through several proxies: `inner` leads to the first, which is asked for the second, and so on. An empty
/// chain is the stream itself.
template <stream S>
task<result<prefixed_stream<S>>> connect_through(S inner, std::vector<proxy> chain, std::string host,
                                                 port p) {
  prefixed_stream<S> s(std::move(inner));
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const bool last = i + 1 == chain.size();
    const std::string& next = last ? host : chain[i + 1].host();
    co_await or_return(detail::ask_proxy(s, chain[i], next, last ? p : chain[i + 1].port()));
  }
  co_return std::move(s);
}

/// A connection that came through a proxy.
template <stream S>
struct proxied {
  proxy_header header;
  prefixed_stream<S> connection;

  proxied(proxy_header h, prefixed_stream<S> c) : header(std::move(h)), connection(std::move(c)) {}
};

/// Reads the PROXY header, of either version, that a connection must begin with: anything else is
/// errc::protocol_error, for whoever may leave it out may also write his own. Only for listeners that none
/// but proxies can reach, and with a deadline of a few seconds, because a peer that says nothing is waited
/// for.
template <stream S>
task<result<proxied<S>>> accept_proxied(S inner) {
  detail::proxy_dialogue d = detail::proxy_dialogue::for_header(detail::peer_of(inner));
  prefixed_stream<S> s(std::move(inner));
  co_await or_return(detail::converse(s, d));
  co_return proxied<S>(std::move(d).header(), std::move(s));
}

/// Sends a PROXY header, which must be the first bytes of the connection.
template <stream S>
task<result<void>> send_proxy_header(S& to, proxy_header h, proxy_version v = proxy_version::v2) {
  const std::string bytes = co_await or_return(encode(h, v));
  const const_buffer whole(bytes);
  co_await or_return(to.send(whole));
  co_return result<void>();
}

}  // namespace fairlead
