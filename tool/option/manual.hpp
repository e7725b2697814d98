// SPDX-License-Identifier: MIT
// What `fairlead manual` is told.
#pragma once

namespace tool {

struct manual_settings {
  bool list = false;
};

}  // namespace tool
