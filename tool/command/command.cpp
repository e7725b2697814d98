// SPDX-License-Identifier: MIT
#include "command/command.hpp"

namespace tool {

namespace {

constexpr command table[] = {
    {"connect", on_connect, "ADDR", 1, 1, "joins standard input and output to a connection",
     "The end of standard input shuts down our sending side only: what the peer still has to say is read "
     "until it "
     "finishes.\n"
     "Of udp:// and unix-dgram: one read is one datagram. They have no end, so after the end of input "
     "replies are "
     "awaited until none came for --idle.",
     connect},
    {"listen", on_listen, "ADDR", 1, 1,
     "serves one client on standard input and output, or every client with --echo or --exec",
     "It prints \"listening ADDR\" on standard error, with the real port, once clients can come.\n"
     "A first interrupt stops accepting and lets the clients finish; a second one leaves at once.",
     listen},
    {"relay", on_relay, "FROM TO…", 2, any_number,
     "joins everybody who comes to FROM with a connection to TO",
     "FROM is listened at, TO is connected to, for each client anew; listen: or dial: before an address says "
     "otherwise, so that two who listen or two who connect can meet. Several pairs of FROM and TO may follow "
     "each "
     "other. An address may also be - (standard input and output), exec:COMMAND, pty:COMMAND (on a terminal "
     "of its "
     "own) or file:PATH (read as FROM, written as TO; ?append=1 adds to it); these are never listened at.\n"
     "Each direction ends by itself. If one side fails in the midst, the other one is cut off too, so that "
     "it "
     "does not take a part for the whole. Peers of udp:// and unix-dgram: are conversations of their own, "
     "which end "
     "with a silence of --idle (1m by default), or, when nobody new may come any more, once what they sent "
     "has "
     "been sent on and the other side had a second to answer.\n"
     "Of two sides that listen, whoever comes first waits for a partner. Who leaves meanwhile, or ends his "
     "side "
     "without having sent anything, is nobody's.",
     relay_command},
    {"send", on_send, "FILE… ADDR", 2, any_number,
     "sends files and directories to a `fairlead receive`, whole",
     "What the receiver has already, from a transfer that was interrupted, is not sent again. The status is "
     "0 if it "
     "has everything on its disk, with the SHA-256 that it has here; those are printed as sha256sum does.\n"
     "Permissions and times go along. Of what is in directories, symbolic links and what is neither a file "
     "nor a "
     "directory stay here, and are named.\n"
     "ADDR may also be exec:COMMAND, with the receiver at the command's standard input and output "
     "(\"exec:ssh host fairlead receive - DIR\"), or -, our own: no hashes are printed then.",
     send_files},
    {"receive", on_receive, "ADDR [DIR]", 1, 2, "receives what `fairlead send` sends, into DIR or here",
     "It prints \"listening ADDR\" on standard error once the sender can come, and ends after one.\n"
     "A file is written beside its place, as .fairlead-….part, and gets its name when it is whole and on the "
     "disk: "
     "there is always the old file or the new one. What is interrupted goes on when it is sent again. "
     "Nothing is "
     "written outside of DIR, whoever sends; no link is followed or made.\n"
     "ADDR may also be -: one sender, at our standard input and output, and no hashes are printed; or "
     "exec:COMMAND, "
     "with the sender at those of the command (\"exec:ssh host fairlead send FILE -\").",
     receive_files},
    {"replay", on_replay, "FILE [ADDR]", 1, 2,
     "plays one side of a recording again, and tells the first difference; or shows what it holds",
     "FILE is what --record has written. At ADDR it plays the side that came, or with --serve the one that "
     "answered, in the original timing; what comes back is compared: status 4 if it is not what was "
     "recorded. "
     "Without ADDR it lists the conversations, and with --export it writes them for Wireshark.",
     replay},
    {"resolve", on_resolve, "NAME…", 1, any_number,
     "tells the addresses of names, and the names of addresses",
     "One record a line on standard output, in the order in which to try them; where they came from, and how "
     "long "
     "that took, on standard error. What it asks is what connecting would ask: /etc/hosts, then the name "
     "servers "
     "of /etc/resolv.conf.",
     resolve},
    {"probe", on_probe, "ADDR…", 1, any_number, "tells whether anybody is there, and how fast he answers",
     "tcp:// and unix: are connected to and left; with tls:// the handshake counts, and the certificate is "
     "shown. "
     "udp:// is sent an empty datagram: an answer or a refusal says something, silence does not. The status "
     "is 0 if "
     "every try was answered.",
     probe},
    {"demo", on_demo, "", 0, 0, "shows the whole library at work in a few seconds",
     "Blocking, non-blocking and coroutine clients talk to echo servers over every transport and on every "
     "backend "
     "of this machine, on loopback, and every byte that comes back is compared.",
     demo},
    {"bench", on_bench, "ADDR…", 1, any_number,
     "measures throughput, request rates and latencies against its own server",
     "`bench --serve ADDR…` is the server, at several addresses if need be; it prints \"listening ADDR\" on "
     "standard error for each. `bench ADDR` is the client and says what to do: bulk by default (--streams, "
     "--reverse, "
     "--both); requests with --connections or --rate; connections a second with --connect.",
     bench},
    {"completion", on_completion, "SHELL", 1, 1, "prints completions for bash, zsh or fish",
     "They are installed with the tool. Without that: source <(fairlead completion bash), or the same for "
     "zsh "
     "after compinit; fairlead completion fish | source.",
     completion},
    {"manual", on_manual, "[PAGE]", 0, 1, "prints a man page",
     "Of fairlead itself or of one command, in the language of man(7): fairlead manual connect | man -l -",
     manual},
};

}  // namespace

std::span<const command> commands() noexcept { return table; }

}  // namespace tool
