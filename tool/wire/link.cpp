// SPDX-License-Identifier: MIT
#include "wire/link.hpp"

#include <type_traits>

#include <fairlead/options.hpp>
#include <fairlead/or_return.hpp>

namespace tool {

namespace {

using namespace fairlead;

template <class Socket>
class socket_link final : public link {
  static constexpr transport carrier = carrier_of<Socket>();
  static constexpr bool ends = carrier != transport::udp && carrier != transport::unix_datagram;

 public:
  explicit socket_link(Socket s) : socket_(std::move(s)) { introduce(*this, socket_); }

  task<result<arrival>> recv(mutable_buffer into) override {
    const std::size_t n = co_await or_return(socket_.recv(into));
    arrival a;
    a.size = n;
    a.end = ends && n == 0;
    co_return a;
  }
  task<result<void>> send(const_buffer from) override {
    co_await or_return(socket_.send(from));
    co_return {};
  }
  task<result<void>> finish() override {
    if constexpr (ends) co_await or_return(socket_.shutdown());
    co_return {};
  }
  bool has_end() const noexcept override { return ends; }
  bool keeps_messages() const noexcept override { return !ends || carrier == transport::unix_seqpacket; }
  std::size_t piece() const noexcept override { return piece_of(carrier); }
  std::size_t room() const noexcept override { return room_of(carrier); }
  any_socket socket() noexcept override { return &socket_; }
  std::optional<std::size_t> send_queue() noexcept override { return send_queue_of(socket_); }
  bool is_broken() noexcept override { return has_broken(socket_); }
  void send_at_once() noexcept override {
    if constexpr (carrier == transport::tcp) (void)socket_.set(option::no_delay(true));
  }
  void abort() noexcept override { cut_off(socket_); }

 private:
  Socket socket_;
};

}  // namespace

template <class Socket>
std::unique_ptr<link> make_link(Socket s) {
  return std::make_unique<socket_link<Socket>>(std::move(s));
}
template std::unique_ptr<link> make_link(tcp_stream);
template std::unique_ptr<link> make_link(udp_socket);
template std::unique_ptr<link> make_link(unix_stream);
template std::unique_ptr<link> make_link(unix_datagram_socket);
template std::unique_ptr<link> make_link(unix_seqpacket_socket);

template <class Socket>
void introduce(link& l, const Socket& s) {
  l.local = local_name(carrier_of<Socket>(), s);
  l.peer = peer_name(carrier_of<Socket>(), s);
  if (const auto e = s.peer_endpoint()) l.peer_endpoint = *e;
  if (const auto e = s.local_endpoint()) l.local_endpoint = *e;
  if constexpr (requires { s.peer_credentials(); }) {
    if (const auto known = s.peer_credentials()) l.credentials = *known;
    if (auto known = s.peer_groups()) l.groups = std::move(*known);
  }
}
template void introduce(link&, const tcp_stream&);
template void introduce(link&, const unix_stream&);

std::optional<std::size_t> send_queue_of(const basic_socket& s) noexcept {
  const auto queue = s.get<option::send_queue>();
  return queue ? std::optional(queue->bytes()) : std::nullopt;
}

bool has_broken(const basic_socket& s) noexcept {
  const auto queue = s.get<option::send_queue>();
  return !queue && queue.error() == errc::not_connected;
}

void cut_off(basic_socket& s) noexcept {
  (void)s.set(option::linger::reset());
  (void)s.close();
}

// A dual-stack listener sees IPv4 clients as ::ffff:192.0.2.1, which nobody would type.
std::string name_of(transport t, const endpoint& e) {
  if (!e.is_ip()) return to_string(t, e);
  return to_string(t, endpoint(e.ip().address().unmapped(), e.ip().port()));
}

std::string local_name(transport t, const basic_socket& s) {
  const auto e = s.local_endpoint();
  return e ? name_of(t, *e) : std::string();
}

std::string peer_name(transport t, const basic_socket& s) {
  const auto e = s.peer_endpoint();
  return e ? name_of(t, *e) : std::string();
}

// What is read at once becomes one message: no more than a message can hold. UDP over IPv4 has room for 65507
// bytes (65535 less two headers); a Unix socket for what its send buffer takes.
std::size_t piece_of(transport t) noexcept { return t == transport::udp ? 65507 : 65536; }

// Whole messages arrive, up to what the largest send buffers allow; anything larger is an error, not
// truncated.
std::size_t room_of(transport t) noexcept {
  switch (t) {
    case transport::unix_datagram:
    case transport::unix_seqpacket: return 1U << 20U;
    default: return 65536;
  }
}

}  // namespace tool
