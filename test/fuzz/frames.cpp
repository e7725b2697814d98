// SPDX-License-Identifier: MIT
// Any bytes as lines, delimited pieces and frames: the same pieces come out however the bytes arrive, none is
// longer than its limit, no byte is lost, and no length makes the buffer larger than what has arrived.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fairlead/buffered.hpp>

namespace {

using namespace fairlead;
using kind = detail::finding::kind;

void require(bool held) {
  if (!held) __builtin_trap();
}

// Everything that was found, and how it ended.
struct story {
  std::vector<std::string> pieces;
  kind last = kind::more;
  std::string complaint;
  std::string rest;
  friend bool operator==(const story&, const story&) = default;
};

// Small numbers out of the input; zeros once it is used up.
class dice {
 public:
  explicit dice(std::string_view bytes) : bytes_(bytes) {}
  std::size_t roll(std::size_t sides) {
    const auto face = next_ < bytes_.size() ? static_cast<unsigned char>(bytes_[next_++]) : 0U;
    return face % sides;
  }

 private:
  std::string_view bytes_;
  std::size_t next_ = 0;
};

// The pieces of `bytes`, which arrive in portions of the given size; 0: all at once.
template <class Make>
story read(Make make, std::string_view bytes, std::size_t limit, std::size_t portion) {
  story s;
  detail::read_buffer buffer;
  std::size_t arrived = 0;
  for (auto machine = make();;) {
    const detail::finding f = machine.look(buffer.bytes(), buffer.ended());
    if (f.what == kind::piece) {
      require(f.offset + f.size <= f.consumed && f.consumed <= buffer.bytes().size() && f.size <= limit);
      if (s.pieces.size() == 1000) return s;  // empty pieces of nothing would never end
      s.pieces.emplace_back(as_text(buffer.take(f)));
      machine = make();
      continue;
    }
    if (f.what != kind::more) {
      s.last = f.what;
      if (f.why) s.complaint = f.why->message();
      break;
    }
    require(!buffer.ended() && f.wanted > buffer.bytes().size());
    const mutable_buffer room = buffer.room(f.wanted);
    require(room.size > 0 && room.size <= std::max(detail::read_buffer::first_size, 2 * arrived));
    std::size_t n = std::min(room.size, bytes.size() - arrived);
    if (portion > 0) n = std::min(n, portion);
    if (n > 0) std::memcpy(room.data, bytes.data() + arrived, n);
    buffer.commit(n);
    arrived += n;
  }
  require((s.last == kind::broken) == !s.complaint.empty() &&
          (s.last != kind::end || buffer.bytes().empty()));
  s.rest = std::string(as_text(buffer.bytes())) + std::string(bytes.substr(arrived));
  return s;
}

template <class Make>
story check(Make make, std::string_view bytes, std::size_t limit, std::size_t portion) {
  story whole = read(make, bytes, limit, 0);
  require(read(make, bytes, limit, portion) == whole);
  require(read(make, bytes, limit, 1) == whole);
  return whole;
}

void check_frames(std::string_view bytes, std::size_t limit, length_prefix prefix, std::size_t portion) {
  const story s = check([=] { return detail::frame_machine(limit, prefix); }, bytes, limit, portion);
  if (s.pieces.size() == 1000) return;
  std::string again;
  for (const std::string& piece : s.pieces) {
    std::string frame(8 + piece.size(), '\0');
    const std::size_t n = detail::encode_frame(prefix, piece, std::as_writable_bytes(std::span(frame)));
    again += frame.substr(0, n);
    if (n == size_of(prefix)) again += piece;
  }
  require(again + s.rest == bytes);
}

void check_lines(std::string_view bytes, std::size_t limit, std::size_t portion) {
  const story s = check([=] { return detail::line_machine(limit); }, bytes, limit, portion);
  for (const std::string& line : s.pieces) require(line.find('\n') == std::string::npos);
}

void check_delimited(std::string_view bytes, std::string_view delimiter, std::size_t limit,
                     std::size_t portion) {
  const story s = check([=] { return detail::until_machine(delimiter, limit); }, bytes, limit, portion);
  if (s.pieces.size() == 1000) return;
  std::string again;
  for (const std::string& piece : s.pieces) {
    require(delimiter.empty() || piece.find(delimiter) == std::string::npos);
    again.append(piece).append(delimiter);
  }
  require(again + s.rest == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t head = 6;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.size() < head) return 0;
  dice d(text.substr(0, head));
  const std::size_t what = d.roll(4);
  const std::size_t limit = d.roll(2) == 0 ? d.roll(256) : 256 * d.roll(256);
  const std::size_t portion = 1 + d.roll(64);
  const std::string_view bytes = text.substr(head);
  switch (what) {
    case 0:
    case 1: check_frames(bytes, limit, static_cast<length_prefix>(d.roll(7)), portion); break;
    case 2: check_lines(bytes, limit, portion); break;
    default: {
      const std::size_t n = std::min<std::size_t>(d.roll(5), bytes.size());
      check_delimited(bytes.substr(n), bytes.substr(0, n), limit, portion);
    }
  }
  return 0;
}
