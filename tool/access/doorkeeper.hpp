// SPDX-License-Identifier: MIT
// Who may come in, how many of them, and how fast they may be: one for everything that a command listens at.
// docs/design/access.md has the rules.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "access/access_list.hpp"
#include "access/origins.hpp"
#include "access/paced_link.hpp"
#include "access/refusals.hpp"
#include "access/token_bucket.hpp"
#include "console.hpp"
#include "wire/acceptor.hpp"
#include "wire/datagrams.hpp"
#include "wire/link.hpp"

namespace tool {

struct access_terms {
  access_list list;
  std::vector<access_rule> proxies;          ///< who may send a PROXY header; everybody if empty
  std::optional<std::uint64_t> per_address;  ///< clients at a time
  std::optional<std::uint64_t> rate;         ///< bytes a second of one client, in each direction
  std::optional<std::uint64_t> rate_all;     ///< and of all together
  /// Is told of everybody who was not let in, for reports.
  std::function<void(std::string_view whom, refusal why)> told{};
};

class doorkeeper;

/// What somebody who has come in takes of --max-per-address; given back when this goes.
class place {
 public:
  place() = default;  ///< where places are not counted
  place(doorkeeper& by, const origin& from) noexcept : by_(&by), from_(from) {}
  place(place&& other) noexcept : by_(std::exchange(other.by_, nullptr)), from_(other.from_) {}
  place& operator=(place&& other) noexcept {
    std::swap(by_, other.by_);
    std::swap(from_, other.from_);
    return *this;
  }
  ~place();

 private:
  doorkeeper* by_ = nullptr;
  origin from_;
};

/// Who keeps a client to its rate.
enum class pacing {
  by_the_link,     ///< whoever reads and sends through it
  by_the_service,  ///< which has asked for its paces()
};

/// Outlives the places and links that it has given, and the acceptors and hosts that it guards.
class doorkeeper {
 public:
  doorkeeper(access_terms terms, const console& out);
  doorkeeper(const doorkeeper&) = delete;
  doorkeeper& operator=(const doorkeeper&) = delete;

  /// The client, made to keep its rate, and keeping its place until it is destroyed; null if it may not come
  /// in: then it was cut off, counted and told. A `proxied` one is judged by what its header says: its
  /// enter() fails if that is not let in, see is_refusal().
  [[nodiscard]] std::unique_ptr<link> let_in(std::unique_ptr<link> client, bool proxied = false,
                                             pacing rate = pacing::by_the_link);
  /// A place for whoever that is; none if they may not come in: then it was counted and told.
  [[nodiscard]] std::optional<place> place_for(const visitor& who, std::string_view name);
  /// Whether a datagram from there is to be heard. Counts and tells it if not.
  [[nodiscard]] bool hears(const fairlead::endpoint& from, fairlead::transport carrier);
  /// The client at a bounded rate, if there is any bound.
  [[nodiscard]] std::unique_ptr<link> paced(std::unique_ptr<link> client);
  /// The bounds of another client, which count from now.
  [[nodiscard]] paces new_paces();
  /// Somebody was not let in, for a reason that others have found.
  void count(refusal why, std::string_view whom, const access_rule* rule = nullptr);

  [[nodiscard]] const refusals& counts() const noexcept { return counts_; }
  [[nodiscard]] bool needs_sessions() const noexcept {
    return terms_.rate || terms_.rate_all || terms_.per_address;
  }
  /// The closing line, unless nobody was refused.
  void conclude() const;

 private:
  friend class place;

  access_terms terms_;
  const console& out_;
  origins origins_;
  std::optional<token_bucket> all_receiving_;
  std::optional<token_bucket> all_sending_;
  refusals counts_;
};

/// Gives only clients that are let in.
void guard(acceptors& of, doorkeeper& by, bool proxied, pacing rate = pacing::by_the_link);
/// Gives only datagrams that are to be heard.
void guard(datagram_hosts& of, doorkeeper& by);

/// Whether enter() has failed because the client was refused, which has been told already.
[[nodiscard]] bool is_refusal(const fairlead::error& e) noexcept;

}  // namespace tool
