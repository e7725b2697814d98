// SPDX-License-Identifier: MIT
#include "replay/script.hpp"

namespace tool::replaying {

using namespace fairlead;

result<script> script::open(const std::string& path, std::uint32_t conversation) {
  auto file = recording::reader::open(path);
  if (!file) return std::unexpected(file.error());
  return script(std::move(*file), conversation);
}

std::optional<event> script::next() {
  while (const auto r = from_.next()) {
    if (const auto* const o = std::get_if<recording::opened>(&*r)) {
      if (o->conversation == conversation_) begun_ = true, began_ = o->at;
    } else if (const auto* const p = std::get_if<recording::passed>(&*r)) {
      if (p->conversation == conversation_) return event{p->way, p->at - began_, p->content, {}};
    } else if (const auto* const e = std::get_if<recording::ended>(&*r)) {
      if (e->conversation == conversation_) return event{e->way, e->at - began_, {}, e->how};
    }
  }
  return std::nullopt;
}

}  // namespace tool::replaying
