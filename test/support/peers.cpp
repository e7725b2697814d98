// SPDX-License-Identifier: MIT
#include <poll.h>

#include <filesystem>
#include <memory>
#include <stdexcept>

#include <gtest/gtest.h>

#include <fairlead/buffered.hpp>
#include <fairlead/unix.hpp>

#include "support/free_port.hpp"
#include "support/guard.hpp"
#include "support/peers.hpp"

namespace fairlead::testing {

namespace {

const char* const directories[] = {"/usr/bin/", "/usr/sbin/", "/usr/local/bin/", "/usr/local/sbin/"};

std::string path_of(std::string_view program) {
  for (const char* const d : directories) {
    const std::string path = d + std::string(program);
    if (std::filesystem::exists(path)) return path;
  }
  return {};
}

ip_endpoint loopback(port p) { return {ipv4_address::loopback(), p}; }

// Whether somebody listens: not our own socket, which the kernel may connect to itself there.
bool accepts(port p) {
  const result<tcp_stream> s = tcp_stream::connect(loopback(p)).within(soon).wait();
  return s && s->local_endpoint().value() != s->peer_endpoint().value();
}

command quiet(std::vector<std::string> words) {
  command c;
  c.words = std::move(words);
  c.input = stdio::null;
  c.output = stdio::null;
  c.errors = stdio::null;
  return c;
}

}  // namespace

bool is_installed(std::string_view program) { return !path_of(program).empty(); }

running_proxy running_proxy::start(const std::function<command(fairlead::port)>& make,
                                   const std::function<bool(fairlead::port)>& is_ready) {
  for (int attempt = 0; attempt < 5; ++attempt) {
    const fairlead::port number = free_port();
    process p = process::start(make(number)).value();
    const time_point deadline = clock::now() + soon;
    while (clock::now() < deadline && !p.wait().now()) {
      if (is_ready(number) && !p.wait().now()) return {std::move(p), number};
      ::poll(nullptr, 0, 2);
    }
  }
  throw std::runtime_error("a proxy does not start");
}

running_proxy running_proxy::microsocks(std::string_view user, std::string_view password) {
  return start(
      [&](fairlead::port p) {
        std::vector<std::string> words{path_of("microsocks"), "-i", "127.0.0.1", "-p", p.to_string()};
        if (!user.empty()) words.insert(words.end(), {"-u", std::string(user), "-P", std::string(password)});
        return quiet(std::move(words));
      },
      accepts);
}

running_proxy running_proxy::tinyproxy(std::string_view lines) {
  const temp_dir dir;  // read at the start only
  return start(
      [&](fairlead::port p) {
        const std::string configuration =
            dir.write("conf", "Listen 127.0.0.1\nTimeout 60\nMaxClients 20\nLogLevel Critical\nPort " +
                                  p.to_string() + "\n" + std::string(lines) + "\n");
        return quiet({path_of("tinyproxy"), "-d", "-c", configuration});
      },
      accepts);
}

running_proxy running_proxy::haproxy(fairlead::port target, std::string_view bind_options,
                                     std::string_view server_options) {
  const temp_dir dir;
  const auto text = [&](fairlead::port p) {
    std::string t =
        "defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 30s\n  timeout server 30s\n";
    // A probe at the port itself would be passed on to the target.
    t += "frontend ready\n  bind unix@" + (dir / "ready").string() + "\n";
    t += "listen passing\n  bind 127.0.0.1:" + p.to_string() + ' ' + std::string(bind_options) +
         "\n  server target 127.0.0.1:" + target.to_string() + ' ' + std::string(server_options) + "\n";
    return t;
  };
  return start(
      [&](fairlead::port p) { return quiet({path_of("haproxy"), "-db", "-f", dir.write("conf", text(p))}); },
      [&](fairlead::port) {
        return unix_stream::connect(dir.socket("ready")).within(soon).wait().has_value();
      });
}

target_server::target_server(std::function<void(tcp_stream)> serve)
    : listener_(tcp_listener::listen(loopback(fairlead::port(0))).value()),
      port_(listener_.local_endpoint().value().ip().port()),
      thread_([this, run = std::move(serve)] {
        while (result<tcp_stream> s = listener_.accept().stop_on(stop_.get_token()).wait())
          run(std::move(*s));
      }) {}

target_server::~target_server() {
  stop_.request_stop();
  thread_.join();
}

void greet_and_echo(tcp_stream s) {
  if (!s.send("ready\n").within(soon).wait()) return;
  buffered_reader reader(s);
  const auto line = reader.line().within(soon).wait();
  if (!line || !*line) return;
  const std::string back = std::string(**line) + '\n';
  (void)s.send(back).within(soon).wait();
}

}  // namespace fairlead::testing
