// SPDX-License-Identifier: MIT
#include "option/tables.hpp"

namespace tool {

namespace {

constexpr flag of_conversation[] = {
    {"echo", 'e', "", "sends every client what it sends, many clients at once", "", on_listen, false,
     &conversation_settings::echo},
    {"exec", 'x', "COMMAND",
     "gives every client a shell command of its own, joined to the connection by its standard input and "
     "output; "
     "FAIRLEAD_LOCAL and FAIRLEAD_PEER tell it the addresses",
     "", on_listen, false, &conversation_settings::exec},
    {"pty", 0, "", "with --exec: the command runs on a terminal of its own", "", on_listen, false,
     &conversation_settings::pty},
    {"raw", 0, "",
     "our terminal passes every key on as it is typed, Ctrl-C too: for a peer that runs commands on a "
     "terminal",
     "", talking, false, &conversation_settings::raw},
    {"max-clients", 'm', "N", "serves at most N clients at a time; others wait",
     "no limit; 4096 for peers of datagrams", on_listen | on_bench | on_relay, false,
     &conversation_settings::max_clients},
    {"once", '1', "", "ends after the first client, with --echo and --exec as well", "", on_listen, false,
     &conversation_settings::once},
    {"once", '1', "", "ends after the first conversation", "", on_relay, false, &conversation_settings::once},
    {"timeout", 't', "DURATION", "how long connecting, or looking a name up, may take (status 3)",
     "as long as the system tries; with bench 10s, also for the last report; with probe 3s, for each try",
     dialling | on_resolve, false, &conversation_settings::timeout},
    {"idle", 'i', "DURATION", "ends a connection on which nothing came or went for so long",
     "never; 1s for replies on connect udp:// and unix-dgram: after the end of input", on_connect | on_listen,
     false, &conversation_settings::idle},
    {"idle", 'i', "DURATION",
     "ends a conversation in which nothing came or went for so long; for peers of datagrams that is its end",
     "never; peers of datagrams 1m, and 1s for replies of theirs after the end of a stream", on_relay, false,
     &conversation_settings::idle},
    {"no-shutdown", 'N', "", "keeps the sending side open at the end of input", "", talking, false,
     &conversation_settings::no_shutdown},
};

}  // namespace

std::span<const flag> conversation_flags() noexcept { return of_conversation; }

}  // namespace tool
