// SPDX-License-Identifier: MIT
// A place for a report, and reading it.
#pragma once

#include <fstream>
#include <iterator>
#include <string>

#include <nlohmann/json.hpp>

#include <fairlead/sha256.hpp>

#include "support/guard.hpp"
#include "support/temp_dir.hpp"

namespace tool_test {

[[nodiscard]] inline std::string sum_of(const std::string& text) {
  return fairlead::sha256::hex(fairlead::sha256::of(text));
}

class Report : public fairlead::testing::guarded<> {
 protected:
  [[nodiscard]] std::string path(const std::string& name = "report.json") const {
    return (dir_ / name).string();
  }
  [[nodiscard]] nlohmann::json written(const std::string& name = "report.json") const {
    std::ifstream file(path(name), std::ios::binary);
    return nlohmann::json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
  }
  [[nodiscard]] const fairlead::testing::temp_dir& dir() const { return dir_; }

 private:
  fairlead::testing::temp_dir dir_;
};

}  // namespace tool_test
