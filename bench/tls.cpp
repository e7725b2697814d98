// SPDX-License-Identifier: MIT
// TLS over loopback connections, both ends in this process. Usage: bench-tls bulk|full|resumed|memory [wait]
// `bulk` moves 1 GB one way, in pieces of 64 KiB; `full` and `resumed` shake hands, carry one byte back, and
// say farewell; `memory` makes connections whose ends wait for each other. With "wait" the ends block their
// threads, else each thread runs a loop. Prints lines "metric unit better value" for bench/support/pairs.sh.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string_view>
#include <thread>
#include <vector>

#include <fairlead/fairlead.hpp>

using namespace fairlead;
using secure = tls_stream<tcp_stream>;

constexpr std::size_t piece = 65536;
constexpr std::size_t pieces = 1'000'000'000 / piece;
constexpr int handshakes = 2000;
constexpr int idle = 1000;

bool blocking = false;

void run_party(task<result<void>> t) {
  const result<void> done = blocking ? std::move(t).wait() : fairlead::run(std::move(t));
  if (done) return;
  std::fprintf(stderr, "%s\n", done.error().message().c_str());
  std::exit(1);
}

struct measured {
  std::clock_t used = std::clock();
  time_point began = clock::now();
  [[nodiscard]] double seconds() const { return std::chrono::duration<double>(clock::now() - began).count(); }
  [[nodiscard]] double of_the_processor() const {
    return static_cast<double>(std::clock() - used) / CLOCKS_PER_SEC;
  }
};

task<result<void>> send_all(secure s) {
  const std::vector<std::byte> bytes(piece);
  for (std::size_t i = 0; i < pieces; ++i) co_await or_return(s.send(bytes));
  co_return co_await s.shutdown();
}

task<result<void>> receive_all(secure s) {
  std::vector<std::byte> bytes(piece);
  while (co_await or_return(s.recv(bytes)) > 0) continue;
  co_return {};
}

void bulk(const tls_client& client, const tls_server& server) {
  auto ends = tcp_stream::pair().value();
  secure there;
  std::thread accepts([&] { there = server.accept(std::move(ends.second)).wait().value(); });
  secure here = client.connect(std::move(ends.first), "localhost").wait().value();
  accepts.join();
  const measured m;
  std::thread receives([&] { run_party(receive_all(std::move(there))); });
  run_party(send_all(std::move(here)));
  receives.join();
  std::printf("rate GB/s more %.3f\ncpu s/GB less %.4f\n", 1 / m.seconds(), m.of_the_processor());
}

task<result<void>> serve(const tls_server& server, std::vector<tcp_stream>& ends) {
  for (tcp_stream& end : ends) {
    secure s = co_await or_return(server.accept(std::move(end)));
    co_await or_return(s.send("x"));
    co_await or_return(s.shutdown());
    char rest = 0;
    co_await or_return(s.recv(mutable_buffer(&rest, 1)));
  }
  co_return {};
}

task<result<void>> visit(const tls_client& client, std::vector<tcp_stream>& ends, int& resumed) {
  for (tcp_stream& end : ends) {
    secure s = co_await or_return(client.connect(std::move(end), "localhost"));
    char x = 0;
    co_await or_return(s.recv(mutable_buffer(&x, 1)));
    resumed += s.resumed() ? 1 : 0;
    co_await or_return(s.shutdown());
    co_await or_return(s.recv(mutable_buffer(&x, 1)));
  }
  co_return {};
}

void shake(const tls_client& client, const tls_server& server) {
  int resumed = 0;
  std::vector<tcp_stream> near;
  std::vector<tcp_stream> far;
  for (int i = 0; i < handshakes; ++i) {
    auto ends = tcp_stream::pair().value();
    (void)ends.first.set(option::no_delay(true));
    (void)ends.second.set(option::no_delay(true));
    near.push_back(std::move(ends.first));
    far.push_back(std::move(ends.second));
  }
  const measured m;
  std::thread serves([&] { run_party(serve(server, far)); });
  run_party(visit(client, near, resumed));
  serves.join();
  std::fprintf(stderr, "%d of %d resumed\n", resumed, handshakes);
  std::printf("rate /s more %.0f\ncpu ms less %.4f\n", handshakes / m.seconds(),
              m.of_the_processor() / handshakes * 1000);
}

task<result<void>> wait_at(const tls_server& server, unix_stream end) {
  auto s = co_await or_return(server.accept(std::move(end)));
  co_await or_return(s.send("x"));
  char rest = 0;
  co_await or_return(s.recv(mutable_buffer(&rest, 1)));
  co_return {};
}

task<result<void>> wait_for(const tls_client& client, unix_stream end) {
  auto s = co_await or_return(client.connect(std::move(end), "localhost"));
  char rest = 0;
  for (int i = 0; i < 2; ++i) co_await or_return(s.recv(mutable_buffer(&rest, 1)));
  co_return {};
}

double resident_kib() {
  std::ifstream in("/proc/self/statm");
  double size = 0;
  double pages = 0;
  in >> size >> pages;
  return pages * 4;
}

task<result<void>> hold(const tls_client& client, const tls_server& server) {
  scope all;
  double before = 0;
  for (int i = -50; i < idle; ++i) {
    if (i == 0) before = resident_kib();
    auto ends = co_await or_return(unix_stream::pair());
    all.spawn(wait_at(server, std::move(ends.second)));
    all.spawn(wait_for(client, std::move(ends.first)));
    for (int turn = 0; turn < 16; ++turn) co_await yield();
  }
  std::printf("memory KiB less %.2f\n", (resident_kib() - before) / idle);
  std::fflush(stdout);
  std::_Exit(0);
}

int main(int count, char** words) {
  const std::string_view what = count > 1 ? words[1] : "bulk";
  blocking = count > 2;
  const tls_identity identity = tls_identity::throw_away().value();
  tls_client_options trusting;
  trusting.ca_pem = identity.certificates_pem();
  if (what == "full") trusting.cached_sessions = 0;
  tls_server_options serving;
  serving.identities = {identity};
  const tls_client client = tls_client::create(trusting).value();
  const tls_server server = tls_server::create(serving).value();
  if (what == "bulk") bulk(client, server);
  if (what == "full" || what == "resumed") shake(client, server);
  if (what == "memory") run_party(hold(client, server));
}
