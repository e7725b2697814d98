// SPDX-License-Identifier: MIT
// buffered_reader: lines, delimiters, exact counts and length-prefixed frames out of any stream.
//
//   buffered_reader reader(conn);
//   while (auto line = co_await or_return(reader.line(8192))) use(*line);
//
// What a call gives is a view into the reader's memory, valid until the next call on it. What was read ahead
// stays in the reader: after a deadline, a stop or an error the same call simply goes on where it was. So a
// layer that takes over the connection (TLS after STARTTLS, say) takes the reader, which is a stream, or
// take_buffered().
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <fairlead/buffer.hpp>
#include <fairlead/error.hpp>
#include <fairlead/export.hpp>
#include <fairlead/stream.hpp>
#include <fairlead/task.hpp>

namespace fairlead {

/// The bytes before a frame that say how many follow: their number and their order (be: big-endian, as
/// network protocols have it).
enum class length_prefix : std::uint8_t { u8, u16be, u16le, u32be, u32le, u64be, u64le };

[[nodiscard]] constexpr std::size_t size_of(length_prefix p) noexcept {
  constexpr std::size_t sizes[] = {1, 2, 2, 4, 4, 8, 8};
  return sizes[static_cast<std::size_t>(p)];
}

/// Bytes as text, without a copy.
[[nodiscard]] inline std::string_view as_text(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

namespace detail {

/// What a machine says of the bytes that are there: the piece it looks for, that it wants more, that the
/// stream has ended where a piece would begin, or what is wrong.
struct FAIRLEAD_API finding {
  enum class kind : std::uint8_t { piece, more, end, broken };
  kind what = kind::more;
  std::size_t offset = 0;  // of the piece
  std::size_t size = 0;
  std::size_t consumed = 0;  // the piece and what surrounds it
  std::size_t wanted = 0;    // look again when so many bytes are there, or the stream has ended
  std::optional<error> why;
};

// The machines look at all bytes that are there, from the first that was not consumed. They keep nothing but
// how far they have looked, and never a pointer; so they can be tested and fuzzed without any stream.

/// Exactly so many bytes.
class FAIRLEAD_API exact_machine {
 public:
  explicit exact_machine(std::size_t size) noexcept : size_(size) {}
  [[nodiscard]] finding look(std::span<const std::byte> bytes, bool ended) const;

 private:
  std::size_t size_;
};

/// At least so many bytes, or all there are before the end; consumes nothing.
class FAIRLEAD_API peek_machine {
 public:
  explicit peek_machine(std::size_t least) noexcept : least_(least) {}
  [[nodiscard]] finding look(std::span<const std::byte> bytes, bool ended) const;

 private:
  std::size_t least_;
};

/// Everything before a delimiter.
class FAIRLEAD_API until_machine {
 public:
  until_machine(std::string_view delimiter, std::size_t limit) noexcept
      : delimiter_(delimiter), limit_(limit) {}
  [[nodiscard]] finding look(std::span<const std::byte> bytes, bool ended);

 private:
  std::string_view delimiter_;
  std::size_t limit_;
  std::size_t looked_ = 0;  // no delimiter begins before this
};

/// Everything before \n or \r\n; at the end of the stream the rest.
class FAIRLEAD_API line_machine {
 public:
  explicit line_machine(std::size_t limit) noexcept : limit_(limit) {}
  [[nodiscard]] finding look(std::span<const std::byte> bytes, bool ended);

 private:
  std::size_t limit_;
  std::size_t looked_ = 0;
};

/// A frame after its length.
class FAIRLEAD_API frame_machine {
 public:
  frame_machine(std::size_t limit, length_prefix prefix) noexcept : limit_(limit), prefix_(prefix) {}
  [[nodiscard]] finding look(std::span<const std::byte> bytes, bool ended) const;

 private:
  std::size_t limit_;
  length_prefix prefix_;
};

/// The bytes between the stream and the machines. Grows with what has really arrived, and never by what a
/// peer merely announces.
class FAIRLEAD_API read_buffer {
 public:
  static constexpr std::size_t first_size = 8192;

  [[nodiscard]] std::span<const std::byte> bytes() const noexcept {
    return std::span(storage_).subspan(begin_, end_ - begin_);
  }
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  /// Takes a piece out; it stays in its place until room() is asked for.
  std::span<const std::byte> take(const finding& f) noexcept;
  std::size_t take_into(mutable_buffer b) noexcept;
  /// Where to receive more: at least one byte, if bytes() is shorter than `wanted`.
  [[nodiscard]] mutable_buffer room(std::size_t wanted);
  /// So many bytes were received; none means the end.
  void commit(std::size_t received) noexcept;
  void append(const_buffer b);
  [[nodiscard]] std::vector<std::byte> take_all();

  /// One reader at a time: the bytes must hold still while the stream fills them.
  class turn {
   public:
    explicit turn(read_buffer& b) noexcept : buffer_(b.busy_ ? nullptr : &b) {
      if (buffer_ != nullptr) buffer_->busy_ = true;
    }
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;
    ~turn() {
      if (buffer_ != nullptr) buffer_->busy_ = false;
    }
    explicit operator bool() const noexcept { return buffer_ != nullptr; }

   private:
    read_buffer* buffer_;
  };

 private:
  std::vector<std::byte> storage_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool ended_ = false;
  bool busy_ = false;
};

/// Writes the prefix, and the payload behind it if there is room for all of it. Returns how many bytes that
/// were. Precondition: room for the prefix.
FAIRLEAD_API std::size_t encode_frame(length_prefix p, const_buffer payload,
                                      std::span<std::byte> into) noexcept;
/// fault::too_long if the prefix cannot say so much.
FAIRLEAD_API result<void> check_length(length_prefix p, std::size_t length);

template <class Piece>
inline constexpr bool may_end = false;
template <class View>
inline constexpr bool may_end<std::optional<View>> = true;

}  // namespace detail

/// S is the stream's type, or a reference to it: buffered_reader(conn) refers to conn, which must outlive it,
/// and buffered_reader(std::move(conn)) owns it. Not to be moved while an operation is in flight. A second
/// operation meanwhile gets errc::device_or_resource_busy.
template <class S>
  requires stream<std::remove_reference_t<S>>
class buffered_reader {
 public:
  static constexpr std::size_t default_limit = 65536;

  explicit buffered_reader(S&& from) : stream_(std::forward<S>(from)) {}
  /// Begins with what somebody else read ahead.
  buffered_reader(S&& from, const_buffer already_read) : stream_(std::forward<S>(from)) {
    buffer_.append(already_read);
  }
  buffered_reader(buffered_reader&&) = default;  // a copy would give the same bytes twice

  /// The next line without its \n or \r\n; a last line that has none is given too. Nothing at the end.
  /// fault::too_long if it is longer than `limit` bytes; it stays, so that exact() could still read it.
  task<result<std::optional<std::string_view>>> line(std::size_t limit = default_limit) {
    return read<std::optional<std::string_view>>(detail::line_machine(limit));
  }

  /// Everything before the delimiter, which is consumed too. Nothing if the stream ends where it would begin,
  /// fault::end_of_stream if it ends within it. The delimiter must stay alive.
  task<result<std::optional<std::string_view>>> until(std::string_view delimiter,
                                                      std::size_t limit = default_limit) {
    return read<std::optional<std::string_view>>(detail::until_machine(delimiter, limit));
  }

  /// The next frame without its prefix. Nothing if the stream ends between frames, fault::end_of_stream if it
  /// ends within one. A longer one than `limit` is fault::too_long, before memory is given to it.
  task<result<std::optional<std::span<const std::byte>>>> frame(std::size_t limit,
                                                                length_prefix prefix = length_prefix::u32be) {
    return read<std::optional<std::span<const std::byte>>>(detail::frame_machine(limit, prefix));
  }

  /// The next `size` bytes, or fault::end_of_stream; error::transferred() says how many there are.
  task<result<std::span<const std::byte>>> exact(std::size_t size) {
    return read<std::span<const std::byte>>(detail::exact_machine(size));
  }

  /// At least so many bytes without consuming them; fewer only if the stream has ended.
  task<result<std::span<const std::byte>>> peek(std::size_t least = 1) {
    return read<std::span<const std::byte>>(detail::peek_machine(least));
  }

  /// What has been read ahead and not been given out.
  [[nodiscard]] std::span<const std::byte> buffered() const noexcept { return buffer_.bytes(); }
  /// The same, and forgets it. Not while an operation is in flight.
  [[nodiscard]] std::vector<std::byte> take_buffered() { return buffer_.take_all(); }
  /// The stream with what was read ahead of it.
  [[nodiscard]] std::pair<S, std::vector<std::byte>> release() && {
    return {std::forward<S>(stream_), buffer_.take_all()};
  }

  // The reader as a stream: what was read ahead comes first, so that layers can be put over it at any moment.
  task<result<std::size_t>> recv(mutable_buffer b) {
    const detail::read_buffer::turn mine(buffer_);
    if (!mine) co_return failure(errc::device_or_resource_busy, verb::recv);
    if (!buffer_.bytes().empty() || buffer_.ended()) co_return buffer_.take_into(b);
    co_return co_await stream_.recv(b);
  }
  auto send(const_buffer b) { return stream_.send(b); }
  auto send(const_buffers b)
    requires gathering_stream<std::remove_reference_t<S>>
  {
    return stream_.send(b);
  }
  auto shutdown() { return stream_.shutdown(); }
  result<void> close() { return stream_.close(); }

  [[nodiscard]] std::remove_reference_t<S>& inner() noexcept { return stream_; }

 private:
  template <class Piece, class Machine>
  task<result<Piece>> read(Machine machine) {
    using kind = detail::finding::kind;
    const detail::read_buffer::turn mine(buffer_);
    if (!mine) co_return failure(errc::device_or_resource_busy, verb::recv);
    for (;;) {
      detail::finding f = machine.look(buffer_.bytes(), buffer_.ended());
      if (f.what == kind::piece) co_return view<Piece>(buffer_.take(f));
      if (f.what == kind::broken) co_return std::unexpected(std::move(*f.why));
      if (f.what == kind::end) {
        if constexpr (detail::may_end<Piece>) co_return std::nullopt;
      }
      result<std::size_t> n = co_await stream_.recv(buffer_.room(f.wanted));
      if (!n) co_return std::unexpected(std::move(n.error()));
      buffer_.commit(*n);
    }
  }

  template <class Piece>
  static Piece view(std::span<const std::byte> bytes) noexcept {
    if constexpr (std::is_same_v<Piece, std::optional<std::string_view>>) {
      return as_text(bytes);
    } else {
      return bytes;
    }
  }

  S stream_;
  detail::read_buffer buffer_;
};

template <class S>
buffered_reader(S&&) -> buffered_reader<S>;
template <class S>
buffered_reader(S&&, const_buffer) -> buffered_reader<S>;

/// Sends a frame that frame() with the same prefix reads: its length and its bytes, together if the stream
/// can gather or the frame is small. fault::too_long, and nothing sent, if the prefix cannot say its length.
template <stream S>
task<result<void>> send_frame(S& to, const_buffer payload, length_prefix prefix = length_prefix::u32be) {
  result<void> fits = detail::check_length(prefix, payload.size);
  if (!fits) co_return fits;
  std::array<std::byte, gathering_stream<S> ? 128 : 1024> head;
  const std::size_t encoded = detail::encode_frame(prefix, payload, head);
  const const_buffer first(head.data(), encoded);
  result<std::size_t> n = 0;
  if (encoded == size_of(prefix) + payload.size) {
    n = co_await to.send(first);
  } else if constexpr (gathering_stream<S>) {
    const std::array<const_buffer, 2> parts{first, payload};
    n = co_await to.send(const_buffers(parts));
  } else {
    n = co_await to.send(first);
    if (n) n = co_await to.send(payload);
  }
  if (!n) co_return std::unexpected(std::move(n.error()));
  co_return {};
}

}  // namespace fairlead
