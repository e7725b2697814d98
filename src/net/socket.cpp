// SPDX-License-Identifier: MIT
#include <fairlead/socket.hpp>

#include <cerrno>

#include "loop/socket_state.hpp"
#include "net/wrap.hpp"
#include "sys/descriptor.hpp"
#include "sys/socket.hpp"

namespace fairlead {

namespace detail {

void socket_ptr::drop() noexcept { state_->drop(); }

int open_socket(transport t, family f, bool multipath, socket_ptr& into) {
  const sys::outcome r = sys::open_socket(f, t, multipath);
  if (r.ok()) into = socket_ptr(new socket_state(static_cast<int>(r.count), t, f));
  return r.code;
}

socket_ptr accepted(std::size_t kind, int descriptor, const endpoint& peer) {
  const auto [carries, domain] = socket_state::kind_from(kind);
  auto* const s = new socket_state(descriptor, carries, domain);
  if (peer.is_ip()) s->peer = peer.ip(), s->has_peer = true;
  return socket_ptr(s);
}

result<void> open_pair(transport t, socket_ptr& a, socket_ptr& b) {
  int ends[2] = {-1, -1};
  if (const sys::outcome r = sys::open_pair(t, ends); !r.ok()) {
    return std::unexpected(error::about(static_cast<errc>(r.code), verb::open, std::string(to_string(t))));
  }
  a = socket_ptr(new socket_state(ends[0], t, family::unix_domain));
  b = socket_ptr(new socket_state(ends[1], t, family::unix_domain));
  return {};
}

result<socket_ptr> adopt(int descriptor, transport wanted, bool listening) {
  const auto refused = [descriptor](int code, std::string why = {}) {
    return std::unexpected(error::about(static_cast<errc>(code), verb::adopt,
                                        "descriptor " + std::to_string(descriptor), std::move(why)));
  };
  family f = family::unspecified;
  transport t = wanted;
  bool listens = false;
  if (const sys::outcome r = sys::describe(descriptor, f, t, listens); !r.ok()) {
    return refused(r.code, r.code == ENOTSOCK ? "it is not a socket" : "");
  }
  if (t != wanted || listens != listening) {
    const auto kind = [](transport of, bool listener) {
      return std::string(to_string(of)) + (listener ? " listener" : " socket");
    };
    return refused(EPROTOTYPE, "it is a " + kind(t, listens) + ", not a " + kind(wanted, listening));
  }
  endpoint peer;
  const sys::outcome connected = sys::peer_endpoint(descriptor, peer);
  const bool datagrams = t == transport::udp || t == transport::unix_datagram;
  if (!listens && !datagrams && !connected.ok()) {
    return refused(connected.code, connected.code == ENOTCONN ? "it is not connected" : "");
  }
  auto* const s = new socket_state(descriptor, t, f);
  s->blocking = !sys::is_nonblocking(descriptor);
  s->listening = listens;
  s->connected_to(peer);
  return socket_ptr(s);
}

result<void> bind(socket_state& s, const endpoint& where) {
  if (const sys::outcome r = sys::bind(s.fd, where); !r.ok()) {
    return std::unexpected(failed(r.code, verb::bind, s.carries, where));
  }
  return {};
}

result<void> listen(socket_state& s, int backlog) {
  if (const sys::outcome r = sys::listen(s.fd, backlog); !r.ok()) {
    return std::unexpected(failed(r.code, verb::listen, &s));
  }
  s.listening = true;
  return {};
}

error failed(int code, verb v, socket_state* s) {
  return error(static_cast<errc>(code), v, s != nullptr ? s->subject() : error_context_ptr());
}

error failed(int code, verb v, transport t, const endpoint& e) {
  return error(static_cast<errc>(code), v, name_of(t, e));
}

std::string spoken_name(socket_state& s) {
  if (const error_context_ptr name = s.subject()) return name.get()->subject();
  return "a " + std::string(to_string(s.carries)) + " socket";
}

}  // namespace detail

bool basic_socket::is_open() const noexcept { return socket_ && !socket_.get()->is_closing(); }

result<void> basic_socket::close() {
  const int code = socket_ ? socket_.get()->close() : EBADF;
  if (code != 0) return std::unexpected(error(static_cast<errc>(code), verb::close));
  return {};
}

result<int> basic_socket::release() {
  int descriptor = -1;
  const int code = socket_ ? socket_.get()->release_descriptor(descriptor) : EBADF;
  if (code == EBUSY) {
    return std::unexpected(error::about(errc::device_or_resource_busy, verb::release,
                                        detail::spoken_name(*state()), "operations are in flight"));
  }
  if (code != 0) return std::unexpected(error(static_cast<errc>(code), verb::release));
  return descriptor;
}

int basic_socket::native_handle() const noexcept { return is_open() ? socket_.get()->fd : -1; }

namespace {

// "peer_endpoint of a udp socket: it is not connected"
std::unexpected<error> unknown(const char* what, const basic_socket& s, int code) {
  std::string subject(what);
  if (s.is_open()) subject += " of " + detail::spoken_name(*s.state());
  return std::unexpected(error::about(static_cast<errc>(code), verb::none, std::move(subject),
                                      code == ENOTCONN ? "it is not connected" : ""));
}

}  // namespace

result<endpoint> basic_socket::local_endpoint() const {
  if (!is_open()) return unknown("local_endpoint", *this, EBADF);
  endpoint where;
  if (const sys::outcome r = sys::local_endpoint(state()->fd, where); !r.ok()) {
    return unknown("local_endpoint", *this, r.code);
  }
  return where;
}

result<endpoint> basic_socket::peer_endpoint() const {
  if (!is_open()) return unknown("peer_endpoint", *this, EBADF);
  endpoint where;
  const sys::outcome r = sys::peer_endpoint(state()->fd, where);
  if (r.ok()) return where;
  // After a reset the kernel has forgotten the peer; we have not.
  if (r.code == ENOTCONN && state()->has_peer) return endpoint(state()->peer);
  return unknown("peer_endpoint", *this, r.code);
}

result<void> datagram_socket::connect(const endpoint& peer) {
  if (!is_open()) return std::unexpected(error(errc::bad_file_descriptor, verb::connect));
  detail::socket_state& s = *state();
  if (const sys::outcome r = sys::connect(s.fd, peer); !r.ok()) {
    return std::unexpected(detail::failed(r.code, verb::connect, s.carries, peer));
  }
  // Named now: when a Unix peer goes, the kernel forgets it with the first send that fails.
  s.connected_to(peer, detail::name_of(s.carries, peer));
  return {};
}

result<void> datagram_socket::disconnect() {
  if (!is_open()) return std::unexpected(error(errc::bad_file_descriptor, verb::connect));
  detail::socket_state& s = *state();
  if (const sys::outcome r = sys::disconnect(s.fd); !r.ok()) {
    return std::unexpected(detail::failed(r.code, verb::connect, &s));
  }
  s.connected_to({});
  return {};
}

}  // namespace fairlead
