// SPDX-License-Identifier: MIT
// Any bytes from the network, met by a client's or a server's engine: as its first bytes, after the other
// side's true first flight, or after a handshake, in pieces of any size. An engine that has failed stays so
// and says why in words that can be printed; one that has not goes on.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <fairlead/tls.hpp>

namespace {

using namespace fairlead;
using engine = detail::tls_engine;
using step = engine::step;

void require(bool held) {
  if (!held) __builtin_trap();
}

struct parties {
  tls_identity identity = tls_identity::throw_away().value();
  tls_client client = [this] {
    tls_client_options o;
    o.ca_pem = identity.certificates_pem();
    o.identity = identity;
    o.alpn = {"h2", "http/1.1"};
    o.cached_sessions = 0;
    return tls_client::create(o).value();
  }();
  tls_server server = [this] {
    tls_server_options o;
    o.identities = {identity};
    o.clients = client_certificates::optional;
    o.ca_pem = identity.certificates_pem();
    o.alpn = {"http/1.1"};
    return tls_server::create(o).value();
  }();
};

std::string output_of(engine& e) {
  std::string all;
  for (const_buffer out = e.output(); out.size > 0; out = e.output()) {
    all.append(reinterpret_cast<const char*>(out.data), out.size);
    e.sent(out.size);
  }
  return all;
}

void check_error(const engine& e) {
  const error why = e.why(verb::recv, "192.0.2.1:443");
  require(!why.reason().empty() && why.message().size() < 4096);
  for (const char c : why.message()) require(static_cast<unsigned char>(c) >= 0x20);
}

// Meets the bytes; everything that the engine answers is thrown away, and bounded.
void meet(engine& e, std::string_view bytes, std::size_t portion, bool established) {
  std::array<std::byte, 512> plain{};
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, portion);
    bytes.remove_prefix(piece.size());
    e.feed(const_buffer(piece));
    for (step s = step::done; s == step::done;) {
      std::size_t n = 0;
      if (!established) {
        s = e.handshake();
        established = s == step::done;
      } else {
        s = e.read(plain, n);
        require(n <= plain.size());
      }
      if (s == step::ended) return;
      if (s != step::failed) continue;
      check_error(e);
      require(e.handshake() == step::failed && e.read(plain, n) == step::failed && n == 0);
      (void)output_of(e);
      return;
    }
    require(!e.has_input());
    require(output_of(e).size() < 65536);
  }
  e.end_input();
  std::size_t n = 0;
  require((established ? e.read(plain, n) : e.handshake()) == step::failed);
  check_error(e);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const parties all;
  if (size < 2) return 0;
  const bool meets_server = (data[0] & 1U) != 0;
  const unsigned stage = data[0] >> 1U & 3U;
  const std::size_t portion = 1 + data[1] * std::size_t{8};
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  engine client = detail::make_client_engine(all.client.shared(), "localhost").value();
  engine server = detail::make_server_engine(all.server.shared(), {}).value();
  bool established = false;
  if (stage >= 1) {  // the true first flight
    require(client.handshake() == step::wants_input);
    const std::string hello = output_of(client);
    server.feed(const_buffer(hello));
    require(server.handshake() == step::wants_input);
  }
  if (stage >= 2) {  // all of it
    const std::string answer = output_of(server);
    client.feed(const_buffer(answer));
    require(client.handshake() == step::done);
    const std::string finished = output_of(client);
    server.feed(const_buffer(finished));
    require(server.handshake() == step::done);
    established = true;
  }
  if (!meets_server && stage == 0) require(client.handshake() == step::wants_input);
  (void)output_of(client);
  (void)output_of(server);
  if (stage == 3) {  // a true record, changed
    constexpr std::string_view text = "something that was sent";
    const const_buffer one(text);
    std::size_t taken = 0;
    engine& sender = meets_server ? client : server;
    require(sender.write(const_buffers(&one, 1), 0, taken) == step::done);
    std::string record = output_of(sender);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      record[i % record.size()] = static_cast<char>(record[i % record.size()] ^ bytes[i]);
    }
    meet(meets_server ? server : client, record, portion, established);
    return 0;
  }
  meet(meets_server ? server : client, bytes, portion, established);
  return 0;
}
