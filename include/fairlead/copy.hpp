// SPDX-License-Identifier: MIT
// Moving everything from one stream to another, and both ways between two.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include <fairlead/buffer.hpp>
#include <fairlead/error.hpp>
#include <fairlead/export.hpp>
#include <fairlead/operation.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/splice.hpp>
#include <fairlead/stream.hpp>
#include <fairlead/task.hpp>

namespace fairlead {

struct copy_options {
  std::size_t piece = 65536;        ///< bytes of memory in each direction: what is copied at once at most
  duration idle = duration::max();  ///< errc::timed_out when no byte has moved, either way, for so long
};

/// How one direction stands, or how it ended. Up to date while bytes are moving.
struct direction_report {
  std::uint64_t bytes = 0;      ///< handed to the stream that sends them
  bool ended = false;           ///< the source finished, and that was passed on
  std::optional<error> failed;  ///< errc::operation_canceled if it was stopped because the other one failed
};

struct relay_report {
  direction_report there;  ///< from the first stream to the second
  direction_report back;   ///< from the second stream to the first
};

namespace detail {

/// When bytes have moved last, in any direction.
class silence {
 public:
  explicit silence(duration limit) noexcept : limit_(limit) { heard(); }
  void heard() noexcept {
    if (limit_ != duration::max()) last_ = clock::now();
  }
  [[nodiscard]] time_point due() const noexcept {
    return limit_ == duration::max() || limit_ > time_point::max() - last_ ? time_point::max()
                                                                           : last_ + limit_;
  }
  /// `e` ended an operation whose deadline was `due`. Nothing if the other direction has moved bytes since,
  /// so that there is no silence; else what to say: the deadline of whoever called us is not ours.
  [[nodiscard]] FAIRLEAD_API std::optional<error> verdict(const error& e, time_point due) const;

 private:
  duration limit_;
  time_point last_;
};

class piece_memory {
 public:
  explicit piece_memory(std::size_t bytes) : size_(bytes > 0 ? bytes : 1), data_(new std::byte[size_]) {}
  piece_memory(const piece_memory&) = delete;
  piece_memory& operator=(const piece_memory&) = delete;
  ~piece_memory() { delete[] data_; }
  [[nodiscard]] mutable_buffer all() const noexcept { return {data_, size_}; }

 private:
  std::size_t size_;
  std::byte* data_;
};

/// The error of one direction, which says which: "copy first to second: recv tcp://…: connection reset".
[[nodiscard]] FAIRLEAD_API error in_direction(const error& e, bool there, std::uint64_t bytes);

/// Moves everything but the end; what goes wrong is in report.failed.
FAIRLEAD_API task<> convey(conveyor& through, direction_report& report, silence& quiet);

/// The same with the end, between what the kernel can join.
template <splice_source From, splice_sink To>
task<> pump(From& from, To& to, std::size_t piece, direction_report& report, silence& quiet) {
  conveyor through(from, to, piece);
  co_await convey(through, report, quiet);
  if (report.failed) co_return;
  const result<void> said = co_await to.shutdown();
  report.ended = said.has_value();
  if (!said) report.failed = said.error();
}

/// Between any other two.
template <byte_source From, byte_sink To>
  requires(!splice_source<From> || !splice_sink<To>)
task<> pump(From& from, To& to, std::size_t piece, direction_report& report, silence& quiet) {
  const piece_memory memory(piece);
  while (!report.failed) {
    time_point due = quiet.due();
    const result<std::size_t> n = co_await from.recv(memory.all()).until(due);
    if (!n) {
      report.failed = quiet.verdict(n.error(), due);
      continue;
    }
    quiet.heard();
    if (*n == 0) {
      const result<void> said = co_await to.shutdown();
      report.ended = said.has_value();
      if (!said) report.failed = said.error();
      break;
    }
    const_buffer rest = memory.all().first(*n);
    while (rest.size > 0 && !report.failed) {
      due = quiet.due();
      const result<std::size_t> sent = co_await to.send(rest).until(due);
      const std::size_t moved = sent ? *sent : sent.error().transferred();
      report.bytes += moved;
      rest = rest.after(moved);
      if (moved > 0) quiet.heard();
      if (!sent) report.failed = quiet.verdict(sent.error(), due);
    }
  }
}

/// One direction of two: if it fails, the other one ends too. `first` says which one failed first.
template <byte_source From, byte_sink To>
task<> pump_or_stop(From& from, To& to, std::size_t piece, direction_report& report, silence& quiet,
                    scope& both, direction_report*& first) {
  co_await pump(from, to, piece, report, quiet);
  if (!report.failed) co_return;
  if (first == nullptr) first = &report;
  both.request_stop();
}

}  // namespace detail

/// Moves everything from `from` to `to` until the end, which is passed on: `to` sees it as a half-close.
/// Gives the number of bytes; error::transferred() says it if something failed. Between sockets, pipes and
/// files (splice_source, splice_sink) the kernel moves what is much, see conveyor.
template <byte_source From, byte_sink To>
task<result<std::uint64_t>> copy(From& from, To& to, copy_options options = {}) {
  direction_report report;
  detail::silence quiet(options.idle);
  co_await detail::pump(from, to, options.piece, report, quiet);
  if (report.failed) co_return std::unexpected(report.failed->after(static_cast<std::size_t>(report.bytes)));
  co_return report.bytes;
}

/// Moves everything both ways, each end passed on by itself, until both directions have ended. If one fails
/// the other is stopped, and the error says which one it was: "copy first to second: …". `report` tells of
/// both in any case, while it goes on too.
template <stream A, stream B>
task<result<void>> copy_both(A& first, B& second, relay_report& report, copy_options options = {}) {
  detail::silence quiet(options.idle);
  direction_report* failed = nullptr;
  scope both;
  both.spawn(detail::pump_or_stop(first, second, options.piece, report.there, quiet, both, failed));
  both.spawn(detail::pump_or_stop(second, first, options.piece, report.back, quiet, both, failed));
  (void)co_await both.join();
  if (failed == nullptr) co_return {};
  co_return std::unexpected(detail::in_direction(*failed->failed, failed == &report.there, failed->bytes));
}

template <stream A, stream B>
task<result<relay_report>> copy_both(A& first, B& second, copy_options options = {}) {
  relay_report report;
  result<void> done = co_await copy_both(first, second, report, options);
  if (!done) co_return std::unexpected(std::move(done.error()));
  co_return report;
}

}  // namespace fairlead
