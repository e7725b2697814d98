// SPDX-License-Identifier: MIT
#include "evidence/events.hpp"

#include <cstdio>

#include <nlohmann/json.hpp>

#include <fairlead/signal.hpp>

#include "evidence/ending.hpp"

namespace tool {

std::string event_line(std::string_view event, fairlead::duration at, const event_fields& fields) {
  nlohmann::ordered_json made = {{"event", event}, {"seconds", std::chrono::duration<double>(at).count()}};
  for (const auto& [name, value] : fields)
    std::visit([&](const auto& v) { made[std::string(name)] = v; }, value);
  return made.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

void emit(std::string_view event, fairlead::duration at, const event_fields& fields) {
  const std::string line = event_line(event, at, fields);
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
}

void event_log::passed(direction d, fairlead::const_buffer content) { bytes_[index_of(d)] += content.size; }

void event_log::ended(direction d, const fairlead::result<void>& how) {
  const std::size_t i = index_of(d);
  words_[i] = word_of(dismissed_[i] ? ending::given_up : ending_of(how), names_[i]);
  const fairlead::duration at = fairlead::clock::now() - start_;
  if (words_[1 - i].empty()) {
    emit("half-closed", at,
         {{"conversation", std::uint64_t{number_}},
          {"side", names_[i]},
          {"how", words_[i]},
          {"bytes", bytes_[i]}});
    return;
  }
  emit("ended", at,
       {{"conversation", std::uint64_t{number_}},
        {"first", names_[0]},
        {"first_ended", words_[0]},
        {"bytes_there", bytes_[0]},
        {"second", names_[1]},
        {"second_ended", words_[1]},
        {"bytes_back", bytes_[1]}});
}

void event_log::exited(direction d, fairlead::exit_status how) {
  event_fields fields = {{"conversation", std::uint64_t{number_}}, {"side", names_[index_of(d)]}};
  if (how.signal() != 0) {
    fields.emplace_back("signal", fairlead::signal_name(how.signal()));
  } else {
    fields.emplace_back("status", static_cast<std::uint64_t>(how.code()));
  }
  emit("exited", fairlead::clock::now() - start_, fields);
}

}  // namespace tool
