// SPDX-License-Identifier: MIT
// What the clients that measure relays share: they are both ends of what passes through it.
#pragma once

#include <poll.h>

#include <string>

#include "drive.hpp"

namespace drive {

/// A relay, in whose command the word TARGET is replaced with the port of a listener of ours.
class relay {
 public:
  explicit relay(char** command) : told_(listen()), server_(prepare(command)) {}

  struct ends {
    int near;  // connected to the relay
    int far;   // connected by it
  };
  [[nodiscard]] ends connect() const {
    const int near = server_.connect();
    pollfd ready{listener_, POLLIN, 0};
    if (poll(&ready, 1, 5000) <= 0) give_up("the relay does not connect");
    const int far = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const int on = 1;
    setsockopt(far, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return {near, far};
  }
  [[nodiscard]] double cpu() const { return server_.cpu(); }
  [[nodiscard]] double disturbed() const { return server_.disturbed(); }

 private:
  std::string listen() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_, 128) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
      give_up("listen");
    }
    return std::to_string(ntohs(address.sin_port));
  }
  char** prepare(char** command) {
    for (char** word = command; *word != nullptr; ++word) {
      if (std::strcmp(*word, "TARGET") == 0) *word = told_.data();
    }
    return command;
  }

  int listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::string told_;
  server server_;
};

}  // namespace drive
