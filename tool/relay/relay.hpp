// SPDX-License-Identifier: MIT
// A relay: FROM and TO, and every conversation between them.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>

#include <fairlead/error.hpp>
#include <fairlead/task.hpp>

#include "access/doorkeeper.hpp"
#include "console.hpp"
#include "fault/plan.hpp"
#include "option.hpp"
#include "relay/partners.hpp"
#include "relay/side.hpp"
#include "wire/acceptor.hpp"
#include "wire/join.hpp"

namespace tool {

class relay {
 public:
  /// `asked`, `door` and `out` must outlive it.
  relay(side from, side to, const settings& asked, doorkeeper& door, const console& out)
      : from_(std::move(from)), to_(std::move(to)), asked_(asked), door_(door), out_(out) {}

  /// Treats what passes, from the first conversation on. The plan has a seed.
  void use_faults(const faults::plan& p);

  /// Opens what listens.
  [[nodiscard]] fairlead::task<fairlead::result<void>> open();
  /// Says where it listens, once nothing is in the way of all that shall run.
  void announce() const;
  /// Serves whoever comes until `closing`, and until every conversation has ended; where nobody can come
  /// there is one conversation, which `finishing` asks to end. Fails if nobody can come any more, or if the
  /// only conversation has failed.
  [[nodiscard]] fairlead::task<fairlead::result<void>> run(std::stop_token closing,
                                                           std::stop_token finishing);

 private:
  [[nodiscard]] fairlead::task<fairlead::result<void>> serve(acceptors waiting, std::stop_token closing);
  [[nodiscard]] fairlead::task<fairlead::result<void>> serve_both(std::stop_token closing);
  [[nodiscard]] fairlead::task<fairlead::result<void>> attend(link& client);
  [[nodiscard]] fairlead::task<fairlead::result<void>> attend_waiting(link& client, std::uint64_t number);
  [[nodiscard]] fairlead::task<> dial_partner(fairlead::result<std::unique_ptr<link>>& partner,
                                              const link& client, std::stop_source& dialled,
                                              std::stop_token left);
  [[nodiscard]] fairlead::task<> find_partner(fairlead::result<std::unique_ptr<waiting_link>>& partner,
                                              std::stop_source& found, std::stop_token left);
  [[nodiscard]] fairlead::task<fairlead::result<void>> once(std::stop_token finishing);
  [[nodiscard]] fairlead::task<fairlead::result<void>> join_sides(link& first, link& second,
                                                                  std::uint64_t number,
                                                                  std::stop_token finishing);
  [[nodiscard]] fairlead::task<fairlead::result<void>> join_with_faults(link& first, link& second,
                                                                        std::uint64_t number,
                                                                        join_terms terms);

  side from_;
  side to_;
  const settings& asked_;
  doorkeeper& door_;
  const console& out_;
  acceptors at_from_;
  acceptors at_to_;
  std::optional<partners> partners_;  // those who come to at_to_, where both listen
  std::stop_token closing_;
  std::optional<faults::plan> faults_;
  std::uint64_t came_ = 0;  // clients
};

}  // namespace tool
