// SPDX-License-Identifier: MIT
// Asking name servers: over UDP with EDNS, without it where that is not understood, over TCP what was cut
// short; one server after the other, and all of them again. Waits with the library's own operations, so that
// it needs no thread, no loop of its own, and can be stopped anywhere.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <fairlead/error.hpp>
#include <fairlead/task.hpp>

#include "dial/cache.hpp"
#include "dial/gate.hpp"
#include "dial/records.hpp"

namespace fairlead::lookup {

/// How to ask: the caller's options, and what the system says where they are silent.
struct settings {
  std::vector<ip_endpoint> servers;
  std::vector<std::string> search;
  unsigned ndots = 1;
  duration timeout = std::chrono::seconds(5);
  unsigned tries = 2;
  bool rotate = false;
};

/// One question, and what became of it.
struct inquiry {
  std::string name;
  record_type type;
  std::optional<reply> got;           // from the first server that had something to say
  std::vector<std::string> failures;  // otherwise: whom we asked, and why that was no answer
  bool silence = false;               // one of them did not say anything at all

  inquiry(std::string n, record_type t) : name(std::move(n)), type(t) {}

  // The state of the asking, at one server.
  enum class stage : std::uint8_t { waiting, cut_short, failed };
  std::vector<unsigned char> query;
  stage at = stage::waiting;
  bool edns = true;

  /// A new number each time, so that a late or forged answer to an earlier question is none to this.
  [[nodiscard]] bool write_query(std::uint16_t number);
  [[nodiscard]] bool waits() const noexcept { return !got && at == stage::waiting; }
  void fail_at(const std::string& server, std::string_view why);
};

/// Look-ups whose questions are on their way to servers at the same time. What more comes in one burst
/// overflows the receive buffer of a server (some 270 small datagrams by default on Linux), and what is lost
/// there is only asked again after half a second.
constexpr unsigned most_at_once = 100;

/// Asks all of them, at the same time, beginning with the server at `first`. `subject` is what errors speak
/// of. Fails only for the caller's deadline or stop, and where this machine has no descriptors or no memory
/// to ask with.
[[nodiscard]] task<result<void>> ask(const settings& s, gate& crowd, std::size_t first,
                                     const std::string& subject, std::span<inquiry> all);

}  // namespace fairlead::lookup
