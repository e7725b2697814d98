// SPDX-License-Identifier: MIT
#include "transfer/format.hpp"

#include <algorithm>
#include <cstring>

namespace tool::transfer {

namespace {

using namespace fairlead;

constexpr std::string_view magic("flfiles\0", 8);

enum class kind : std::uint8_t {
  planned = 1,
  all_planned = 2,
  opened = 3,
  resumed = 4,
  data = 5,
  hole = 6,
  closed = 7,
  spoilt = 8,
  finished = 9,
  ready = 16,
  have = 17,
  kept = 18,
  done = 19,
  alive = 32,
  given_up = 33,
};

constexpr std::size_t entry_head = 32;  // before the path

// Appends numbers in network byte order.
class writer {
 public:
  writer(std::vector<std::byte>& to, kind k) : to_(to) {
    u(static_cast<std::uint8_t>(k));
    u(std::uint32_t{0});
    begin_ = to_.size();
  }
  ~writer() {  // now the length is known
    const std::size_t size = to_.size() - begin_;
    for (std::size_t i = 0; i < 4; ++i) to_[begin_ - 1 - i] = static_cast<std::byte>(size >> (8 * i));
  }
  writer(const writer&) = delete;
  writer& operator=(const writer&) = delete;

  template <std::unsigned_integral T>
  void u(T value) {
    for (std::size_t i = sizeof(T); i-- > 0;) {
      to_.push_back(static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * i)));
    }
  }
  void bytes(std::span<const std::byte> b) { to_.insert(to_.end(), b.begin(), b.end()); }
  void text(std::string_view t) { bytes(std::as_bytes(std::span(t))); }
  void entry_of(const entry& e) {
    u(static_cast<std::uint8_t>(e.kind));
    u(static_cast<std::uint8_t>(e.asks ? 1 : 0));
    u(e.mode);
    u(e.nanoseconds);
    u(static_cast<std::uint64_t>(e.seconds));
    u(e.size);
    u(e.stored);
    text(e.path);
  }

 private:
  std::vector<std::byte>& to_;
  std::size_t begin_ = 0;
};

// Takes them from bytes that are there: whoever asks has looked how many there are.
class reader {
 public:
  explicit reader(std::span<const std::byte> from) : from_(from) {}
  template <std::unsigned_integral T>
  T u() {
    std::uint64_t value = 0;
    for (const std::byte b : from_.first(sizeof(T))) value = value << 8U | std::to_integer<std::uint64_t>(b);
    from_ = from_.subspan(sizeof(T));
    return static_cast<T>(value);
  }
  digest hash() {
    digest d;
    std::ranges::copy(from_.first(d.size()), d.begin());
    from_ = from_.subspan(d.size());
    return d;
  }
  [[nodiscard]] std::string text() const {
    return {reinterpret_cast<const char*>(from_.data()), from_.size()};
  }

 private:
  std::span<const std::byte> from_;
};

std::unexpected<error> wrong(const char* what) {
  return std::unexpected(error::about(errc::protocol_error, verb::none, {}, what));
}

// Appends one message.
struct encoder {
  std::vector<std::byte>& to;

  void operator()(const message::planned& m) const { writer(to, kind::planned).entry_of(m.what); }
  void operator()(const message::all_planned&) const { writer(to, kind::all_planned); }
  void operator()(const message::opened& m) const { writer(to, kind::opened).entry_of(m.what); }
  void operator()(const message::resumed& m) const { writer(to, kind::resumed).u(m.from); }
  void operator()(const message::data& m) const { writer(to, kind::data).bytes(m.bytes); }
  void operator()(const message::hole& m) const { writer(to, kind::hole).u(m.size); }
  void operator()(const message::closed& m) const { writer(to, kind::closed).bytes(m.hash); }
  void operator()(const message::spoilt& m) const { writer(to, kind::spoilt).text(cut(m.why)); }
  void operator()(const message::finished&) const { writer(to, kind::finished); }
  void operator()(const message::ready&) const { writer(to, kind::ready); }
  void operator()(const message::have& m) const {
    writer w(to, kind::have);
    w.u(m.size);
    w.bytes(m.hash);
  }
  void operator()(const message::kept& m) const { writer(to, kind::kept).bytes(m.hash); }
  void operator()(const message::done& m) const { writer(to, kind::done).u(m.files); }
  void operator()(const message::alive&) const { writer(to, kind::alive); }
  void operator()(const message::given_up& m) const {
    writer w(to, kind::given_up);
    w.u(static_cast<std::uint8_t>(m.damaged ? 1 : 0));
    w.text(cut(m.why));
  }

 private:
  static std::string_view cut(std::string_view text) { return text.substr(0, largest_text); }
};

struct size_range {
  std::size_t least = 0;
  std::size_t most = 0;
};

// How long the payload of a message may be; nothing for what is no kind.
std::optional<size_range> sizes_of(kind k) {
  switch (k) {
    case kind::planned:
    case kind::opened: return size_range{entry_head + 1, entry_head + largest_path};
    case kind::all_planned:
    case kind::finished:
    case kind::ready:
    case kind::alive: return size_range{0, 0};
    case kind::resumed:
    case kind::hole:
    case kind::done: return size_range{8, 8};
    case kind::data: return size_range{1, largest_data};
    case kind::closed:
    case kind::kept: return size_range{32, 32};
    case kind::have: return size_range{40, 40};
    case kind::spoilt: return size_range{0, largest_text};
    case kind::given_up: return size_range{1, 1 + largest_text};
  }
  return std::nullopt;
}

result<entry> parse_entry(std::span<const std::byte> from) {
  reader r(from);
  entry e;
  const auto k = r.u<std::uint8_t>();
  if (k != 1 && k != 2) return wrong("an entry is neither a file nor a directory");
  e.kind = static_cast<entry_kind>(k);
  const auto asks = r.u<std::uint8_t>();
  if (asks > 1) return wrong("an entry has flags that version 1 does not know");
  e.asks = asks == 1;
  e.mode = r.u<std::uint16_t>();
  if (e.mode > 0777) return wrong("an entry has more than permissions in its mode");
  e.nanoseconds = r.u<std::uint32_t>();
  if (e.nanoseconds > 999'999'999) return wrong("an entry has a time that does not exist");
  e.seconds = static_cast<std::int64_t>(r.u<std::uint64_t>());
  e.size = r.u<std::uint64_t>();
  e.stored = r.u<std::uint64_t>();
  if (e.size > largest_size || e.stored > e.size) return wrong("an entry has an impossible size");
  if (e.kind == entry_kind::directory && (e.size != 0 || e.asks)) {
    return wrong("a directory has a content");
  }
  e.path = r.text();
  if (!is_fine_path(e.path)) return wrong("an entry has a path that is not allowed");
  return e;
}

result<any_message> parse(kind k, std::span<const std::byte> payload) {
  reader r(payload);
  switch (k) {
    case kind::planned:
    case kind::opened: {
      auto e = parse_entry(payload);
      if (!e) return std::unexpected(e.error());
      if (k == kind::planned) return message::planned{std::move(*e)};
      return message::opened{std::move(*e)};
    }
    case kind::all_planned: return message::all_planned{};
    case kind::resumed: {
      const auto from = r.u<std::uint64_t>();
      if (from > largest_size) return wrong("a place to go on from is impossible");
      return message::resumed{from};
    }
    case kind::data: break;  // its own way, in look()
    case kind::hole: {
      const auto size = r.u<std::uint64_t>();
      if (size == 0 || size > largest_size) return wrong("a hole has an impossible size");
      return message::hole{size};
    }
    case kind::closed: return message::closed{r.hash()};
    case kind::spoilt: return message::spoilt{r.text()};
    case kind::finished: return message::finished{};
    case kind::ready: return message::ready{};
    case kind::have: {
      const auto size = r.u<std::uint64_t>();
      if (size > largest_size) return wrong("more is said to be there than can be");
      return message::have{size, r.hash()};
    }
    case kind::kept: return message::kept{r.hash()};
    case kind::done: return message::done{r.u<std::uint64_t>()};
    case kind::alive: return message::alive{};
    case kind::given_up: {
      const auto damaged = r.u<std::uint8_t>();
      if (damaged > 1) return wrong("the peer gives up in a way that version 1 does not know");
      return message::given_up{damaged == 1, r.text()};
    }
  }
  return wrong("a message of a kind that version 1 does not know");
}

}  // namespace

std::array<std::byte, hello_size> hello(std::uint16_t version) {
  std::array<std::byte, hello_size> made{};
  std::memcpy(made.data(), magic.data(), magic.size());
  made[8] = static_cast<std::byte>(version >> 8U);
  made[9] = static_cast<std::byte>(version & 0xffU);
  return made;
}

std::optional<std::uint16_t> parse_hello(std::span<const std::byte, hello_size> from) {
  if (std::memcmp(from.data(), magic.data(), magic.size()) != 0) return std::nullopt;
  return reader(from.subspan(magic.size())).u<std::uint16_t>();
}

bool is_fine_path(std::string_view path) {
  if (path.empty() || path.size() > largest_path || path.contains('\0')) return false;
  for (std::size_t names = 1;; ++names) {
    const std::string_view name = path.substr(0, path.find('/'));
    if (name.empty() || name.size() > largest_name || name == "." || name == "..") return false;
    if (names > deepest) return false;
    if (name.size() == path.size()) return true;
    path.remove_prefix(name.size() + 1);
  }
}

bool is_partial_name(std::string_view name) {
  return name.starts_with(partial_prefix) && name.ends_with(partial_suffix);
}

void append(std::vector<std::byte>& to, const any_message& m) { std::visit(encoder{to}, m); }

void put_data_header(std::span<std::byte, header_size> into, std::size_t size) {
  into[0] = static_cast<std::byte>(kind::data);
  for (std::size_t i = 0; i < 4; ++i) into[4 - i] = static_cast<std::byte>(size >> (8 * i));
}

result<decoder::found> decoder::look(std::span<const std::byte> bytes) {
  if (data_left_ == 0) {
    if (bytes.empty()) return found{};
    // A kind that does not exist is known by its first byte, however little else comes.
    const auto k = static_cast<kind>(bytes[0]);
    const std::optional<size_range> allowed = sizes_of(k);
    if (!allowed) return wrong("a message of a kind that version 1 does not know");
    if (bytes.size() < header_size) return found{};
    const std::size_t size = reader(bytes.subspan(1)).u<std::uint32_t>();
    if (size < allowed->least || size > allowed->most) return wrong("a message has an impossible length");
    if (k != kind::data) {
      if (bytes.size() < header_size + size) return found{};
      auto m = parse(k, bytes.subspan(header_size, size));
      if (!m) return std::unexpected(m.error());
      return found{std::move(*m), header_size + size};
    }
    if (bytes.size() == header_size) return found{};
    const auto piece = bytes.subspan(header_size, std::min(size, bytes.size() - header_size));
    data_left_ = size - piece.size();
    return found{message::data{piece}, header_size + piece.size()};
  }
  if (bytes.empty()) return found{};
  const auto piece = bytes.first(std::min(data_left_, bytes.size()));
  data_left_ -= piece.size();
  return found{message::data{piece}, piece.size()};
}

}  // namespace tool::transfer
