// SPDX-License-Identifier: MIT
#include <fairlead/account.hpp>

#include <cerrno>
#include <string>

#include "address/parsing.hpp"
#include "sys/account.hpp"

namespace fairlead {

namespace {

template <class Ask>
result<std::uint32_t> id_of(std::string_view kind, std::string_view name, Ask ask) {
  std::string subject(kind);
  subject.append(" ").append(parsing::quoted(name));
  std::uint32_t id = 0;
  // The system would cut the name at a NUL, and find somebody else.
  const bool possible = !name.empty() && name.find('\0') == std::string_view::npos;
  const sys::outcome r = possible ? ask(std::string(name), id) : sys::outcome{ENOENT, 0};
  if (r.ok()) return id;
  if (r.code != ENOENT)
    return std::unexpected(error::about(static_cast<errc>(r.code), verb::none, std::move(subject)));
  std::string reason("this machine knows no such ");
  reason += kind;
  return std::unexpected(
      error::about(fault::unknown_name, verb::none, std::move(subject), std::move(reason)));
}

}  // namespace

result<std::uint32_t> user_id(std::string_view name) { return id_of("user", name, sys::user_id); }
result<std::uint32_t> group_id(std::string_view name) { return id_of("group", name, sys::group_id); }

}  // namespace fairlead
