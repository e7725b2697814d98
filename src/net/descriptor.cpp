// SPDX-License-Identifier: MIT
#include <fairlead/descriptor.hpp>

#include <cerrno>
#include <string>

#include "loop/fixed_name.hpp"
#include "loop/socket_state.hpp"
#include "net/wrap.hpp"
#include "sys/adopted.hpp"
#include "sys/descriptor.hpp"

namespace fairlead {

namespace {

std::string name_for(int descriptor, std::string_view name) {
  return name.empty() ? "descriptor " + std::to_string(descriptor) : std::string(name);
}

std::unexpected<error> refused(int code, verb v, std::string subject, const char* reason = "") {
  return std::unexpected(error::about(static_cast<errc>(code), v, std::move(subject), reason));
}

// A descriptor of our own for standard input or output.
result<detail::socket_ptr> standard(int descriptor, bool reads) {
  const std::string_view name = reads ? "standard input" : "standard output";
  const auto access = reads ? sys::access::reading : sys::access::writing;
  const char* const closed = reads ? "it is not open for reading" : "it is not open for writing";
  if (const sys::outcome r = sys::check_access(descriptor, access); !r.ok()) {
    return refused(r.code, verb::open, std::string(name), closed);
  }
  const sys::outcome own = sys::duplicate_for(descriptor, access);
  if (!own.ok()) return refused(own.code, verb::open, std::string(name));
  const int fd = static_cast<int>(own.count);
  result<detail::socket_ptr> made = detail::adopt_descriptor(fd, reads, name);
  if (!made) {
    sys::close(fd);
  } else if (!reads) {
    made->get()->stands_for = descriptor;
  }
  return made;
}

template <class End>
result<End> opened(std::string_view path, bool reads, bool append) {
  const std::string name(path);
  if (name.find('\0') != std::string::npos)
    return refused(EINVAL, verb::open, name, "the path contains a NUL");
  const sys::outcome r =
      sys::open_file(name.c_str(), reads ? sys::access::reading : sys::access::writing, append);
  if (!r.ok()) return refused(r.code, verb::open, name);
  return detail::wrap<End>(detail::adopt_descriptor(static_cast<int>(r.count), reads, name));
}

}  // namespace

namespace detail {

result<socket_ptr> adopt_descriptor(int descriptor, bool reads, std::string_view name) {
  const sys::outcome r = sys::check_access(descriptor, reads ? sys::access::reading : sys::access::writing);
  if (!r.ok()) {
    return refused(r.code, verb::adopt, name_for(descriptor, name),
                   reads ? "it is not open for reading" : "it is not open for writing");
  }
  auto* const s = new socket_state(descriptor, channel::pipe);
  s->blocking = !sys::is_nonblocking(descriptor) && !sys::is_always_ready(descriptor);
  s->name = error_context_ptr(new fixed_name(name_for(descriptor, name)));
  return socket_ptr(s);
}

}  // namespace detail

bool basic_descriptor::is_open() const noexcept { return end_ && !end_.get()->is_closing(); }

result<void> basic_descriptor::close() {
  const int code = end_ ? end_.get()->close() : EBADF;
  if (code != 0) return std::unexpected(error(static_cast<errc>(code), verb::close));
  return {};
}

result<int> basic_descriptor::release() {
  int descriptor = -1;
  const int code = end_ ? end_.get()->release_descriptor(descriptor) : EBADF;
  if (code != 0) return std::unexpected(error(static_cast<errc>(code), verb::release));
  return descriptor;
}

int basic_descriptor::native_handle() const noexcept { return is_open() ? end_.get()->fd : -1; }

result<descriptor_reader> descriptor_reader::adopt(int descriptor, std::string_view name) {
  return detail::wrap<descriptor_reader>(detail::adopt_descriptor(descriptor, true, name));
}
result<descriptor_reader> descriptor_reader::open(std::string_view path) {
  return opened<descriptor_reader>(path, true, false);
}

result<descriptor_writer> descriptor_writer::adopt(int descriptor, std::string_view name) {
  return detail::wrap<descriptor_writer>(detail::adopt_descriptor(descriptor, false, name));
}
result<descriptor_writer> descriptor_writer::open(std::string_view path, file_mode mode) {
  return opened<descriptor_writer>(path, false, mode == file_mode::append);
}

result<std::pair<descriptor_reader, descriptor_writer>> open_pipe() {
  int ends[2] = {-1, -1};
  if (const sys::outcome r = sys::open_pipe(ends); !r.ok()) return refused(r.code, verb::open, "pipe");
  result<descriptor_reader> in = descriptor_reader::adopt(ends[0], "pipe");
  result<descriptor_writer> out = descriptor_writer::adopt(ends[1], "pipe");
  return std::pair(std::move(*in), std::move(*out));
}

result<descriptor_stream> descriptor_stream::adopt(int descriptor, std::string_view name) {
  const std::string called = name_for(descriptor, name);
  const sys::outcome copy = sys::duplicate(descriptor);
  if (!copy.ok()) return refused(copy.code, verb::adopt, called);
  const int second = static_cast<int>(copy.count);
  result<descriptor_writer> out = descriptor_writer::adopt(second, called);
  if (!out) {
    sys::close(second);
    return std::unexpected(std::move(out.error()));
  }
  result<descriptor_reader> in = descriptor_reader::adopt(descriptor, called);
  if (!in) return std::unexpected(std::move(in.error()));
  return descriptor_stream(std::move(*in), std::move(*out));
}

result<std::pair<descriptor_stream, descriptor_stream>> descriptor_stream::pair() {
  auto there = open_pipe();
  if (!there) return std::unexpected(std::move(there.error()));
  auto back = open_pipe();
  if (!back) return std::unexpected(std::move(back.error()));
  return std::pair(descriptor_stream(std::move(back->first), std::move(there->second)),
                   descriptor_stream(std::move(there->first), std::move(back->second)));
}

result<void> descriptor_stream::close() {
  result<void> in = reader_.close();
  result<void> out = writer_.close();
  return in ? in : out;  // one may have been closed before: by shutdown(), or because it was never there
}

result<descriptor_stream> standard_streams() {
  result<descriptor_reader> in = detail::wrap<descriptor_reader>(standard(0, true));
  if (!in) return std::unexpected(std::move(in.error()));
  result<descriptor_writer> out = detail::wrap<descriptor_writer>(standard(1, false));
  if (!out) return std::unexpected(std::move(out.error()));
  return descriptor_stream(std::move(*in), std::move(*out));
}

}  // namespace fairlead
