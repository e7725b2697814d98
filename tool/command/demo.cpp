// SPDX-License-Identifier: MIT
// fairlead demo: every transport, every way of waiting, every backend, in one table.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <vector>

#include <fairlead/loop.hpp>
#include <fairlead/resolve.hpp>
#include <fairlead/tcp.hpp>

#include "command/command.hpp"
#include "demo/directory.hpp"
#include "demo/echo_server.hpp"
#include "demo/interruption.hpp"
#include "demo/report.hpp"
#include "figures.hpp"
#include "standard_io.hpp"

namespace tool {

namespace {

using namespace demo_parts;
using fairlead::clock;
using namespace std::chrono_literals;

constexpr auto whole_time = 14s;  // after which whatever still runs has failed
constexpr auto aim = 5s;          // what the phases are cut to
constexpr auto row_time = 4s;

// The backends to show; why one is missing goes to the report. FAIRLEAD_BACKEND asks for one alone.
fairlead::result<std::vector<fairlead::backend>> find_backends(report& to) {
  const auto wished = fairlead::loop::create();
  if (!wished) return std::unexpected(wished.error());
  const char* const forced = std::getenv("FAIRLEAD_BACKEND");
  std::vector<fairlead::backend> found;
  std::optional<fairlead::error> why_not;
  for (const auto b : {fairlead::backend::io_uring, fairlead::backend::epoll}) {
    if (const auto made = fairlead::loop::create({b}); !made) {
      to.missing(std::string(to_string(b)) + " is missing: " + made.error().reason());
      why_not = made.error();
    } else if (forced != nullptr && *forced != '\0' && std::string_view(forced) != "automatic" &&
               b != wished->backend()) {
      to.missing(std::string(to_string(b)) + " is left out: FAIRLEAD_BACKEND=" + forced);
    } else {
      found.push_back(b);
    }
  }
  // A table without a row would say that all of it held.
  if (found.empty() && why_not) return std::unexpected(*why_not);
  return found;
}

// Many containers have no IPv6, not even on loopback.
bool find_ipv6(report& to) {
  const auto probe = fairlead::tcp_listener::listen({fairlead::ipv6_address::loopback(), fairlead::port(0)});
  if (!probe) to.missing("IPv6 is missing: " + probe.error().message());
  return probe.has_value();
}

// What the names of this machine lead to, without asking anybody else.
void find_names(report& to) {
  const auto start = clock::now();
  const auto found = fairlead::resolver().addresses("localhost").within(1s).wait();
  if (!found) return to.missing("Names: " + found.error().message());
  std::string all;
  for (const auto& a : found->records) all += (all.empty() ? "" : " and ") + a.to_string();
  std::string said = "Names: localhost is ";
  said.append(all).append(" (").append(time_text(clock::now() - start)).append(")");
  to.told(std::move(said));
}

class demonstration {
 public:
  demonstration(report& to, bool with_ipv6, std::filesystem::path directory, lookout* signals)
      : report_(to), with_ipv6_(with_ipv6), directory_(std::move(directory)), interruption_(signals) {}

  /// The signal that ended it, or 0.
  [[nodiscard]] int interrupted() const noexcept { return interruption_.number(); }

  /// All rows of one backend, of `sections` such that are still to come.
  fairlead::result<void> section(fairlead::backend on, std::size_t sections) {
    const auto server = echo_server::start(on, with_ipv6_, directory_ / std::string(to_string(on)));
    if (!server) return std::unexpected(server.error());
    auto loop = fairlead::loop::create({on});
    if (!loop) return std::unexpected(loop.error());
    report_.section(on);
    std::size_t rows = 0;
    for (const service& s : (*server)->services()) {
      for (const way& w : ways) rows += w.has(s) ? sections : 0;
    }
    for (const service& s : (*server)->services()) {
      for (const way& w : ways) {
        if (!w.has(s)) continue;
        if (interrupted() != 0 || nobody_reads()) return {};
        converse(**server, s, w, *loop, rows--);
      }
    }
    return {};
  }

 private:
  struct way {
    const char* name;
    bool layered;  ///< also for TLS, where several steps make an operation: it has no .now()
    fairlead::result<void> (*talk)(const peer&, exchange&, fairlead::loop&);
    [[nodiscard]] bool has(const service& s) const noexcept { return layered || !s.at.tls; }
  };
  static constexpr std::array<way, 3> ways = {{
      {"blocking", true, [](const peer& p, exchange& x, fairlead::loop&) { return talk_blocking(p, x); }},
      {"non-blocking", false,
       [](const peer& p, exchange& x, fairlead::loop&) { return talk_nonblocking(p, x); }},
      {"coroutine", true,
       [](const peer& p, exchange& x, fairlead::loop& on) { return talk_coroutine(p, x, on); }},
  }};

  void converse(echo_server& server, const service& s, const way& w, fairlead::loop& on,
                std::size_t rows_left) {
    const auto now = clock::now();
    plan p;
    p.form = s.at.carrier == fairlead::transport::tcp || s.at.carrier == fairlead::transport::unix_stream
                 ? shape::stream
                 : shape::message;
    p.largest = s.largest;
    // A slow machine measures for a shorter time, rather than running for a longer one.
    p.phase =
        std::clamp<fairlead::duration>((start_ + aim - now) / static_cast<int>(rows_left * 2), 2ms, 80ms);
    p.deadline = std::min(now + row_time, start_ + whole_time);
    p.stop = interruption_.token();
    exchange x(p);
    const auto held = w.talk(s.at, x, on);
    row r{s.name, w.name, s.largest, p.form, x.result(), held.has_value()};
    if (held) return report_.add(r);
    if (interrupted() != 0) return;
    const auto theirs = server.complaint();
    report_.add(r, x, held.error(), theirs);
  }

  report& report_;
  bool with_ipv6_;
  std::filesystem::path directory_;
  interruption interruption_;
  fairlead::time_point start_ = clock::now();
};

}  // namespace

int demo(const settings& asked, console& out) {
  report told(asked, out);
  const auto directory = private_directory::make();
  if (!directory) return static_cast<int>(out.fail(directory.error()));
  const auto backends = find_backends(told);
  if (!backends) return static_cast<int>(out.fail(backends.error()));
  const bool with_ipv6 = find_ipv6(told);
  find_names(told);
  told.begin(*backends);
  demonstration shown(told, with_ipv6, directory->path(), out.signals);
  std::size_t sections = backends->size();
  for (const auto b : *backends) {
    std::error_code failed;
    std::filesystem::create_directory(directory->path() / std::string(to_string(b)), failed);
    if (const auto done = shown.section(b, sections--); !done)
      return static_cast<int>(out.fail(done.error()));
    if (shown.interrupted() != 0) return after_signal(shown.interrupted());
    if (nobody_reads()) break;  // of the table; see console::verdict()
  }
  return static_cast<int>(told.end());
}

}  // namespace tool
