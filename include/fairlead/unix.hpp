// SPDX-License-Identifier: MIT
// Unix-domain sockets (unix(7)): streams, datagrams and records between processes of one machine; and what
// only they can do: pass descriptors, and tell who the peer is.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <fairlead/socket.hpp>

namespace fairlead {

/// Who was at the other end when the connection was made (SO_PEERCRED).
struct peer_credentials {
  int process = 0;
  std::uint32_t user = 0;
  std::uint32_t group = 0;
};

/// A descriptor that came with bytes; closes it unless it is released.
class FAIRLEAD_API received_descriptor {
 public:
  explicit received_descriptor(int fd) noexcept : fd_(fd) {}
  received_descriptor(received_descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  received_descriptor& operator=(received_descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~received_descriptor();
  [[nodiscard]] int get() const noexcept { return fd_; }
  /// To be given to adopt(), or closed by the caller.
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

/// Bytes and the descriptors that came with them.
struct message {
  std::size_t size = 0;
  std::vector<received_descriptor> descriptors;
};

/// At most 253 descriptors travel at once (SCM_MAX_FD), and on a stream at least one byte must go with them;
/// else errc::invalid_argument. On a stream they travel with the first of the bytes that fit now; the count
/// says how many did, and send() sends the rest. The descriptors stay open here.
class [[nodiscard]] send_message_operation : public detail::io, public leaf<send_message_operation> {
 public:
  using value_type = std::size_t;
  static constexpr bool composed = false;
  send_message_operation(detail::socket_state* s, const_buffer b, std::span<const int> descriptors) noexcept
      : io(detail::action::send_message, s) {
    use(b);
    parcel_.outgoing = descriptors;
  }
  send_message_operation(send_message_operation&&) noexcept = default;
  void begin() noexcept { extra = &parcel_; }
  [[nodiscard]] result<std::size_t> take() const noexcept { return count; }

 private:
  detail::parcel parcel_;
};

/// Takes up to 16 descriptors, close-on-exec; a sender of more gets nowhere: all are closed, and
/// errc::message_size is said. errc::too_many_files_open where this process has no room for them: then too
/// all are closed, and the bytes are gone.
class [[nodiscard]] recv_message_operation : public detail::io, public leaf<recv_message_operation> {
 public:
  using value_type = message;
  static constexpr bool composed = false;
  static constexpr std::size_t max_descriptors = 16;
  recv_message_operation(detail::socket_state* s, mutable_buffer b) noexcept
      : io(detail::action::recv_message, s) {
    use(b);
  }
  recv_message_operation(recv_message_operation&& other) noexcept
      : io(std::move(other)), leaf(std::move(other)) {}
  FAIRLEAD_API ~recv_message_operation();
  void begin() noexcept {
    parcel_.room = room_;
    extra = &parcel_;
  }
  [[nodiscard]] FAIRLEAD_API result<message> take();

 private:
  detail::parcel parcel_;
  std::array<int, max_descriptors> room_{};
};

class FAIRLEAD_API unix_stream : public stream_socket {
 public:
  static connect_operation<unix_stream> connect(const unix_address& peer) noexcept {
    return {transport::unix_stream, peer};
  }
  /// Two unnamed ends (socketpair(2)).
  [[nodiscard]] static result<std::pair<unix_stream, unix_stream>> pair();
  [[nodiscard]] static result<unix_stream> adopt(int descriptor);

  send_message_operation send_message(const_buffer b, std::span<const int> descriptors) noexcept {
    return {state(), b, descriptors};
  }
  recv_message_operation recv_message(mutable_buffer b) noexcept { return {state(), b}; }
  [[nodiscard]] result<fairlead::peer_credentials> peer_credentials() const;
  /// The supplementary groups that the peer was in when the connection was made (SO_PEERGROUPS); its own
  /// group need not be among them. errc::no_protocol_option before Linux 4.13.
  [[nodiscard]] result<std::vector<std::uint32_t>> peer_groups() const;

  unix_stream() = default;
  explicit unix_stream(detail::socket_ptr s) noexcept : stream_socket(std::move(s)) {}
};

namespace detail {
template <>
struct splice_end<unix_stream> : splice_socket {};
}  // namespace detail

/// Records in order, each whole: SOCK_SEQPACKET. A record of no bytes cannot be told from the end.
class FAIRLEAD_API unix_seqpacket_socket : public basic_socket {
 public:
  static connect_operation<unix_seqpacket_socket> connect(const unix_address& peer) noexcept {
    return {transport::unix_seqpacket, peer};
  }
  [[nodiscard]] static result<std::pair<unix_seqpacket_socket, unix_seqpacket_socket>> pair();
  [[nodiscard]] static result<unix_seqpacket_socket> adopt(int descriptor);

  recv_operation recv(mutable_buffer b) noexcept { return {state(), b, detail::io::whole{}}; }
  recv_operation recv(mutable_buffers b) noexcept { return {state(), b, detail::io::whole{}}; }
  send_some_operation send(const_buffer b) noexcept { return {state(), b, detail::io::whole{}}; }
  send_some_operation send(const_buffers b) noexcept { return {state(), b, detail::io::whole{}}; }
  shutdown_operation shutdown(half which = half::sending) noexcept { return {state(), which}; }
  send_message_operation send_message(const_buffer b, std::span<const int> descriptors) noexcept {
    return {state(), b, descriptors};
  }
  recv_message_operation recv_message(mutable_buffer b) noexcept { return {state(), b}; }
  [[nodiscard]] result<fairlead::peer_credentials> peer_credentials() const;
  /// The supplementary groups that the peer was in when the connection was made (SO_PEERGROUPS); its own
  /// group need not be among them. errc::no_protocol_option before Linux 4.13.
  [[nodiscard]] result<std::vector<std::uint32_t>> peer_groups() const;

  unix_seqpacket_socket() = default;
  explicit unix_seqpacket_socket(detail::socket_ptr s) noexcept : basic_socket(std::move(s)) {}
};

class FAIRLEAD_API unix_datagram_socket : public datagram_socket {
 public:
  /// Unnamed: it can send, but nobody can answer it.
  [[nodiscard]] static result<unix_datagram_socket> open();
  /// As unix_listener::listen() treats its path.
  [[nodiscard]] static result<unix_datagram_socket> bind(const unix_address& where);
  [[nodiscard]] static result<std::pair<unix_datagram_socket, unix_datagram_socket>> pair();
  [[nodiscard]] static result<unix_datagram_socket> adopt(int descriptor);

  unix_datagram_socket() = default;
  explicit unix_datagram_socket(detail::socket_ptr s) noexcept : datagram_socket(std::move(s)) {}
};

namespace detail {
/// Opens, binds and listens. A socket file that nobody listens at any more is removed first.
FAIRLEAD_API result<socket_ptr> listen_at(transport t, const unix_address& where);
FAIRLEAD_API result<socket_ptr> bind_at(transport t, const unix_address& where);
}  // namespace detail

/// Stale files: a path left behind by a process that is gone is taken over. It is removed only if it is a
/// socket and no socket is bound to it any more, whatever its type and whether it listens or not; else
/// errc::address_in_use. The file stays when the listener closes, as with every Unix server; remove() takes
/// it away.
template <class Stream, transport Transport>
class basic_unix_listener : public basic_socket {
 public:
  [[nodiscard]] static result<basic_unix_listener> listen(const unix_address& where) {
    result<detail::socket_ptr> s = detail::listen_at(Transport, where);
    if (!s) return std::unexpected(std::move(s.error()));
    return basic_unix_listener(std::move(*s));
  }
  [[nodiscard]] static result<basic_unix_listener> adopt(int descriptor) {
    result<detail::socket_ptr> s = detail::adopt(descriptor, Transport, true);
    if (!s) return std::unexpected(std::move(s.error()));
    return basic_unix_listener(std::move(*s));
  }
  accept_operation<Stream> accept() noexcept { return accept_operation<Stream>(state()); }

  basic_unix_listener() = default;
  explicit basic_unix_listener(detail::socket_ptr s) noexcept : basic_socket(std::move(s)) {}
};

using unix_listener = basic_unix_listener<unix_stream, transport::unix_stream>;
using unix_seqpacket_listener = basic_unix_listener<unix_seqpacket_socket, transport::unix_seqpacket>;

/// Removes a socket file; one that is not there is fine, a file that is no socket is errc::not_a_socket.
FAIRLEAD_API result<void> remove(const unix_address& path);

}  // namespace fairlead
