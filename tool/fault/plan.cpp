// SPDX-License-Identifier: MIT
#include "fault/plan.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include <fairlead/url.hpp>

#include "suggest.hpp"

namespace tool::faults {

namespace {

using fairlead::duration;

__extension__ using wide = unsigned __int128;

// Where a value is read: the faults of one direction, or of both.
struct reading {
  plan& into;
  bool there;
  bool back;

  template <class T>
  void set(T treatment::* member, T value) const {
    if (there) into.there.*member = value;
    if (back) into.back.*member = value;
  }
};

// "12.5" as a whole number of 1/scale; nothing where that is not exact, or no number.
struct decimal {
  std::string_view whole;
  std::string_view fraction;
  std::string_view rest;  // what follows the number
};

std::size_t count_digits(std::string_view text) {
  return std::min(text.find_first_not_of("0123456789"), text.size());
}

std::optional<decimal> split(std::string_view text) {
  decimal d;
  d.whole = text.substr(0, count_digits(text));
  text.remove_prefix(d.whole.size());
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    d.fraction = text.substr(0, count_digits(text));
    text.remove_prefix(d.fraction.size());
    if (d.fraction.empty()) return std::nullopt;
  }
  d.rest = text;
  if (d.whole.empty() || d.whole.size() > 18 || d.fraction.size() > 15) return std::nullopt;
  return d;
}

std::optional<wide> scaled(const decimal& d, std::uint64_t scale) {
  wide value = 0;
  wide divisor = 1;
  for (const char c : d.whole) value = value * 10 + static_cast<unsigned>(c - '0');
  wide part = 0;
  for (const char c : d.fraction) part = part * 10 + static_cast<unsigned>(c - '0'), divisor *= 10;
  if (part * scale % divisor != 0) return std::nullopt;
  return value * scale + part * scale / divisor;
}

std::string read_chance(std::string_view text, const reading& r, chance treatment::* member) {
  const auto d = split(text);
  if (!d) return "must be a percentage, as in 1% or 0.1%";
  if (d->rest.empty()) return "the unit is missing; write " + std::string(text) + "% for percent";
  if (d->rest != "%") return "must be a percentage, as in 1% or 0.1%";
  const auto parts = scaled(*d, certain / 100);
  if (!parts) return "cannot be finer than 0.0000001%";
  if (*parts > certain) return "must be 0% to 100%";
  r.set(member, static_cast<chance>(*parts));
  return {};
}

std::string read_duration(std::string_view text, duration& into, duration most) {
  const auto d = fairlead::parse_duration(text);
  if (!d) return d.error().reason();
  if (*d > most) return "must be at most an hour";
  into = *d;
  return {};
}

std::string read_latency(std::string_view text, const reading& r) {
  duration latency{};
  duration jitter{};
  for (const std::string_view sign : {"±", "+-", "+/-"}) {
    const std::size_t at = text.find(sign);
    if (at == std::string_view::npos) continue;
    if (std::string why = read_duration(text.substr(at + sign.size()), jitter, longest_latency); !why.empty())
      return why;
    text = text.substr(0, at);
    break;
  }
  if (std::string why = read_duration(text, latency, longest_latency); !why.empty()) return why;
  if (jitter > latency) return "what is added and taken away cannot be more than the latency itself";
  r.set(&treatment::latency, latency);
  r.set(&treatment::jitter, jitter);
  return {};
}

struct unit {
  std::string_view name;
  std::uint64_t bits;
};
constexpr std::array rate_units = {
    unit{"bit", 1},
    unit{"kbit", 1'000},
    unit{"mbit", 1'000'000},
    unit{"gbit", 1'000'000'000},
    unit{"kibit", std::uint64_t{1} << 10U},
    unit{"mibit", std::uint64_t{1} << 20U},
    unit{"gibit", std::uint64_t{1} << 30U},
    unit{"kib", std::uint64_t{8} << 10U},
    unit{"mib", std::uint64_t{8} << 20U},
    unit{"gib", std::uint64_t{8} << 30U},
};

std::string read_rate(std::string_view text, const reading& r) {
  constexpr const char* form = "must be a number with a unit, as in 1Mbit or 128KiB (a second)";
  const auto d = split(text);
  if (!d) return form;
  std::string name(d->rest);
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (name.empty()) return "the unit is missing; write " + std::string(text) + "bit for bits a second";
  if (name.ends_with("/s")) name.resize(name.size() - 2);
  const auto found = std::ranges::find(rate_units, name, &unit::name);
  // To some "bps" is bits and to tc it is bytes, "kB" is 1000 or 1024 of them, and "m" could be anything.
  if (found == rate_units.end()) {
    return "'" + std::string(d->rest) +
           "' is not a unit of rate; there are bit, kbit, Mbit and Gbit, powers of 1000, and KiB, MiB and "
           "GiB";
  }
  const auto bits = scaled(*d, found->bits);
  if (!bits) return "cannot be finer than a bit a second";
  if (*bits == 0) return "must be more than nothing; drop=100% lets nothing through";
  if (*bits < lowest_rate) return "must be at least 8bit, a byte a second";
  if (*bits > highest_rate) return "must be at most 1000000Gbit";
  r.set(&treatment::rate, static_cast<std::uint64_t>(*bits));
  return {};
}

std::string read_reset(std::string_view text, const reading& r) {
  if (!r.there || !r.back) return "cuts both directions; write it without there: or back:";
  const auto d = fairlead::parse_duration(text);
  if (!d) return d.error().reason();
  r.into.reset_after = *d;
  return {};
}

std::string read_half_open(std::string_view text, const reading& r) {
  const auto d = fairlead::parse_duration(text);
  if (!d) return d.error().reason();
  r.set(&treatment::half_open_after, std::optional<duration>(*d));
  return {};
}

std::string read_seed(std::string_view text, const reading& r) {
  const bool hex = text.starts_with("0x");
  const std::string_view digits = text.substr(hex ? 2 : 0);
  std::uint64_t seed = 0;
  const auto [end, failed] =
      std::from_chars(digits.data(), digits.data() + digits.size(), seed, hex ? 16 : 10);
  if (failed != std::errc() || end != digits.data() + digits.size() || digits.starts_with('-'))
    return "must be a number from 0 to 18446744073709551615";
  r.into.seed = seed;
  return {};
}

struct word {
  std::string_view name;
  std::string_view example;
  std::string (*read)(std::string_view, const reading&);
};
constexpr std::array words = {
    word{"latency", "50ms", read_latency},
    word{"drop", "1%",
         [](std::string_view t, const reading& r) { return read_chance(t, r, &treatment::drop); }},
    word{"reorder", "2%",
         [](std::string_view t, const reading& r) { return read_chance(t, r, &treatment::reorder); }},
    word{"duplicate", "1%",
         [](std::string_view t, const reading& r) { return read_chance(t, r, &treatment::duplicate); }},
    word{"corrupt", "0.1%",
         [](std::string_view t, const reading& r) { return read_chance(t, r, &treatment::corrupt); }},
    word{"rate", "1Mbit", read_rate},
    word{"reset-after", "10s", read_reset},
    word{"half-open-after", "5s", read_half_open},
    word{"seed", "42", read_seed},
};

// What other tools call them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> elsewhere = {{
    {"delay", "latency"},            // tc netem
    {"loss", "drop"},                // tc netem
    {"packet-loss", "drop"},         // comcast
    {"bandwidth", "rate"},           // toxiproxy
    {"target-bw", "rate"},           // comcast
    {"reset_peer", "reset-after"},   // toxiproxy
    {"timeout", "half-open-after"},  // toxiproxy
    {"jitter", "latency"},
}};

std::string unknown(std::string_view name) {
  std::string sentence(name);
  sentence += ": no such fault; ";
  std::vector<std::string_view> known;
  for (const word& w : words) known.push_back(w.name);
  std::string_view near = nearest(name, known);
  for (const auto& [theirs, ours] : elsewhere) {
    if (near.empty() && name == theirs) near = ours;
  }
  if (!near.empty()) {
    const word& meant = *std::ranges::find(words, near, &word::name);
    std::string example(meant.name);
    example.append("=").append(name == "jitter" ? "50ms±10ms" : meant.example);
    return sentence.append("did you mean ").append(example).append("?");
  }
  sentence += "there are ";
  for (std::size_t i = 0; i < words.size(); ++i) {
    sentence += i == 0 ? "" : i + 1 == words.size() ? " and " : ", ";
    sentence += words[i].name;
  }
  return sentence;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// Which words have been given, for each direction.
using given = std::array<std::array<bool, 2>, words.size()>;

std::string read_item(std::string_view item, const reading& r, given& before) {
  const std::size_t equals = std::min(item.find('='), item.size());
  const std::string_view name = trimmed(item.substr(0, equals));
  const auto found = std::ranges::find(words, name, &word::name);
  if (found == words.end()) return unknown(name);
  const std::string place(item);
  if (equals == item.size() || equals + 1 == item.size()) {
    std::string example(name);
    example.append("=").append(found->example);
    return place + ": needs a value, as in " + example;
  }
  auto& mark = before[static_cast<std::size_t>(found - words.begin())];
  if ((r.there && mark[0]) || (r.back && mark[1])) return place + ": given twice";
  if (r.there) mark[0] = true;
  if (r.back) mark[1] = true;
  if (found->read == read_seed) mark = {true, true};  // there is one, wherever it stands
  const std::string why = found->read(trimmed(item.substr(equals + 1)), r);
  return why.empty() ? why : place + ": " + why;
}

std::string read_value(std::string_view text, plan& into, given& before) {
  reading r{into, true, true};
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos) {
    const std::string_view way = trimmed(text.substr(0, colon));
    if (way != "there" && way != "back")
      return std::string(way) + (way.contains('=') ? ": one direction for each --fault; give it twice"
                                                   : ": no such direction; there are there: and back:");
    r.there = way == "there";
    r.back = way == "back";
    text.remove_prefix(colon + 1);
  }
  for (;;) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view item = trimmed(text.substr(0, comma));
    if (item.empty()) return "a fault is missing, as in drop=1%";
    if (std::string why = read_item(item, r, before); !why.empty()) return why;
    if (comma == text.size()) return {};
    text.remove_prefix(comma + 1);
  }
}

// ── And back ──

std::string text_of(duration d) {
  constexpr std::array<std::pair<std::int64_t, const char*>, 3> units = {
      {{1'000'000'000, "s"}, {1'000'000, "ms"}, {1'000, "us"}}};
  for (const auto& [factor, name] : units) {
    if (d.count() % factor == 0) return std::to_string(d.count() / factor) + name;
  }
  return std::to_string(d.count()) + "ns";
}

std::string text_of_chance(chance c) {
  std::string fraction = std::to_string(c % 10'000'000);
  fraction.insert(0, 7 - fraction.size(), '0');
  fraction.resize(fraction.find_last_not_of('0') + 1);
  std::string text = std::to_string(c / 10'000'000);
  if (!fraction.empty()) text.append(".").append(fraction);
  return text + '%';
}

std::string text_of_rate(std::uint64_t bits) {
  constexpr std::array<std::pair<std::uint64_t, const char*>, 3> units = {
      {{1'000'000'000, "Gbit"}, {1'000'000, "Mbit"}, {1'000, "kbit"}}};
  for (const auto& [factor, name] : units) {
    if (bits % factor == 0) return std::to_string(bits / factor) + name;
  }
  return std::to_string(bits) + "bit";
}

void add(std::string& text, std::string_view name, const std::string& value) {
  if (!text.empty()) text += ',';
  text.append(name).append("=").append(value);
}

std::string text_of(const treatment& t) {
  std::string text;
  if (t.latency != duration::zero()) {
    std::string value = text_of(t.latency);
    if (t.jitter != duration::zero()) value.append("±").append(text_of(t.jitter));
    add(text, "latency", value);
  }
  if (t.drop != 0) add(text, "drop", text_of_chance(t.drop));
  if (t.reorder != 0) add(text, "reorder", text_of_chance(t.reorder));
  if (t.duplicate != 0) add(text, "duplicate", text_of_chance(t.duplicate));
  if (t.corrupt != 0) add(text, "corrupt", text_of_chance(t.corrupt));
  if (t.rate != 0) add(text, "rate", text_of_rate(t.rate));
  if (t.half_open_after) add(text, "half-open-after", text_of(*t.half_open_after));
  return text;
}

}  // namespace

std::expected<plan, std::string> parse(std::span<const std::string> values) {
  plan made;
  given before{};
  for (const std::string& v : values) {
    if (std::string why = read_value(v, made, before); !why.empty()) return std::unexpected(std::move(why));
  }
  return made;
}

std::vector<std::string> to_text(const plan& p) {
  std::vector<std::string> values;
  std::string common = p.there == p.back ? text_of(p.there) : std::string();
  if (p.reset_after) add(common, "reset-after", text_of(*p.reset_after));
  if (p.seed) add(common, "seed", std::to_string(*p.seed));
  if (!common.empty()) values.push_back(std::move(common));
  if (p.there == p.back) return values;
  for (const auto& [way, t] : {std::pair("there:", &p.there), std::pair("back:", &p.back)}) {
    if (std::string text = text_of(*t); !text.empty()) values.push_back(way + text);
  }
  return values;
}

}  // namespace tool::faults
