// SPDX-License-Identifier: MIT
// The server's end of what is measured over TLS: its certificate is in a directory, and whoever started it
// reads its port from standard output.
#pragma once

#include <cstdio>
#include <string>

#include <fairlead/fairlead.hpp>

struct tls_service {
  fairlead::tls_server server;
  fairlead::tcp_listener listener;
};

/// DIRECTORY has server.pem and server.key (certificates.sh). Prints the port.
inline fairlead::result<tls_service> open_tls_service(
    const std::string& directory, fairlead::tls_version most = fairlead::tls_version::tls1_3) {
  using namespace fairlead;
  auto identity = tls_identity::load(directory + "/server.pem", directory + "/server.key");
  if (!identity) return std::unexpected(identity.error());
  tls_server_options options;
  options.identities.push_back(*identity);
  options.maximum = most;
  auto server = tls_server::create(std::move(options));
  if (!server) return std::unexpected(server.error());
  auto listener = tcp_listener::listen({ipv4_address::loopback(), port(0)});
  if (!listener) return std::unexpected(listener.error());
  std::printf("%u\n", unsigned{listener->local_endpoint()->ip().port().number()});
  std::fflush(stdout);
  return tls_service{std::move(*server), std::move(*listener)};
}

/// The exit status after an error.
inline int complain(const fairlead::error& e) { return std::fprintf(stderr, "%s\n", e.message().c_str()), 1; }
