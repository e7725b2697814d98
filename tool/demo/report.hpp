// SPDX-License-Identifier: MIT
// What the demo says: the table for people, or one JSON object.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <fairlead/loop.hpp>

#include "demo/table.hpp"
#include "option.hpp"

namespace tool::demo_parts {

class report {
 public:
  report(const settings& asked, console& out) : asked_(asked), out_(out) {}

  /// Why something that could be shown is not. Before begin().
  void missing(std::string sentence);
  /// What was found before the table. Before begin().
  void told(std::string sentence) { told_.push_back(std::move(sentence)); }
  void begin(std::span<const fairlead::backend> backends);
  void section(fairlead::backend b);
  void add(const row& r);
  /// A row that failed in the midst of `x`, and what the server's side had to say.
  void add(const row& r, const exchange& x, const fairlead::error& why,
           const std::optional<fairlead::error>& theirs);
  /// The verdict.
  exit_status end();

 private:
  void print(const std::string& line) const;
  [[nodiscard]] std::string json() const;

  struct entry {
    std::string backend;
    std::string transport;
    row shown;
    std::string failure;
  };
  const settings& asked_;
  console& out_;
  std::vector<std::string> missing_;
  std::vector<std::string> told_;
  std::vector<entry> rows_;
  std::vector<std::string> backends_;
  fairlead::time_point start_ = fairlead::clock::now();
  std::string backend_;
  exit_status status_ = exit_status::ok;
};

}  // namespace tool::demo_parts
