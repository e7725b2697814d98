// SPDX-License-Identifier: MIT
#include "loop/leftover.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

#include <fairlead/datagram_batch.hpp>

#include "loop/perform.hpp"
#include "loop/socket_state.hpp"
#include "sys/descriptor.hpp"

namespace fairlead::detail {

namespace {

void close_all(std::vector<int>& descriptors) noexcept {
  for (const int fd : descriptors) sys::close(fd);
  descriptors.clear();
}

// Where the rest of what `op` receives belongs. recv_exactly fills one buffer in several steps.
mutable_buffers room_of(const io& op, mutable_buffer& one) noexcept {
  const mutable_buffers all = to_fill(op, one);
  if (op.what == action::recv_exactly) one = one.after(op.count);
  return all;
}

// Brings the next record forward. False if there is none.
bool next_record(leftover& l) noexcept {
  if (l.behind.empty()) return false;
  l.bytes = std::move(l.behind.front().bytes);
  l.from = l.behind.front().from;
  l.behind.pop_front();
  return true;
}

// As many as there are pieces of memory.
sys::outcome take_records(socket_state& s, datagram_pieces& into) noexcept {
  leftover& l = *s.unread;
  into.clear();
  bool more = true;
  while (more && into.used < into.pieces.size()) {
    std::ranges::copy(l.bytes, into.at(into.used));
    into.pieces[into.used].from = l.from;
    into.fill(into.used, l.bytes.size(), 0);
    ++into.used;
    more = next_record(l);
  }
  if (!more) s.unread.reset();
  return {0, into.datagrams};
}

}  // namespace

leftover::~leftover() { close_all(descriptors); }

void keep_all(socket_state& s, const datagram_pieces& pieces) {
  if (pieces.used == 0) return;
  auto kept = std::make_unique<leftover>();
  const auto keep = [&kept](const std::byte* at, std::size_t size, const endpoint& from) {
    kept->behind.push_back({std::vector<std::byte>(at, at + size), from});
  };
  for (std::size_t i = 0; i < pieces.used; ++i) {
    const datagram_piece& p = pieces.pieces[i];
    std::size_t offset = 0;
    do {
      keep(pieces.at(i) + offset, std::min(p.each, p.size - offset), p.from);
      offset += p.each;
    } while (offset < p.size);
  }
  if (s.unread) {
    keep(s.unread->bytes.data(), s.unread->bytes.size(), s.unread->from);
    for (leftover::record& r : s.unread->behind) kept->behind.push_back(std::move(r));
  }
  s.unread = std::move(kept);
  (void)next_record(*s.unread);
}

void keep_for_next(io& op) {
  socket_state& s = *op.target;
  // A composed receive that failed half-way has bytes to give back, too; a record that failed is gone.
  const bool composed = op.what == action::recv_exactly;
  if (op.code != 0 && !composed) return;
  const auto kept = [&s]() -> leftover& {
    if (!s.unread) s.unread = std::make_unique<leftover>();
    return *s.unread;
  };
  switch (op.what) {
    case action::accept:
      kept().descriptors.push_back(static_cast<int>(op.count));
      kept().from = *static_cast<const endpoint*>(op.extra);
      return;
    case action::recv:
    case action::recv_loan:
    case action::recv_exactly:
    case action::recv_from:
    case action::recv_message:
    case action::read: break;
    case action::recv_batch: return keep_all(s, *static_cast<datagram_pieces*>(op.extra));
    default: return;
  }
  if (op.count == 0 && !s.is_record()) return;  // the end of a stream stays where it is
  leftover* before = s.unread.get();
  if (before != nullptr && s.is_record()) {
    before->behind.push_front({std::move(before->bytes), before->from});
    before->bytes.clear();
  }
  leftover& l = kept();
  std::vector<std::byte> bytes;
  bytes.reserve(op.count + l.bytes.size());
  mutable_buffer one;
  for (const mutable_buffer& b : to_fill(op, one)) {
    const std::size_t n = std::min(b.size, op.count - bytes.size());
    bytes.insert(bytes.end(), b.data, b.data + n);
  }
  bytes.insert(bytes.end(), l.bytes.begin(), l.bytes.end());
  l.bytes = std::move(bytes);
  if (op.what == action::recv_from) l.from = *static_cast<const endpoint*>(op.extra);
  if (op.what == action::recv_message) {
    parcel& p = *static_cast<parcel*>(op.extra);
    l.descriptors.assign(p.room.begin(),
                         p.room.begin() + static_cast<std::ptrdiff_t>(std::exchange(p.arrived, 0)));
  }
}

sys::outcome take_kept(socket_state& s, int pipe) noexcept {
  leftover& l = *s.unread;
  close_all(l.descriptors);  // as below
  const const_buffer all(l.bytes.data(), l.bytes.size());
  const sys::outcome r = sys::write(pipe, {&all, 1});
  if (!r.ok()) return r;
  l.bytes.erase(l.bytes.begin(), l.bytes.begin() + static_cast<std::ptrdiff_t>(r.count));
  if (l.bytes.empty()) s.unread.reset();
  return r;
}

sys::outcome take_kept(io& op) noexcept {
  socket_state& s = *op.target;
  leftover& l = *s.unread;
  if (op.what == action::accept) {
    *static_cast<endpoint*>(op.extra) = l.from;
    const auto connection = static_cast<std::size_t>(l.descriptors.back());
    l.descriptors.pop_back();
    s.unread.reset();
    return {0, connection};
  }
  if (op.what == action::recv_batch) return take_records(s, *static_cast<datagram_pieces*>(op.extra));
  std::size_t taken = 0;
  mutable_buffer one;
  for (const mutable_buffer& b : room_of(op, one)) {
    const std::size_t n = std::min(b.size, l.bytes.size() - taken);
    if (n > 0) std::memcpy(b.data, l.bytes.data() + taken, n);
    taken += n;
  }
  if (taken == 0 && !s.is_record()) return {};  // asked for nothing
  if (op.what == action::recv_from) *static_cast<endpoint*>(op.extra) = l.from;
  if (op.what == action::recv_message) {
    parcel& p = *static_cast<parcel*>(op.extra);
    p.arrived = std::min(p.room.size(), l.descriptors.size());
    std::copy_n(l.descriptors.begin(), p.arrived, p.room.begin());
    l.descriptors.erase(l.descriptors.begin(),
                        l.descriptors.begin() + static_cast<std::ptrdiff_t>(p.arrived));
  }
  close_all(l.descriptors);  // as the kernel does when bytes are received without their descriptors
  const bool cut = s.is_record() && taken < l.bytes.size();
  l.bytes.erase(l.bytes.begin(), l.bytes.begin() + static_cast<std::ptrdiff_t>(taken));
  if (s.is_record() ? !next_record(l) : l.bytes.empty()) s.unread.reset();
  if (cut) return {EMSGSIZE, 0};
  return {0, taken};
}

}  // namespace fairlead::detail
