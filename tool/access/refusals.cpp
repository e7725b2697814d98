// SPDX-License-Identifier: MIT
#include "access/refusals.hpp"

namespace tool {

namespace {

std::string_view words_for(refusal why) noexcept {
  switch (why) {
    case refusal::denied: return " by --deny";
    case refusal::not_allowed: return " whom no --allow is for";
    case refusal::untrusted_proxy: return " who are no proxy of --proxy-from";
    case refusal::per_address: return " by --max-per-address";
    case refusal::no_place: return " for whom --max-clients left no place";
    case refusal::none: break;
  }
  return {};
}

}  // namespace

std::string_view key_of(refusal why) noexcept {
  switch (why) {
    case refusal::denied: return "denied";
    case refusal::not_allowed: return "not_allowed";
    case refusal::untrusted_proxy: return "untrusted_proxy";
    case refusal::per_address: return "per_address";
    case refusal::no_place: return "no_place";
    case refusal::none: break;
  }
  return {};
}

std::string sentence_of(const refusals& r) {
  if (r.total() == 0) return {};
  std::string said = std::to_string(r.total());
  said += " refused";
  std::string_view before = ": ";
  for (const refusal why : refusals::kinds) {
    if (r.of(why) == 0) continue;
    said.append(before).append(std::to_string(r.of(why))).append(words_for(why));
    before = ", ";
  }
  return said;
}

}  // namespace tool
