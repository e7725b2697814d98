// SPDX-License-Identifier: MIT
#include "support/name_server.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <stdexcept>
#include <stop_token>
#include <thread>

#include "support/free_port.hpp"
#include "support/guard.hpp"

namespace fairlead::testing {

namespace {

using namespace std::chrono_literals;

// One number for both, of which nobody else has either, nor is given it later.
void bind_both(udp_socket& udp, tcp_listener& tcp, ip_endpoint& where) {
  for (int attempt = 0; attempt < 100; ++attempt) {
    where = ip_endpoint(ipv4_address::loopback(), free_port());
    auto l = tcp_listener::listen(where);
    auto u = udp_socket::bind(where);
    if (!l || !u) continue;  // somebody was faster
    udp = std::move(*u);
    tcp = std::move(*l);
    return;
  }
  throw std::runtime_error("no port is free for UDP and TCP");
}

bool answers(const ip_endpoint& where) {
  auto s = udp_socket::open(where.family());
  if (!s || !s->connect(where)) return false;
  const std::string ask = dns::u16(1) + std::string("\1\0\0\1\0\0\0\0\0\0", 10) +
                          dns::name("is-it-there.test") + dns::u16(dns::a) + dns::u16(1);
  std::array<char, 512> answer{};
  if (!s->send(ask).wait()) return false;
  const auto n = s->recv(answer).within(1s).wait();
  // Where nobody is, the kernel may have given us the very port: that is our own question then.
  return n && *n > 2 && (answer[2] & 0x80) != 0;
}

}  // namespace

dnsmasq::dnsmasq(const std::vector<std::string>& options) {
  for (int attempt = 0; attempt < 20; ++attempt) {
    {
      udp_socket udp;
      tcp_listener tcp;
      bind_both(udp, tcp, where_);
    }
    std::vector<std::string> words{"/usr/sbin/dnsmasq",
                                   "--no-daemon",
                                   "--conf-file=/dev/null",
                                   "--no-resolv",
                                   "--no-hosts",
                                   "--no-poll",
                                   "--listen-address=127.0.0.1",
                                   "--bind-interfaces",
                                   "--pid-file=",
                                   "--local=/test/",
                                   "--local=/arpa/",
                                   "--dns-forward-max=4096",
                                   "--port=" + where_.port().to_string()};
    words.insert(words.end(), options.begin(), options.end());
    std::vector<char*> argv;
    for (std::string& w : words) argv.push_back(w.data());
    argv.push_back(nullptr);
    process_ = ::fork();
    if (process_ < 0) throw std::runtime_error("fork failed");
    if (process_ == 0) {
      ::alarm(0);
      const int nowhere = ::open("/dev/null", O_RDWR);
      ::dup2(nowhere, 0), ::dup2(nowhere, 1), ::dup2(nowhere, 2);
      ::execv(argv.front(), argv.data());
      ::_exit(127);
    }
    for (const auto until = clock::now() + soon; clock::now() < until;) {
      int status = 0;
      if (::waitpid(process_, &status, WNOHANG) == process_) {
        process_ = -1;
        if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
          throw std::runtime_error("/usr/sbin/dnsmasq is not here: scripts/setup.sh");
        break;  // somebody took its port
      }
      if (answers(where_)) return;
      ::poll(nullptr, 0, 1);
    }
    if (process_ >= 0) break;
  }
  throw std::runtime_error("dnsmasq does not answer");
}

dnsmasq::~dnsmasq() {
  if (process_ < 0) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

namespace dns {

std::string u16(unsigned n) { return {static_cast<char>(n >> 8U), static_cast<char>(n)}; }
std::string u32(std::uint32_t n) { return u16(n >> 16U) + u16(n & 0xffffU); }

std::string name(std::string_view dotted) {
  std::string wire;
  while (!dotted.empty()) {
    const std::string_view label = dotted.substr(0, dotted.find('.'));
    wire += static_cast<char>(label.size());
    wire += label;
    dotted.remove_prefix(std::min(label.size() + 1, dotted.size()));
  }
  return wire + '\0';
}

std::string record(std::string_view owner, std::uint16_t type, std::uint32_t ttl, const std::string& data) {
  return name(owner) + u16(type) + u16(1) + u32(ttl) + u16(static_cast<unsigned>(data.size())) + data;
}

std::string address(std::string_view owner, std::string_view figures, std::uint32_t ttl) {
  const ip_address parsed = ip_address::parse(figures).value();
  const auto bytes = [](const auto& b) { return std::string(b.begin(), b.end()); };
  return parsed.is_v4() ? record(owner, dns::a, ttl, bytes(parsed.v4().bytes()))
                        : record(owner, dns::aaaa, ttl, bytes(parsed.v6().bytes()));
}

std::string soa_record(std::string_view zone, std::uint32_t ttl, std::uint32_t minimum) {
  return record(zone, soa, ttl,
                name("ns.test") + name("root.test") + u32(1) + u32(2) + u32(3) + u32(4) + u32(minimum));
}

question read_question(std::string_view message, bool tcp) {
  question q;
  q.bytes = message;
  q.tcp = tcp;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(message.at(at)); };
  q.id = static_cast<std::uint16_t>(byte(0) << 8U | byte(1));
  std::size_t at = 12;
  while (byte(at) != 0) {
    if (!q.name.empty()) q.name += '.';
    q.name += message.substr(at + 1, byte(at));
    at += byte(at) + 1U;
  }
  q.type = static_cast<std::uint16_t>(byte(at + 1) << 8U | byte(at + 2));
  q.end = at + 5;
  q.edns = byte(11) != 0;
  return q;
}

std::string reply(const question& q, const parts& p) {
  std::string m = u16(q.id) + u16(0x8180U | p.rcode | (p.truncated ? 0x0200U : 0U)) + u16(1);
  for (const auto* section : {&p.answers, &p.authorities, &p.additionals})
    m += u16(static_cast<unsigned>(section->size()));
  m += q.bytes.substr(12, q.end - 12);
  for (const auto* section : {&p.answers, &p.authorities, &p.additionals}) {
    for (const std::string& r : *section) m += r;
  }
  return m;
}

}  // namespace dns

scripted_name_server::scripted_name_server(script s) : script_(std::move(s)) {
  bind_both(udp_, tcp_, where_);
  datagrams_ = std::jthread([this](const std::stop_token& t) { serve_datagrams(t); });
  connections_ = std::jthread([this](const std::stop_token& t) { serve_streams(t); });
  at_work_.wait();
}

scripted_name_server::~scripted_name_server() = default;  // the threads first: they were made last

std::vector<std::string> scripted_name_server::log() const {
  const std::scoped_lock lock(mutex_);
  return log_;
}

void scripted_name_server::ask_script(const dns::question& q, const answerer& a) {
  ++questions_;
  const std::scoped_lock lock(mutex_);
  log_.push_back(q.name + '/' + std::to_string(q.type) + (q.tcp ? "+tcp" : "") + (q.edns ? "" : "-edns"));
  script_(q, a);
}

void scripted_name_server::serve_datagrams(const std::stop_token& stop) {
  // A thread's first piece of memory makes the C library read a file: done before tests count descriptors.
  std::vector<char> buffer(4096);
  at_work_.count_down();
  for (;;) {
    const auto got = udp_.recv_from(buffer).stop_on(stop).wait();
    if (!got) {
      if (stop.stop_requested()) return;
      continue;  // an ICMP error: somebody whom we answered has gone
    }
    ask_script(dns::read_question({buffer.data(), got->size}, false),
               [this, to = got->from](const std::string& m) {
                 const std::scoped_lock lock(sending_);
                 (void)udp_.send_to(m, to).now();  // perhaps on a loop's thread; loopback has room
               });
  }
}

void scripted_name_server::serve_streams(const std::stop_token& stop) {
  std::string message(512, '\0');
  at_work_.count_down();
  for (;;) {
    auto s = tcp_.accept().stop_on(stop).wait();
    if (!s) return;
    tcp_stream& one = streams_.emplace_back(std::move(*s));
    for (;;) {
      std::array<unsigned char, 2> length{};
      if (!one.recv_exactly(length).stop_on(stop).wait()) break;
      message.assign(static_cast<std::size_t>(length[0]) << 8U | length[1], '\0');
      if (!one.recv_exactly(message).stop_on(stop).wait()) break;
      ask_script(dns::read_question(message, true), [&one](const std::string& m) {
        (void)one.send(dns::u16(static_cast<unsigned>(m.size())) + m).wait();
      });
    }
  }
}

unsigned scripted_name_server::questions_after(unsigned expected) const {
  const auto until = clock::now() + soon;
  while (questions() < expected && clock::now() < until) std::this_thread::yield();
  return questions();
}

}  // namespace fairlead::testing
