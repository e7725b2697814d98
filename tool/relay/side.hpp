// SPDX-License-Identifier: MIT
// One side of a relay: where it is, and whether it waits for somebody or goes there.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <fairlead/client.hpp>
#include <fairlead/error.hpp>
#include <fairlead/task.hpp>
#include <fairlead/url.hpp>

#include "console.hpp"
#include "option.hpp"
#include "wire/acceptor.hpp"
#include "wire/link.hpp"
#include "wire/security.hpp"

namespace tool {

enum class role {
  listens,  ///< takes whoever comes
  dials,    ///< goes there, anew for each conversation
};

struct side {
  side(fairlead::url where, role what, bool is_first) : at(std::move(where)), does(what), first(is_first) {}

  fairlead::url at;
  role does;
  bool first;                      ///< FROM, not TO
  entrance how_in{};               ///< for those who come
  fairlead::client_options out{};  ///< for going there
  bool unheard = false;            ///< the other side is a file that is read, and takes nothing
  bool learns_clients = false;     ///< is told by a PROXY header who has come to the other side

  /// There can be one conversation with it only: our standard streams.
  [[nodiscard]] bool single() const noexcept { return at.scheme() == fairlead::scheme::stdio; }
  /// Its peers are known by the address they send from, and have no end.
  [[nodiscard]] bool datagrams() const noexcept;
  [[nodiscard]] std::string name() const { return at.to_string(); }
};

/// Reads "tcp://:80", "listen:unix:/run/x" or "dial:tcp://host:80". Without a word FROM listens if it is a
/// socket, and all else dials.
[[nodiscard]] fairlead::result<side> parse_side(const std::string& text, bool first);

/// What the flags say of each, for two sides that were parsed. Where both speak TLS, --cert and --key are of
/// the side that listens, what says whom to trust is of the side that dials.
[[nodiscard]] fairlead::result<void> settle_terms(side& from, side& to, const settings& asked,
                                                  const console& out);

/// A link to a side that dials, for `other`, which may be null.
[[nodiscard]] fairlead::task<fairlead::result<std::unique_ptr<link>>> dial_side(const side& s,
                                                                                const settings& asked,
                                                                                const link* other,
                                                                                const console& out);

}  // namespace tool
