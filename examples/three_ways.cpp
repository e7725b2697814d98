// SPDX-License-Identifier: MIT
// The same exchange three times: blocking, non-blocking, and in a coroutine. An operation is a value; its
// last word says how to wait for it.
#include <array>
#include <iostream>
#include <thread>

#include <fairlead/fairlead.hpp>

using namespace fairlead;

// Blocking: this thread sleeps until the answer is there. No event loop is involved.
result<std::string> ask_blocking(tcp_stream& peer) {
  std::array<char, 64> answer;
  if (auto sent = peer.send("hello").wait(); !sent) return std::unexpected(sent.error());
  const result<std::size_t> n = peer.recv(answer).wait();
  if (!n) return std::unexpected(n.error());
  return std::string(answer.data(), *n);
}

// Non-blocking: every call returns at once, and what happens between two of them is up to us.
result<std::string> ask_nonblocking(tcp_stream& peer) {
  std::array<char, 64> answer;
  if (auto sent = peer.send_some("hello").now(); !sent) return std::unexpected(sent.error());
  for (;;) {
    const result<std::size_t> n = peer.recv(answer).now();
    if (n) return std::string(answer.data(), *n);
    if (n.error() != errc::operation_would_block) return std::unexpected(n.error());
    std::this_thread::yield();
  }
}

// A coroutine: while it waits, the loop runs others. or_return gives the value, or returns the error from
// here.
task<result<std::string>> ask(tcp_stream& peer) {
  std::array<char, 64> answer;
  co_await or_return(peer.send("hello"));
  const std::size_t n = co_await or_return(peer.recv(answer));
  co_return std::string(answer.data(), n);
}

// The peer, on a thread of its own, sends back what it hears until we have finished.
void echo(tcp_stream peer) {
  std::array<char, 64> heard;
  for (;;) {
    const result<std::size_t> n = peer.recv(heard).wait();
    if (!n || *n == 0 || !peer.send(std::span(heard).first(*n)).wait()) return;
  }
}

int main() {
  auto [ours, theirs] = tcp_stream::pair().value();  // two ends of one connection
  std::jthread peer(echo, std::move(theirs));
  std::cout << "blocking:     " << ask_blocking(ours).value_or("no answer") << '\n';
  std::cout << "non-blocking: " << ask_nonblocking(ours).value_or("no answer") << '\n';
  std::cout << "coroutine:    " << run(ask(ours)).value_or("no answer") << '\n';
  std::cout << "both:         " << ask(ours).wait().value_or("no answer") << '\n';  // all in it blocks
  return ours.close() ? 0 : 1;  // which also ends the peer
}
