// SPDX-License-Identifier: MIT
#include "option/tables.hpp"

namespace tool {

namespace {

constexpr const char* polling_does =
    "what a loop does that has nothing to do: off, it sleeps; adaptive, it looks around for 200 µs first "
    "where that has "
    "lately been enough; always, it never sleeps";

constexpr flag of_bench[] = {
    {"serve", 's', "", "serves every client that measures, at each ADDR", "", on_bench, false,
     &bench_settings::serve},
    {"streams", 'P', "N", "bulk over N streams at a time", "1", on_bench, false, &bench_settings::streams},
    {"reverse", 'R', "", "bulk from the server to us", "bulk goes to the server", on_bench, false,
     &bench_settings::reverse},
    {"both", 'B', "", "bulk in both directions at once", "", on_bench, false, &bench_settings::both},
    {"connections", 'c', "N", "sends requests, each after the answer to the one before, on N connections",
     "1", on_bench, false, &bench_settings::connections},
    {"rate", 'r', "N",
     "sends N requests a second, or with --streams, --reverse or --both N datagrams, of all "
     "together; the latency of a request counts from when it was due, so a server that stalls is not spared. "
     "With --serve N is a size (64k, 10m): lets each connection, or peer of datagrams, send and be sent at "
     "most N bytes a second",
     "as many as are answered; with --serve no limit", on_bench, false, &bench_settings::rate,
     &access_settings::client_rate},
    {"rate-all", 0, "SIZE",
     "with --serve: lets all clients together send and be sent at most SIZE bytes a second", "no limit",
     on_bench, false, &access_settings::total_rate},
    {"idle", 'i', "DURATION",
     "with --serve: ends a connection, and forgets a peer of datagrams, on which nothing came or went for so "
     "long",
     "when the time is over that the client has named", on_bench, false, &conversation_settings::idle},
    {"once", '1', "",
     "with --serve: ends after the first client, when it has measured and for one second nobody has been "
     "there",
     "", on_bench, false, &conversation_settings::once},
    {"connect", 'C', "", "makes connections, on --connections N at a time, one after the other", "", on_bench,
     false, &bench_settings::connect},
    {"iperf3", '3', "",
     "bulk with an iperf3 server, over tcp:// or udp://; with --serve at tcp://, serves iperf3 clients, one "
     "after the other, datagrams at the same port",
     "", on_bench, false, &bench_settings::iperf3},
    {"size", 'l', "BYTES", "of a request, of a datagram, or of what is sent at once",
     "64 for requests; of bulk 1400 on udp://, 8k on unix-dgram: and unix-seqpacket:, else 128k", on_bench,
     false, &bench_settings::size},
    {"time", 'T', "DURATION", "how long to measure", "5s", on_bench, false, &bench_settings::time},
    {"warmup", 'w', "DURATION", "how long to run before measuring", "none", on_bench, false,
     &bench_settings::warmup},
    {"loops", 'L', "N",
     "runs N loops, each on a thread of its own, which share the connections; with --serve the kernel "
     "spreads "
     "connections and UDP peers over them, and Unix sockets are the first one's",
     "1", on_bench, false, &bench_settings::loops},
    {"polling", 'p', "HOW", polling_does, "off", on_bench, false, &bench_settings::polling},
    {"polling", 'p', "HOW", polling_does, "adaptive", on_relay, false, &bench_settings::polling},
    {"resume", 0, "", "takes up TLS sessions again where it can", "a full handshake each time", on_bench,
     false, &bench_settings::resume},
};

}  // namespace

std::span<const flag> bench_flags() noexcept { return of_bench; }

}  // namespace tool
