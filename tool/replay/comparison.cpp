// SPDX-License-Identifier: MIT
#include "replay/comparison.hpp"

#include <algorithm>
#include <cstdio>

#include "evidence/hex_dump.hpp"

namespace tool::replaying {

using fairlead::const_buffer;

namespace {

constexpr std::size_t row = 16;

std::string hex(std::byte b) {
  char text[8];
  std::snprintf(text, sizeof text, "0x%02x", std::to_integer<unsigned>(b));
  return text;
}

std::size_t same_bytes(const_buffer a, const_buffer b) {
  const std::size_t n = std::min(a.size, b.size);
  return static_cast<std::size_t>(std::mismatch(a.data, a.data + n, b.data).first - a.data);
}

}  // namespace

// The next recorded piece that is the peer's. False: there is none.
bool comparison::advance() {
  while (!exhausted_) {
    const auto e = recorded_.next();
    if (!e) break;
    if (e->way != theirs_) continue;
    if (e->end) {
      recorded_end_ = e->end;
      break;
    }
    if (e->content.size == 0 && !messages_) continue;
    expected_ = e->content;
    return true;
  }
  exhausted_ = true;
  return false;
}

void comparison::remember(const_buffer same) {
  offset_ += same.size;
  const const_buffer tail = same.after(same.size - std::min(same.size, row));
  before_.append(reinterpret_cast<const char*>(tail.data), tail.size);
  const std::size_t keep = offset_ % row;
  if (before_.size() > keep) before_.erase(0, before_.size() - keep);
}

void comparison::differ(std::string sentence, const_buffer expected, const_buffer came) {
  const auto lines = [&](const_buffer next, char mark) {
    const const_buffer shown = next.first(2 * row - before_.size());
    const std::string all = before_ + std::string(reinterpret_cast<const char*>(shown.data), shown.size);
    return hex_lines(all, offset_ - before_.size(), mark);
  };
  found_ = difference{offset_, std::move(sentence), lines(expected, '-') + lines(came, '+')};
  over_ = true;
}

void comparison::take_message(const_buffer came) {
  const std::string which = "message " + std::to_string(count_ + 1);
  if (!advance()) {
    return differ(which + ", of " + std::to_string(came.size) + " bytes, is not recorded", {}, came);
  }
  const std::size_t same = same_bytes(expected_, came);
  if (same == expected_.size && same == came.size) {
    remember(came);
    expected_ = {};
    ++count_;
    return;
  }
  const const_buffer expected = expected_;
  std::string sentence = which;
  if (same < expected.size && same < came.size) {
    sentence += ", byte " + std::to_string(same) + ", is " + hex(came.data[same]) + ", recorded was " +
                hex(expected.data[same]);
  } else {
    sentence +=
        " has " + std::to_string(came.size) + " bytes, recorded were " + std::to_string(expected.size);
  }
  remember(came.first(same));
  differ(std::move(sentence), expected.after(same), came.after(same));
}

void comparison::take(const_buffer came) {
  if (over_) return;
  if (messages_) return take_message(came);
  while (came.size > 0 && !over_) {
    if (expected_.size == 0 && !advance())
      return differ("more came than the " + std::to_string(offset_) + " bytes that are recorded", {}, came);
    const std::size_t same = same_bytes(expected_, came);
    remember(came.first(same));
    expected_ = expected_.after(same);
    came = came.after(same);
    if (expected_.size == 0 || came.size == 0) continue;
    differ("byte " + std::to_string(offset_) + " is " + hex(*came.data) + ", recorded was " +
               hex(*expected_.data),
           expected_, came);
  }
}

void comparison::end(ending how) {
  if (over_) return;
  if (expected_.size > 0 || advance()) {
    std::string sentence = "it ended (";
    sentence += word_of(how, peer_);
    sentence += ") after " + std::to_string(offset_) + " bytes, and more are recorded";
    return differ(std::move(sentence), expected_, {});
  }
  over_ = true;
  if (!recorded_end_ || !is_due(*recorded_end_) || *recorded_end_ == how) return;
  // A farewell that was missing can be missing of TLS only.
  const bool has_farewell = peer_.starts_with("tls:");
  if (*recorded_end_ == ending::truncated && how == ending::finished && !has_farewell) return;
  std::string sentence = "it ended with ";
  sentence += word_of(how, peer_);
  sentence += ", recorded was ";
  sentence += word_of(*recorded_end_, peer_);
  differ(std::move(sentence), {}, {});
}

}  // namespace tool::replaying
