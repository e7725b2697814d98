// SPDX-License-Identifier: MIT
// Handshakes: connections over TLS on which one byte goes there and back, some of them at once. Full
// handshakes, or such that take up an earlier session. Prints lines "metric unit better value" for
// bench/support/pairs.sh. DIRECTORY has ca.pem, server.pem and server.key. One at a time is done by blocking
// waits, several on a loop. Usage: bench-tls_handshakes serve DIRECTORY VERSION COUNT AT_ONCE
//      | connect DIRECTORY VERSION COUNT AT_ONCE PORT full|resumed          VERSION is 1.2 or 1.3
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

#include <fairlead/fairlead.hpp>

#include "support/tls_server.hpp"

using namespace fairlead;

void tell_cpu(const char* who, std::clock_t begin, int count) {
  std::printf("%s-cpu µs/handshake less %.2f\n", who,
              static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC / count * 1e6);
}

task<result<void>> greet(const tls_server& server, tcp_stream tcp) {
  auto peer = co_await or_return(server.accept(std::move(tcp)));
  char byte[1];
  co_await or_return(peer.recv(byte));
  co_await or_return(peer.send(std::string_view(byte, 1)));
  (void)co_await peer.recv(byte);  // it resets the connection, which is no concern of ours
  co_return {};
}

task<result<void>> serve(tcp_listener& listener, const tls_server& server, int count, int at_once) {
  const std::clock_t begin = std::clock();
  if (at_once == 1) {
    for (int i = 0; i < count; ++i) co_await or_return(greet(server, co_await or_return(listener.accept())));
    tell_cpu("server", begin, count);
    co_return {};
  }
  scope all;
  for (int i = 0; i < count; ++i) all.spawn(greet(server, co_await or_return(listener.accept())));
  const result<void> ended = co_await all.join();
  tell_cpu("server", begin, count);
  co_return ended;
}

// The client resets its connections, so that none lingers and ports do not run out.
task<result<void>> visit(const tls_client& client, ip_endpoint to, bool resumes) {
  tcp_stream tcp = co_await or_return(tcp_stream::connect(to));
  co_await or_return(tcp.set(option::linger::reset()));
  auto peer = co_await or_return(client.connect(std::move(tcp), "localhost"));
  if (peer.resumed() != resumes) co_return failure(errc::protocol_error);
  char byte[1];
  co_await or_return(peer.send("x"));
  const std::size_t n = co_await or_return(peer.recv(byte));
  if (n != 1 || byte[0] != 'x') co_return failure(errc::protocol_error);
  co_return {};
}

task<result<void>> visit_again(const tls_client& client, ip_endpoint to, int& left, bool resumes) {
  while (left-- > 0) co_await or_return(visit(client, to, resumes));
  co_return {};
}

task<result<void>> visit_all(const tls_client& client, ip_endpoint to, int count, int at_once, bool resumes) {
  int left = count;
  if (at_once == 1) co_return co_await visit_again(client, to, left, resumes);
  scope all;
  for (int i = 0; i < at_once; ++i) all.spawn(visit_again(client, to, left, resumes));
  co_return co_await all.join();
}

task<result<void>> connect(const tls_client& client, ip_endpoint to, int count, int at_once, bool resumes) {
  co_await or_return(visit_all(client, to, at_once, at_once, false));
  count -= at_once;
  const std::clock_t used = std::clock();
  const auto begin = std::chrono::steady_clock::now();
  co_await or_return(visit_all(client, to, count, at_once, resumes));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::printf("rate handshakes/s more %.0f\n", count / took.count());
  tell_cpu("client", used, count);
  co_return {};
}

int main(int count, char** arguments) {
  if (count < 6) return std::fputs("usage: see the head of bench/tls_handshakes.cpp\n", stderr), 2;
  const std::string directory = arguments[2];
  const tls_version version =
      std::strcmp(arguments[3], "1.2") == 0 ? tls_version::tls1_2 : tls_version::tls1_3;
  const int handshakes = std::atoi(arguments[4]);
  const int at_once = std::atoi(arguments[5]);
  result<void> done;
  if (std::strcmp(arguments[1], "serve") == 0) {
    auto here = open_tls_service(directory, version);
    if (!here) return complain(here.error());
    auto serving = serve(here->listener, here->server, handshakes, at_once);
    done = at_once == 1 ? std::move(serving).wait() : run(std::move(serving));
  } else if (count > 7) {
    const bool resumes = std::strcmp(arguments[7], "resumed") == 0;
    tls_client_options options;
    options.ca_files.push_back(directory + "/ca.pem");
    if (!resumes) options.cached_sessions = 0;
    const auto client = tls_client::create(std::move(options));
    if (!client) return complain(client.error());
    const ip_endpoint to(ipv4_address::loopback(), port(static_cast<std::uint16_t>(std::atoi(arguments[6]))));
    auto visiting = connect(*client, to, handshakes, at_once, resumes);
    done = at_once == 1 ? std::move(visiting).wait() : run(std::move(visiting));
  }
  return done ? 0 : complain(done.error());
}
