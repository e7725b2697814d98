// SPDX-License-Identifier: MIT
#include "evidence/ledger.hpp"

#include <utility>

namespace tool {

std::string_view word_of(fate f) noexcept {
  switch (f) {
    case fate::interrupted: return "interrupted";
    case fate::unconfirmed: return "unconfirmed";
    case fate::whole: return "whole";
    case fate::had: return "had";
    case fate::damaged: return "damaged";
    case fate::taken_back: return "taken back";
  }
  return "interrupted";
}

bool is_final(fate f) noexcept { return f != fate::interrupted && f != fate::unconfirmed; }

ledger::number ledger::begin(std::string name, std::string from, std::uint64_t size) {
  file f{std::move(name), std::move(from), size};
  if (listed_.size() < most_listed) {
    listed_.push_back(std::move(f));
  } else if (on_settled) {
    under_way_.emplace(begun_, std::move(f));
  }
  return begun_++;
}

ledger::file* ledger::find(number n) {
  if (n < listed_.size()) return &listed_[n];
  const auto found = under_way_.find(n);
  return found == under_way_.end() ? nullptr : &found->second;
}

void ledger::resume(number n, std::uint64_t at) {
  if (file* const f = find(n)) f->resumed_at = at;
}

void ledger::move(number n, std::uint64_t bytes) {
  all_.bytes += bytes;
  if (file* const f = find(n)) f->bytes += bytes;
}

void ledger::settle(number n, fate how, std::string text) {
  if (how == fate::whole || how == fate::had) ++all_.whole;
  if (how == fate::had) ++all_.had;
  file* const f = find(n);
  if (f == nullptr) return;
  f->now = how;
  const bool fine = how == fate::whole || how == fate::had || how == fate::unconfirmed;
  (fine ? f->sha256 : f->error) = std::move(text);
  if (!is_final(how)) return;
  if (on_settled) on_settled(*f);
  under_way_.erase(n);
}

}  // namespace tool
