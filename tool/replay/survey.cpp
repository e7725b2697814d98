// SPDX-License-Identifier: MIT
#include "replay/survey.hpp"

#include <nlohmann/json.hpp>

#include <fairlead/sha256.hpp>

#include "evidence/report.hpp"
#include "figures.hpp"
#include "text.hpp"

namespace tool::replaying {

using namespace fairlead;

namespace {

// Of one conversation, as far as it has been read.
using digests = std::array<sha256, 2>;

void add_sums(survey& s, std::vector<digests>& from) {
  for (std::size_t i = 0; i < from.size(); ++i) {
    for (std::size_t way = 0; way < 2; ++way)
      s.conversations[i].sha256[way] = sha256::hex(from[i][way].digest());
  }
}

double seconds_in(duration d) { return std::chrono::duration<double>(d).count(); }

}  // namespace

result<survey> survey_of(const std::string& path, bool with_sums, const asked_to_stop& stop) {
  auto file = recording::reader::open(path);
  if (!file) return std::unexpected(file.error());
  survey s;
  std::vector<digests> sums;
  while (const auto r = file->next()) {
    if (stop && stop()) return failure(errc::operation_canceled, verb::read);
    if (const auto* const first = std::get_if<recording::started>(&*r)) {
      s.wall_ns = first->wall_ns;
      s.program = first->program;
    } else if (const auto* const o = std::get_if<recording::opened>(&*r)) {
      s.conversations.push_back({*o, o->at});
      if (with_sums) sums.emplace_back();
    } else if (const auto* const p = std::get_if<recording::passed>(&*r)) {
      summary& c = s.conversations[p->conversation - 1];
      c.last = p->at;
      c.bytes[index_of(p->way)] += p->content.size;
      ++c.pieces[index_of(p->way)];
      if (with_sums) sums[p->conversation - 1][index_of(p->way)].add(p->content);
    } else if (const auto* const e = std::get_if<recording::ended>(&*r)) {
      summary& c = s.conversations[e->conversation - 1];
      c.last = e->at;
      c.how[index_of(e->way)] = e->how;
      if (e->how != ending::given_up) c.errors[index_of(e->way)] = e->words;
    }
  }
  add_sums(s, sums);
  if (const auto& damage = file->state().damaged(); damage && damage->offset == 0)
    return std::unexpected(
        error::about(fault::bad_syntax, verb::read, path, "no recording; --record writes them"));
  s.complaint = file->complaint();
  s.damaged = !s.complaint.empty() && (file->state().damaged() || !file->state().over());
  return s;
}

std::string listing(const survey& s) {
  std::string text = "recorded " + wall_text(s.wall_ns) + " by " + printable(s.program) + '\n';
  for (const summary& c : s.conversations) {
    const std::array<const recording::party*, 2> parties = {&c.begun.first, &c.begun.second};
    text += std::to_string(c.begun.conversation) + "  at " + time_text(c.begun.at) + " for " +
            time_text(c.last - c.begun.at);
    for (std::size_t i = 0; i < 2; ++i) {
      text += i == 0 ? "  " : "; ";
      text += printable(parties[i]->name) + " sent " + count_text(c.bytes[i]) + " bytes";
      if (c.begun.messages)
        text += " in " + count_text(c.pieces[i]) + (c.pieces[i] == 1 ? " message" : " messages");
      text += ", ";
      text += word_of(c.how[i], parties[i]->name);
    }
    text += '\n';
  }
  return text;
}

std::string json_of(const survey& s, const summary& c) {
  using json = nlohmann::ordered_json;
  json made = {{"number", c.begun.conversation},
               {"first", c.begun.first.name},
               {"second", c.begun.second.name},
               {"recorded_at", wall_text(s.wall_ns)},
               {"recorded_by", s.program},
               {"began", seconds_in(c.begun.at)},
               {"seconds", seconds_in(c.last - c.begun.at)}};
  for (std::size_t i = 0; i < 2; ++i) {
    json& way = made[i == 0 ? "there" : "back"];
    way["bytes"] = c.bytes[i];
    if (c.begun.messages) way["messages"] = c.pieces[i];
    if (!c.sha256[i].empty()) way["sha256"] = c.sha256[i];
    way["ended"] = word_of(c.how[i], i == 0 ? c.begun.first.name : c.begun.second.name);
    if (!c.errors[i].empty()) way["error"] = c.errors[i];
  }
  return made.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace tool::replaying
