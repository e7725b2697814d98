// SPDX-License-Identifier: MIT
#include "recording/reader.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "recording/crc32.hpp"

namespace tool::recording {

namespace {

using fairlead::const_buffer;

std::uint32_t number_at(const std::byte* p) noexcept {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8U | std::to_integer<std::uint32_t>(p[i]);
  return value;
}

fairlead::duration time_of(const record& r) noexcept {
  return std::visit(
      [](const auto& v) {
        if constexpr (requires { v.at; }) return v.at;
        return fairlead::duration::zero();
      },
      r);
}

}  // namespace

void scanner::feed(const_buffer b) {
  bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(used_));
  used_ = 0;
  bytes_.insert(bytes_.end(), b.data, b.data + b.size);
}

void scanner::end() { ended_ = true; }

void scanner::spoil(std::string why) { damaged_ = damage{record_, std::move(why)}; }

bool scanner::take_magic() {
  const std::size_t n = std::min(left(), magic.size());
  if ((n > 0 && std::memcmp(bytes_.data() + used_, magic.data(), n) != 0) || (ended_ && n < magic.size())) {
    spoil("this is no recording");
    return false;
  }
  if (n < magic.size()) return false;
  used_ += n;
  offset_ += n;
  begun_ = true;
  return true;
}

// The body of the next record, if it is whole and sound.
std::optional<const_buffer> scanner::body() {
  if (left() < head_size) {
    if (ended_ && left() > 0) spoil("the last record is torn");
    return std::nullopt;
  }
  const std::byte* const head = bytes_.data() + used_;
  const std::size_t size = number_at(head);
  if (size == 0 || size > largest_body) {
    spoil("a record cannot be " + std::to_string(size) + " bytes long");
    return std::nullopt;
  }
  if (left() < head_size + size) {
    if (ended_) spoil("the last record is torn");
    return std::nullopt;
  }
  const const_buffer found(head + head_size, size);
  if (crc32(found, crc32({head, 4})) != number_at(head + 4)) {
    spoil("its checksum is wrong");
    return std::nullopt;
  }
  used_ += head_size + size;
  offset_ += head_size + size;
  return found;
}

// What a record that is sound in itself cannot be where it stands.
const char* scanner::objection(const record& r) {
  const auto* const first = std::get_if<started>(&r);
  if (first != nullptr && started_) return "it begins twice";
  if (first == nullptr && !started_) return "it does not begin with its version";
  if (first != nullptr) {
    started_ = true;
    return first->version == version ? nullptr
                                     : "its version is not known here; a newer fairlead may read it";
  }
  if (time_of(r) < last_) return "its time runs backwards";
  last_ = time_of(r);
  if (const auto* const o = std::get_if<opened>(&r)) {
    if (o->conversation != conversations_ + 1) return "a conversation has a number that is not the next one";
    ++conversations_;
  }
  const auto stranger = [&](std::uint32_t n) { return n == 0 || n > conversations_; };
  const auto* const p = std::get_if<passed>(&r);
  const auto* const e = std::get_if<ended>(&r);
  if ((p != nullptr && stranger(p->conversation)) || (e != nullptr && stranger(e->conversation)))
    return "it speaks of a conversation that has not begun";
  if (p != nullptr && p->content.size > largest_content) return "a piece is longer than any can be";
  if (std::holds_alternative<recording::closed>(r)) closed_ = true;
  return nullptr;
}

std::optional<record> scanner::next() {
  if (over() || (!begun_ && !take_magic())) return std::nullopt;
  for (;;) {
    record_ = offset_;
    if (closed_) {
      if (left() > 0) spoil("something follows its end");
      return std::nullopt;
    }
    const auto found = body();
    if (!found) return std::nullopt;
    auto parsed = parse(*found);
    if (!parsed) {
      spoil("its content makes no sense");
      return std::nullopt;
    }
    auto* const r = std::get_if<record>(&*parsed);
    if (r == nullptr) continue;  // a kind of a later version
    if (const char* const why = objection(*r)) {
      spoil(why);
      return std::nullopt;
    }
    return std::move(*r);
  }
}

fairlead::result<reader> reader::open(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    return std::unexpected(
        fairlead::error::about(fairlead::errc::is_a_directory, fairlead::verb::open, path));
  std::FILE* const file = std::fopen(path.c_str(), "rbe");
  if (file == nullptr)
    return std::unexpected(
        fairlead::error::about(static_cast<fairlead::errc>(errno), fairlead::verb::open, path));
  return reader(path, file);
}

std::optional<record> reader::next() {
  for (;;) {
    if (auto r = scanner_.next()) return r;
    if (scanner_.over() || !unreadable_.empty()) return std::nullopt;
    errno = 0;
    const std::size_t n = std::fread(room_.data(), 1, room_.size(), file_.get());
    if (n > 0) {
      scanner_.feed({room_.data(), n});
    } else if (std::ferror(file_.get()) != 0) {
      unreadable_ = std::strerror(errno != 0 ? errno : EIO);
    } else {
      scanner_.end();
    }
  }
}

std::string reader::complaint() const {
  if (!unreadable_.empty()) return path_ + ": cannot be read any further: " + unreadable_;
  if (const auto& d = scanner_.damaged()) {
    return path_ + ": damaged at byte " + std::to_string(d->offset) + ": " + d->why +
           (d->offset > 0 ? "; what comes before was read" : "");
  }
  if (!scanner_.closed()) return path_ + ": was not finished: whoever wrote it was stopped in the middle";
  return {};
}

}  // namespace tool::recording
