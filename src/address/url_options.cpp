// SPDX-License-Identifier: MIT
// The options in a URL's query, each read as the kind of value that its user expects.
#include <algorithm>
#include <array>
#include <charconv>

#include "address/quantity.hpp"
#include "address/scheme.hpp"

namespace fairlead {

namespace {

constexpr std::array<std::string_view, 5> true_words = {"", "1", "true", "yes", "on"};
constexpr std::array<std::string_view, 4> false_words = {"0", "false", "no", "off"};

}  // namespace

error url::about_option(std::size_t index, std::size_t offset, std::size_t length, std::string reason) const {
  std::size_t value_offset = 0;
  const std::string whole = format(index, &value_offset);
  const option& meant = options_[index];
  // Offsets count decoded bytes; with escapes in the value, only all of it can be pointed at.
  std::string encoded;
  parsing::percent_encode(encoded, meant.value, "&# ");
  if (encoded.size() != meant.value.size()) {
    offset = 0;
    length = encoded.size();
  }
  return parsing::to_error(whole, {value_offset + offset, length,
                                   "option " + parsing::quoted(meant.name) + ": " + std::move(reason)});
}

result<const url::option*> url::find(std::string_view name) const {
  const option* found = nullptr;
  for (std::size_t i = 0; i < options_.size(); ++i) {
    if (options_[i].name != name) continue;
    if (found != nullptr) {
      return std::unexpected(about_option(i, 0, options_[i].value.size(), "it is given twice; give it once"));
    }
    found = &options_[i];
  }
  return found;
}

result<std::optional<std::string>> url::text(std::string_view name) const {
  const auto found = find(name);
  if (!found) return std::unexpected(found.error());
  if (*found == nullptr) return std::nullopt;
  return (*found)->value;
}

// Finds the option and reads it with `read`, which gives a parsed value of the right kind.
template <class T, class Read>
result<std::optional<T>> url::read_option(std::string_view name, Read read) const {
  const auto found = find(name);
  if (!found) return std::unexpected(found.error());
  if (*found == nullptr) return std::nullopt;
  auto value = read(std::string_view((*found)->value));
  if (value) return std::optional<T>(*value);
  parsing::defect& d = value.error();
  const auto index = static_cast<std::size_t>(*found - options_.data());
  return std::unexpected(about_option(index, d.offset, d.length, std::move(d.reason)));
}

result<std::optional<bool>> url::flag(std::string_view name) const {
  return read_option<bool>(name, [](std::string_view value) -> parsing::parsed<bool> {
    if (std::ranges::find(true_words, value) != true_words.end()) return true;
    if (std::ranges::find(false_words, value) != false_words.end()) return false;
    return parsing::wrong(0, value.size(),
                          parsing::quoted(value) + " is neither 1 (true, yes, on) nor 0 (false, no, off)");
  });
}

result<std::optional<std::chrono::nanoseconds>> url::duration(std::string_view name) const {
  return read_option<std::chrono::nanoseconds>(name, parsing::parse_duration);
}

result<std::optional<std::uint64_t>> url::size(std::string_view name) const {
  return read_option<std::uint64_t>(name, parsing::parse_size);
}

result<std::optional<std::int64_t>> url::integer(std::string_view name, std::int64_t least,
                                                 std::int64_t most) const {
  return read_option<std::int64_t>(name, [=](std::string_view value) -> parsing::parsed<std::int64_t> {
    std::int64_t number = 0;
    const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), number);
    const bool whole = end == value.data() + value.size() && !value.empty();
    if (whole && failed == std::errc{} && number >= least && number <= most) return number;
    if (!whole || failed == std::errc::invalid_argument) {
      return parsing::wrong(0, value.size(), parsing::quoted(value) + " is not a whole number");
    }
    return parsing::wrong(0, value.size(),
                          "it must be " + std::to_string(least) + " to " + std::to_string(most));
  });
}

result<void> url::allow_only(std::span<const std::string_view> known) const {
  for (std::size_t i = 0; i < options_.size(); ++i) {
    if (std::ranges::find(known, std::string_view(options_[i].name)) != known.end()) continue;
    std::size_t value_offset = 0;
    const std::string whole = format(i, &value_offset);
    const std::size_t length = options_[i].name.size();
    const std::size_t begin = value_offset - length - (options_[i].value.empty() ? 0 : 1);
    std::string reason = "unknown option " + parsing::quoted(options_[i].name);
    if (const std::string_view meant = parsing::nearest(options_[i].name, known); !meant.empty()) {
      reason += "; did you mean ";
      reason += meant;
      reason += '?';
    } else if (known.empty()) {
      reason += "; there are none here";
    } else {
      reason += "; there are";
      for (const std::string_view name : known) {
        reason += name == known.front() ? " " : ", ";
        reason += name;
      }
    }
    return std::unexpected(parsing::to_error(whole, {begin, length, std::move(reason)}));
  }
  return {};
}

}  // namespace fairlead
