// SPDX-License-Identifier: MIT
#include "option/tables.hpp"

namespace tool {

namespace {

constexpr flag of_manual[] = {
    {"list", 0, "", "names the pages, one a line", "", on_manual, false, &manual_settings::list},
};

}  // namespace

std::span<const flag> manual_flags() noexcept { return of_manual; }

}  // namespace tool
