// SPDX-License-Identifier: MIT
#include "relay/side.hpp"

#include <filesystem>

#include <fairlead/or_return.hpp>

#include "evidence/dialling.hpp"
#include "files/file.hpp"
#include "wire/local_link.hpp"
#include "wire/open_link.hpp"

namespace tool {

namespace {

using namespace fairlead;

std::unexpected<error> wrong(const std::string& subject, std::string sentence) {
  return std::unexpected(error::about(fault::bad_syntax, verb::parse, subject, std::move(sentence)));
}

bool take_word(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

// The flags of TLS, and of what comes before it, as far as they are of a side.
settings for_listening(settings asked, bool other_is_tls) {
  asked.via.clear();
  if (!other_is_tls) return asked;
  asked.ca.clear();
  asked.pins.clear();
  asked.server_name.reset();
  asked.insecure = false;
  return asked;
}

settings for_dialling(settings asked, bool other_is_tls, bool other_listens) {
  if (other_listens) asked.proxy_protocol = false;
  if (!other_is_tls) return asked;
  asked.cert.reset();
  asked.key.reset();
  return asked;
}

settings without_tls(settings asked) {
  security_settings rest;
  rest.via = asked.via;
  rest.proxy_protocol = asked.proxy_protocol;
  rest.proxy_v1 = asked.proxy_v1;
  static_cast<security_settings&>(asked) = std::move(rest);
  return asked;
}

bool is_tls(const side& s) { return s.at.scheme() == scheme::tls; }
bool is_socket(const side& s) { return s.at.transport().has_value(); }

// Which side --proxy-to is for.
result<void> settle_announcement(side& from, side& to, const settings& asked) {
  if (!asked.proxy_to) return {};
  side& s = to.does == role::dials ? to : from;
  if (s.does != role::dials) return wrong(to.name(), "--proxy-to: neither side is connected to");
  if (s.at.transport() != transport::tcp && s.at.transport() != transport::unix_stream)
    return wrong(s.name(), "--proxy-to is for tcp://, tls:// and unix: addresses");
  const side& other = &s == &to ? from : to;
  if (asked.proxy_protocol && other.does != role::listens)
    return wrong(
        s.name(),
        "--proxy-protocol and --proxy-to: choose one of them; nobody comes whose header there could be");
  s.out.announce = *asked.proxy_to;
  s.learns_clients = other.does == role::listens;
  return {};
}

// What a PROXY header says of a client. Who came by something else than IP has no address that would mean
// anything there, and where nobody came we speak for ourselves.
proxy_header header_for(const link* client, const side& s) {
  proxy_header h;
  h.local = true;
  if (client == nullptr || !client->peer_endpoint || !client->local_endpoint) return h;
  const endpoint& source = *client->peer_endpoint;
  const endpoint& destination = *client->local_endpoint;
  if (!source.is_ip() || !destination.is_ip()) return h;
  const bool datagrams = client->keeps_messages();
  if (datagrams && s.out.announce == proxy_version::v1) return h;
  // A dual-stack socket shows IPv4 addresses in the form of IPv6.
  const auto unmapped = [](const ip_endpoint& e) { return endpoint(e.address().unmapped(), e.port()); };
  h.source = unmapped(source.ip());
  h.destination = unmapped(destination.ip());
  if (h.source.family() != h.destination.family()) h.source = source, h.destination = destination;
  h.transport = datagrams ? transport::udp : transport::tcp;
  h.local = h.source.family() != h.destination.family();
  return h;
}

file_use use_of(const side& s) noexcept { return s.first ? file_use::read : file_use::write; }

// A file would be empty before it is read, or grow for ever.
result<void> keep_apart(const side& from, const side& to) {
  if (from.at.scheme() != scheme::file || to.at.scheme() != scheme::file) return {};
  std::error_code ignored;
  const bool same = std::filesystem::is_regular_file(from.at.path(), ignored) &&
                    std::filesystem::equivalent(from.at.path(), to.at.path(), ignored);
  return same ? wrong(to.name(), "is what is read, too; give another file") : result<void>();
}

result<void> settle_one(side& s, const side& other, const settings& asked, const console& out) {
  if (s.at.scheme() == scheme::file) return look_at_file(s.at, use_of(s));
  if (!is_socket(s)) return {};
  const bool plain = !is_tls(s) && (is_tls(other) || (s.does == role::listens && is_socket(other)));
  if (s.does == role::listens) {
    const settings ours = for_listening(asked, is_tls(other));
    auto how = entrance_terms(plain ? without_tls(ours) : ours, s.at, out);
    if (!how) return std::unexpected(how.error());
    s.how_in = std::move(*how);
    return {};
  }
  const settings ours = for_dialling(asked, is_tls(other), other.does == role::listens);
  auto how = connecting_terms(plain ? without_tls(ours) : ours, s.at, out);
  if (!how) return std::unexpected(how.error());
  s.out = std::move(*how);
  return {};
}

}  // namespace

bool side::datagrams() const noexcept {
  return at.transport() == transport::udp || at.transport() == transport::unix_datagram;
}

result<side> parse_side(const std::string& text, bool first) {
  std::string_view rest = text;
  const bool must_listen = take_word(rest, "listen:");
  const bool must_dial = !must_listen && take_word(rest, "dial:");
  auto at = parse_any_address(std::string(rest));
  if (!at) return std::unexpected(at.error());
  const bool socket = at->transport().has_value();
  if (must_listen && !socket) return wrong(text, "only sockets can listen");
  const bool listens = must_listen || (first && socket && !must_dial);
  return side(std::move(*at), listens ? role::listens : role::dials, first);
}

result<void> settle_terms(side& from, side& to, const settings& asked, const console& out) {
  if (from.single() && to.single())
    return wrong("- -", "standard input and output cannot be both sides; give the other one an address");
  if (!asked.via.empty() && from.does != role::dials && to.does != role::dials)
    return wrong(to.name(), "--via: neither side is connected to");
  if (auto apart = keep_apart(from, to); !apart) return apart;
  const bool anew = to.at.scheme() == scheme::file && is_written_anew(to.at);
  if (anew && from.does == role::listens && from.datagrams() && !asked.once) {
    return wrong(to.name(),
                 "is written anew by each peer, and those of datagrams cannot wait for each other; add "
                 "?append=1, or --once for the first peer only");
  }
  to.unheard = from.at.scheme() == scheme::file && !files::is_terminal(from.at.path());
  if (auto set = settle_one(from, to, asked, out); !set) return set;
  if (auto set = settle_one(to, from, asked, out); !set) return set;
  return settle_announcement(from, to, asked);
}

task<result<std::unique_ptr<link>>> dial_side(const side& s, const settings& asked, const link* other,
                                              const console& out) {
  switch (s.at.scheme()) {
    case scheme::stdio: co_return s.unheard ? make_standard_output_link() : make_standard_link(asked.raw);
    case scheme::exec: co_return make_process_link(s.at.path(), false, other, out);
    case scheme::pty: co_return make_process_link(s.at.path(), true, other, out);
    case scheme::file: co_return make_file_link(s.at, use_of(s));
    default: break;
  }
  client_options how = s.out;
  if (asked.proxy_to && how.announce) how.announced = header_for(s.learns_clients ? other : nullptr, s);
  auto opening =
      open_link_for(asked.proof, s.at, std::move(how)).within(asked.timeout.value_or(duration::max()));
  co_return co_await std::move(opening);
}

}  // namespace tool
