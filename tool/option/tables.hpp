// SPDX-License-Identifier: MIT
// The parts of the one table of flags, by what they are about. A part is a pair of files here: the settings,
// and the flags that set them. Its line below and its base in option.hpp make it known.
#pragma once

#include "option.hpp"

namespace tool {

/// Commands that many flags belong to.
constexpr unsigned everywhere = on_connect | on_listen | on_demo | on_bench | on_resolve | on_probe |
                                on_relay | on_send | on_receive | on_replay;
constexpr unsigned talking = on_connect | on_listen | on_relay;
constexpr unsigned dialling = on_connect | on_bench | on_probe | on_relay | on_send | on_replay;
constexpr unsigned secured = dialling | on_listen | on_receive;

[[nodiscard]] std::span<const flag> conversation_flags() noexcept;
[[nodiscard]] std::span<const flag> access_flags() noexcept;
[[nodiscard]] std::span<const flag> bench_flags() noexcept;
[[nodiscard]] std::span<const flag> fault_flags() noexcept;
[[nodiscard]] std::span<const flag> names_flags() noexcept;
[[nodiscard]] std::span<const flag> security_flags() noexcept;
[[nodiscard]] std::span<const flag> evidence_flags() noexcept;
[[nodiscard]] std::span<const flag> manual_flags() noexcept;
[[nodiscard]] std::span<const flag> transfer_flags() noexcept;
[[nodiscard]] std::span<const flag> general_flags() noexcept;

}  // namespace tool
