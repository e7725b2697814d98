// SPDX-License-Identifier: MIT
// Streams over any descriptor: pipes, terminals, files, standard input and output. Their operations are those
// of sockets, and wait in the same three ways. What an adopted descriptor's flags say stays as it is, because
// they are shared with other processes: the shell for one.
#pragma once

#include <string_view>
#include <utility>

#include <fairlead/buffer.hpp>
#include <fairlead/error.hpp>
#include <fairlead/export.hpp>
#include <fairlead/operation.hpp>
#include <fairlead/socket.hpp>

namespace fairlead {

/// Reads what there is, at least one byte, at most the buffer. 0 is the end: of the file, or because nobody
/// has the pipe's other side open. Files never block, but the disk may take its time.
class [[nodiscard]] read_operation : public detail::io, public leaf<read_operation> {
 public:
  using value_type = std::size_t;
  static constexpr bool composed = false;
  template <class Buffers>
  read_operation(detail::socket_state* s, Buffers b) noexcept : io(detail::action::read, s) {
    use(b);
  }
  read_operation(read_operation&&) noexcept = default;
  [[nodiscard]] result<std::size_t> take() const noexcept { return count; }
};

/// Writes what fits now: at least one byte, and says how many.
class [[nodiscard]] write_some_operation : public detail::io, public leaf<write_some_operation> {
 public:
  using value_type = std::size_t;
  static constexpr bool composed = false;
  template <class Buffers>
  write_some_operation(detail::socket_state* s, Buffers b) noexcept : io(detail::action::write_some, s) {
    use(b);
  }
  write_some_operation(write_some_operation&&) noexcept = default;
  [[nodiscard]] result<std::size_t> take() const noexcept { return count; }
};

/// Writes everything. On an error, error::transferred() says how much went out.
class [[nodiscard]] write_operation : public detail::io, public leaf<write_operation> {
 public:
  using value_type = std::size_t;
  static constexpr bool composed = true;
  template <class Buffers>
  write_operation(detail::socket_state* s, Buffers b) noexcept : io(detail::action::write, s) {
    use(b);
  }
  write_operation(write_operation&&) noexcept = default;
  [[nodiscard]] result<std::size_t> take() const noexcept { return count; }
};

/// What reading and writing ends share. Move only; destroying it closes it, after cancelling what is in
/// flight.
class FAIRLEAD_API basic_descriptor {
 public:
  [[nodiscard]] bool is_open() const noexcept;
  /// As a socket's close(): operations in flight end with errc::operation_canceled.
  result<void> close();
  /// Gives the descriptor to the caller. errc::device_or_resource_busy while operations are in flight.
  result<int> release();
  /// Still owned by this object; -1 when closed.
  [[nodiscard]] int native_handle() const noexcept;
  /// Internal.
  [[nodiscard]] detail::socket_state* state() const noexcept { return end_.get(); }

 protected:
  basic_descriptor() = default;
  explicit basic_descriptor(detail::socket_ptr s) noexcept : end_(std::move(s)) {}
  basic_descriptor(basic_descriptor&&) noexcept = default;
  basic_descriptor& operator=(basic_descriptor&&) noexcept = default;
  ~basic_descriptor() = default;

  detail::socket_ptr end_;
};

/// What can be read: a pipe's reading end, a file, a terminal.
class FAIRLEAD_API descriptor_reader : public basic_descriptor {
 public:
  /// Takes `descriptor` over; on failure it stays the caller's. `name` is what errors call it. If it blocks
  /// and other processes read from it too, one of them may take what made it readable, and this thread
  /// waits with it; descriptors made here never block.
  [[nodiscard]] static result<descriptor_reader> adopt(int descriptor, std::string_view name = {});
  [[nodiscard]] static result<descriptor_reader> open(std::string_view path);

  read_operation recv(mutable_buffer b) noexcept { return {state(), b}; }
  read_operation recv(mutable_buffers b) noexcept { return {state(), b}; }
  ready_operation readable() noexcept { return {state(), detail::action::readable}; }

  descriptor_reader() = default;  ///< closed; to be assigned to
  explicit descriptor_reader(detail::socket_ptr s) noexcept : basic_descriptor(std::move(s)) {}
};

enum class file_mode : std::uint8_t { truncate, append };

/// What can be written. A pipe that nobody reads any more gives errc::broken_pipe, never SIGPIPE.
class FAIRLEAD_API descriptor_writer : public basic_descriptor {
 public:
  /// As descriptor_reader::adopt(). A blocking descriptor is given at most PIPE_BUF bytes at a time, once it
  /// says that it is writable, so that no pipe ever stops the thread. (A blocking terminal that is nearly
  /// full can: standard_streams() opens terminals anew for that reason.)
  [[nodiscard]] static result<descriptor_writer> adopt(int descriptor, std::string_view name = {});
  /// Makes the file if there is none.
  [[nodiscard]] static result<descriptor_writer> open(std::string_view path,
                                                      file_mode mode = file_mode::truncate);

  write_operation send(const_buffer b) noexcept { return {state(), b}; }
  write_operation send(const_buffers b) noexcept { return {state(), b}; }
  write_some_operation send_some(const_buffer b) noexcept { return {state(), b}; }
  write_some_operation send_some(const_buffers b) noexcept { return {state(), b}; }
  ready_operation writable() noexcept { return {state(), detail::action::writable}; }
  /// Says that no more will come, which pipes can only say by being closed; so this closes it.
  shutdown_operation shutdown() noexcept { return {state(), half::sending}; }

  descriptor_writer() = default;  ///< closed; to be assigned to
  explicit descriptor_writer(detail::socket_ptr s) noexcept : basic_descriptor(std::move(s)) {}
};

/// The reading end of a pipe and its writing end.
[[nodiscard]] FAIRLEAD_API result<std::pair<descriptor_reader, descriptor_writer>> open_pipe();

/// A reading and a writing end as one stream.
class FAIRLEAD_API descriptor_stream {
 public:
  /// Takes over one descriptor for both directions: the master of a terminal, say. Its writing end is a
  /// duplicate, so that shutdown() leaves the reading one open.
  [[nodiscard]] static result<descriptor_stream> adopt(int descriptor, std::string_view name = {});
  /// Two streams, joined by a pipe in each direction.
  [[nodiscard]] static result<std::pair<descriptor_stream, descriptor_stream>> pair();

  read_operation recv(mutable_buffer b) noexcept { return reader_.recv(b); }
  read_operation recv(mutable_buffers b) noexcept { return reader_.recv(b); }
  write_operation send(const_buffer b) noexcept { return writer_.send(b); }
  write_operation send(const_buffers b) noexcept { return writer_.send(b); }
  write_some_operation send_some(const_buffer b) noexcept { return writer_.send_some(b); }
  write_some_operation send_some(const_buffers b) noexcept { return writer_.send_some(b); }
  shutdown_operation shutdown() noexcept { return writer_.shutdown(); }
  ready_operation readable() noexcept { return reader_.readable(); }
  ready_operation writable() noexcept { return writer_.writable(); }

  [[nodiscard]] bool is_open() const noexcept { return reader_.is_open() || writer_.is_open(); }
  /// Both directions; after shutdown() the one that is left.
  result<void> close();

  /// One direction alone; to be moved from, if it shall live elsewhere.
  [[nodiscard]] descriptor_reader& reader() noexcept { return reader_; }
  [[nodiscard]] descriptor_writer& writer() noexcept { return writer_; }

  descriptor_stream() = default;  ///< closed; to be assigned to
  descriptor_stream(descriptor_reader in, descriptor_writer out) noexcept
      : reader_(std::move(in)), writer_(std::move(out)) {}

 private:
  descriptor_reader reader_;
  descriptor_writer writer_;
};

/// recv() reads standard input, send() writes standard output. The numbers 0 and 1 stay open and keep their
/// flags: this stream has descriptors of its own. shutdown() tells whoever reads our standard output that it
/// has ended (what is printed afterwards goes to /dev/null); a terminal or a file does not notice.
[[nodiscard]] FAIRLEAD_API result<descriptor_stream> standard_streams();

namespace detail {
/// The state for an adopted descriptor, which is open for reading or for writing.
[[nodiscard]] FAIRLEAD_API result<socket_ptr> adopt_descriptor(int descriptor, bool reads,
                                                               std::string_view name);

template <>
struct splice_end<descriptor_reader> {
  static socket_state* source(descriptor_reader& r) noexcept { return r.state(); }
};
template <>
struct splice_end<descriptor_writer> {
  static socket_state* sink(descriptor_writer& w) noexcept { return w.state(); }
};
template <>
struct splice_end<descriptor_stream> {
  static socket_state* source(descriptor_stream& s) noexcept { return s.reader().state(); }
  static socket_state* sink(descriptor_stream& s) noexcept { return s.writer().state(); }
};
}  // namespace detail

}  // namespace fairlead
