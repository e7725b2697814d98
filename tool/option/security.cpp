// SPDX-License-Identifier: MIT
#include "option/tables.hpp"

namespace tool {

namespace {

constexpr flag of_security[] = {
    {"via", 0, "PROXY",
     "goes through a proxy: socks5://, socks4a:// or http://[USER:PASSWORD@]HOST[:PORT]; several are a "
     "chain, the "
     "nearest first; names are looked up by the last one",
     "", dialling, false, &security_settings::via},
    {"proxy-protocol", 0, "",
     "connect: tells the server who we are by the PROXY protocol, before all else; listening: every client "
     "must "
     "begin "
     "with it, and is who it says it is: for use behind proxies only",
     "", talking | on_receive, false, &security_settings::proxy_protocol},
    {"proxy-v1", 0, "", "with --proxy-protocol: in its first version, a line of text", "version 2",
     on_connect, false, &security_settings::proxy_v1},
    {"proxy-to", 0, "v1|v2",
     "tells TO, or FROM if that is connected to, who each client is, by the PROXY protocol, before all else; "
     "who has no "
     "IP address, or in version 1 came by UDP, is told as nobody",
     "", on_relay, false, &security_settings::proxy_to},
    {"ca", 0, "FILE",
     "connecting to tls://: trusts these roots (PEM) instead of the system's; listening at tls://: clients "
     "must "
     "have a certificate from them",
     "the system's roots; no certificates of clients", secured, false, &security_settings::ca},
    {"pin", 0, "sha256:HASH",
     "trusts a peer with this public key, and without --ca nobody else, whoever has signed it; several are "
     "alternatives",
     "", dialling, false, &security_settings::pins},
    {"cert", 0, "FILE", "our certificate and its chain (PEM)",
     "listening at tls://: one that is made for this run, whose pin is printed", secured, false,
     &security_settings::cert},
    {"key", 0, "FILE", "its private key (PEM)", "in the file of --cert", secured, false,
     &security_settings::key},
    {"alpn", 0, "NAMES", "protocols to agree on, by preference: h2,http/1.1", "none", secured, false,
     &security_settings::alpn},
    {"server-name", 0, "NAME", "the name that the server's certificate must be for, and that is sent to it",
     "the host of ADDR", dialling, false, &security_settings::server_name},
    {"insecure", 0, "",
     "does not verify the server of tls://: whoever is on the way can read and change everything", "",
     dialling, false, &security_settings::insecure},
};

}  // namespace

std::span<const flag> security_flags() noexcept { return of_security; }

}  // namespace tool
