// SPDX-License-Identifier: MIT
// One end of a conversation, whatever carries it: what `connect` and `listen` have in common.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include <fairlead/any_stream.hpp>
#include <fairlead/socket.hpp>
#include <fairlead/task.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/udp.hpp>
#include <fairlead/unix.hpp>
#include <fairlead/url.hpp>

namespace tool {

/// What recv() brought.
struct arrival {
  std::size_t size = 0;
  bool end = false;  ///< the peer has finished; an empty datagram is not that
};

/// A socket itself, or the stream of many layers, for those who measure it. Null for a link that has none of
/// its own.
using any_socket =
    std::variant<fairlead::tcp_stream*, fairlead::unix_stream*, fairlead::unix_seqpacket_socket*,
                 fairlead::udp_socket*, fairlead::unix_datagram_socket*, fairlead::any_stream*>;

/// Bytes or messages in both directions. One operation in each direction at a time.
class link {
 public:
  link() = default;
  link(const link&) = delete;
  link& operator=(const link&) = delete;
  virtual ~link() = default;

  [[nodiscard]] virtual fairlead::task<fairlead::result<arrival>> recv(fairlead::mutable_buffer into) = 0;
  [[nodiscard]] virtual fairlead::task<fairlead::result<void>> send(fairlead::const_buffer from) = 0;
  /// What the peer must do before its first byte is its own, see entrance; nothing for most. Once, before all
  /// else.
  [[nodiscard]] virtual fairlead::task<fairlead::result<void>> enter() { return nothing_to_do(); }
  /// We have no more to send. Where the transport cannot say so, nothing happens.
  [[nodiscard]] virtual fairlead::task<fairlead::result<void>> finish() = 0;
  /// Whether finish() says anything, and recv() can come to an end.
  [[nodiscard]] virtual bool has_end() const noexcept = 0;
  /// Bytes that one send() may carry, and that recv() should have room for.
  [[nodiscard]] virtual std::size_t piece() const noexcept = 0;
  [[nodiscard]] virtual std::size_t room() const noexcept = 0;
  [[nodiscard]] virtual any_socket socket() noexcept { return any_socket(); }

  std::string local;  ///< "tcp://127.0.0.1:7007"
  std::string peer;

 private:
  static fairlead::task<fairlead::result<void>> nothing_to_do() { co_return {}; }
};

/// A connected socket, of any kind, as a link.
template <class Socket>
[[nodiscard]] std::unique_ptr<link> make_link(Socket s);

/// Where a socket is: "tcp://127.0.0.1:7007"; empty if it cannot be told.
[[nodiscard]] std::string local_name(fairlead::transport t, const fairlead::basic_socket& s);
[[nodiscard]] std::string peer_name(fairlead::transport t, const fairlead::basic_socket& s);

/// Sizes by transport, see link::piece() and link::room().
[[nodiscard]] std::size_t piece_of(fairlead::transport t) noexcept;
[[nodiscard]] std::size_t room_of(fairlead::transport t) noexcept;

/// The sentence for people: "tcp://127.0.0.1:7007".
[[nodiscard]] std::string name_of(fairlead::transport t, const fairlead::endpoint& e);

}  // namespace tool
