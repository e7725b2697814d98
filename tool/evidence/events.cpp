// SPDX-License-Identifier: MIT
#include "evidence/events.hpp"

#include <nlohmann/json.hpp>

#include "evidence/ending.hpp"
#include "standard_io.hpp"

namespace tool {

std::string event_line(std::string_view event, fairlead::duration at, const event_fields& fields) {
  nlohmann::ordered_json made = {{"event", event}, {"seconds", std::chrono::duration<double>(at).count()}};
  add(made, fields);
  return made.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

void emit(std::string_view event, fairlead::duration at, const event_fields& fields) {
  tell(event_line(event, at, fields));
}

void event_log::passed(direction d, fairlead::const_buffer content) { bytes_[index_of(d)] += content.size; }

void event_log::ended(direction d, const fairlead::result<void>& how, bool dismissed) {
  const std::size_t i = index_of(d);
  words_[i] = word_of(ending_of(how, dismissed), names_[i]);
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
  for (auto& one : fields_of(how)) fields.push_back(std::move(one));
  emit("exited", fairlead::clock::now() - start_, fields);
}

}  // namespace tool
