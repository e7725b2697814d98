// SPDX-License-Identifier: MIT
#include "manual/examples.hpp"

namespace tool {

namespace {

constexpr example table[] = {
    {on_none, "Serve every client what it sends:", "fairlead listen tcp://127.0.0.1:7007 --echo"},
    {on_none, "Talk to that server:", "fairlead connect tcp://127.0.0.1:7007"},
    {on_none, "See every kind of socket at work:", "fairlead demo"},

    {on_connect, "Talk to a server over TLS, or to nobody who cannot prove who he is:",
     "fairlead connect tls://example.org:443"},
    {on_connect, "Send a request and read the answer; the end of input is passed on, the answer awaited:",
     "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | fairlead connect example.org:80"},
    {on_connect, "Go through a proxy, and give up after three seconds:",
     "fairlead connect --via socks5://localhost:1080 --timeout 3s tls://example.org:443"},

    {on_listen, "Store what the first client sends:", "fairlead listen tcp://:7007 </dev/null >received"},
    {on_listen, "Give every client of a Unix socket a command of its own:",
     "fairlead listen unix:/tmp/date.sock --exec date"},
    {on_listen, "Serve TLS with a certificate made for this run; its pin is printed:",
     "fairlead listen tls://:8443 --exec date"},

    {on_listen,
     "Serve one network only, four clients of each address at a time, ten megabytes a second in all:",
     "fairlead listen tcp://:7007 --echo --allow 10.0.0.0/8 --max-per-address 4 --rate-all 10m"},
    {on_listen, "Serve the members of a group over a Unix socket, for an hour:",
     "fairlead listen unix:/tmp/date.sock --exec date --allow group:staff --for 1h"},

    {on_relay, "Pass on to another machine whatever comes to a port, for many clients at once:",
     "fairlead relay tcp://:8080 tcp://192.0.2.1:80"},
    {on_relay, "Give a service without TLS a TLS port:",
     "fairlead relay tls://:8443 tcp://127.0.0.1:8080 --cert chain.pem --key key.pem"},
    {on_relay, "Be that, and tell the service who its clients are:",
     "fairlead relay tls://:8443 tcp://127.0.0.1:8080 --cert chain.pem --key key.pem --proxy-to v2"},
    {on_relay,
     "A terminal for whoever connects to a Unix socket:", "fairlead relay unix:/tmp/sh.sock pty:sh"},
    {on_relay, "How a client bears a bad network; the same seed does the same again:",
     "fairlead relay tcp://:8080 tcp://localhost:80 --fault latency=80ms+-20ms,drop=1%,rate=2Mbit,seed=42"},

    {on_send, "A file and a directory, with a hash for each file:",
     "fairlead send notes.txt photos tcp://192.0.2.1:7007"},
    {on_send, "To somebody who has read the pin of his listener out to us:",
     "fairlead send disk.img tls://192.0.2.1:7007 --pin \"$PIN\""},
    {on_receive, "What one sender brings, into a directory:", "fairlead receive tcp://:7007 inbox"},
    {on_receive, "From many senders of one network, until it is interrupted:",
     "fairlead receive --keep-open --allow 10.0.0.0/8 tcp://:7007 inbox"},

    {on_replay, "What a recording holds:", "fairlead replay talk.flrec"},
    {on_replay, "Say the same to another server, and tell the first difference:",
     "fairlead replay talk.flrec tcp://192.0.2.1:80"},
    {on_replay, "Be the server of the recording, as fast as the client asks:",
     "fairlead replay talk.flrec tcp://:8080 --serve --speed 0"},
    {on_replay, "Look at it in Wireshark:", "fairlead replay talk.flrec --export talk.pcapng"},

    {on_resolve, "Where connecting would go, in that order:", "fairlead resolve example.org"},
    {on_resolve, "What another name server says:", "fairlead resolve --server 192.0.2.53 example.org"},
    {on_resolve, "The name of an address:", "fairlead resolve 192.0.2.1"},

    {on_probe, "Is it there, how fast, and who says so:", "fairlead probe tls://example.org:443"},
    {on_probe, "Wait for no more than a second, and once:",
     "fairlead probe --count 1 --timeout 1s tcp://localhost:22 tcp://localhost:80"},

    {on_demo, "All of it, in a few seconds:", "fairlead demo"},
    {on_demo, "The same for programs:", "fairlead demo --json"},

    {on_bench, "Serve those who measure:", "fairlead bench --serve tcp://:7008 udp://:7008"},
    {on_bench, "Serve those of one network, each at a megabyte a second at most:",
     "fairlead bench --serve tcp://:7008 --allow 10.0.0.0/8 --rate 1m"},
    {on_bench, "Throughput over four streams:", "fairlead bench tcp://192.0.2.1:7008 --streams 4"},
    {on_bench, "Latencies at 5000 requests a second, for 30 seconds:",
     "fairlead bench tcp://192.0.2.1:7008 --rate 5000 --time 30s"},
    {on_bench, "Against a server of iperf3:", "fairlead bench tcp://192.0.2.1:5201 --iperf3"},

    {on_completion, "For bash, in this session:", "source <(fairlead completion bash)"},
    {on_completion,
     "For fish, for good:", "fairlead completion fish >~/.config/fish/completions/fairlead.fish"},

    {on_manual, "Read a page that is not installed:", "fairlead manual connect | man -l -"},
    {on_manual, "The names of all pages:", "fairlead manual --list"},
};

}  // namespace

std::span<const example> examples() noexcept { return table; }

}  // namespace tool
