// SPDX-License-Identifier: MIT
// What every command, or nearly every one, takes.
#pragma once

#include <string>
#include <vector>

namespace tool {

struct general_settings {
  std::string program = "fairlead";    ///< as it was typed, for hints that can be typed again
  std::vector<std::string> arguments;  ///< what is neither command nor flag
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  bool help = false;
  bool version = false;
};

}  // namespace tool
