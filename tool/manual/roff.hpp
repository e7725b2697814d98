// SPDX-License-Identifier: MIT
// Text for a typesetter: the man(7) macros, as groff and mandoc read them.
#pragma once

#include <string>
#include <string_view>

namespace tool::roff {

/// Escaped, on one line: for what is typed as it stands. ASCII only: what is not becomes \[uXXXX].
[[nodiscard]] std::string typed(std::string_view text);
/// An argument of a macro, in quotes.
[[nodiscard]] std::string quoted(std::string_view text);
/// A sentence, filled by the typesetter: lines of the source are short, none begins like a request, and what
/// looks like a flag is bold.
[[nodiscard]] std::string filled(std::string_view text);
/// The same without bold: for NAME, which programs read, too.
[[nodiscard]] std::string plain(std::string_view text);

}  // namespace tool::roff
