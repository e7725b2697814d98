// SPDX-License-Identifier: MIT
#include "manual/facts.hpp"

namespace tool {

namespace {

constexpr address_form sockets[] = {
    {"tcp://", "HOST:PORT", "TCP, over IPv6 or IPv4, whichever answers"},
    {"tcp4://", "HOST:PORT", "TCP over IPv4 only"},
    {"tcp6://", "HOST:PORT", "TCP over IPv6 only"},
    {"tls://", "HOST:PORT", "TLS over TCP; the peer is verified"},
    {"udp://", "HOST:PORT", "UDP; one read is one datagram"},
    {"unix:", "PATH", "a Unix stream socket"},
    {"unix-dgram:", "PATH", "a Unix datagram socket"},
    {"unix-seqpacket:", "PATH", "a Unix socket of connections that keep message boundaries"},
};

constexpr address_form others[] = {
    {"-", "", "standard input and output"},
    {"exec:", "COMMAND", "a shell command, by its standard input and output"},
    {"pty:", "COMMAND", "a shell command on a terminal of its own"},
    {"file:", "PATH", "a file, read as FROM, written as TO"},
    {"listen:", "ADDR", "waits at ADDR for somebody to come"},
    {"dial:", "ADDR", "goes to ADDR, anew for each conversation"},
};

constexpr std::string_view about =
    "HOST:PORT alone means tcp. A PATH that begins with @ is abstract, without a file. Port 0 listens at any "
    "free one. Options go in the query: "
    "tcp://localhost:7007?nodelay=1&keepalive=30s";

constexpr status_meaning statuses[] = {
    {"0", "all went well"},
    {"1", "the network or the peer failed"},
    {"2", "wrong usage"},
    {"3", "a deadline passed"},
    {"4", "what arrived was damaged, or its sender could not be verified"},
    {"128+N", "ended by signal N"},
};

}  // namespace

std::span<const address_form> socket_forms() noexcept { return sockets; }
std::span<const address_form> other_forms() noexcept { return others; }
std::string_view about_addresses() noexcept { return about; }
std::span<const status_meaning> status_meanings() noexcept { return statuses; }

}  // namespace tool
