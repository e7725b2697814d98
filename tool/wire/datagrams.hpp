// SPDX-License-Identifier: MIT
// Datagram sockets that many peers send to.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <fairlead/socket.hpp>
#include <fairlead/task.hpp>
#include <fairlead/url.hpp>

#include "wire/acceptor.hpp"

namespace tool {

/// A bound UDP or Unix datagram socket.
class datagram_host {
 public:
  datagram_host() = default;
  datagram_host(const datagram_host&) = delete;
  datagram_host& operator=(const datagram_host&) = delete;
  virtual ~datagram_host() = default;

  [[nodiscard]] virtual fairlead::task<fairlead::result<fairlead::datagram>> recv_from(
      fairlead::mutable_buffer b) = 0;
  /// May be called by several tasks at once.
  [[nodiscard]] virtual fairlead::task<fairlead::result<void>> send_to(fairlead::const_buffer b,
                                                                       fairlead::endpoint to) = 0;
  virtual void close() = 0;
  [[nodiscard]] virtual any_socket socket() noexcept = 0;
  [[nodiscard]] virtual fairlead::transport carrier() const noexcept = 0;
  [[nodiscard]] fairlead::endpoint where() const { return where_; }

  std::string name;  ///< "udp://127.0.0.1:43211"

 protected:
  fairlead::endpoint where_;
};

using datagram_hosts = std::vector<std::unique_ptr<datagram_host>>;

/// If `shared`, other sockets of UDP may be bound there too, and the kernel spreads peers over them.
[[nodiscard]] fairlead::result<std::unique_ptr<datagram_host>> open_datagram_host(
    const fairlead::url& at, const fairlead::endpoint& where, bool shared = false);
[[nodiscard]] fairlead::task<fairlead::result<datagram_hosts>> open_datagram_hosts(fairlead::url at,
                                                                                   bool shared = false);

/// Everybody who sends is heard; what is sent goes to whoever spoke last. `first` has been received already.
[[nodiscard]] std::unique_ptr<link> make_party_link(datagram_host& host, std::vector<std::byte> first,
                                                    const fairlead::endpoint& from);

/// How long a peer may be silent before it is taken to have gone, if nobody says otherwise.
constexpr fairlead::duration session_silence = std::chrono::seconds(60);

/// Each peer is a client of its own, from its first datagram on.
[[nodiscard]] std::unique_ptr<acceptor> make_session_acceptor(std::unique_ptr<datagram_host> host);

}  // namespace tool
