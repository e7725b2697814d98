// SPDX-License-Identifier: MIT
// What all sockets share, and the operations they give. Concrete sockets: tcp.hpp, udp.hpp, unix.hpp.
#pragma once

#include <cstddef>
#include <utility>

#include <fairlead/address.hpp>
#include <fairlead/buffer.hpp>
#include <fairlead/error.hpp>
#include <fairlead/loan.hpp>
#include <fairlead/operation.hpp>

namespace fairlead {

/// Which half of a connection to shut down.
enum class half : std::uint8_t { receiving, sending, both };

namespace detail {

/// Owns a descriptor and what the library knows about it. One word.
class FAIRLEAD_API socket_ptr {
 public:
  socket_ptr() = default;
  explicit socket_ptr(socket_state* s) noexcept : state_(s) {}
  socket_ptr(socket_ptr&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  socket_ptr& operator=(socket_ptr&& other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~socket_ptr() {
    if (state_ != nullptr) drop();
  }
  [[nodiscard]] socket_state* get() const noexcept { return state_; }
  explicit operator bool() const noexcept { return state_ != nullptr; }

 private:
  void drop() noexcept;
  socket_state* state_ = nullptr;
};

/// A new socket for `t`; 0 or an errno value.
FAIRLEAD_API int open_socket(transport t, family f, bool multipath, socket_ptr& into);
/// A socket that was accepted by a listener of this kind, see part().
[[nodiscard]] FAIRLEAD_API socket_ptr accepted(std::size_t kind, int descriptor, const endpoint& peer);
/// A pair of connected Unix sockets.
FAIRLEAD_API result<void> open_pair(transport t, socket_ptr& a, socket_ptr& b);
FAIRLEAD_API result<socket_ptr> adopt(int descriptor, transport wanted, bool listening);
FAIRLEAD_API result<void> bind(socket_state& s, const endpoint& where);
FAIRLEAD_API result<void> listen(socket_state& s, int backlog);
/// The error of a call that has no operation value: bind, listen, an option.
[[nodiscard]] FAIRLEAD_API error failed(int code, verb v, socket_state* s);
[[nodiscard]] FAIRLEAD_API error failed(int code, verb v, transport t, const endpoint& e);

}  // namespace detail

/// Receives what has arrived, at least one byte, at most the buffer. 0: the peer has finished sending.
/// Of a datagram or record: the whole of it, or errc::message_size (the rest of it is lost, as with recv(2)).
class [[nodiscard]] recv_operation : public detail::io, public leaf<recv_operation> {
 public:
  using value_type = std::size_t;
  static constexpr bool composed = false;
  template <class Buffers, class... Whole>
  recv_operation(detail::socket_state* s, Buffers b, Whole... w) noexcept
      : io(detail::action::recv, s, w...) {
    use(b);
  }
  recv_operation(recv_operation&&) noexcept = default;
  [[nodiscard]] result<std::size_t> take() const noexcept { return count; }
};

/// As recv(), into memory that the library lends: at most 16 KiB. An empty loan: the peer has finished
/// sending.
class [[nodiscard]] recv_loan_operation : public detail::io, public leaf<recv_loan_operation> {
 public:
  using value_type = loan;
  static constexpr bool composed = false;
  explicit recv_loan_operation(detail::socket_state* s) noexcept : io(detail::action::recv_loan, s) {}
  recv_loan_operation(recv_loan_operation&&) noexcept = default;
  ~recv_loan_operation() {
    give_up();
    if (extra != nullptr) detail::give_back(static_cast<detail::lent_block*>(extra));
  }
  [[nodiscard]] result<loan> take() noexcept {
    return loan(static_cast<detail::lent_block*>(std::exchange(extra, nullptr)),
                static_cast<std::byte*>(data), count);
  }
};

/// Fills the buffer. If the peer finishes first: fault::end_of_stream, and error::transferred() says how
/// many bytes had come.
class [[nodiscard]] recv_exactly_operation : public detail::io, public leaf<recv_exactly_operation> {
 public:
  using value_type = std::size_t;
  static constexpr bool composed = true;
  recv_exactly_operation(detail::socket_state* s, mutable_buffer b) noexcept
      : io(detail::action::recv_exactly, s) {
    use(b);
  }
  recv_exactly_operation(recv_exactly_operation&&) noexcept = default;
  [[nodiscard]] result<std::size_t> take() const noexcept { return count; }
};

/// Sends what fits now: at least one byte, and says how many. A datagram or record goes whole or not at all.
class [[nodiscard]] send_some_operation : public detail::io, public leaf<send_some_operation> {
 public:
  using value_type = std::size_t;
  static constexpr bool composed = false;
  template <class Buffers, class... Whole>
  send_some_operation(detail::socket_state* s, Buffers b, Whole... w) noexcept
      : io(detail::action::send_some, s, w...) {
    use(b);
  }
  send_some_operation(send_some_operation&&) noexcept = default;
  [[nodiscard]] result<std::size_t> take() const noexcept { return count; }
};

/// Sends everything. On an error, error::transferred() says how much had been handed to the kernel.
class [[nodiscard]] send_operation : public detail::io, public leaf<send_operation> {
 public:
  using value_type = std::size_t;
  static constexpr bool composed = true;
  template <class Buffers>
  send_operation(detail::socket_state* s, Buffers b) noexcept : io(detail::action::send, s) {
    use(b);
  }
  send_operation(send_operation&&) noexcept = default;
  [[nodiscard]] result<std::size_t> take() const noexcept { return count; }
};

/// A datagram's size and its sender, who may be unspecified (an unnamed Unix socket).
struct datagram {
  std::size_t size = 0;
  endpoint from;
};

class [[nodiscard]] recv_from_operation : public detail::io, public leaf<recv_from_operation> {
 public:
  using value_type = datagram;
  static constexpr bool composed = false;
  template <class Buffers>
  recv_from_operation(detail::socket_state* s, Buffers b) noexcept : io(detail::action::recv_from, s) {
    use(b);
  }
  recv_from_operation(recv_from_operation&&) noexcept = default;
  ~recv_from_operation() { give_up(); }
  void begin() noexcept { extra = &from_; }
  [[nodiscard]] result<datagram> take() const { return datagram{count, from_}; }

 private:
  endpoint from_;
};

class [[nodiscard]] send_to_operation : public detail::timed_io, public leaf<send_to_operation> {
 public:
  using value_type = std::size_t;
  static constexpr bool composed = false;
  template <class Buffers>
  send_to_operation(detail::socket_state* s, Buffers b, const endpoint& to) noexcept
      : timed_io(detail::action::send_to, s), to_(to) {
    use(b);
  }
  send_to_operation(send_to_operation&&) noexcept = default;
  ~send_to_operation() { give_up(); }
  void begin() noexcept { extra = &to_; }
  [[nodiscard]] result<std::size_t> take() const noexcept { return count; }

 private:
  endpoint to_;
};

/// Ends when the socket is readable (or writable) or has failed; moves nothing. poll(2) with a conscience.
class [[nodiscard]] ready_operation : public detail::io, public leaf<ready_operation> {
 public:
  using value_type = void;
  static constexpr bool composed = false;
  ready_operation(detail::socket_state* s, detail::action a) noexcept : io(a, s) {}
  ready_operation(ready_operation&&) noexcept = default;
  [[nodiscard]] result<void> take() const noexcept { return {}; }
};

/// Ends at once; an operation because on other streams (TLS) saying farewell takes time.
class [[nodiscard]] shutdown_operation : public detail::io, public leaf<shutdown_operation> {
 public:
  using value_type = void;
  static constexpr bool composed = false;
  shutdown_operation(detail::socket_state* s, half which) noexcept : io(detail::action::shutdown, s) {
    size = static_cast<std::size_t>(which);
  }
  shutdown_operation(shutdown_operation&&) noexcept = default;
  [[nodiscard]] result<void> take() const noexcept { return {}; }
};

/// Gives the next connection. When the process or system has run out of descriptors the error comes after a
/// pause of 50 ms in which the connection waits in the backlog, so that a loop around accept never spins.
template <class Stream>
class [[nodiscard]] accept_operation : public detail::timed_io, public leaf<accept_operation<Stream>> {
 public:
  using value_type = Stream;
  static constexpr bool composed = false;
  explicit accept_operation(detail::socket_state* s) noexcept : timed_io(detail::action::accept, s) {}
  accept_operation(accept_operation&&) noexcept = default;
  ~accept_operation() { give_up(); }
  void begin() noexcept { extra = &peer_; }
  [[nodiscard]] result<Stream> take() {
    return Stream(detail::accepted(size, static_cast<int>(count), peer_));
  }

 private:
  endpoint peer_;
};

/// Gives a connected socket. Made from an address it opens its own socket when it starts; made from an open
/// socket it takes that one when it succeeds, and otherwise leaves it: after errc::operation_would_block
/// from now(), ask again.
template <class Stream>
class [[nodiscard]] connect_operation : public detail::timed_io, public leaf<connect_operation<Stream>> {
 public:
  using value_type = Stream;
  static constexpr bool composed = false;
  connect_operation(transport t, const endpoint& peer, bool multipath = false) noexcept
      : timed_io(detail::action::connect, nullptr), peer_(peer), transport_(t), multipath_(multipath) {}
  connect_operation(detail::socket_ptr& from, const endpoint& peer) noexcept
      : timed_io(detail::action::connect, nullptr), from_(&from), peer_(peer) {}
  connect_operation(connect_operation&&) noexcept = default;
  ~connect_operation() { give_up(); }

  void begin() {
    extra = &peer_;
    size = static_cast<std::size_t>(transport_);
    if (from_ == nullptr) {
      from_ = &own_;
      if (const int e = detail::open_socket(transport_, peer_.family(), multipath_, own_); e != 0) {
        return detail::refuse_to_begin(*this, e);
      }
    }
    target = from_->get();
    if (target == nullptr) return detail::refuse_to_begin(*this, static_cast<int>(errc::bad_file_descriptor));
  }
  [[nodiscard]] result<Stream> take() { return Stream(std::move(*from_)); }

 private:
  detail::socket_ptr own_;
  detail::socket_ptr* from_ = nullptr;
  endpoint peer_;
  transport transport_ = transport::tcp;
  bool multipath_ = false;
};

/// What every socket can do. Move only; destroying it closes it, after cancelling what is in flight.
class FAIRLEAD_API basic_socket {
 public:
  [[nodiscard]] bool is_open() const noexcept;
  /// Operations in flight end with errc::operation_canceled; on the loop's thread they have ended when this
  /// returns, and the descriptor is closed. From another thread the loop closes it.
  result<void> close();
  /// Gives the descriptor to the caller. errc::device_or_resource_busy while operations are in flight, and
  /// while bytes wait here that a destroyed receive had taken from it.
  result<int> release();
  /// For calls that this library does not have. Still owned by the socket; -1 when closed.
  [[nodiscard]] int native_handle() const noexcept;

  [[nodiscard]] result<endpoint> local_endpoint() const;
  [[nodiscard]] result<endpoint> peer_endpoint() const;

  ready_operation readable() noexcept { return {state(), detail::action::readable}; }
  ready_operation writable() noexcept { return {state(), detail::action::writable}; }

  /// Typed options: options.hpp. set(option::no_delay(true)); get<option::no_delay>().
  template <class Option>
  result<void> set(const Option& o) {
    return o.apply(*this);
  }
  template <class Option>
  [[nodiscard]] result<Option> get() const {
    return Option::read(*this);
  }

  /// For errors that speak of this socket. Internal.
  [[nodiscard]] detail::socket_state* state() const noexcept { return socket_.get(); }

 protected:
  basic_socket() = default;
  explicit basic_socket(detail::socket_ptr s) noexcept : socket_(std::move(s)) {}
  basic_socket(basic_socket&&) noexcept = default;
  basic_socket& operator=(basic_socket&&) noexcept = default;
  ~basic_socket() = default;

  detail::socket_ptr socket_;
};

/// What every stream socket can do: TCP and Unix.
class FAIRLEAD_API stream_socket : public basic_socket {
 public:
  recv_operation recv(mutable_buffer b) noexcept { return {state(), b}; }
  recv_operation recv(mutable_buffers b) noexcept { return {state(), b}; }
  /// Into memory that the library lends, and only when there is something: who waits holds no buffer.
  recv_loan_operation recv() noexcept { return recv_loan_operation(state()); }
  recv_exactly_operation recv_exactly(mutable_buffer b) noexcept { return {state(), b}; }
  send_some_operation send_some(const_buffer b) noexcept { return {state(), b}; }
  send_some_operation send_some(const_buffers b) noexcept { return {state(), b}; }
  send_operation send(const_buffer b) noexcept { return {state(), b}; }
  send_operation send(const_buffers b) noexcept { return {state(), b}; }
  /// Half-close by default: the peer reads the end of our stream, and we can still receive.
  shutdown_operation shutdown(half which = half::sending) noexcept { return {state(), which}; }

 protected:
  using basic_socket::basic_socket;
};

namespace detail {
struct splice_socket {
  static socket_state* source(stream_socket& s) noexcept { return s.state(); }
  static socket_state* sink(stream_socket& s) noexcept { return s.state(); }
};
}  // namespace detail

/// What every datagram socket can do: UDP and Unix.
class FAIRLEAD_API datagram_socket : public basic_socket {
 public:
  recv_from_operation recv_from(mutable_buffer b) noexcept { return {state(), b}; }
  recv_from_operation recv_from(mutable_buffers b) noexcept { return {state(), b}; }
  send_to_operation send_to(const_buffer b, const endpoint& to) noexcept { return {state(), b, to}; }
  send_to_operation send_to(const_buffers b, const endpoint& to) noexcept { return {state(), b, to}; }
  /// From and to the connected peer; see connect().
  recv_operation recv(mutable_buffer b) noexcept { return {state(), b, detail::io::whole{}}; }
  recv_operation recv(mutable_buffers b) noexcept { return {state(), b, detail::io::whole{}}; }
  send_some_operation send(const_buffer b) noexcept { return {state(), b, detail::io::whole{}}; }
  send_some_operation send(const_buffers b) noexcept { return {state(), b, detail::io::whole{}}; }
  /// Fixes the peer: send() goes there, only its datagrams arrive, and ICMP errors are reported. Moves no
  /// byte, so it is no operation.
  result<void> connect(const endpoint& peer);
  /// Takes the peer away again.
  result<void> disconnect();

 protected:
  using basic_socket::basic_socket;
};

}  // namespace fairlead
