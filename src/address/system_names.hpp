// SPDX-License-Identifier: MIT
// What addresses must ask the system: the names of interfaces and of services. Only src/sys may include
// the system's headers, and nothing here may include src/sys; so the questions are declared here and
// answered there (src/sys/names.cpp).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include <fairlead/address.hpp>

namespace fairlead::system_names {

/// The index of the interface called `name`, or 0 if there is none.
[[nodiscard]] std::uint32_t interface_index(std::string_view name) noexcept;

/// The name of the interface with that index, in `storage`; empty if there is none.
[[nodiscard]] std::string_view interface_name(std::uint32_t index, std::array<char, 64>& storage) noexcept;

/// The port of a service, as services(5) or whatever nsswitch.conf(5) names has it.
[[nodiscard]] std::optional<std::uint16_t> service_port(std::string_view name, transport protocol);

}  // namespace fairlead::system_names
