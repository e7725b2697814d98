// SPDX-License-Identifier: MIT
#include "command/command.hpp"

#include <array>

namespace tool {

namespace {

constexpr std::array<command, 6> table = {{
    {"connect", on_connect, "ADDR", false, "joins standard input and output to a connection",
     "The end of standard input shuts down our sending side only: what the peer still has to say is read "
     "until it "
     "finishes.\n"
     "Of udp:// and unix-dgram: one read is one datagram. They have no end, so after the end of input "
     "replies are "
     "awaited until none came for --idle.",
     connect},
    {"listen", on_listen, "ADDR", false,
     "serves one client on standard input and output, or every client with --echo or --exec",
     "It prints \"listening ADDR\" on standard error, with the real port, once clients can come.\n"
     "A first interrupt stops accepting and lets the clients finish; a second one leaves at once.",
     listen},
    {"resolve", on_resolve, "NAME", true, "tells the addresses of names, and the names of addresses",
     "One record a line on standard output, in the order in which to try them; where they came from, and how "
     "long "
     "that took, on standard error. What it asks is what connecting would ask: /etc/hosts, then the name "
     "servers "
     "of /etc/resolv.conf.",
     resolve},
    {"probe", on_probe, "ADDR", true, "tells whether anybody is there, and how fast he answers",
     "tcp:// and unix: are connected to and left; with tls:// the handshake counts, and the certificate is "
     "shown. "
     "udp:// is sent an empty datagram: an answer or a refusal says something, silence does not. The status "
     "is 0 if "
     "every try was answered.",
     probe},
    {"demo", on_demo, "", false, "shows the whole library at work in a few seconds",
     "Blocking, non-blocking and coroutine clients talk to echo servers over every transport and on every "
     "backend "
     "of this machine, on loopback, and every byte that comes back is compared.",
     demo},
    {"bench", on_bench, "ADDR", true,
     "measures throughput, request rates and latencies against its own server",
     "`bench --serve ADDR…` is the server, at several addresses if need be; it prints \"listening ADDR\" on "
     "standard error for each. `bench ADDR` is the client and says what to do: bulk by default (--streams, "
     "--reverse, "
     "--both); requests with --connections or --rate; connections a second with --connect.",
     bench},
}};

}  // namespace

std::span<const command> commands() noexcept { return table; }

}  // namespace tool
