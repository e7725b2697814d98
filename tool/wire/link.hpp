// SPDX-License-Identifier: MIT
// One end of a conversation, whatever carries it: what `connect` and `listen` have in common.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <fairlead/any_stream.hpp>
#include <fairlead/descriptor.hpp>
#include <fairlead/process.hpp>
#include <fairlead/socket.hpp>
#include <fairlead/task.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/terminal.hpp>
#include <fairlead/udp.hpp>
#include <fairlead/unix.hpp>
#include <fairlead/url.hpp>

namespace tool {

/// What recv() brought.
struct arrival {
  std::size_t size = 0;
  bool end = false;  ///< the peer has finished; an empty datagram is not that
};

/// A socket itself, the stream of many layers, or the descriptors of what is no socket: for those who measure
/// it, and for the kernel to carry bytes by itself. Null for a link that has none of its own.
using any_socket =
    std::variant<fairlead::tcp_stream*, fairlead::unix_stream*, fairlead::unix_seqpacket_socket*,
                 fairlead::udp_socket*, fairlead::unix_datagram_socket*, fairlead::any_stream*,
                 fairlead::descriptor_stream*>;

/// Bytes or messages in both directions. One operation in each direction at a time.
class link {
 public:
  link() = default;
  link(const link&) = delete;
  link& operator=(const link&) = delete;
  virtual ~link() = default;

  [[nodiscard]] virtual fairlead::task<fairlead::result<arrival>> recv(fairlead::mutable_buffer into) = 0;
  [[nodiscard]] virtual fairlead::task<fairlead::result<void>> send(fairlead::const_buffer from) = 0;
  /// The first part of enter() for those who must know who comes before anything is done for them: reads the
  /// PROXY header, if there must be one. It may be left out.
  [[nodiscard]] virtual fairlead::task<fairlead::result<void>> identify() { return nothing_to_do(); }
  /// What the peer must do before its first byte is its own, see entrance; nothing for most. Once, before all
  /// else.
  [[nodiscard]] virtual fairlead::task<fairlead::result<void>> enter() { return nothing_to_do(); }
  /// We have no more to send. Where the transport cannot say so, nothing happens.
  [[nodiscard]] virtual fairlead::task<fairlead::result<void>> finish() = 0;
  /// Whether finish() says anything, and recv() can come to an end.
  [[nodiscard]] virtual bool has_end() const noexcept = 0;
  /// Whether what one send() carries arrives in one recv(), and an empty one says something.
  [[nodiscard]] virtual bool keeps_messages() const noexcept { return !has_end(); }
  /// Bytes that one send() may carry, and that recv() should have room for.
  [[nodiscard]] virtual std::size_t piece() const noexcept = 0;
  [[nodiscard]] virtual std::size_t room() const noexcept = 0;
  [[nodiscard]] virtual any_socket socket() noexcept { return any_socket(); }
  /// Whether it takes no more, but that is no failure: send() throws away what still comes.
  [[nodiscard]] virtual bool wants_no_more(const fairlead::error& /*of_sending*/) { return false; }
  /// How much of what was sent its peer has not taken yet, where the kernel can tell: if it changes,
  /// something moves.
  [[nodiscard]] virtual std::optional<std::size_t> send_queue() noexcept { return std::nullopt; }
  /// Whether its connection is broken, as far as the kernel tells that to somebody who neither sends nor
  /// receives any more: after an end has been received, a reset is told to no receive (tcp_recvmsg,
  /// Linux 6.1).
  [[nodiscard]] virtual bool is_broken() noexcept { return false; }
  /// Until when something that has come, or is to be sent, is held back by us: no silence is the peer's
  /// before.
  [[nodiscard]] virtual fairlead::time_point held_until() const noexcept {
    return fairlead::time_point::min();
  }
  /// From now on small pieces go at once, where its transport holds them back (Nagle's algorithm, RFC 9293,
  /// 3.7.4).
  virtual void send_at_once() noexcept {}
  /// Cuts it off, for good: the peer of a socket sees a reset, where its transport has one.
  virtual void abort() noexcept = 0;
  /// Until the command that it is has ended. What that has started may say more, and keep its output open
  /// for ever.
  [[nodiscard]] virtual fairlead::task<fairlead::result<void>> gone() { return nothing_to_do(); }
  /// Whether it has said something that nobody is about to receive.
  [[nodiscard]] virtual bool has_more() noexcept { return false; }
  /// The last thing that is asked of it. A command is waited for, and if not everything it had to say was
  /// heard (`whole`) it is ended; that it failed is an error.
  [[nodiscard]] virtual fairlead::task<fairlead::result<void>> settle(bool /*whole*/) {
    return nothing_to_do();
  }
  /// How the command that it is has left, once it has been waited for.
  [[nodiscard]] virtual std::optional<fairlead::exit_status> exited() const noexcept { return std::nullopt; }
  /// The size of the terminal that it shows what we send on; nothing for what is none.
  virtual void resize(fairlead::terminal_size /*now*/) {}
  /// How long the other side may take to finish when this one has ended. Sockets leave that to their peers.
  [[nodiscard]] virtual std::optional<fairlead::duration> patience() const noexcept { return std::nullopt; }

  std::string local;  ///< "tcp://127.0.0.1:7007"
  std::string peer;
  /// Who the peer is, where that can be told: for decisions, where the names are for people. After identify()
  /// or enter(), what a PROXY header has told.
  std::optional<fairlead::endpoint> peer_endpoint;
  std::optional<fairlead::endpoint> local_endpoint;       ///< and where it came to
  std::optional<fairlead::peer_credentials> credentials;  ///< of a Unix stream or seqpacket socket
  std::optional<std::vector<std::uint32_t>> groups;       ///< and the peer's supplementary groups

 private:
  static fairlead::task<fairlead::result<void>> nothing_to_do() { co_return {}; }
};

/// A connected socket, of any kind, as a link.
template <class Socket>
[[nodiscard]] std::unique_ptr<link> make_link(Socket s);

template <class Socket>
[[nodiscard]] constexpr fairlead::transport carrier_of() {
  using fairlead::transport;
  if constexpr (std::is_same_v<Socket, fairlead::tcp_stream>) return transport::tcp;
  if constexpr (std::is_same_v<Socket, fairlead::udp_socket>) return transport::udp;
  if constexpr (std::is_same_v<Socket, fairlead::unix_stream>) return transport::unix_stream;
  if constexpr (std::is_same_v<Socket, fairlead::unix_datagram_socket>) return transport::unix_datagram;
  if constexpr (std::is_same_v<Socket, fairlead::unix_seqpacket_socket>) return transport::unix_seqpacket;
}

/// Tells a link the names of the ends of its socket, and who the peer is.
template <class Socket>
void introduce(link& l, const Socket& s);
/// Of a socket, for link::send_queue().
[[nodiscard]] std::optional<std::size_t> send_queue_of(const fairlead::basic_socket& s) noexcept;
/// Of a connection, for link::is_broken().
[[nodiscard]] bool has_broken(const fairlead::basic_socket& s) noexcept;
/// Closes a socket without the usual farewell: a TCP peer sees a reset.
void cut_off(fairlead::basic_socket& s) noexcept;

/// Where a socket is: "tcp://127.0.0.1:7007"; empty if it cannot be told.
[[nodiscard]] std::string local_name(fairlead::transport t, const fairlead::basic_socket& s);
[[nodiscard]] std::string peer_name(fairlead::transport t, const fairlead::basic_socket& s);

/// Sizes by transport, see link::piece() and link::room().
[[nodiscard]] std::size_t piece_of(fairlead::transport t) noexcept;
[[nodiscard]] std::size_t room_of(fairlead::transport t) noexcept;

/// The sentence for people: "tcp://127.0.0.1:7007".
[[nodiscard]] std::string name_of(fairlead::transport t, const fairlead::endpoint& e);

}  // namespace tool
