// SPDX-License-Identifier: MIT
// The messages of iperf3 that are JSON. The one file that knows the library which reads it: the peer decides
// what is in there, so everything is looked at before it is believed.
#include <cmath>

#include <nlohmann/json.hpp>

#include "bench/iperf3/message.hpp"

namespace tool::bench_parts::iperf3 {

namespace {

using nlohmann::json;

// No exceptions: what does not parse is "discarded", which is no object.
json parse(std::string_view text) { return json::parse(text, nullptr, false); }

const json* member(const json& of, const char* name) {
  const auto found = of.find(name);
  return found == of.end() || found->is_null() ? nullptr : &*found;
}

// iperf3 writes flags as true or as 1.
bool is_set(const json& of, const char* name) {
  const json* const v = member(of, name);
  if (v == nullptr) return false;
  return v->is_boolean() ? v->get<bool>() : !v->is_number() || v->get<double>() != 0;
}

refusal unclear(const char* name) {
  return {114, std::string(name) + " is missing, or no such number as iperf3 sends"};
}

// A whole number from 0 to `most`; what is missing is 0. Complaints go to `wrong`, the first one stays.
std::uint64_t number(const json& of, const char* name, std::uint64_t most, std::optional<refusal>& wrong) {
  const json* const v = member(of, name);
  if (v == nullptr) return 0;
  const bool fits = v->is_number_unsigned() && v->get<std::uint64_t>() <= most;
  if (!fits && !wrong) wrong = unclear(name);
  return fits ? v->get<std::uint64_t>() : 0;
}

// What concerns whoever sends, and this library or this tool has no way to do.
constexpr std::array beyond_us = {"congestion", "TOS",    "MSS",          "zerocopy",
                                  "flowlabel",  "fqrate", "dont_fragment"};

std::optional<refusal> check(const json& asked, const parameters& p) {
  if (is_set(asked, "sctp")) return refusal{13, "SCTP: fairlead measures TCP and UDP"};
  if (member(asked, "authtoken") != nullptr)
    return refusal{142,
                   "the client would prove who it is, and fairlead serves anybody: leave the user name out"};
  if (p.reverse || p.both) {
    for (const char* const name : beyond_us) {
      if (is_set(asked, name)) return refusal{13, std::string(name) + ": fairlead cannot send like that"};
    }
  }
  if (p.streams == 0 || p.streams > most_streams) return refusal{6, "1 to 128 streams are possible"};
  const std::uint32_t most = p.datagrams ? 65507 : largest_block;
  if (p.size < (p.datagrams ? largest_mark : 1) || p.size > most)
    return refusal{7, "blocks of such a size are not possible"};
  return std::nullopt;
}

// Counters that mean nothing are -1, which iperf3 also writes as the largest number of 64 bits.
std::optional<std::int64_t> count(const json& of, const char* name) {
  const json* const v = member(of, name);
  if (v == nullptr || !v->is_number()) return std::nullopt;
  if (v->is_number_unsigned()) {
    const auto n = v->get<std::uint64_t>();
    return n > INT64_MAX ? -1 : static_cast<std::int64_t>(n);
  }
  if (v->is_number_integer()) return v->get<std::int64_t>();
  const double d = v->get<double>();  // some versions write large ones as 1e+10
  return std::isfinite(d) && std::fabs(d) < 9e18 ? static_cast<std::int64_t>(d) : -1;
}

std::optional<double> real(const json& of, const char* name) {
  const json* const v = member(of, name);
  if (v == nullptr || !v->is_number()) return std::nullopt;
  const double d = v->get<double>();
  return std::isfinite(d) ? d : 0;
}

std::optional<stream_result> read_stream(const json& from) {
  if (!from.is_object()) return std::nullopt;
  const auto id = count(from, "id");
  const auto bytes = count(from, "bytes");
  const auto errors = count(from, "errors");
  const auto packets = count(from, "packets");
  const auto jitter = real(from, "jitter");
  if (!id || !bytes || *bytes < 0 || !errors || !packets || *packets < 0 || !jitter) return std::nullopt;
  stream_result s;
  s.id = *id;
  s.bytes = static_cast<std::uint64_t>(*bytes);
  s.retransmits = count(from, "retransmits").value_or(-1);
  s.jitter = *jitter;
  s.errors = *errors;
  s.packets = *packets;
  s.end_time = real(from, "end_time").value_or(0);
  return s;
}

}  // namespace

std::string to_text(const parameters& p) {
  json made = {{p.datagrams ? "udp" : "tcp", true},
               {"omit", p.omit},
               {"time", p.seconds},
               {"num", p.bytes},
               {"blockcount", 0},
               {"parallel", p.streams},
               {"len", p.size},
               {"pacing_timer", 1000},
               {"client_version", "3.12"}};
  if (p.reverse) made["reverse"] = true;
  if (p.both) made["bidirectional"] = true;
  if (p.bits_per_second != 0) made["bandwidth"] = p.bits_per_second;
  if (p.window != 0) made["window"] = p.window;
  if (p.no_delay) made["nodelay"] = true;
  if (p.wide_counters) made["udp_counters_64bit"] = 1;
  return made.dump();
}

std::expected<parameters, refusal> parse_parameters(std::string_view text) {
  const json asked = parse(text);
  if (!asked.is_object()) return std::unexpected(refusal{114, "what it asks for is no JSON object"});
  std::optional<refusal> wrong;
  parameters p;
  p.datagrams = is_set(asked, "udp");
  p.reverse = is_set(asked, "reverse");
  p.both = is_set(asked, "bidirectional");
  p.no_delay = is_set(asked, "nodelay");
  p.wide_counters = is_set(asked, "udp_counters_64bit");
  p.streams = member(asked, "parallel") == nullptr ? 1 : number(asked, "parallel", UINT32_MAX, wrong);
  p.size = static_cast<std::uint32_t>(number(asked, "len", UINT32_MAX, wrong));
  p.bits_per_second = number(asked, "bandwidth", INT64_MAX, wrong);
  p.window = number(asked, "window", INT32_MAX, wrong);
  p.seconds = number(asked, "time", longest_test, wrong);
  p.omit = number(asked, "omit", longest_test, wrong);
  p.bytes = number(asked, "num", INT64_MAX, wrong);
  const std::uint64_t blocks = number(asked, "blockcount", UINT32_MAX, wrong);
  if (p.bytes == 0) p.bytes = blocks * p.size;
  if (auto refused = check(asked, p)) return std::unexpected(std::move(*refused));
  if (wrong) return std::unexpected(std::move(*wrong));
  return p;
}

std::string to_text(const results& r) {
  json streams = json::array();
  for (const stream_result& s : r.streams) {
    streams.push_back({{"id", s.id},
                       {"bytes", s.bytes},
                       {"retransmits", s.retransmits},
                       {"jitter", s.jitter},
                       {"errors", s.errors},
                       {"packets", s.packets},
                       {"start_time", 0},
                       {"end_time", s.end_time}});
  }
  // The standard library does not divide the time into the program's and the kernel's.
  const json made = {{"cpu_util_total", r.cpu},
                     {"cpu_util_user", r.cpu},
                     {"cpu_util_system", 0},
                     {"sender_has_retransmits", r.retransmits ? 1
                                                : r.sends     ? 0
                                                              : -1},
                     {"streams", std::move(streams)}};
  return made.dump();
}

std::optional<results> parse_results(std::string_view text) {
  const json told = parse(text);
  if (!told.is_object()) return std::nullopt;
  const json* const streams = member(told, "streams");
  if (streams == nullptr || !streams->is_array() || streams->size() > 2 * most_streams) return std::nullopt;
  results r;
  r.cpu = real(told, "cpu_util_total").value_or(0);
  const std::int64_t knows = count(told, "sender_has_retransmits").value_or(-1);
  r.retransmits = knows > 0;
  r.sends = knows >= 0;
  for (const json& each : *streams) {
    auto s = read_stream(each);
    if (!s) return std::nullopt;
    r.streams.push_back(*s);
  }
  return r;
}

}  // namespace tool::bench_parts::iperf3
