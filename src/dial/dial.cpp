// SPDX-License-Identifier: MIT
#include <fairlead/dial.hpp>

#include <chrono>
#include <optional>
#include <vector>

#include <fairlead/descriptor.hpp>
#include <fairlead/options.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/process.hpp>
#include <fairlead/resolve.hpp>
#include <fairlead/unix.hpp>

namespace fairlead {

namespace {

// What happened at each address; one sentence in the end.
class attempts {
 public:
  void add(const ip_endpoint& at, error e) {
    if (!reasons_.empty()) reasons_ += "; ";
    reasons_ += at.to_string() + ": " + e.reason();
    ++count_;
    last_.emplace(std::move(e));
  }
  /// The last error's code: if there was a deadline, that is the one which says so.
  [[nodiscard]] error verdict(std::string subject) const {
    if (count_ == 1) return *last_;
    if (last_->kind() != fault::none)
      return error::about(last_->kind(), verb::connect, std::move(subject), reasons_);
    return error::about(static_cast<errc>(last_->code().value()), verb::connect, std::move(subject),
                        reasons_);
  }

 private:
  std::string reasons_;
  unsigned count_ = 0;
  std::optional<error> last_;
};

// Some options must be set before connecting, the sizes of buffers above all.
task<result<tcp_stream>> connect_prepared(ip_endpoint at, detail::preparation p) {
  if (p.apply == nullptr) co_return co_await tcp_stream::connect(at);
  tcp_socket s = co_await or_return(tcp_socket::open(at.family()));
  co_await or_return(p.apply(p.options, s));
  co_return co_await s.connect(at);
}

// Happy Eyeballs (RFC 8305) will replace this loop, and nothing else.
task<result<tcp_stream>> connect_to_one_of(std::vector<ip_endpoint> addresses, std::string subject,
                                           detail::preparation p = {}) {
  attempts failed;
  for (const ip_endpoint& at : addresses) {
    result<tcp_stream> c = co_await connect_prepared(at, p);
    if (c) co_return std::move(*c);
    const bool stopped = c.error() == errc::operation_canceled;
    failed.add(at, std::move(c.error()));
    if (stopped) break;
  }
  co_return std::unexpected(failed.verdict(std::move(subject)));
}

task<result<any_stream>> dial_url_tcp(url where) {
  result<void> known = where.allow_only({"nodelay", "keepalive"});
  co_await or_return(std::move(known));
  const std::optional<bool> no_delay = co_await or_return(where.flag("nodelay"));
  const auto idle = co_await or_return(where.duration("keepalive"));
  std::vector<ip_endpoint> addresses =
      co_await or_return(resolve(where.host(), where.port(), where.family()));
  std::string subject = where.to_string();
  tcp_stream c = co_await or_return(connect_to_one_of(std::move(addresses), std::move(subject)));
  if (no_delay) co_await or_return(c.set(option::no_delay(*no_delay)));
  if (idle) {
    option::keepalive probes;
    probes.idle = std::chrono::ceil<std::chrono::seconds>(*idle);
    co_await or_return(c.set(probes));
  }
  co_return any_stream(std::move(c));
}

task<result<any_stream>> dial_unix(url where) {
  result<void> known = where.allow_only({});
  co_await or_return(std::move(known));
  co_return any_stream(co_await or_return(unix_stream::connect(where.numeric_endpoint()->unix_socket())));
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

task<result<any_stream>> refuse(url where, std::string reason) {
  co_return std::unexpected(
      error::about(errc::operation_not_supported, verb::connect, where.to_string(), std::move(reason)));
}

task<result<any_stream>> dial_here(url where) {
  result<void> known = where.allow_only({});
  co_await or_return(std::move(known));
  if (where.scheme() == scheme::stdio) co_return any_stream(co_await or_return(standard_streams()));
  const command c = command::shell(where.path());
  co_return any_stream(command_stream(co_await or_return(process::start(c))));
}

}  // namespace

task<result<tcp_stream>> dial_tcp(std::string host, port p, family wanted) {
  return detail::dial_tcp(std::move(host), p, wanted, {});
}

task<result<tcp_stream>> detail::dial_tcp(std::string host, port p, family wanted, preparation prepared) {
  std::string subject = "tcp://" + (host.empty() ? std::string("localhost") : host) + ':' + p.to_string();
  std::vector<ip_endpoint> addresses = co_await or_return(resolve(std::move(host), p, wanted));
  co_return co_await connect_to_one_of(std::move(addresses), std::move(subject), prepared);
}

task<result<any_stream>> dial(url where) {
  switch (where.scheme()) {
    case scheme::tcp:
    case scheme::tcp4:
    case scheme::tcp6: return dial_url_tcp(std::move(where));
    case scheme::unix_stream: return dial_unix(std::move(where));
    case scheme::stdio:
    case scheme::exec: return dial_here(std::move(where));
    case scheme::udp:
    case scheme::udp4:
    case scheme::udp6:
    case scheme::unix_datagram:
    case scheme::unix_seqpacket:
      return refuse(std::move(where), "it carries datagrams or records, which are no stream");
    case scheme::tls: return refuse(std::move(where), "this version has no TLS");
    case scheme::pty: return refuse(std::move(where), "this version runs no commands on terminals");
    case scheme::file:
      return refuse(std::move(where), "a file is no connection; open it with descriptor_reader::open()");
  }
  return refuse(std::move(where), "this version does not know its scheme");
}

task<result<any_stream>> dial(std::string where) {
  url parsed = co_await or_return(url::parse(where));
  co_return co_await dial(std::move(parsed));
}

}  // namespace fairlead
