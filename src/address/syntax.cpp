// SPDX-License-Identifier: MIT
// Parse errors: what was typed, where it is wrong, and how both are shown to a person.
#include <algorithm>

#include "address/parsing.hpp"

namespace fairlead {

namespace parsing {

std::size_t character_length(std::string_view piece) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(piece[i]); };
  const unsigned first = byte(0);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xc2 ? 0
                             : first < 0xe0 ? 2
                             : first < 0xf0 ? 3
                             : first < 0xf5 ? 4
                                            : 0;
  if (length > piece.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (byte(i) >> 6U != 2) return 0;
  }
  // Overlong forms, surrogates, and what lies beyond Unicode.
  if (length == 3 && ((first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) >= 0xa0))) return 0;
  if (length == 4 && ((first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) >= 0x90))) return 0;
  // The control characters, as one byte or as two (U+0080 to U+009F).
  if (length == 1 && (first < 0x20 || first == 0x7f)) return 0;
  if (length == 2 && first == 0xc2 && byte(1) < 0xa0) return 0;
  return length;
}

}  // namespace parsing

namespace {

// A text may come from a peer or a file, so nothing about it is trusted: what is shown is bounded, and
// bytes that could steer a terminal are escaped.
constexpr std::size_t kept_bytes = 240;
constexpr std::size_t quoted_bytes = 60;

// Appends one character, or the escape of one byte, and says how many bytes of `piece` that took.
std::size_t append_printable(std::string& out, std::string_view piece) {
  constexpr std::string_view digits = "0123456789abcdef";
  const std::size_t length = parsing::character_length(piece);
  if (length == 0) {
    const unsigned byte = static_cast<unsigned char>(piece[0]);
    out += "\\x";
    out += digits[byte >> 4U];
    out += digits[byte & 15U];
    return 1;
  }
  out += piece.substr(0, length);
  return length;
}

std::string printable(std::string_view piece, std::size_t limit) {
  std::string out;
  const std::size_t end = std::min(piece.size(), limit);
  for (std::size_t at = 0; at < end;) at += append_printable(out, piece.substr(at));
  if (piece.size() > limit) out += "...";
  return out;
}

class syntax_context final : public error_context {
 public:
  syntax_context(std::string_view whole, parsing::defect d)
      : text_(whole.substr(0, kept_bytes + 1)), place_{d.offset, d.length}, reason_(std::move(d.reason)) {}

  std::string subject() const override { return printable(text_, kept_bytes); }
  std::string reason() const override { return reason_; }
  const syntax_place& place() const noexcept { return place_; }

  std::string underline() const {
    if (text_.empty() || place_.offset > kept_bytes) return {};
    std::string line;
    std::string carets;
    const std::size_t shown = std::min(text_.size(), kept_bytes);
    const std::size_t end = place_.offset + std::max(place_.length, std::size_t{1});
    for (std::size_t at = 0; at < shown;) {
      std::string piece;
      const std::size_t next = at + append_printable(piece, std::string_view(text_).substr(at));
      const bool escaped = next == at + 1 && piece.size() > 1;
      const bool meant = next > place_.offset && at < end;
      carets.append(escaped ? piece.size() : 1, meant ? '^' : ' ');
      line += piece;
      at = next;
    }
    if (text_.size() > kept_bytes) line += "...";
    if (place_.offset >= shown) carets += '^';
    carets.erase(carets.find_last_not_of(' ') + 1);
    return line + '\n' + carets;
  }

 private:
  std::string text_;
  syntax_place place_;
  std::string reason_;
};

const syntax_context* syntax_of(const error& e) { return dynamic_cast<const syntax_context*>(e.context()); }

}  // namespace

namespace parsing {

error to_error(std::string_view whole, defect d) {
  const fault kind = d.kind;
  return error(kind, verb::parse, error_context_ptr(new syntax_context(whole, std::move(d))));
}

std::string quoted(std::string_view piece) { return '\'' + printable(piece, quoted_bytes) + '\''; }

}  // namespace parsing

std::optional<syntax_place> place_of(const error& e) {
  if (const syntax_context* const context = syntax_of(e)) return context->place();
  return std::nullopt;
}

std::string underline(const error& e) {
  const syntax_context* const context = syntax_of(e);
  return context == nullptr ? std::string() : context->underline();
}

}  // namespace fairlead
