// SPDX-License-Identifier: MIT
#include "option/tables.hpp"

namespace tool {

namespace {

constexpr flag of_general[] = {
    {"json", 0, "",
     "prints JSON instead of the table; bench an object each second, resolve and probe one for each "
     "argument, one a line",
     "", on_demo | on_bench | on_resolve | on_probe, false, &general_settings::json},
    {"json", 0, "", "says everything on standard error as JSON, an event a line", "",
     talking | on_send | on_receive, false, &general_settings::json},
    {"json", 0, "",
     "says everything on standard error as JSON, an event a line; without ADDR lists on standard output, a "
     "conversation a line",
     "", on_replay, false, &general_settings::json},
    {"quiet", 'q', "", "says nothing but errors, and when a listener is ready", "", everywhere, false,
     &general_settings::quiet},
    {"verbose", 'v', "", "says each step with its time", "", everywhere, false, &general_settings::verbose},
    {"help", 'h', "", "shows this", "", everywhere | on_completion | on_manual, true,
     &general_settings::help},
    {"version", 'V', "", "shows the version", "", on_none, true, &general_settings::version},
};

}  // namespace

std::span<const flag> general_flags() noexcept { return of_general; }

}  // namespace tool
