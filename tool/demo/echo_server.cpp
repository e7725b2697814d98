// SPDX-License-Identifier: MIT
#include "demo/echo_server.hpp"

#include <mutex>
#include <stop_token>
#include <thread>

#include <fairlead/options.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/udp.hpp>
#include <fairlead/unix.hpp>

namespace tool::demo_parts {

using namespace fairlead;

namespace {

constexpr std::size_t room = 256U << 10U;        // more than any datagram here
constexpr std::size_t largest_udp = 65507;       // what IPv4 leaves for data: 65535 - 20 - 8
constexpr std::size_t largest_message = 131072;  // within the send buffer that Linux gives Unix sockets

// Both sides' errors tell of the same misfortune; this side's may say more.
class complaints {
 public:
  void add(const error& e) {
    if (e == errc::operation_canceled) return;
    const std::scoped_lock hold(mutex_);
    last_ = e;
  }
  std::optional<error> take() {
    const std::scoped_lock hold(mutex_);
    return std::exchange(last_, std::nullopt);
  }

 private:
  std::mutex mutex_;
  std::optional<error> last_;
};

template <class Stream>
task<result<void>> echo_stream(Stream& s) {
  std::vector<std::byte> buffer(room);
  for (;;) {
    const std::size_t n = co_await or_return(s.recv(buffer));
    if (n == 0) break;
    co_await or_return(s.send(std::span(buffer).first(n)));
  }
  co_return {};
}

template <class Socket>
task<result<void>> echo_datagrams(Socket& s) {
  std::vector<std::byte> buffer(room);
  for (;;) {
    const datagram d = co_await or_return(s.recv_from(buffer));
    co_await or_return(s.send_to(std::span(buffer).first(d.size), d.from));
  }
}

template <class Stream>
task<void> serve_client(Stream s, complaints& heard) {
  if (const auto r = co_await echo_stream(s); !r) heard.add(r.error());
}

task<void> serve_secured(tcp_stream s, const tls_server& how, complaints& heard) {
  auto secured = co_await how.accept(std::move(s));
  if (!secured) {
    heard.add(secured.error());
  } else if (const auto r = co_await echo_stream(*secured); !r && !(r.error() == fault::truncated)) {
    heard.add(r.error());  // a client that has seen enough leaves without a word
  }
}

// Without descriptors for another client it keeps those that it has: each such error comes after a pause.
template <class Listener>
task<result<void>> accept_clients(Listener& l, complaints& heard, const tls_server* tls = nullptr) {
  scope clients;
  for (;;) {
    auto client = co_await l.accept();
    if (client) {
      if constexpr (std::is_same_v<Listener, tcp_listener>) {
        if (tls != nullptr) {
          clients.spawn(serve_secured(std::move(*client), *tls, heard));
          continue;
        }
      }
      clients.spawn(serve_client(std::move(*client), heard));
    } else if (client.error() == errc::too_many_files_open ||
               client.error() == errc::too_many_files_open_in_system) {
      heard.add(client.error());
    } else {
      co_return std::unexpected(client.error());
    }
  }
}

task<void> noting(task<result<void>> t, complaints& heard) {
  if (const auto r = co_await std::move(t); !r) heard.add(r.error());
}

}  // namespace

struct echo_server::state {
  explicit state(fairlead::loop l) : loop(std::move(l)) {}
  fairlead::loop loop;
  tcp_listener tcp4;
  tcp_listener tcp6;
  tcp_listener secured;
  std::optional<tls_server> tls;
  udp_socket udp;
  unix_listener stream;
  unix_datagram_socket datagrams;
  unix_seqpacket_listener records;
  std::vector<service> services;
  complaints heard;
  std::stop_source stop;
  std::jthread thread;

  result<void> open(bool with_ipv6, const std::filesystem::path& directory);
  task<result<void>> serve_all();
  task<result<void>> serve() { co_return co_await serve_all().stop_on(stop.get_token()); }

 private:
  template <class Socket>
  result<void> add(std::string name, transport carrier, std::size_t largest, Socket& into,
                   result<Socket> made, const unix_address& reply = {}) {
    if (!made) return std::unexpected(made.error());
    into = std::move(*made);
    const auto at = into.local_endpoint();
    if (!at) return std::unexpected(at.error());
    services.push_back({std::move(name), {carrier, *at, reply}, largest});
    return {};
  }
  // With a certificate made for this run, which the clients pin.
  result<void> add_tls(const ip_endpoint& at);
};

result<void> echo_server::state::open(bool with_ipv6, const std::filesystem::path& directory) {
  const auto at = [&](const char* name) { return unix_address::path((directory / name).native()); };
  const auto stream_at = at("stream");
  const auto datagrams_at = at("datagram");
  const auto reply_at = at("datagram-reply");
  const auto records_at = at("seqpacket");
  for (const auto* a : {&stream_at, &datagrams_at, &reply_at, &records_at}) {
    if (!*a) return std::unexpected(a->error());
  }
  const option::no_delay at_once(true);  // what is accepted inherits it
  const ip_endpoint four(ipv4_address::loopback(), port(0));
  const ip_endpoint six(ipv6_address::loopback(), port(0));

  result<void> done =
      add("TCP over IPv4", transport::tcp, largest_payload, tcp4, tcp_listener::listen(four, at_once));
  if (done && with_ipv6) {
    done = add("TCP over IPv6", transport::tcp, largest_payload, tcp6, tcp_listener::listen(six, at_once));
  }
  if (done) done = add_tls(four);
  if (done) done = add("UDP over IPv4", transport::udp, largest_udp, udp, udp_socket::bind(four));
  if (done) {
    done = add("Unix stream", transport::unix_stream, largest_payload, stream,
               unix_listener::listen(*stream_at));
  }
  if (done) {
    done = add("Unix datagram", transport::unix_datagram, largest_message, datagrams,
               unix_datagram_socket::bind(*datagrams_at), *reply_at);
  }
  if (done) {
    done = add("Unix seqpacket", transport::unix_seqpacket, largest_message, records,
               unix_seqpacket_listener::listen(*records_at));
  }
  return done;
}

result<void> echo_server::state::add_tls(const ip_endpoint& at) {
  auto identity = tls_identity::throw_away();
  if (!identity) return std::unexpected(identity.error());
  tls_client_options trusting;
  trusting.pins.push_back(identity->pin());
  auto client = tls_client::create(std::move(trusting));
  if (!client) return std::unexpected(client.error());
  tls_server_options showing;
  showing.identities.push_back(std::move(*identity));
  auto server = tls_server::create(std::move(showing));
  if (!server) return std::unexpected(server.error());
  tls = std::move(*server);
  result<void> done = add("TLS over TCP", transport::tcp, largest_payload, secured,
                          tcp_listener::listen(at, option::no_delay(true)));
  if (done) services.back().at.tls = std::move(*client);
  return done;
}

task<result<void>> echo_server::state::serve_all() {
  scope all;
  all.spawn(noting(accept_clients(secured, heard, &*tls), heard));
  all.spawn(noting(accept_clients(tcp4, heard), heard));
  if (tcp6.is_open()) all.spawn(noting(accept_clients(tcp6, heard), heard));
  all.spawn(noting(echo_datagrams(udp), heard));
  all.spawn(noting(accept_clients(stream, heard), heard));
  all.spawn(noting(echo_datagrams(datagrams), heard));
  all.spawn(noting(accept_clients(records, heard), heard));
  co_return co_await all.join();
}

echo_server::echo_server(std::unique_ptr<state> s) : state_(std::move(s)) {}

echo_server::~echo_server() {
  state_->stop.request_stop();
  if (state_->thread.joinable()) state_->thread.join();
}

result<std::unique_ptr<echo_server>> echo_server::start(backend on, bool with_ipv6,
                                                        const std::filesystem::path& directory) {
  auto loop = loop::create({on});
  if (!loop) return std::unexpected(loop.error());
  auto made = std::make_unique<state>(std::move(*loop));
  if (const auto opened = made->open(with_ipv6, directory); !opened) return std::unexpected(opened.error());
  state& s = *made;
  s.thread = std::jthread([&s] {
    if (const auto r = s.loop.run(s.serve()); !r) s.heard.add(r.error());
  });
  return std::unique_ptr<echo_server>(new echo_server(std::move(made)));
}

const std::vector<service>& echo_server::services() const noexcept { return state_->services; }
std::optional<error> echo_server::complaint() { return state_->heard.take(); }

}  // namespace tool::demo_parts
