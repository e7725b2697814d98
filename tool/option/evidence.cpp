// SPDX-License-Identifier: MIT
#include "option/tables.hpp"

namespace tool {

namespace {

constexpr flag of_evidence[] = {
    {"report", 0, "FILE",
     "writes at the end, however that comes, what was done as one JSON object: bytes, SHA-256, how each side "
     "ended, addresses tried, times, the status; - is standard error",
     "", everywhere, false, &evidence_settings::report},
    {"record", 0, "FILE",
     "keeps what passes, with times and directions, in a new file; fairlead replay plays it again and "
     "exports it for Wireshark",
     "", talking | on_send | on_receive, false, &evidence_settings::record},
    {"hex", 0, "", "dumps what passes on standard error, with direction and time", "",
     talking | on_send | on_receive, false, &evidence_settings::hex},
    {"serve", 's', "", "listens at ADDR and plays the side that answered",
     "plays the side that came, and dials", on_replay, false, &bench_settings::serve},
    {"conversation", 0, "N", "plays or exports this one", "plays the first, exports all", on_replay, false,
     &evidence_settings::conversation},
    {"speed", 0, "FACTOR", "plays so many times as fast; 0: as fast as the answers come", "1", on_replay,
     false, &evidence_settings::speed},
    {"wait", 0, "DURATION", "how long what is due may keep us waiting (status 3)", "10s", on_replay, false,
     &evidence_settings::wait},
    {"export", 0, "FILE", "writes the recording as pcapng, for Wireshark and tshark, instead of playing it",
     "", on_replay, false, &evidence_settings::export_to},
};

}  // namespace

std::span<const flag> evidence_flags() noexcept { return of_evidence; }

}  // namespace tool
