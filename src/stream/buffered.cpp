// SPDX-License-Identifier: MIT
#include <fairlead/buffered.hpp>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

namespace fairlead::detail {

namespace {

using kind = finding::kind;
constexpr std::size_t greatest = std::numeric_limits<std::size_t>::max();

constexpr std::size_t plus(std::size_t a, std::size_t b) noexcept {
  return a > greatest - b ? greatest : a + b;
}

finding piece(std::size_t offset, std::size_t size, std::size_t consumed) noexcept {
  finding f;
  f.what = kind::piece;
  f.offset = offset;
  f.size = size;
  f.consumed = consumed;
  return f;
}

finding more(std::size_t wanted) noexcept {
  finding f;
  f.wanted = wanted;
  return f;
}

finding broken(error e) {
  finding f;
  f.what = kind::broken;
  f.why.emplace(std::move(e));
  return f;
}

finding end() noexcept {
  finding f;
  f.what = kind::end;
  return f;
}

finding cut_off(std::span<const std::byte> bytes) {
  return broken(error(fault::end_of_stream, verb::recv).after(bytes.size()));
}

finding too_long(const char* what, std::size_t limit) {
  return broken(
      error::about(fault::too_long, verb::recv, {},
                   std::string(what) + " is longer than the limit of " + std::to_string(limit) + " bytes"));
}

constexpr bool is_big_endian(length_prefix p) noexcept {
  return p == length_prefix::u16be || p == length_prefix::u32be || p == length_prefix::u64be;
}

std::uint64_t decode_length(length_prefix p, std::span<const std::byte> from) noexcept {
  const std::size_t width = size_of(p);
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < width; ++i) {
    length = length << 8U | std::to_integer<std::uint64_t>(from[is_big_endian(p) ? i : width - 1 - i]);
  }
  return length;
}

}  // namespace

finding exact_machine::look(std::span<const std::byte> bytes, bool ended) const {
  if (bytes.size() >= size_) return piece(0, size_, size_);
  return ended ? cut_off(bytes) : more(size_);
}

finding peek_machine::look(std::span<const std::byte> bytes, bool ended) const {
  if (bytes.size() >= least_ || ended) return piece(0, bytes.size(), 0);
  return more(least_);
}

finding until_machine::look(std::span<const std::byte> bytes, bool ended) {
  if (delimiter_.empty()) {
    return broken(error::about(errc::invalid_argument, verb::recv, {}, "an empty delimiter ends nothing"));
  }
  const std::string_view text = as_text(bytes);
  const std::size_t found = text.find(delimiter_, looked_);
  if (found != std::string_view::npos) {
    if (found > limit_) return too_long("what comes before the delimiter", limit_);
    return piece(0, found, found + delimiter_.size());
  }
  if (text.size() >= plus(limit_, delimiter_.size()))
    return too_long("what comes before the delimiter", limit_);
  if (ended) return text.empty() ? end() : cut_off(bytes);
  // A delimiter may have begun in the last bytes.
  looked_ = text.size() < delimiter_.size() ? 0 : text.size() - delimiter_.size() + 1;
  return more(text.size() + 1);
}

finding line_machine::look(std::span<const std::byte> bytes, bool ended) {
  const std::string_view text = as_text(bytes);
  const std::size_t found = text.find('\n', looked_);
  if (found == std::string_view::npos && !ended) {
    // Room for the line, and for a \r that may turn out to belong to its end.
    if (text.size() > plus(limit_, 1) || (text.size() > limit_ && text.back() != '\r'))
      return too_long("a line", limit_);
    looked_ = text.size();
    return more(text.size() + 1);
  }
  const bool is_last = found == std::string_view::npos;
  if (is_last && text.empty()) return end();
  std::size_t size = is_last ? text.size() : found;
  if (!is_last && size > 0 && text[size - 1] == '\r') --size;
  if (size > limit_) return too_long("a line", limit_);
  return piece(0, size, is_last ? text.size() : found + 1);
}

finding frame_machine::look(std::span<const std::byte> bytes, bool ended) const {
  const std::size_t width = size_of(prefix_);
  if (bytes.size() < width) {
    if (ended) return bytes.empty() ? end() : cut_off(bytes);
    return more(width);
  }
  const std::uint64_t length = decode_length(prefix_, bytes);
  if (length > limit_) {
    return broken(error::about(fault::too_long, verb::recv, {},
                               "a frame of " + std::to_string(length) +
                                   " bytes is longer than the limit of " + std::to_string(limit_)));
  }
  const auto size = static_cast<std::size_t>(length);
  if (bytes.size() - width >= size) return piece(width, size, width + size);
  return ended ? cut_off(bytes) : more(plus(width, size));
}

std::span<const std::byte> read_buffer::take(const finding& f) noexcept {
  const std::span<const std::byte> given = bytes().subspan(f.offset, f.size);
  begin_ += f.consumed;
  return given;
}

std::size_t read_buffer::take_into(mutable_buffer b) noexcept {
  const std::size_t n = std::min(b.size, end_ - begin_);
  if (n > 0) std::memcpy(b.data, storage_.data() + begin_, n);
  begin_ += n;
  return n;
}

mutable_buffer read_buffer::room(std::size_t wanted) {
  if (begin_ == end_) begin_ = end_ = 0;
  // Bytes move to the front when their piece would not fit behind them, or when little room is left and the
  // move costs less than it gives.
  const std::size_t left = storage_.size() - end_;
  const bool crowded = left < storage_.size() / 4 && end_ - begin_ <= begin_;
  if (begin_ > 0 && (left == 0 || crowded || storage_.size() - begin_ < wanted)) {
    std::memmove(storage_.data(), storage_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == storage_.size()) storage_.resize(std::max(first_size, storage_.size() * 2));
  return {storage_.data() + end_, storage_.size() - end_};
}

void read_buffer::commit(std::size_t received) noexcept {
  end_ += received;
  ended_ = received == 0;
}

void read_buffer::append(const_buffer b) {
  storage_.insert(storage_.end(), b.data, b.data + b.size), end_ += b.size;
}

std::vector<std::byte> read_buffer::take_all() {
  std::vector<std::byte> all(bytes().begin(), bytes().end());
  begin_ = end_ = 0;
  return all;
}

std::size_t encode_frame(length_prefix p, const_buffer payload, std::span<std::byte> into) noexcept {
  const std::size_t width = size_of(p);
  std::uint64_t length = payload.size;
  for (std::size_t i = 0; i < width; ++i) {
    into[is_big_endian(p) ? width - 1 - i : i] = static_cast<std::byte>(length & 0xffU);
    length >>= 8U;
  }
  if (payload.size == 0 || payload.size > into.size() - width) return width;
  std::memcpy(into.data() + width, payload.data, payload.size);
  return width + payload.size;
}

result<void> check_length(length_prefix p, std::size_t length) {
  const std::size_t width = size_of(p);
  if (width == 8 || std::uint64_t{length} >> (8 * width) == 0) return {};
  return std::unexpected(error::about(fault::too_long, verb::send, {},
                                      "a frame of " + std::to_string(length) +
                                          " bytes does not fit a length of " + std::to_string(width) +
                                          (width == 1 ? " byte" : " bytes")));
}

}  // namespace fairlead::detail
