// SPDX-License-Identifier: MIT
#include <fairlead/client.hpp>

#include <chrono>

#include <fairlead/descriptor.hpp>
#include <fairlead/options.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/process.hpp>
#include <fairlead/unix.hpp>

namespace fairlead {

namespace {

// The options of the URL, on the socket at the bottom.
class url_options {
 public:
  static result<url_options> read(const url& where, std::optional<bool> no_delay_anyway) {
    url_options o;
    if (auto known = where.allow_only({"nodelay", "keepalive"}); !known)
      return std::unexpected(known.error());
    auto no_delay = where.flag("nodelay");
    if (!no_delay) return std::unexpected(no_delay.error());
    auto idle = where.duration("keepalive");
    if (!idle) return std::unexpected(idle.error());
    o.no_delay_ = *no_delay ? *no_delay : no_delay_anyway;
    o.keepalive_ = *idle;
    return o;
  }
  [[nodiscard]] result<void> apply(tcp_stream& c) const {
    if (no_delay_) {
      if (auto set = c.set(option::no_delay(*no_delay_)); !set) return set;
    }
    if (!keepalive_) return {};
    option::keepalive probes;
    probes.idle = std::chrono::ceil<std::chrono::seconds>(*keepalive_);
    return c.set(probes);
  }

 private:
  std::optional<bool> no_delay_;
  std::optional<std::chrono::nanoseconds> keepalive_;
};

// One connect to a host: what is done, and what is told of it.
class host_connector {
 public:
  host_connector(url where, client_options how) : where_(std::move(where)), how_(std::move(how)) {
    if (how_.report != nullptr) *how_.report = connect_report();
    how_.dial.log = how_.report != nullptr ? &how_.report->dialled : nullptr;
  }

  task<result<any_stream>> run() {
    options_ = co_await or_return(url_options::read(where_, how_.no_delay));
    tcp_stream c = co_await or_return(dialled());
    tell_ends(c);
    co_await or_return(options_.apply(c));
    if (how_.via.empty()) co_return co_await announce_and_secure(std::move(c));
    auto through = co_await or_return(connect_through(std::move(c), how_.via, where_.host(), where_.port()));
    tell(&connect_report::proxied);
    co_return co_await announce_and_secure(std::move(through));
  }

 private:
  task<result<tcp_stream>> dialled() {
    if (!how_.via.empty()) return dialled_proxy();
    how_.dial.wanted = where_.family();
    return dial_tcp(where_.host(), where_.port(), how_.dial);
  }
  // Its error is about the target, too, which is what the caller knows of.
  task<result<tcp_stream>> dialled_proxy() {
    const proxy& first = how_.via.front();
    result<tcp_stream> c = co_await dial_tcp(first.host(), first.port(), how_.dial);
    if (c) co_return c;
    const error& e = c.error();
    std::string subject = where_.host() + ':' + where_.port().to_string() + " through " + first.to_string();
    co_return std::unexpected(
        e.reworded(verb::connect, std::move(subject), "the proxy is not reached: " + e.message()));
  }

  static tcp_stream& socket_of(tcp_stream& s) noexcept { return s; }
  static tcp_stream& socket_of(prefixed_stream<tcp_stream>& s) noexcept { return s.inner(); }

  template <stream S>
  task<result<any_stream>> announce_and_secure(S s) {
    if (how_.announce) {
      proxy_header h = co_await or_return(header(socket_of(s)));
      co_await or_return(send_proxy_header(s, std::move(h), *how_.announce));
    }
    if (where_.scheme() != scheme::tls) co_return any_stream(std::move(s));
    if (!how_.tls) how_.tls = co_await or_return(usual_tls());
    std::string name = how_.server_name.empty() ? where_.host() : how_.server_name;
    if (name.empty()) name = "localhost";  // the empty host is this machine
    auto secured = co_await or_return(how_.tls->connect(std::move(s), std::move(name)));
    tell(&connect_report::secured);
    co_await or_return(options_.apply(socket_of(secured.inner())));  // TLS has its own idea of nodelay
    if (how_.report != nullptr) how_.report->tls = facts_of(secured);
    co_return any_stream(std::move(secured));
  }

  [[nodiscard]] result<proxy_header> header(const tcp_stream& s) const {
    if (how_.announced) return *how_.announced;
    if (!how_.via.empty()) {
      return std::unexpected(error::about(errc::invalid_argument, verb::connect, where_.to_string(),
                                          "behind proxies the two ends are not ours: say who is announced"));
    }
    const auto local = s.local_endpoint();
    if (!local) return std::unexpected(local.error());
    const auto peer = s.peer_endpoint();
    if (!peer) return std::unexpected(peer.error());
    proxy_header h;
    h.source = *local;
    h.destination = *peer;
    return h;
  }

  // One for the process, so that sessions are resumed.
  static result<tls_client> usual_tls() {
    static const result<tls_client> usual = tls_client::create();
    return usual;
  }

  void tell_ends(const tcp_stream& c) const {
    if (how_.report == nullptr) return;
    tell(&connect_report::connected);
    if (const auto e = c.local_endpoint()) how_.report->local = *e;
    if (const auto e = c.peer_endpoint()) how_.report->peer = *e;
  }
  void tell(std::optional<duration> connect_report::* step) const {
    if (how_.report != nullptr) how_.report->*step = clock::now() - began_;
  }

  const url where_;
  client_options how_;
  url_options options_;
  const time_point began_ = clock::now();
};

task<result<any_stream>> connect_to_host(url where, client_options how) {
  host_connector c(std::move(where), std::move(how));
  co_return co_await c.run();
}

task<result<any_stream>> refuse(url where, std::string reason) {
  co_return std::unexpected(
      error::about(errc::operation_not_supported, verb::connect, where.to_string(), std::move(reason)));
}

task<result<any_stream>> connect_unix(url where, client_options how) {
  result<void> known = where.allow_only({});
  co_await or_return(std::move(known));
  unix_stream s = co_await or_return(unix_stream::connect(where.numeric_endpoint()->unix_socket()));
  if (how.announce) {
    proxy_header h = how.announced.value_or(proxy_header());
    if (!how.announced) h.local = true;  // its ends have no addresses that would mean anything elsewhere
    co_await or_return(send_proxy_header(s, std::move(h), *how.announce));
  }
  co_return any_stream(std::move(s));
}

// A command's standard streams with the command itself, which ends with them.
class command_stream {
 public:
  explicit command_stream(process p) noexcept : process_(std::move(p)) {}
  read_operation recv(mutable_buffer b) noexcept { return process_.stream().recv(b); }
  write_operation send(const_buffer b) noexcept { return process_.stream().send(b); }
  write_operation send(const_buffers b) noexcept { return process_.stream().send(b); }
  shutdown_operation shutdown() noexcept { return process_.stream().shutdown(); }
  result<void> close() { return process_.stream().close(); }

 private:
  process process_;
};

// A command on a terminal. An end is typed there: Ctrl-D, at the beginning of a line, is one to whatever
// reads it.
class typed_stream {
 public:
  explicit typed_stream(process p) noexcept : process_(std::move(p)) {}
  read_operation recv(mutable_buffer b) noexcept { return process_.stream().recv(b); }
  write_operation send(const_buffer b) noexcept { return process_.stream().send(b); }
  task<result<void>> shutdown() {
    co_await or_return(process_.stream().send(std::string_view("\004")));
    co_return {};
  }
  result<void> close() { return process_.stream().close(); }

 private:
  process process_;
};

task<result<any_stream>> connect_here(url where) {
  result<void> known = where.allow_only({});
  co_await or_return(std::move(known));
  if (where.scheme() == scheme::stdio) co_return any_stream(co_await or_return(standard_streams()));
  command c = command::shell(where.path());
  if (where.scheme() == scheme::pty) {
    c.terminal.emplace();
    co_return any_stream(typed_stream(co_await or_return(process::start(c))));
  }
  co_return any_stream(command_stream(co_await or_return(process::start(c))));
}

}  // namespace

task<result<any_stream>> connect(url where, client_options how) {
  const bool over_tcp = where.transport() == transport::tcp;
  if (!how.via.empty() && !over_tcp)
    return refuse(std::move(where), "proxies lead to tcp:// and tls:// only");
  switch (where.scheme()) {
    case scheme::tcp:
    case scheme::tcp4:
    case scheme::tcp6:
    case scheme::tls: return connect_to_host(std::move(where), std::move(how));
    case scheme::unix_stream: return connect_unix(std::move(where), std::move(how));
    case scheme::stdio:
    case scheme::exec:
    case scheme::pty: return connect_here(std::move(where));
    case scheme::udp:
    case scheme::udp4:
    case scheme::udp6:
    case scheme::unix_datagram:
    case scheme::unix_seqpacket:
      return refuse(std::move(where), "it carries datagrams or records, which are no stream");
    case scheme::file:
      return refuse(std::move(where), "a file is no connection; open it with descriptor_reader::open()");
  }
  return refuse(std::move(where), "this version does not know its scheme");
}

task<result<any_stream>> connect(std::string where, client_options how) {
  url parsed = co_await or_return(url::parse(where));
  co_return co_await connect(std::move(parsed), std::move(how));
}

}  // namespace fairlead
