// SPDX-License-Identifier: MIT
#include "evidence/fields.hpp"

#include <nlohmann/json.hpp>

#include <fairlead/signal.hpp>

namespace tool {

event_fields fields_of(const ledger::file& f) {
  event_fields made = {{"name", f.name}};
  if (!f.from.empty()) made.emplace_back("from", f.from);
  made.emplace_back("size", f.size);
  made.emplace_back("bytes", f.bytes);
  if (f.resumed_at) made.emplace_back("resumed_at", *f.resumed_at);
  made.emplace_back("outcome", std::string(word_of(f.now)));
  if (!f.sha256.empty()) made.emplace_back("sha256", f.sha256);
  if (!f.error.empty()) made.emplace_back("error", f.error);
  return made;
}

event_fields fields_of(fairlead::exit_status s) {
  if (s.signal() != 0) return {{"signal", fairlead::signal_name(s.signal())}};
  return {{"status", static_cast<std::uint64_t>(s.code())}};
}

void add(nlohmann::ordered_json& to, const event_fields& fields) {
  for (const auto& [name, value] : fields)
    std::visit([&](const auto& v) { to[std::string(name)] = v; }, value);
}

}  // namespace tool
