// SPDX-License-Identifier: MIT
// Members of objects of JSON, for what reports and events say in the same words.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <fairlead/process.hpp>

#include "evidence/ledger.hpp"

namespace tool {

using event_value = std::variant<std::string, std::uint64_t>;
using event_fields = std::vector<std::pair<std::string_view, event_value>>;

/// What has become of a file.
[[nodiscard]] event_fields fields_of(const ledger::file& f);
/// How a command has left: its status, or the signal that ended it.
[[nodiscard]] event_fields fields_of(fairlead::exit_status s);

void add(nlohmann::ordered_json& to, const event_fields& fields);

}  // namespace tool
