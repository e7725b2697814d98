// SPDX-License-Identifier: MIT
// One stream over TLS 1.3, as fast as it goes. The receiver tells the sender how many bytes came, and the sum
// of every 4096th. With "wait" on blocking waits, otherwise in a coroutine on a loop. Prints lines "metric
// unit better value" for bench/support/pairs.sh. DIRECTORY has ca.pem, server.pem and server.key. Usage:
// bench-tls_bulk receive DIRECTORY [wait] | send DIRECTORY PORT PIECE MILLISECONDS [wait]
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <string>

#include <fairlead/fairlead.hpp>

#include "support/tls_server.hpp"

using namespace fairlead;

struct report {
  std::uint64_t bytes = 0;
  std::uint64_t sum = 0;
  void add(std::span<const unsigned char> piece) {
    for (std::size_t i = (4096 - bytes % 4096) % 4096; i < piece.size(); i += 4096) sum += piece[i];
    bytes += piece.size();
  }
};

void tell_cpu(const char* who, std::clock_t begin, std::uint64_t bytes) {
  const double used = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  std::printf("%s-cpu s/GB less %.4f\n", who, used / static_cast<double>(bytes) * 1e9);
}

task<result<void>> receive(tcp_listener& listener, const tls_server& server) {
  auto peer = co_await or_return(server.accept(co_await or_return(listener.accept())));
  constexpr std::size_t size = 128 * 1024;
  const auto buffer = std::make_unique<unsigned char[]>(size);
  const std::clock_t begin = std::clock();
  report came;
  while (const std::size_t n = co_await or_return(peer.recv(std::span(buffer.get(), size)))) {
    came.add({buffer.get(), n});
  }
  tell_cpu("receiver", begin, came.bytes);
  co_await or_return(peer.send(std::as_bytes(std::span(&came, 1))));
  co_await or_return(peer.shutdown());
  co_return {};
}

task<result<void>> send(ip_endpoint to, const tls_client& client, std::size_t size,
                        std::chrono::milliseconds span) {
  auto peer = co_await or_return(client.connect(co_await or_return(tcp_stream::connect(to)), "localhost"));
  const auto piece = std::make_unique<unsigned char[]>(size);
  for (std::size_t i = 0; i < size; ++i) piece[i] = static_cast<unsigned char>(i * 2654435761U >> 16);
  const std::clock_t used = std::clock();
  const auto begin = std::chrono::steady_clock::now();
  report went;
  while (std::chrono::steady_clock::now() < begin + span) {
    co_await or_return(peer.send(std::span(piece.get(), size)));
    went.add({piece.get(), size});
  }
  const std::clock_t sent = std::clock();
  co_await or_return(peer.shutdown());
  report came;
  const auto told = std::as_writable_bytes(std::span(&came, 1));
  for (std::size_t got = 0; got < told.size();) {
    const std::size_t n = co_await or_return(peer.recv(told.subspan(got)));
    if (n == 0) co_return failure(errc::protocol_error);
    got += n;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  if (came.bytes != went.bytes || came.sum != went.sum) co_return failure(errc::protocol_error);
  std::printf("rate GB/s more %.3f\n", static_cast<double>(came.bytes) / took.count() / 1e9);
  tell_cpu("sender", used + (std::clock() - sent), came.bytes);
  co_return {};
}

int main(int count, char** arguments) {
  const std::string role = count > 2 ? arguments[1] : "";
  const std::string directory = count > 2 ? arguments[2] : "";
  const bool waits = count > 3 && std::strcmp(arguments[count - 1], "wait") == 0;
  result<void> done;
  if (role == "receive") {
    auto here = open_tls_service(directory);
    if (!here) return complain(here.error());
    done = waits ? receive(here->listener, here->server).wait() : run(receive(here->listener, here->server));
  } else if (role == "send" && count > 5) {
    tls_client_options options;
    options.ca_files.push_back(directory + "/ca.pem");
    const auto client = tls_client::create(std::move(options));
    if (!client) return complain(client.error());
    const ip_endpoint to(ipv4_address::loopback(), port(static_cast<std::uint16_t>(std::atoi(arguments[3]))));
    const auto size = static_cast<std::size_t>(std::atoi(arguments[4]));
    const std::chrono::milliseconds span(std::atoi(arguments[5]));
    done = waits ? send(to, *client, size, span).wait() : run(send(to, *client, size, span));
  } else {
    return std::fputs(
               "usage: bench-tls_bulk receive DIRECTORY [wait] | send DIRECTORY PORT PIECE MS [wait]\n",
               stderr),
           2;
  }
  return done ? 0 : complain(done.error());
}
