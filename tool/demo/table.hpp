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

/// The names of the columns.
[[nodiscard]] std::string table_head(const console& out);
/// A rule with a title: "── io_uring ────".
[[nodiscard]] std::string table_rule(const console& out, std::string_view title);
/// The transport's name is left out where the row above had it.
[[nodiscard]] std::string table_row(const console& out, const row& r, bool first_of_transport);

}  // namespace tool::demo_parts
