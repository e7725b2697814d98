// SPDX-License-Identifier: MIT
#include "wire/datagrams.hpp"

#include <algorithm>

#include <fairlead/options.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/timer.hpp>
#include <fairlead/udp.hpp>
#include <fairlead/unix.hpp>

#include "wire/places.hpp"
#include "wire/query.hpp"
#include "wire/socket_file.hpp"

namespace tool {

namespace {

using namespace fairlead;
using namespace std::chrono_literals;

template <class Socket, transport Carrier>
class datagram_socket_host final : public datagram_host {
 public:
  datagram_socket_host(Socket s, const url& at, const endpoint& asked)
      : socket_(std::move(s)), file_(socket_.local_endpoint().value_or(asked)) {
    where_ = socket_.local_endpoint().value_or(asked);
    name = at.at(where_).to_string();
  }
  ~datagram_socket_host() override { close(); }

  task<result<datagram>> recv_from(mutable_buffer b) override { co_return co_await socket_.recv_from(b); }
  task<result<void>> send_to(const_buffer b, endpoint to) override {
    if (to.is_unspecified() || (to.is_unix() && to.unix_socket().is_unnamed())) {
      co_return std::unexpected(error::about(errc::destination_address_required, verb::send_to, name,
                                             "the peer has no name that could be answered"));
    }
    // A socket sends one thing at a time. Sending at once keeps its tasks out of each other's way; a full
    // queue is a matter of a moment.
    for (;;) {
      const result<std::size_t> sent = socket_.send_to(b, to).now();
      if (sent) co_return {};
      if (!(sent.error() == errc::operation_would_block)) co_return std::unexpected(sent.error());
      co_await or_return(sleep_for(1ms));
    }
  }
  void close() override {
    if (!socket_.is_open()) return;
    file_.remove();
    (void)socket_.close();
  }
  transport carrier() const noexcept override { return Carrier; }
  any_socket socket() noexcept override { return &socket_; }

 private:
  Socket socket_;
  socket_file file_;
};

class party_link final : public link {
 public:
  party_link(datagram_host& host, std::vector<std::byte> first, const endpoint& from)
      : host_(host), first_(std::move(first)), last_(from) {
    local = host.name;
    peer = name_of(host.carrier(), from);
    peer_endpoint = from;
  }
  task<result<arrival>> recv(mutable_buffer into) override {
    arrival a;
    if (first_) {
      a.size = std::min(first_->size(), into.size);
      std::copy_n(first_->begin(), a.size, into.data);
      first_.reset();
      co_return a;
    }
    const datagram d = co_await or_return(host_.recv_from(into));
    last_ = d.from;
    a.size = d.size;
    co_return a;
  }
  task<result<void>> send(const_buffer from) override { co_return co_await host_.send_to(from, last_); }
  task<result<void>> finish() override { co_return {}; }
  bool has_end() const noexcept override { return false; }
  std::size_t piece() const noexcept override { return piece_of(host_.carrier()); }
  std::size_t room() const noexcept override { return room_of(host_.carrier()); }
  void abort() noexcept override { host_.close(); }

 private:
  datagram_host& host_;
  std::optional<std::vector<std::byte>> first_;
  endpoint last_;
};

template <transport Carrier, class Socket>
result<std::unique_ptr<datagram_host>> wrap(result<Socket> made, const url& at, const endpoint& asked) {
  if (!made) return std::unexpected(made.error());
  return std::make_unique<datagram_socket_host<Socket, Carrier>>(std::move(*made), at, asked);
}

}  // namespace

result<std::unique_ptr<datagram_host>> open_datagram_host(const url& at, const endpoint& where, bool shared) {
  const query_options options(at);
  if (*at.transport() == transport::udp) {
    return wrap<transport::udp>(udp_socket::bind(where.ip(), options, option::reuse_port(shared)), at, where);
  }
  auto s = unix_datagram_socket::bind(where.unix_socket());
  const result<void> set = s ? options.apply(*s) : result<void>();
  auto host = wrap<transport::unix_datagram>(std::move(s), at, where);
  if (host && !set) return std::unexpected(set.error());  // and no file is left behind
  return host;
}

task<result<datagram_hosts>> open_datagram_hosts(url at, bool shared) {
  const std::vector<endpoint> places = co_await or_return(listen_endpoints(at));
  co_return open_everywhere<datagram_host>(
      places, [&](const endpoint& e) { return open_datagram_host(at, e, shared); });
}

std::unique_ptr<link> make_party_link(datagram_host& host, std::vector<std::byte> first,
                                      const endpoint& from) {
  return std::make_unique<party_link>(host, std::move(first), from);
}

}  // namespace tool
