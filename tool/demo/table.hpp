// SPDX-License-Identifier: MIT
// The demo's table: at most 80 columns, a row as soon as it is known.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "console.hpp"
#include "demo/exchange.hpp"

namespace tool::demo_parts {

struct row {
  std::string_view transport;
  std::string_view waiting;
  std::size_t largest = 0;
  shape form = shape::stream;
  measured figures;
  bool held = false;
};

/// "4 MiB", "65507 B": exact.
[[nodiscard]] std::string size_text(std::size_t bytes);
/// "1.24 GB": three digits, powers of 1000.
[[nodiscard]] std::string amount_text(double bytes);
/// "23.4 µs", "1.20 ms".
[[nodiscard]] std::string time_text(fairlead::duration d);
/// "12,345".
[[nodiscard]] std::string count_text(std::uint64_t n);

/// The names of the columns.
[[nodiscard]] std::string table_head(const console& out);
/// A rule with a title: "── io_uring ────".
[[nodiscard]] std::string table_rule(const console& out, std::string_view title);
/// The transport's name is left out where the row above had it.
[[nodiscard]] std::string table_row(const console& out, const row& r, bool first_of_transport);

}  // namespace tool::demo_parts
