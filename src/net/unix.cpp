// SPDX-License-Identifier: MIT
#include <fairlead/unix.hpp>

#include <cerrno>

#include "loop/socket_state.hpp"
#include "net/wrap.hpp"
#include "sys/descriptor.hpp"
#include "sys/socket.hpp"
#include "sys/unix_path.hpp"

namespace fairlead {

namespace {

template <class Socket>
result<std::pair<Socket, Socket>> paired(transport t) {
  detail::socket_ptr a;
  detail::socket_ptr b;
  if (result<void> r = detail::open_pair(t, a, b); !r) return std::unexpected(std::move(r.error()));
  return std::pair(Socket(std::move(a)), Socket(std::move(b)));
}

template <class Socket>
result<Socket> adopted(int descriptor, transport t) {
  return detail::wrap<Socket>(detail::adopt(descriptor, t, false));
}

result<peer_credentials> credentials_of(const basic_socket& s) {
  sys::credentials c{};
  const sys::outcome r = s.is_open() ? sys::peer_credentials(s.native_handle(), c) : sys::outcome{EBADF, 0};
  if (!r.ok()) return std::unexpected(detail::failed(r.code, verb::get_option, s.state()));
  return peer_credentials{c.process, c.user, c.group};
}

result<std::vector<std::uint32_t>> groups_of(const basic_socket& s) {
  std::vector<std::uint32_t> groups;
  const sys::outcome r = s.is_open() ? sys::peer_groups(s.native_handle(), groups) : sys::outcome{EBADF, 0};
  if (!r.ok()) return std::unexpected(detail::failed(r.code, verb::get_option, s.state()));
  return groups;
}

}  // namespace

received_descriptor::~received_descriptor() { sys::close(fd_); }

recv_message_operation::~recv_message_operation() {
  give_up();
  // What nobody took: the coroutine was destroyed, or an error came after the descriptors.
  for (std::size_t i = 0; i < parcel_.arrived; ++i) sys::close(room_[i]);
}

result<message> recv_message_operation::take() {
  message m;
  m.size = count;
  m.descriptors.reserve(parcel_.arrived);
  for (std::size_t i = 0; i < parcel_.arrived; ++i) m.descriptors.emplace_back(room_[i]);
  parcel_.arrived = 0;
  return m;
}

namespace detail {

result<socket_ptr> bind_at(transport t, const unix_address& where) {
  socket_ptr s;
  if (const int code = open_socket(t, family::unix_domain, false, s); code != 0) {
    return std::unexpected(failed(code, verb::open, t, where));
  }
  result<void> bound = bind(*s.get(), where);
  if (bound) return s;
  const auto worded = [&](const char* why) {
    return std::unexpected(bound.error().reworded(verb::bind, bound.error().subject(), why));
  };
  if (bound.error() == errc::no_such_file_or_directory) return worded("its directory does not exist");
  if (!where.is_path() || !(bound.error() == errc::address_in_use))
    return std::unexpected(std::move(bound.error()));

  // A file is in the way. Another program may have found it too: only one of us takes its place.
  const sys::directory_lock one_at_a_time(where);
  const sys::outcome removed = sys::remove_stale(where);
  if (removed.ok()) bound = bind(*s.get(), where);
  if (removed.code == ENOTSOCK) return worded("a file that is not a socket is there");
  if (!removed.ok() && removed.code != EADDRINUSE)
    return worded("a socket that nobody uses is there, and stays");
  if (!bound) return std::unexpected(std::move(bound.error()));
  return s;
}

result<socket_ptr> listen_at(transport t, const unix_address& where) {
  result<socket_ptr> s = bind_at(t, where);
  if (!s) return s;
  if (result<void> r = listen(*s->get(), 4096); !r) return std::unexpected(std::move(r.error()));
  return s;
}

}  // namespace detail

result<std::pair<unix_stream, unix_stream>> unix_stream::pair() {
  return paired<unix_stream>(transport::unix_stream);
}
result<unix_stream> unix_stream::adopt(int descriptor) {
  return adopted<unix_stream>(descriptor, transport::unix_stream);
}
result<fairlead::peer_credentials> unix_stream::peer_credentials() const { return credentials_of(*this); }
result<std::vector<std::uint32_t>> unix_stream::peer_groups() const { return groups_of(*this); }

result<std::pair<unix_seqpacket_socket, unix_seqpacket_socket>> unix_seqpacket_socket::pair() {
  return paired<unix_seqpacket_socket>(transport::unix_seqpacket);
}
result<unix_seqpacket_socket> unix_seqpacket_socket::adopt(int descriptor) {
  return adopted<unix_seqpacket_socket>(descriptor, transport::unix_seqpacket);
}
result<fairlead::peer_credentials> unix_seqpacket_socket::peer_credentials() const {
  return credentials_of(*this);
}
result<std::vector<std::uint32_t>> unix_seqpacket_socket::peer_groups() const { return groups_of(*this); }

result<unix_datagram_socket> unix_datagram_socket::open() {
  detail::socket_ptr s;
  if (const int code = detail::open_socket(transport::unix_datagram, family::unix_domain, false, s);
      code != 0) {
    return std::unexpected(error::about(static_cast<errc>(code), verb::open, "unix-dgram"));
  }
  return unix_datagram_socket(std::move(s));
}
result<unix_datagram_socket> unix_datagram_socket::bind(const unix_address& where) {
  return detail::wrap<unix_datagram_socket>(detail::bind_at(transport::unix_datagram, where));
}
result<std::pair<unix_datagram_socket, unix_datagram_socket>> unix_datagram_socket::pair() {
  return paired<unix_datagram_socket>(transport::unix_datagram);
}
result<unix_datagram_socket> unix_datagram_socket::adopt(int descriptor) {
  return adopted<unix_datagram_socket>(descriptor, transport::unix_datagram);
}

result<void> remove(const unix_address& path) {
  if (!path.is_path()) return {};
  const sys::outcome r = sys::remove_socket(path);
  if (r.ok()) return {};
  return std::unexpected(
      error::about(static_cast<errc>(r.code), verb::none,
                   "remove " + detail::name_of(transport::unix_stream, path).get()->subject(),
                   r.code == ENOTSOCK ? "it is not a socket" : ""));
}

}  // namespace fairlead
