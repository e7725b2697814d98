// SPDX-License-Identifier: MIT
#include "bench/iperf3/control.hpp"

#include <fairlead/options.hpp>
#include <fairlead/or_return.hpp>

#include "bench/bytes.hpp"

namespace tool::bench_parts::iperf3 {

using namespace fairlead;

control::control(std::unique_ptr<link> peer) : peer_(std::move(peer)) {
  (void)socket().set(option::no_delay(true));
}

tcp_stream& control::socket() { return *std::get<tcp_stream*>(peer_->socket()); }

error control::broken(std::string why) const {
  return error::about(errc::protocol_error, verb::none, peer_->peer, std::move(why));
}

namespace {

std::byte byte_of(state s) { return static_cast<std::byte>(static_cast<std::uint8_t>(s)); }

}  // namespace

task<result<void>> control::say(state s) {
  const std::array byte = {byte_of(s)};
  co_await or_return(socket().send(byte));
  co_return {};
}

task<result<void>> control::refuse(std::int32_t code) {
  std::array<std::byte, 9> bytes{byte_of(state::server_error)};
  put(bytes, 1, static_cast<std::uint32_t>(code));
  co_await or_return(socket().send(bytes));
  co_return {};
}

task<result<void>> control::say(const std::string& text) {
  std::vector<std::byte> bytes(4 + text.size());
  put(bytes, 0, static_cast<std::uint32_t>(text.size()));
  std::ranges::copy(std::as_bytes(std::span(text)), bytes.begin() + 4);
  co_await or_return(socket().send(bytes));
  co_return {};
}

task<result<state>> control::hear() {
  std::array<std::byte, 1> byte;
  const std::size_t n = co_await or_return(socket().recv(byte));
  if (n == 0) co_return std::unexpected(broken("it ended the control connection in the middle of the test"));
  const auto heard = static_cast<state>(std::to_integer<std::int8_t>(byte[0]));
  switch (heard) {
    case state::access_denied:
      co_return std::unexpected(broken("it is busy with another test; try again later"));
    case state::server_terminate: co_return std::unexpected(broken("it was ended in the middle of the test"));
    case state::client_terminate: co_return std::unexpected(broken("it left in the middle of the test"));
    case state::server_error: break;
    default: co_return heard;
  }
  std::array<std::byte, 8> why;
  co_await or_return(socket().recv_exactly(why));
  co_return std::unexpected(broken(explain(static_cast<std::int32_t>(get<std::uint32_t>(why, 0)))));
}

task<result<void>> control::hear(state wanted) {
  const state heard = co_await or_return(hear());
  if (heard != wanted) {
    co_return std::unexpected(broken("says " + name_of(heard) + " where iperf3 says " + name_of(wanted)));
  }
  co_return {};
}

task<result<std::string>> control::hear_text(std::size_t most) {
  std::array<std::byte, 4> length;
  co_await or_return(socket().recv_exactly(length));
  const std::size_t n = get<std::uint32_t>(length, 0);
  if (n > most) {
    co_return std::unexpected(
        broken("announces " + std::to_string(n) + " bytes where " + std::to_string(most) + " are the most"));
  }
  std::string text(n, '\0');
  co_await or_return(socket().recv_exactly(text));
  co_return text;
}

task<result<void>> control::part() {
  co_await or_return(socket().shutdown());
  std::array<std::byte, 512> rest;
  for (int pieces = 0; pieces < 64; ++pieces) {
    const std::size_t n = co_await or_return(socket().recv(rest));
    if (n == 0) break;
  }
  co_return {};
}

}  // namespace tool::bench_parts::iperf3
