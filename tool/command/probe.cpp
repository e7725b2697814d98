// SPDX-License-Identifier: MIT
// fairlead probe ADDR…: is anybody there, and how fast.
#include <fairlead/loop.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/timer.hpp>

#include "bench/chart.hpp"
#include "command/command.hpp"
#include "evidence/dialling.hpp"
#include "evidence/evidence.hpp"
#include "figures.hpp"
#include "json.hpp"
#include "standard_io.hpp"
#include "text.hpp"
#include "wire/interrupts.hpp"
#include "wire/open_link.hpp"
#include "wire/security.hpp"

namespace tool {

namespace {

using namespace fairlead;
using namespace std::chrono_literals;

constexpr std::uint64_t usual_count = 3;

// One address, and what became of each try.
struct target_state {
  url to;
  client_options how;
  std::vector<duration> answered{};
  std::optional<connect_report> last{};  ///< of the last try that was answered
  std::optional<error> failed{};         ///< the last failure
  std::uint64_t tries = 0;
};

// A refusal comes back as an error; silence means nothing.
task<result<void>> expect_answer(link& peer) {
  co_await or_return(peer.send(const_buffer()));
  std::vector<std::byte> room(peer.room());
  const auto got = co_await peer.recv(room);
  if (!got) co_return std::unexpected(got.error());
  co_return {};
}

// How long the peer took, without the time that its name took.
task<result<duration>> try_once(target_state& t, evidence* proof) {
  connect_report report;
  client_options how = t.how;
  how.report = &report;
  const time_point began = clock::now();
  auto opening = open_link_for(proof, t.to, how);
  auto made = co_await or_return(std::move(opening));
  const time_point opened = clock::now();
  if (t.to.transport() == transport::udp) co_await or_return(expect_answer(*made));
  const duration whole = clock::now() - began;
  if (report.tls) co_await or_return(made->finish());  // or the server would call us cut off
  t.last = report;
  for (const dial_attempt& a : report.dialled.attempts) {
    if (!a.failed) t.last->peer = endpoint(a.peer);
  }
  if (t.to.transport() == transport::udp) co_return whole - (opened - began);
  co_return whole - report.dialled.resolved.value_or(duration::zero());
}

task<> probe_one(target_state& t, const settings& asked, std::stop_token finishing, const console& out) {
  const std::uint64_t count = asked.count.value_or(usual_count);
  const duration limit = asked.timeout.value_or(3s);
  for (; t.tries < count; ++t.tries) {
    if (t.tries > 0) {
      const auto slept = co_await sleep_for(asked.interval.value_or(200ms)).stop_on(finishing);
      if (!slept) co_return;
    }
    const auto took = co_await try_once(t, asked.proof).within(limit).stop_on(finishing);
    if (finishing.stop_requested()) co_return;
    if (took) {
      t.answered.push_back(*took);
      out.step(t.to.to_string() + ": " + time_text(*took));
    } else {
      t.failed = took.error();
      out.step(took.error().message());
    }
  }
}

bench_parts::histogram times_of(const target_state& t) {
  bench_parts::histogram h;
  for (const duration d : t.answered) h.record(static_cast<std::uint64_t>(d.count()));
  return h;
}

std::string time_text(std::uint64_t ns) { return tool::time_text(duration(ns)); }

void print(const target_state& t, const console& out) {
  const std::string name = t.to.to_string();
  if (t.answered.empty()) return;
  const auto h = times_of(t);
  std::string said = out.paint(stream::out, style::good, "reachable") + "  " + name + "  ";
  if (h.count() == 1) {
    said += "in " + time_text(h.most());
  } else {
    said += std::to_string(h.count()) + " of " + std::to_string(t.tries) + ", fastest " +
            time_text(h.least()) + ", median " + time_text(h.percentile(50)) + ", slowest " +
            time_text(h.most());
  }
  said += '\n';
  if (t.last && t.last->peer) {
    said += std::string(t.how.via.empty() ? "  at " : "  by a proxy at ") + t.last->peer->to_string();
    if (t.last->dialled.resolved) said += "; its name took " + tool::time_text(*t.last->dialled.resolved);
    said += '\n';
  }
  if (t.last && t.last->tls) {
    const tls_facts& f = *t.last->tls;
    said += "  " + printable(description(f)) + (f.verified ? "" : "; not verified") + '\n';
    if (f.peer) said += "  pin " + f.peer->pin.to_string() + '\n';
  }
  if (h.count() > 1) said += bench_parts::chart(h);
  show(said);
}

std::string json_of(const target_state& t) {
  const auto us = [](duration d) {
    return std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(d).count());
  };
  std::string line = "{\"address\":" + json_string(t.to.to_string()) +
                     ",\"tries\":" + std::to_string(t.tries) +
                     ",\"answered\":" + std::to_string(t.answered.size()) + ",\"microseconds\":[";
  for (std::size_t i = 0; i < t.answered.size(); ++i) line += (i == 0 ? "" : ",") + us(t.answered[i]);
  line += ']';
  if (t.last && t.last->peer) line += ",\"peer\":" + json_string(t.last->peer->to_string());
  if (t.last && t.last->dialled.resolved) line += ",\"name_microseconds\":" + us(*t.last->dialled.resolved);
  if (t.last && t.last->tls) {
    const tls_facts& f = *t.last->tls;
    line += ",\"tls\":{\"version\":" + json_string(to_string(f.version)) +
            ",\"cipher\":" + json_string(f.cipher) + ",\"alpn\":" + json_string(f.alpn) +
            ",\"verified\":" + (f.verified ? "true" : "false");
    if (f.peer) {
      line += ",\"subject\":" + json_string(f.peer->subject) + ",\"issuer\":" + json_string(f.peer->issuer) +
              ",\"names\":[";
      for (std::size_t i = 0; i < f.peer->names.size(); ++i)
        line += (i == 0 ? "" : ",") + json_string(f.peer->names[i]);
      line += "],\"not_before\":" + std::to_string(f.peer->not_before.time_since_epoch().count()) +
              ",\"not_after\":" + std::to_string(f.peer->not_after.time_since_epoch().count()) +
              ",\"pin\":" + json_string(f.peer->pin.to_string());
    }
    line += '}';
  }
  if (t.failed) line += ",\"error\":" + json_string(t.failed->message());
  return line + '}';
}

struct probing {
  const settings& asked;
  const console& out;
  std::vector<target_state> targets{};
  exit_status status = exit_status::ok;
};

task<result<void>> probe_all(probing& p, const interrupts& signals) {
  for (target_state& t : p.targets) {
    if (signals.number() != 0 || nobody_reads()) break;
    co_await probe_one(t, p.asked, signals.finishing(), p.out);
    if (p.asked.proof != nullptr) p.asked.proof->found("probed", json_of(t));
    if (p.asked.json) {
      show(json_of(t) + '\n');
    } else {
      print(t, p.out);
    }
    if (!t.failed) continue;
    const exit_status failed = p.asked.json ? status_of(*t.failed) : p.out.fail(*t.failed);
    if (p.status == exit_status::ok) p.status = failed;
  }
  co_return {};
}

}  // namespace

int probe(const settings& asked, console& out) {
  probing p{asked, out};
  for (const std::string& word : asked.arguments) {
    const auto to = parse_address(word);
    if (!to) return out.misused(to.error());
    auto how = connecting_terms(asked, *to, out);
    if (!how) return out.misused(how.error());
    p.targets.push_back({*to, std::move(*how)});
  }
  auto l = loop::create();
  if (!l) return static_cast<int>(out.fail(l.error()));
  const auto work = [&p](const interrupts& signals) { return probe_all(p, signals); };
  const conclusion done = l->run(until_interrupted(work, out));
  return done.signal != 0 ? done.status(out) : static_cast<int>(p.status);
}

}  // namespace tool
