// SPDX-License-Identifier: MIT
// Any bytes as the answer to a question: of every type, over datagrams and streams. What is believed has what
// was asked for, nothing is kept for longer than a time to live can say, and what is broken is so in words.
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "dial/message.hpp"
#include "dial/records.hpp"

namespace {

using namespace fairlead;
using lookup::record_type;
using lookup::verdict;

void require(bool held) {
  if (!held) __builtin_trap();
}

void check_records(lookup::bytes_view message, record_type type, std::size_t count) {
  require(count > 0 && count <= message.size() / 11);
  const auto records = lookup::read_records(message, type, count);
  if (!records) {
    require(!records.error().empty());
    return;
  }
  const std::size_t n = std::visit([](const auto& all) { return all.size(); }, records->records);
  require(n > 0 && (type == record_type::ptr || n <= count));
  if (const auto* const addresses = std::get_if<std::vector<ip_address>>(&records->records)) {
    for (const ip_address& a : *addresses) require(a.is_v6() == (type == record_type::aaaa));
  }
}

void check(lookup::bytes_view message, lookup::bytes_view query, record_type type, bool over_stream) {
  const lookup::reading r = lookup::read_answer(message, query, over_stream);
  require((r.what == verdict::broken) == !r.why.empty());
  require(!r.ttl || *r.ttl <= 0x7fffffffU);
  if (r.what == verdict::refused) require(!lookup::name_of_rcode(r.rcode).empty() && r.rcode != 0);
  if (r.what == verdict::records) check_records(message, type, r.count);
  if (over_stream) require(r.what != verdict::truncated);
  // The number alone decides whom it is for, before anything else is believed.
  std::vector<unsigned char> forged(message.begin(), message.end());
  if (!forged.empty()) forged[0] ^= 1U;
  require(lookup::read_answer(forged, query, over_stream).what == verdict::foreign);
}

}  // namespace

// The first byte chooses the type; the message's number becomes that of the question.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr record_type types[] = {record_type::a,  record_type::aaaa, record_type::ptr,
                                   record_type::mx, record_type::txt,  record_type::srv};
  if (size < 3) return 0;
  const record_type type = types[data[0] / 2 % 6];
  const lookup::bytes_view message(data + 1, size - 1);
  const auto id = static_cast<std::uint16_t>(message[0] << 8U | message[1]);
  const auto query = lookup::make_query("www.test", type, id, data[0] % 2 == 0);
  require(!query.empty());
  check(message, query, type, false);
  check(message, query, type, true);
  return 0;
}
