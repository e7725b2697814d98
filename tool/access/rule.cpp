// SPDX-License-Identifier: MIT
#include "access/rule.hpp"

#include <algorithm>
#include <charconv>

#include <fairlead/account.hpp>

#include "text.hpp"

namespace tool {

namespace {

using namespace fairlead;

using parsed = std::expected<access_rule, std::string>;

std::unexpected<std::string> wrong(std::string_view text, std::string_view why) {
  std::string sentence = printable(text.substr(0, 100));
  sentence.append(": ").append(why);
  return std::unexpected(std::move(sentence));
}

match yes_if(bool b) noexcept { return b ? match::yes : match::no; }

// Whether somebody is known to have come by IP: such peers have no users that we could know.
bool came_by_ip(const visitor& v) noexcept { return v.where && v.where->is_ip(); }

struct matcher {
  const visitor& v;

  match operator()(const ip_network& n) const noexcept {
    if (!v.where || v.where->is_unspecified()) return match::unknown;
    return yes_if(v.where->is_ip() && n.contains(v.where->ip().address()));
  }
  match operator()(user_number user) const noexcept {
    if (v.credentials) return yes_if(v.credentials->user == user.id);
    return came_by_ip(v) ? match::no : match::unknown;
  }
  match operator()(group_number group) const noexcept {
    if (v.credentials && v.credentials->group == group.id) return match::yes;
    if (v.credentials && v.groups) return yes_if(std::ranges::count(*v.groups, group.id) != 0);
    return came_by_ip(v) ? match::no : match::unknown;
  }
};

// 2^32 - 1 is "nobody in particular" to the system (chown(2)).
std::optional<std::uint32_t> read_id(std::string_view digits) noexcept {
  std::uint32_t id = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
  if (failed != std::errc() || end != digits.data() + digits.size() || id == 0xffffffffU) return std::nullopt;
  return id;
}

template <class Number>
parsed by_id(std::string_view text, std::string_view digits) {
  const auto id = read_id(digits);
  if (!id) return wrong(text, "the id must be a number from 0 to 4294967294");
  return access_rule{Number{*id}, std::string(text)};
}

template <class Number>
parsed by_name(std::string_view text, std::string_view name, std::string_view kind, std::string_view id_form,
               result<std::uint32_t> found) {
  if (found) return access_rule{Number{*found}, std::string(text)};
  std::string why = found.error().reason();
  if (name.empty()) {
    why.assign("the name of the ").append(kind).append(" is missing");
  } else if (read_id(name)) {
    why.append("; for a number write ").append(id_form).append(name);
  }
  return wrong(text, why);
}

// Whether it can be no address, whatever was meant by it.
bool is_word(std::string_view text) {
  return std::ranges::any_of(text.substr(0, text.find('%')), [](char c) {
    return (c >= 'g' && c <= 'z') || (c >= 'G' && c <= 'Z') || c == '_' || c == '-' || c == '@';
  });
}

}  // namespace

match access_rule::matches(const visitor& v) const noexcept { return std::visit(matcher{v}, whom); }

parsed parse_rule(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  if (colon != std::string_view::npos) {
    const std::string_view rest = text.substr(colon + 1);
    if (kind == "user") return by_name<user_number>(text, rest, kind, "uid:", user_id(rest));
    if (kind == "group") return by_name<group_number>(text, rest, kind, "gid:", group_id(rest));
    if (kind == "uid") return by_id<user_number>(text, rest);
    if (kind == "gid") return by_id<group_number>(text, rest);
  }
  if (is_word(text)) {
    return wrong(
        text,
        "is neither an address nor a network as 10.0.0.0/8, nor user:NAME, group:NAME, uid:N or gid:N; "
        "names of hosts are not looked up");
  }
  auto network = ip_network::parse(text);
  if (!network) return std::unexpected(network.error().message());
  return access_rule{*network, std::string(text)};
}

}  // namespace tool
