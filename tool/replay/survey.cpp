// SPDX-License-Identifier: MIT
#include "replay/survey.hpp"

#include "evidence/report.hpp"
#include "figures.hpp"
#include "text.hpp"

namespace tool::replaying {

using namespace fairlead;

result<survey> survey_of(const std::string& path) {
  auto file = recording::reader::open(path);
  if (!file) return std::unexpected(file.error());
  survey s;
  while (const auto r = file->next()) {
    if (const auto* const first = std::get_if<recording::started>(&*r)) {
      s.wall_ns = first->wall_ns;
      s.program = first->program;
    } else if (const auto* const o = std::get_if<recording::opened>(&*r)) {
      s.conversations.push_back({*o, o->at, {}, {}, {}});
    } else if (const auto* const p = std::get_if<recording::passed>(&*r)) {
      summary& c = s.conversations[p->conversation - 1];
      c.last = p->at;
      c.bytes[index_of(p->way)] += p->content.size;
      ++c.pieces[index_of(p->way)];
    } else if (const auto* const e = std::get_if<recording::ended>(&*r)) {
      summary& c = s.conversations[e->conversation - 1];
      c.last = e->at;
      c.how[index_of(e->way)] = e->how;
    }
  }
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

}  // namespace tool::replaying
