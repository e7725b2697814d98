// SPDX-License-Identifier: MIT
// fairlead resolve NAME…: names to addresses and back, and where the answers came from.
#include <algorithm>

#include <fairlead/loop.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/resolve.hpp>

#include "command/command.hpp"
#include "evidence/evidence.hpp"
#include "figures.hpp"
#include "json.hpp"
#include "standard_io.hpp"
#include "text.hpp"
#include "wire/interrupts.hpp"

namespace tool {

namespace {

using namespace fairlead;

// An answer of any kind, as text.
struct found {
  std::string kind;  ///< what was asked for
  std::vector<std::string> records;
  answer_source source = answer_source::literal;
  std::optional<ip_endpoint> server;
  duration time_to_live{};
  std::string canonical_name;
};

std::string text_of(const ip_address& a) { return a.to_string(); }
std::string text_of(const std::string& s) { return s; }
std::string text_of(const service_record& r) {
  return std::to_string(r.priority) + ' ' + std::to_string(r.weight) + ' ' + r.port.to_string() + ' ' +
         r.target;
}
std::string text_of(const mail_exchanger& m) { return std::to_string(m.preference) + ' ' + m.host; }

template <class T>
found in_words(std::string kind, const answer<T>& a) {
  found f;
  f.kind = std::move(kind);
  for (const T& r : a.records) f.records.push_back(text_of(r));
  f.source = a.source;
  f.server = a.server;
  f.time_to_live = a.time_to_live;
  f.canonical_name = a.canonical_name;
  return f;
}

task<result<found>> look_up(const resolver& names, const settings& asked, std::string name) {
  if (asked.srv) co_return in_words("srv", co_await or_return(names.services(name)));
  if (asked.mx) co_return in_words("mx", co_await or_return(names.mail_exchangers(name)));
  if (asked.txt) co_return in_words("txt", co_await or_return(names.texts(name)));
  if (const auto address = ip_address::parse(name)) {
    co_return in_words("names", co_await or_return(names.names(*address)));
  }
  const family wanted = asked.ipv4 ? family::ipv4 : asked.ipv6 ? family::ipv6 : family::unspecified;
  co_return in_words("addresses", co_await or_return(names.addresses(name, wanted)));
}

bool has_time_to_live(const found& f) { return f.time_to_live != duration::max(); }
std::int64_t seconds_of(duration d) { return std::chrono::duration_cast<std::chrono::seconds>(d).count(); }

std::string origin(const found& f) {
  const std::string who = f.server ? f.server->to_string() : std::string();
  switch (f.source) {
    case answer_source::literal: return "an address in figures";
    case answer_source::localhost: return "this machine, as always";
    case answer_source::hosts_file: return "the hosts file";
    case answer_source::cache: return "memory, from " + who;
    case answer_source::server: return who;
  }
  return {};
}

void print(const found& f, const std::string& name, duration took, bool several, const console& out) {
  std::string lines;
  for (const std::string& r : f.records) {
    lines += (several ? printable(name) + '\t' : std::string()) + printable(r) + '\n';
  }
  show(lines);
  std::string said = printable(name) + ": from " + origin(f) + " in " + time_text(took);
  if (has_time_to_live(f)) said += ", good for " + std::to_string(seconds_of(f.time_to_live)) + " s";
  const bool alias = f.kind != "names" && !f.canonical_name.empty() && f.canonical_name != name;
  if (alias) said += "; its true name is " + printable(f.canonical_name);
  out.note(said);
}

std::string json_of(const result<found>& r, const std::string& name, duration took) {
  std::string line = "{\"name\":" + json_string(name);
  if (r) {
    line += ",\"kind\":" + json_string(r->kind) + ",\"records\":[";
    for (std::size_t i = 0; i < r->records.size(); ++i) {
      line += (i == 0 ? "" : ",") + json_string(r->records[i]);
    }
    line += "],\"source\":" + json_string(to_string(r->source));
    if (r->server) line += ",\"server\":" + json_string(r->server->to_string());
    if (has_time_to_live(*r)) line += ",\"ttl_seconds\":" + std::to_string(seconds_of(r->time_to_live));
    if (!r->canonical_name.empty()) line += ",\"canonical_name\":" + json_string(r->canonical_name);
  } else {
    line += ",\"error\":" + json_string(r.error().message());
  }
  return line + ",\"microseconds\":" +
         std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(took).count()) + '}';
}

// Each name in turn, so that the lines are in order. The first failure is the status.
task<result<void>> resolve_all(const settings& asked, const resolver& names, const console& out,
                               const interrupts& signals, exit_status& status) {
  for (const std::string& name : asked.arguments) {
    if (nobody_reads()) break;
    const time_point began = clock::now();
    const duration limit = asked.timeout.value_or(duration::max());
    const auto r = co_await look_up(names, asked, name).within(limit).stop_on(signals.finishing());
    if (!r && signals.number() != 0) break;
    const duration took = clock::now() - began;
    if (asked.proof != nullptr) asked.proof->found("looked_up", json_of(r, name, took));
    if (asked.json) show(json_of(r, name, took) + '\n');
    if (r && !asked.json) print(*r, name, took, asked.arguments.size() > 1, out);
    if (r) continue;
    const exit_status failed = asked.json ? status_of(r.error()) : out.fail(r.error());
    if (status == exit_status::ok) status = failed;
  }
  co_return {};
}

std::string contradiction(const settings& asked) {
  if (std::ranges::find(asked.arguments, std::string()) != asked.arguments.end())
    return "a name is empty; write it as in localhost";
  if (asked.ipv4 && asked.ipv6) return "--ipv4 and --ipv6: without both, addresses of either are told";
  if (asked.srv + asked.mx + asked.txt > 1) return "--srv, --mx and --txt: choose one of them";
  if ((asked.srv || asked.mx || asked.txt) && (asked.ipv4 || asked.ipv6))
    return "--ipv4 and --ipv6 are for addresses";
  return {};
}

result<resolver> resolver_of(const settings& asked) {
  if (asked.servers.empty()) return resolver();
  resolver_options o;
  o.hosts_file.clear();
  for (const std::string& text : asked.servers) {
    constexpr std::uint16_t domain = 53;
    if (const auto bare = ip_address::parse(text)) {
      o.servers.emplace_back(*bare, port(domain));
      continue;
    }
    const auto e = ip_endpoint::parse(text);
    if (!e) return std::unexpected(e.error());
    o.servers.push_back(*e);
  }
  return resolver::create(std::move(o));
}

}  // namespace

int resolve(const settings& asked, console& out) {
  if (const std::string sentence = contradiction(asked); !sentence.empty()) {
    out.fail(sentence);
    return static_cast<int>(exit_status::usage);
  }
  const auto names = resolver_of(asked);
  if (!names) return static_cast<int>(out.fail(names.error()));
  auto l = loop::create();
  if (!l) return static_cast<int>(out.fail(l.error()));
  exit_status status = exit_status::ok;
  const auto work = [&](const interrupts& signals) {
    return resolve_all(asked, *names, out, signals, status);
  };
  const conclusion done = l->run(until_interrupted(work, out));
  return done.signal != 0 ? done.status(out) : static_cast<int>(status);
}

}  // namespace tool
