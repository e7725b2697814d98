// SPDX-License-Identifier: MIT
#include "access/access_list.hpp"

namespace tool {

decision access_list::check(const visitor& v) const noexcept {
  for (const access_rule& r : deny) {
    if (r.matches(v) != match::no) return {refusal::denied, &r};
  }
  if (allow.empty()) return {};
  for (const access_rule& r : allow) {
    if (r.matches(v) == match::yes) return {};
  }
  return {refusal::not_allowed, nullptr};
}

}  // namespace tool
