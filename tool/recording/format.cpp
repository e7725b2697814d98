// SPDX-License-Identifier: MIT
#include "recording/format.hpp"

#include <concepts>
#include <string_view>

#include "recording/crc32.hpp"

namespace tool::recording {

namespace {

enum class kind : std::uint8_t { started = 1, opened = 2, passed = 3, ended = 4, closed = 5 };

struct sink {
  std::vector<std::byte>& to;

  template <std::unsigned_integral T>
  void put(T value) const {
    for (std::size_t i = sizeof(T); i-- > 0;)
      to.push_back(static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xffU));
  }
  void put(fairlead::duration d) const { put(static_cast<std::uint64_t>(d.count())); }
  void put(direction d) const { put(static_cast<std::uint8_t>(d)); }
  void put(kind k) const { put(static_cast<std::uint8_t>(k)); }
  void bytes(fairlead::const_buffer b) const { to.insert(to.end(), b.data, b.data + b.size); }
  void text(std::string_view s) const {
    s = s.substr(0, largest_name);
    put(static_cast<std::uint16_t>(s.size()));
    bytes(s);
  }

  void operator()(const started& r) const {
    put(kind::started);
    put(r.version);
    put(static_cast<std::uint64_t>(r.wall_ns));
    text(r.program);
  }
  void operator()(const opened& r) const {
    put(kind::opened);
    put(r.conversation);
    put(r.at);
    put(static_cast<std::uint8_t>(r.messages ? 1 : 0));
    put(r.opener);
    for (const party* p : {&r.first, &r.second}) text(p->name), text(p->address);
  }
  void operator()(const passed& r) const {
    put(kind::passed);
    put(r.conversation);
    put(r.at);
    put(r.way);
    bytes(r.content);
  }
  void operator()(const ended& r) const {
    put(kind::ended);
    put(r.conversation);
    put(r.at);
    put(r.way);
    put(static_cast<std::uint8_t>(r.how));
    text(r.words);
  }
  void operator()(const closed& r) const {
    put(kind::closed);
    put(r.at);
  }
};

// Takes a body apart. What is missing makes it fail, and all that follows.
class source {
 public:
  explicit source(fairlead::const_buffer body) : left_(body) {}

  template <std::unsigned_integral T>
  [[nodiscard]] T number() {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) value = value << 8U | next();
    return static_cast<T>(value);
  }
  [[nodiscard]] std::uint8_t at_most(std::uint8_t most) {
    const auto value = number<std::uint8_t>();
    if (value > most) failed_ = true;
    return value;
  }
  [[nodiscard]] direction way() { return static_cast<direction>(at_most(1)); }
  [[nodiscard]] fairlead::duration time() {
    const auto ns = number<std::uint64_t>();
    if (ns > static_cast<std::uint64_t>(fairlead::duration::max().count())) failed_ = true;
    return failed_ ? fairlead::duration::zero() : fairlead::duration(ns);
  }
  [[nodiscard]] std::string text() {
    const auto size = number<std::uint16_t>();
    if (size > largest_name || size > left_.size) failed_ = true;
    if (failed_) return {};
    std::string made(reinterpret_cast<const char*>(left_.data), size);
    left_ = left_.after(size);
    return made;
  }
  [[nodiscard]] fairlead::const_buffer rest() {
    const fairlead::const_buffer all = left_;
    left_ = {};
    return all;
  }
  [[nodiscard]] bool exhausted() const noexcept { return !failed_ && left_.size == 0; }

 private:
  std::uint8_t next() {
    if (left_.size == 0) failed_ = true;
    if (failed_) return 0;
    const auto value = std::to_integer<std::uint8_t>(*left_.data);
    left_ = left_.after(1);
    return value;
  }
  fairlead::const_buffer left_;
  bool failed_ = false;
};

// The order in which braces are evaluated is that of the fields.
record read(kind k, source& from) {
  switch (k) {
    case kind::started: {
      const auto version = from.number<std::uint16_t>();
      const auto wall = from.number<std::uint64_t>();
      return started{version, static_cast<std::int64_t>(wall), from.text()};
    }
    case kind::opened: {
      opened r;
      r.conversation = from.number<std::uint32_t>();
      r.at = from.time();
      r.messages = from.at_most(1) == 1;
      r.opener = from.way();
      for (party* p : {&r.first, &r.second}) p->name = from.text(), p->address = from.text();
      return r;
    }
    case kind::passed: {
      passed r;
      r.conversation = from.number<std::uint32_t>();
      r.at = from.time();
      r.way = from.way();
      r.content = from.rest();
      return r;
    }
    case kind::ended: {
      ended r;
      r.conversation = from.number<std::uint32_t>();
      r.at = from.time();
      r.way = from.way();
      r.how = static_cast<ending>(from.at_most(last_ending));
      r.words = from.text();
      return r;
    }
    case kind::closed: return closed{from.time()};
  }
  return closed{};
}

void put_at(std::vector<std::byte>& to, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) to[at + i] = static_cast<std::byte>(value >> (24 - 8 * i) & 0xffU);
}

}  // namespace

void append_magic(std::vector<std::byte>& to) {
  for (const unsigned char c : magic) to.push_back(static_cast<std::byte>(c));
}

void append(std::vector<std::byte>& to, const record& r) {
  const std::size_t begin = to.size();
  to.resize(begin + head_size);
  std::visit(sink{to}, r);
  put_at(to, begin, static_cast<std::uint32_t>(to.size() - begin - head_size));
  const std::uint32_t length = crc32({to.data() + begin, 4});
  put_at(to, begin + 4, crc32({to.data() + begin + head_size, to.size() - begin - head_size}, length));
}

std::optional<std::variant<std::monostate, record>> parse(fairlead::const_buffer body) {
  source from(body);
  const auto number = from.number<std::uint8_t>();
  if (body.size == 0 || number == 0) return std::nullopt;
  if (number > static_cast<std::uint8_t>(kind::closed)) return std::monostate();
  record r = read(static_cast<kind>(number), from);
  if (!from.exhausted()) return std::nullopt;
  return r;
}

}  // namespace tool::recording
