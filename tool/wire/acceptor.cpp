// SPDX-License-Identifier: MIT
#include "wire/acceptor.hpp"

#include <fairlead/options.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/unix.hpp>

#include "wire/datagrams.hpp"
#include "wire/places.hpp"
#include "wire/query.hpp"
#include "wire/socket_file.hpp"
#include "wire/stream_link.hpp"

namespace tool {

namespace {

using namespace fairlead;

template <class Listener>
class listening_socket final : public acceptor {
 public:
  listening_socket(Listener l, const url& at, entrance how, const endpoint& asked)
      : listener_(std::move(l)),
        how_(std::move(how)),
        where_(listener_.local_endpoint().value_or(asked)),
        file_(where_) {
    name = at.at(where_).to_string();
  }
  ~listening_socket() override { close(); }

  task<result<std::unique_ptr<link>>> accept() override {
    auto client = co_await or_return(listener_.accept());
    if constexpr (!std::is_same_v<Listener, unix_seqpacket_listener>) {
      if (!how_.open()) co_return make_entering_link(std::move(client), how_);
    }
    co_return make_link(std::move(client));
  }
  bool has_backlog() const noexcept override { return true; }
  void close() override {
    if (!listener_.is_open()) return;
    file_.remove();
    (void)listener_.close();
  }
  endpoint where() const override { return where_; }

 private:
  Listener listener_;
  entrance how_;
  endpoint where_;
  socket_file file_;
};

template <class Listener>
result<std::unique_ptr<acceptor>> wrap(result<Listener> made, const url& at, const entrance& how,
                                       const endpoint& asked) {
  if (!made) return std::unexpected(made.error());
  result<void> set;
  if constexpr (!std::is_same_v<Listener, tcp_listener>) set = query_options(at).apply(*made);
  auto wrapped = std::make_unique<listening_socket<Listener>>(std::move(*made), at, how, asked);
  if (!set) return std::unexpected(set.error());  // and no file is left behind
  return wrapped;
}

result<std::unique_ptr<acceptor>> open_one(const url& at, const entrance& how, const endpoint& where,
                                           bool shared) {
  switch (*at.transport()) {
    case transport::tcp:
      return wrap(tcp_listener::listen(where.ip(), query_options(at), option::reuse_port(shared)), at, how,
                  where);
    case transport::unix_stream: return wrap(unix_listener::listen(where.unix_socket()), at, how, where);
    case transport::unix_seqpacket:
      return wrap(unix_seqpacket_listener::listen(where.unix_socket()), at, how, where);
    case transport::udp:
    case transport::unix_datagram: break;
  }
  result<std::unique_ptr<datagram_host>> host = open_datagram_host(at, where);
  if (!host) return std::unexpected(host.error());
  return make_session_acceptor(std::move(*host));
}

}  // namespace

bool is_exhaustion(const error& e) noexcept {
  for (const errc c : {errc::too_many_files_open, errc::too_many_files_open_in_system,
                       errc::not_enough_memory, errc::no_buffer_space}) {
    if (e == c) return true;
  }
  return false;
}

task<result<acceptors>> open_acceptors(url at, entrance how, bool shared) {
  const std::vector<endpoint> places = co_await or_return(listen_endpoints(at));
  co_return open_everywhere<acceptor>(places,
                                      [&](const endpoint& e) { return open_one(at, how, e, shared); });
}

result<acceptors> open_beside(const url& at, const entrance& how, const acceptors& first) {
  acceptors made;
  for (const auto& a : first) {
    auto one = open_one(at, how, a->where(), true);
    if (!one) return std::unexpected(one.error());
    made.push_back(std::move(*one));
  }
  return made;
}

}  // namespace tool
