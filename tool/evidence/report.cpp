// SPDX-License-Identifier: MIT
#include "evidence/report.hpp"

#include <chrono>
#include <cstdio>

#include <nlohmann/json.hpp>

#include <fairlead/signal.hpp>
#include <fairlead/version.hpp>

#include "evidence/fields.hpp"
#include "exit_status.hpp"

namespace tool {

namespace {

using namespace fairlead;
using json = nlohmann::ordered_json;  // in the order in which it reads well

double seconds(duration d) { return std::chrono::duration<double>(d).count(); }

std::int64_t wall_now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
}

std::string_view outcome(const dial_attempt& a) {
  if (!a.failed) return "connected";
  const ending e = ending_of(std::unexpected(*a.failed));
  return e == ending::given_up ? "given up" : word_of(e, "tcp:");
}

json json_of(const dial_log& log) {
  json all = json::array();
  for (const dial_attempt& a : log.attempts) {
    json one = {{"address", a.peer.to_string()},
                {"began", seconds(a.began)},
                {"seconds", seconds(a.took)},
                {"outcome", outcome(a)}};
    if (a.failed && !(*a.failed == errc::operation_canceled)) one["error"] = a.failed->message();
    all.push_back(std::move(one));
  }
  return all;
}

json json_of(const tls_facts& f) {
  json made = {{"version", to_string(f.version)},
               {"cipher", f.cipher},
               {"alpn", f.alpn},
               {"verified", f.verified},
               {"resumed", f.resumed}};
  if (f.peer) {
    made["subject"] = f.peer->subject;
    made["issuer"] = f.peer->issuer;
    made["pin"] = f.peer->pin.to_string();
  }
  return made;
}

json json_of(const ledger& files) {
  json listed = json::array();
  for (const ledger::file& f : files.listed()) {
    json one;
    add(one, fields_of(f));
    listed.push_back(std::move(one));
  }
  const ledger::sums& all = files.all();
  return {{"count", all.count},
          {"whole", all.whole},
          {"had", all.had},
          {"bytes", all.bytes},
          {"listed", std::move(listed)}};
}

// Whatever was not over when a signal came (`interrupted`) ended by it; and so with the deadline that ended
// the command.
std::string_view word(const flow& f, const std::string& side, int status, bool interrupted) {
  const bool unfinished = f.how == ending::open || f.how == ending::given_up;
  if (unfinished && interrupted) return "signal";
  if (unfinished && status == static_cast<int>(exit_status::deadline)) return "timeout";
  return word_of(f.how, side);
}

json json_of(const flow& f, const talk& who, const std::string& side, int status, bool interrupted) {
  json made = {{"bytes", f.bytes}};
  if (who.messages) made["messages"] = f.pieces;
  if (!f.sha256.empty()) made["sha256"] = f.sha256;
  made["ended"] = word(f, side, status, interrupted);
  if (!f.error.empty()) made["error"] = f.error;
  if (f.exited) add(made["exited"], fields_of(*f.exited));
  return made;
}

}  // namespace

std::string wall_text(std::int64_t ns) {
  using namespace std::chrono;
  const sys_time<milliseconds> when(duration_cast<milliseconds>(nanoseconds(ns)));
  const auto day = floor<days>(when);
  const year_month_day date(day);
  const hh_mm_ss time(when - day);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  return text;
}

report::report(std::string command, std::vector<std::string> arguments)
    : command_(std::move(command)), arguments_(std::move(arguments)), wall_ns_(wall_now()) {}

std::uint32_t report::begin(talk t) {
  all_messages_ = all_messages_ && t.messages;
  if (listed_.size() < most_listed) listed_.push_back({std::move(t), age(), {}, {}});
  return ++conversations_;
}

void report::read(std::uint32_t number, const flows& all) {
  ++over_;
  for (std::size_t i = 0; i < all.size(); ++i) bytes_[i] += all[i].bytes, messages_[i] += all[i].pieces;
  if (number > listed_.size()) return;
  conversation& c = listed_[number - 1];
  c.took = age() - c.began;
  c.all = all;
}

void report::dialled(dial d) {
  ++dialled_;
  if (dials_.size() < most_listed) dials_.push_back(std::move(d));
}

void report::listening(std::string at) { listening_.push_back(std::move(at)); }

void report::failed(std::string sentence) {
  ++failures_;
  if (errors_.size() < most_listed) errors_.push_back(std::move(sentence));
}

void report::found(std::string_view what, const std::string& object) {
  auto at = findings_.find(what);
  if (at == findings_.end()) at = findings_.emplace(what, finding()).first;
  finding& f = at->second;
  ++f.count;
  if (f.listed.size() < most_listed) f.listed.push_back(object);
}

std::string report::text(int status, bool one_line) const {
  const int signal = status > 128 ? status - 128 : 0;
  json all = {{"fairlead", FAIRLEAD_VERSION}, {"command", command_},       {"arguments", arguments_},
              {"began", wall_text(wall_ns_)}, {"seconds", seconds(age())}, {"status", status}};
  if (signal != 0) all["signal"] = signal_name(signal);
  if (failures_ > 0) all["errors"] = {{"count", failures_}, {"listed", errors_}};
  if (!listening_.empty()) all["listening"] = listening_;
  if (dialled_ > 0) {
    json listed = json::array();
    for (const dial& d : dials_) {
      json one = {{"to", d.to}};
      if (d.how.dialled.resolved) one["resolved"] = seconds(*d.how.dialled.resolved);
      if (!d.how.dialled.attempts.empty()) one["tried"] = json_of(d.how.dialled);
      if (d.how.connected) one["connected"] = seconds(*d.how.connected);
      if (d.how.proxied) one["proxied"] = seconds(*d.how.proxied);
      if (d.how.secured) one["secured"] = seconds(*d.how.secured);
      if (d.how.tls) one["tls"] = json_of(*d.how.tls);
      if (!d.local.empty()) one["local"] = d.local;
      if (!d.peer.empty()) one["peer"] = d.peer;
      if (d.failed) one["error"] = d.failed->message();
      listed.push_back(std::move(one));
    }
    all["dialled"] = {{"count", dialled_}, {"listed", std::move(listed)}};
  }
  if (conversations_ > 0) {
    json listed = json::array();
    std::uint32_t number = 0;
    for (const conversation& c : listed_) {
      json one = {{"number", ++number},
                  {"first", c.who.first},
                  {"second", c.who.second},
                  {"began", seconds(c.began)}};
      if (c.took) one["seconds"] = seconds(*c.took);
      const bool interrupted =
          signal != 0 && (!c.took || !interrupted_ || c.began + *c.took >= *interrupted_);
      one["there"] = json_of(c.all[0], c.who, c.who.first, status, interrupted);
      one["back"] = json_of(c.all[1], c.who, c.who.second, status, interrupted);
      listed.push_back(std::move(one));
    }
    all["conversations"] = {{"count", conversations_},
                            {"over", over_},
                            {"there", {{"bytes", bytes_[0]}}},
                            {"back", {{"bytes", bytes_[1]}}},
                            {"listed", std::move(listed)}};
    if (all_messages_) {
      all["conversations"]["there"]["messages"] = messages_[0];
      all["conversations"]["back"]["messages"] = messages_[1];
    }
  }
  if (files_.all().count > 0) all["files"] = json_of(files_);
  for (const auto& [what, f] : findings_) {
    json listed = json::array();
    for (const std::string& object : f.listed) listed.push_back(json::parse(object));
    all[what] = {{"count", f.count}, {"listed", std::move(listed)}};
  }
  if (!measured_.empty()) all["result"] = json::parse(measured_);
  if (!refusals_.empty()) all["refused"] = refusals_;
  return all.dump(one_line ? -1 : 2, ' ', false, json::error_handler_t::replace) + '\n';
}

}  // namespace tool
