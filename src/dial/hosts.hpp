// SPDX-License-Identifier: MIT
// hosts(5) as a machine over text: addresses and the names that this machine has for them.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <fairlead/address.hpp>

namespace fairlead::lookup {

class hosts_table {
 public:
  struct host {
    std::vector<ip_address> addresses;  // in the order of the file, each once
    std::string canonical;              // the first name of its first line
  };

  hosts_table() = default;
  /// Lines that are no such lines are passed over, as everybody does.
  explicit hosts_table(std::string_view text);

  /// By normal name; null if it is not there.
  [[nodiscard]] const host* find(const std::string& name) const;
  /// The names of an address, the canonical ones first; null if it is not there.
  [[nodiscard]] const std::vector<std::string>* names_of(const ip_address& a) const;

 private:
  void add(const ip_address& a, std::string_view names);

  std::unordered_map<std::string, host> hosts_;
  std::unordered_map<ip_address, std::vector<std::string>> names_;
};

}  // namespace fairlead::lookup
