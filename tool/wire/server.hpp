// SPDX-License-Identifier: MIT
// Serving many clients at once.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include <fairlead/condition.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/task.hpp>

#include "access/doorkeeper.hpp"
#include "console.hpp"
#include "wire/acceptor.hpp"
#include "wire/service.hpp"

namespace tool {

struct server_terms {
  service_terms service;
  std::optional<std::uint64_t> most;  ///< clients at a time
  bool once = false;                  ///< the first client only; its end is ours
  doorkeeper* door = nullptr;         ///< is told for whom there was no place; may be null
  std::stop_token finishing;          ///< no more clients; those that are here finish
};

class server {
 public:
  server(acceptors from, server_terms terms, const console& out)
      : from_(std::move(from)), terms_(std::move(terms)), out_(out) {}

  /// Until it was asked to finish and every client has gone. Fails if clients can no longer come, and with
  /// terms.once if serving the client has failed.
  [[nodiscard]] fairlead::task<fairlead::result<void>> run();

 private:
  [[nodiscard]] fairlead::task<bool> has_room(const acceptor& a);
  [[nodiscard]] fairlead::task<> accept_from(acceptor& a, fairlead::scope& all);
  [[nodiscard]] fairlead::task<> attend(std::unique_ptr<link> client, bool from_backlog);
  [[nodiscard]] bool is_full() const noexcept {
    return (terms_.most && clients_ >= *terms_.most) || (terms_.once && served_);
  }
  void leave(std::unique_ptr<link> client);
  [[nodiscard]] bool survives(const fairlead::error& e);
  void welcome(std::unique_ptr<link> client, bool from_backlog, fairlead::scope& all);
  void close();

  acceptors from_;
  server_terms terms_;
  const console& out_;
  std::uint64_t clients_ = 0;
  bool served_ = false;       // somebody is a client, or may become one yet
  fairlead::condition left_;  // a client has gone
  std::stop_source enough_;   // no more clients
  bool exhausted_ = false;    // it was said that descriptors have run out
  std::optional<fairlead::error> failed_;
};

}  // namespace tool
