// SPDX-License-Identifier: MIT
// The options in an address, tcp://localhost:7007?nodelay=1&keepalive=30s, as socket options.
#pragma once

#include <fairlead/socket.hpp>
#include <fairlead/url.hpp>

namespace tool {

/// An option for sockets like any other: tcp_listener::listen(where, query_options(address)).
class query_options {
 public:
  /// `address` must outlive it.
  explicit query_options(const fairlead::url& address) noexcept : address_(&address) {}

  /// Whether every option is known, is one of this transport, and has a value that the kernel takes. To be
  /// asked first.
  [[nodiscard]] fairlead::result<void> check() const;
  /// Sets them all. The error names the one that is wrong.
  fairlead::result<void> apply(fairlead::basic_socket& s) const;
  /// Whether there are any.
  [[nodiscard]] bool empty() const noexcept { return address_->options().empty(); }

 private:
  [[nodiscard]] fairlead::result<void> try_out() const;
  const fairlead::url* address_;
};

}  // namespace tool
