// SPDX-License-Identifier: MIT
// The rules of --allow and --deny together.
#pragma once

#include <vector>

#include "access/refusals.hpp"
#include "access/rule.hpp"

namespace tool {

/// Why somebody may not come in, and the rule that says so where one does.
struct decision {
  refusal why = refusal::none;
  const access_rule* rule = nullptr;  ///< of the list
};

struct access_list {
  std::vector<access_rule> allow;
  std::vector<access_rule> deny;

  [[nodiscard]] bool empty() const noexcept { return allow.empty() && deny.empty(); }
  /// --deny wins, whatever the order and however narrow the rules. If there is any --allow, one of them must
  /// match. Where it is not known whether a --deny matches, it does: whom nobody can tell does not come in.
  [[nodiscard]] decision check(const visitor& v) const noexcept;
};

}  // namespace tool
