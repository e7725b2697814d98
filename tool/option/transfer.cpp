// SPDX-License-Identifier: MIT
#include "option/tables.hpp"

namespace tool {

namespace {

constexpr flag of_transfer[] = {
    {"keep-open", 'k', "",
     "goes on after the first sender, and takes several at once, until it is interrupted", "", on_receive,
     false, &transfer_settings::keep_open},
    {"once", '1', "", "ends after the first sender, as it does without --keep-open", "", on_receive, false,
     &conversation_settings::once},
    {"max-clients", 'm', "N", "with --keep-open: takes from at most N senders at a time; others wait", "16",
     on_receive, false, &conversation_settings::max_clients},
    {"max-files", 0, "N", "takes no more files and directories from a sender", "100000", on_receive, false,
     &transfer_settings::max_files},
    {"max-size", 0, "SIZE", "takes no more bytes from a sender, holes of files among them", "1T", on_receive,
     false, &transfer_settings::max_size},
    {"idle", 'i', "DURATION",
     "gives up on a peer that says nothing for so long (status 3), 3s at least; at work it says so every "
     "second",
     "1m", on_send | on_receive, false, &conversation_settings::idle},
};

}  // namespace

std::span<const flag> transfer_flags() noexcept { return of_transfer; }

}  // namespace tool
