// SPDX-License-Identifier: MIT
#include "dial/message.hpp"

#include <algorithm>

#include "address/parsing.hpp"

namespace fairlead::lookup {

namespace {

constexpr std::size_t header_size = 12;

// Walks through the sections, and is sure of nothing.
class walker {
 public:
  explicit walker(bytes_view m, std::size_t at = 0) noexcept : message_(m), at_(at) {}

  [[nodiscard]] bool failed() const noexcept { return failed_; }
  [[nodiscard]] std::size_t at() const noexcept { return at_; }
  void go_to(std::size_t at) noexcept { at_ = at; }

  unsigned byte() noexcept {
    if (at_ >= message_.size()) return failed_ = true, 0U;
    return message_[at_++];
  }
  unsigned u16() noexcept {
    const unsigned high = byte();
    return high << 8U | byte();
  }
  std::uint32_t u32() noexcept {
    const std::uint32_t high = u16();
    return high << 16U | u16();
  }
  void skip(std::size_t n) noexcept {
    if (n > message_.size() - std::min(at_, message_.size())) {
      failed_ = true;
    } else {
      at_ += n;
    }
  }
  // A pointer ends a name (RFC 1035, section 4.1.4); where it leads is of no interest here.
  void skip_name() noexcept {
    while (!failed_) {
      const unsigned length = byte();
      if (length == 0) return;
      if (length >= 0xc0) return skip(1);
      if (length >= 0x40) failed_ = true;
      skip(length);
    }
  }

 private:
  bytes_view message_;
  std::size_t at_;
  bool failed_ = false;
};

struct record {
  unsigned type = 0;
  unsigned class_of = 0;
  std::uint32_t ttl = 0;
  std::size_t begin = 0;
  std::size_t size = 0;
};

record next_record(walker& w) noexcept {
  record r;
  w.skip_name();
  r.type = w.u16();
  r.class_of = w.u16();
  r.ttl = w.u32();
  r.size = w.u16();
  r.begin = w.at();
  w.skip(r.size);
  return r;
}

// RFC 2181, section 8: 31 bits, and what looks negative is 0.
std::uint32_t sane(std::uint32_t ttl) noexcept { return ttl > 0x7fffffffU ? 0 : ttl; }

bool is(const record& r, record_type t) noexcept { return r.type == static_cast<unsigned>(t); }

// Whether the question is repeated, as it must be; capitals are none of our business (RFC 4343).
bool repeats_question(bytes_view message, bytes_view query, std::size_t end) noexcept {
  if (message.size() < end) return false;
  return std::ranges::equal(
      message.subspan(header_size, end - header_size), query.subspan(header_size, end - header_size),
      [](unsigned char x, unsigned char y) {
        return parsing::to_lower(static_cast<char>(x)) == parsing::to_lower(static_cast<char>(y));
      });
}

// How long it may be remembered that there is nothing: the lesser of the two numbers in the SOA (RFC 2308,
// section 5).
std::uint32_t negative_ttl(bytes_view message, const record& soa) noexcept {
  walker w(message, soa.begin);
  w.skip_name();
  w.skip_name();
  w.skip(16);
  const std::uint32_t minimum = w.u32();
  if (w.failed() || w.at() > soa.begin + soa.size) return 0;
  return std::min(sane(soa.ttl), sane(minimum));
}

reading broken(std::string_view why) noexcept {
  reading r;
  r.what = verdict::broken;
  r.why = why;
  return r;
}

}  // namespace

reading read_answer(bytes_view message, bytes_view query, bool over_stream) {
  reading r;
  if (query.size() < header_size) return r;
  walker asked(query, header_size);
  asked.skip_name();
  const unsigned type = asked.u16();
  asked.skip(2);
  const std::size_t question_end = asked.at();
  const bool with_edns = query[11] != 0;

  // What does not carry our number comes from somebody else, or is an answer that we do not wait for any
  // more.
  if (asked.failed() || message.size() < 2 || message[0] != query[0] || message[1] != query[1]) return r;
  if (message.size() < header_size) return broken("it ends within its header");
  if ((message[2] & 0x80U) == 0) return r;
  if ((message[2] & 0x78U) != 0) return broken("it answers another kind of question");
  r.rcode = message[3] & 0x0fU;
  walker w(message, 4);
  const unsigned questions = w.u16();
  const unsigned answers = w.u16();
  const unsigned authorities = w.u16();
  const unsigned additionals = w.u16();

  // Servers that understood nothing may repeat nothing.
  const bool understood = r.rcode == 0 || r.rcode == 3;
  if (questions == 1 ? !repeats_question(message, query, question_end) : understood || questions != 0) {
    r.what = verdict::foreign;
    return r;
  }
  if (with_edns && (r.rcode == 1 || r.rcode == 4)) {
    r.what = verdict::old_fashioned;
    return r;
  }
  if ((message[2] & 0x02U) != 0 && understood) {
    if (over_stream) return broken("it is cut short although it came over TCP");
    r.what = verdict::truncated;
    return r;
  }
  if (!understood) {
    // BADVERS needs the upper bits, which lie in the OPT record (RFC 6891, section 6.1.3).
    r.what = verdict::refused;
    return r;
  }

  w.go_to(question_end);
  std::optional<std::uint32_t> positive;
  for (unsigned i = 0; i < answers; ++i) {
    const record one = next_record(w);
    if (w.failed()) return broken("it ends within its answers");
    if (one.class_of != 1) return broken("its answers are not of the Internet");
    const bool wanted = one.type == type;
    if (wanted) ++r.count;
    if (wanted || is(one, record_type::cname) || is(one, record_type::dname))
      positive = std::min(positive.value_or(sane(one.ttl)), sane(one.ttl));
  }
  std::optional<std::uint32_t> negative;
  for (unsigned i = 0; i < authorities; ++i) {
    const record one = next_record(w);
    if (w.failed()) return broken("it ends within its authorities");
    if (is(one, record_type::soa) && one.class_of == 1 && !negative) negative = negative_ttl(message, one);
  }
  // What follows is not ours to use, so that it may even be damaged; but for the upper bits of the outcome.
  for (unsigned i = 0; i < additionals; ++i) {
    const record one = next_record(w);
    if (w.failed()) break;
    if (is(one, record_type::opt)) r.rcode |= one.ttl >> 24U << 4U;
  }
  if (r.rcode != 0 && r.rcode != 3) {
    r.what = r.rcode == 16 && with_edns ? verdict::old_fashioned : verdict::refused;
    return r;
  }
  if (r.rcode == 0 && r.count > 0) {
    r.what = verdict::records;
    r.ttl = positive;
    return r;
  }
  r.what = r.rcode == 3 ? verdict::no_such_name : verdict::no_records;
  // Of an alias that leads nowhere, the alias may change first.
  if (negative) r.ttl = std::min(*negative, positive.value_or(*negative));
  return r;
}

std::string_view in_words(record_type t) noexcept {
  switch (t) {
    case record_type::a: return "IPv4 address";
    case record_type::aaaa: return "IPv6 address";
    case record_type::ptr: return "name";
    case record_type::mx: return "mail exchanger (MX record)";
    case record_type::txt: return "TXT record";
    case record_type::srv: return "SRV record";
    case record_type::cname:
    case record_type::soa:
    case record_type::dname:
    case record_type::opt: break;
  }
  return "such record";
}

std::string name_of_rcode(unsigned rcode) {
  switch (rcode) {
    case 1: return "FORMERR";
    case 2: return "SERVFAIL";
    case 3: return "NXDOMAIN";
    case 4: return "NOTIMP";
    case 5: return "REFUSED";
    case 9: return "NOTAUTH";
    case 16: return "BADVERS";
    default: return "RCODE " + std::to_string(rcode);
  }
}

}  // namespace fairlead::lookup
