// SPDX-License-Identifier: MIT
// A conversation of ours with one peer, where nothing is joined: whoever watches it sees what goes over the
// link.
#pragma once

#include <memory>
#include <string>

#include "wire/link.hpp"
#include "wire/witness.hpp"

namespace tool {

/// Around `of`, which outlives it, with the witnesses that `who` gives. We send in the direction `ours`, and
/// are called `name`.
[[nodiscard]] std::unique_ptr<link> make_watched_link(link& of, const watch& who, direction ours,
                                                      std::string name);

}  // namespace tool
