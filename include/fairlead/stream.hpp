// SPDX-License-Identifier: MIT
// What every stream can do, whatever carries it: TCP, Unix sockets, pipes, TLS, and layers over any of them.
#pragma once

#include <concepts>
#include <cstddef>
#include <stop_token>
#include <utility>

#include <fairlead/buffer.hpp>
#include <fairlead/error.hpp>
#include <fairlead/operation.hpp>
#include <fairlead/task.hpp>

namespace fairlead {

/// An operation, leaf or composed, or a task, that gives a result<T>: it can be awaited, waited for, and
/// bounded by a deadline and a stop token.
template <class Op, class T>
concept operation_giving = requires(Op op, duration d, std::stop_token t) {
  { std::move(op).wait() } -> std::same_as<result<T>>;
  { std::move(op).within(d).wait() } -> std::same_as<result<T>>;
  { std::move(op).stop_on(t).wait() } -> std::same_as<result<T>>;
  std::move(op).operator co_await();
};

/// recv: at least one byte, at most the buffer; 0 once the other side has finished sending.
template <class S>
concept byte_source = requires(S& s, mutable_buffer into) {
  { s.recv(into) } -> operation_giving<std::size_t>;
};

/// send: everything, or an error whose transferred() says how much went out. shutdown: no more will come, and
/// the other side's recv gives 0.
template <class S>
concept byte_sink = requires(S& s, const_buffer from) {
  { s.send(from) } -> operation_giving<std::size_t>;
  { s.shutdown() } -> operation_giving<void>;
};

/// Bytes in order, in both directions, each of which ends by itself. close() ends both at once, and what is
/// in flight with errc::operation_canceled. One operation in each direction at a time; its buffer must stay
/// alive until it has ended.
template <class S>
concept stream = byte_source<S> && byte_sink<S> && requires(S& s) {
  { s.close() } -> std::same_as<result<void>>;
};

/// A stream that sends several pieces of memory as one: headers and bodies in one packet.
template <class S>
concept gathering_stream = stream<S> && requires(S& s, const_buffers from) {
  { s.send(from) } -> operation_giving<std::size_t>;
};

/// As many bytes as the buffer holds; fault::end_of_stream if the stream ends before. An error's
/// transferred() says how many came. Sockets have an operation for it, which this is.
template <byte_source S>
task<result<std::size_t>> recv_exactly(S& from, mutable_buffer into) {
  std::size_t done = 0;
  while (done < into.size) {
    const result<std::size_t> n = co_await from.recv(into.after(done));
    if (!n) co_return std::unexpected(n.error().after(done));
    if (*n == 0) co_return std::unexpected(error(fault::end_of_stream, verb::recv).after(done));
    done += *n;
  }
  co_return done;
}
template <byte_source S>
  requires requires(S& s, mutable_buffer into) { s.recv_exactly(into); }
auto recv_exactly(S& from, mutable_buffer into) {
  return from.recv_exactly(into);
}

namespace detail {

/// Any operation as a task: of what already is one, itself.
template <class T>
task<result<T>> as_task(task<result<T>> t) {
  return t;
}
template <class T, operation_giving<T> Op>
task<result<T>> as_task(Op op) {
  co_return co_await std::move(op);
}

}  // namespace detail

}  // namespace fairlead
