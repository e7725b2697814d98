// SPDX-License-Identifier: MIT
// The subject of errors about what has no address: "standard input", "SIGINT, SIGTERM", "cat".
#pragma once

#include <string>

#include <fairlead/error.hpp>

namespace fairlead::detail {

class fixed_name final : public error_context {
 public:
  explicit fixed_name(std::string name) : name_(std::move(name)) {}
  std::string subject() const override { return name_; }

 private:
  std::string name_;
};

}  // namespace fairlead::detail
