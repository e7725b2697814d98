// SPDX-License-Identifier: MIT
#include "wire/security.hpp"

#include <algorithm>
#include <ctime>

#include "text.hpp"

namespace tool {

namespace {

using namespace fairlead;

std::unexpected<error> wrong(const url& at, std::string sentence) {
  return std::unexpected(error::about(fault::bad_syntax, verb::parse, at.to_string(), std::move(sentence)));
}

// The first flag that only TLS has a use for.
const char* flag_of_tls(const settings& asked) {
  if (!asked.ca.empty()) return "--ca";
  if (!asked.pins.empty()) return "--pin";
  if (asked.cert) return "--cert";
  if (asked.key) return "--key";
  if (asked.alpn) return "--alpn";
  if (asked.server_name) return "--server-name";
  if (asked.resume) return "--resume";
  return asked.insecure ? "--insecure" : nullptr;
}

// What makes no sense together, or here; empty if all does.
std::string contradiction(const settings& asked, const url& at) {
  const char* const tls_only = flag_of_tls(asked);
  if (tls_only != nullptr && at.scheme() != scheme::tls)
    return std::string(tls_only) + " is for tls:// addresses";
  if (asked.key && !asked.cert) return "--key: its certificate is missing (--cert)";
  if (asked.insecure && !asked.ca.empty()) return "--insecure and --ca: choose one of them";
  if (asked.insecure && !asked.pins.empty()) return "--insecure and --pin: choose one of them";
  if (asked.proxy_v1 && !asked.proxy_protocol) return "--proxy-v1: --proxy-protocol is missing";
  const bool streams = at.transport() == transport::tcp || at.transport() == transport::unix_stream;
  if (asked.proxy_protocol && !streams) return "--proxy-protocol is for tcp://, tls:// and unix: addresses";
  if (!asked.via.empty() && asked.proxy_protocol) return "--via and --proxy-protocol: choose one of them";
  if (!asked.via.empty() && at.transport() != transport::tcp)
    return "--via is for tcp:// and tls:// addresses";
  return {};
}

std::vector<std::string> protocols(const settings& asked) {
  std::vector<std::string> all;
  if (!asked.alpn) return all;
  std::string_view rest = *asked.alpn;
  for (;;) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    all.emplace_back(rest.substr(0, comma));
    if (comma == rest.size()) return all;
    rest.remove_prefix(comma + 1);
  }
}

result<std::optional<tls_identity>> identity_of(const settings& asked) {
  if (!asked.cert) return std::optional<tls_identity>();
  auto loaded = tls_identity::load(*asked.cert, asked.key.value_or(*asked.cert));
  if (!loaded) return std::unexpected(loaded.error());
  return std::optional<tls_identity>(std::move(*loaded));
}

result<tls_client> client_of(const settings& asked) {
  tls_client_options o;
  o.ca_files = asked.ca;
  for (const std::string& text : asked.pins) {
    const auto pin = public_key_pin::parse(text);
    if (!pin)
      return std::unexpected(pin.error().reworded(verb::parse, "--pin " + text, pin.error().reason()));
    o.pins.push_back(*pin);
  }
  o.alpn = protocols(asked);
  auto ours = identity_of(asked);
  if (!ours) return std::unexpected(ours.error());
  o.identity = std::move(*ours);
  o.dangerously_trust_anyone = asked.insecure;
  if (!asked.resume) o.cached_sessions = 0;
  return tls_client::create(std::move(o));
}

result<tls_server> server_of(const settings& asked, const url& at, const console& out) {
  tls_server_options o;
  o.alpn = protocols(asked);
  if (!asked.ca.empty()) {
    o.ca_files = asked.ca;
    o.clients = client_certificates::required;
  }
  auto ours = identity_of(asked);
  if (!ours) return std::unexpected(ours.error());
  if (*ours) {
    o.identities.push_back(std::move(**ours));
    return tls_server::create(std::move(o));
  }
  std::vector<std::string> names{"localhost", "127.0.0.1", "::1"};
  if (!at.host().empty() && std::ranges::find(names, at.host()) == names.end()) names.push_back(at.host());
  auto made = tls_identity::throw_away(std::move(names));
  if (!made) return std::unexpected(made.error());
  const std::string pin = made->pin().to_string();
  o.identities.push_back(std::move(*made));
  auto server = tls_server::create(std::move(o));
  if (server) out.announce("certificate for this run: connect with --pin " + pin);
  return server;
}

std::string date_of(std::chrono::sys_seconds t) {
  const std::time_t seconds = t.time_since_epoch().count();
  std::tm parts{};
  char text[32];
  if (::gmtime_r(&seconds, &parts) == nullptr) return "the end of time";
  return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%d", &parts));
}

}  // namespace

result<client_options> connecting_terms(const settings& asked, const url& to, const console& out) {
  if (std::string sentence = contradiction(asked, to); !sentence.empty())
    return wrong(to, std::move(sentence));
  client_options how;
  for (const std::string& text : asked.via) {
    auto p = proxy::parse(text);
    if (!p) return std::unexpected(p.error());
    how.via.push_back(std::move(*p));
  }
  if (asked.proxy_protocol) how.announce = asked.proxy_v1 ? proxy_version::v1 : proxy_version::v2;
  if (to.scheme() != scheme::tls) return how;
  if (asked.insecure) {
    out.note("--insecure: " + to.to_string() +
             " is not verified; whoever is on the way can read and change what is sent");
  }
  how.server_name = asked.server_name.value_or(std::string());
  auto made = client_of(asked);
  if (!made) return std::unexpected(made.error());
  how.tls = std::move(*made);
  return how;
}

result<entrance> entrance_terms(const settings& asked, const url& at, const console& out) {
  if (std::string sentence = contradiction(asked, at); !sentence.empty())
    return wrong(at, std::move(sentence));
  entrance e;
  e.proxied = asked.proxy_protocol;
  if (at.scheme() == scheme::tls) {
    auto made = server_of(asked, at, out);
    if (!made) return std::unexpected(made.error());
    e.tls = std::move(*made);
  }
  return e;
}

std::string description(const tls_facts& f) {
  std::string said = std::string(to_string(f.version)) + ", " + f.cipher;
  if (!f.alpn.empty()) said += ", " + printable(f.alpn);
  if (f.resumed) said += ", resumed";
  if (!f.peer) return said;
  std::string names;
  for (const std::string& n : f.peer->names) names += (names.empty() ? "" : ", ") + n;
  if (names.empty()) names = f.peer->subject;
  return said + "; the certificate is for " + names + ", from " + f.peer->issuer + ", until " +
         date_of(f.peer->not_after);
}

}  // namespace tool
