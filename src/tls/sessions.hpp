// SPDX-License-Identifier: MIT
// Sessions that a client keeps to shorten later handshakes with the same server.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tls/openssl.hpp"

namespace fairlead::detail {

/// For any thread. At most `most` of them, and a few for each server; the oldest goes first.
class session_cache {
 public:
  explicit session_cache(std::size_t most) noexcept : most_(most) {}

  void keep(const std::string& server, session_ptr session);
  /// One for this server, or null. A session of TLS 1.3 is used once: whoever watches the network could tell
  /// by its ticket that two connections belong together (RFC 8446, C.4).
  [[nodiscard]] session_ptr take(const std::string& server);

 private:
  struct entry {
    std::string server;
    session_ptr session;
  };
  using entries = std::list<entry>;
  using index = std::unordered_multimap<std::string_view, entries::iterator>;
  void forget(index::iterator i) noexcept;

  const std::size_t most_;
  std::mutex lock_;
  entries by_age_;  // the oldest first
  index by_server_;
};

}  // namespace fairlead::detail
