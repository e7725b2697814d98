// SPDX-License-Identifier: MIT
#include "transfer/carrier.hpp"

#include <vector>

#include <fairlead/scope.hpp>

#include "figures.hpp"
#include "wire/local_link.hpp"
#include "wire/open_link.hpp"

namespace tool::transfer {

using namespace fairlead;
using namespace std::chrono_literals;

namespace {

// Who is at work says so every second. One who is a little late must not be given up for that.
constexpr duration least_patience = 3s;

// What it says after the transfer is nobody's, and must not hold it up.
task<> throw_away(link& from) {
  std::vector<std::byte> memory(from.room());
  for (;;) {
    const result<arrival> a = co_await from.recv(mutable_buffer(memory));
    if (!a || a->end) co_return;
  }
}

// What it has started may keep its output open for ever: that is not waited for.
task<result<void>> until_gone(link& command, std::stop_token asked) {
  scope beside;
  beside.spawn(throw_away(command));
  const result<void> left = co_await command.gone().stop_on(std::move(asked));
  beside.request_stop();
  (void)co_await beside.join();
  co_return left;
}

}  // namespace

bool is_local(const url& at) noexcept { return at.scheme() == scheme::exec || at.scheme() == scheme::stdio; }

result<url> parse_carrier(const std::string& text) {
  auto at = parse_any_address(text);
  if (at && is_local(*at)) return at;
  return parse_address(text);
}

std::string objection(const settings& asked, const url& at) {
  if (at.transport() == transport::udp || at.transport() == transport::unix_datagram) {
    return at.to_string() +
           ": files need a stream: tcp://, tls://, unix: or unix-seqpacket:, for datagrams get lost";
  }
  if (asked.idle && *asked.idle < least_patience) {
    return "--idle " + time_text(*asked.idle) + ": a peer at work says so every second; give it 3s at least";
  }
  if (at.scheme() == scheme::stdio && (is_terminal(stream::in) || is_terminal(stream::out))) {
    return "-: the files go over standard input and output, and one of them is a terminal; join both to the "
           "other side";
  }
  return {};
}

result<std::unique_ptr<link>> open_local(const url& at, const console& out) {
  if (at.scheme() == scheme::stdio) return make_standard_link();
  return make_process_link(at.path(), false, nullptr, out);
}

listing hashes_beside(const url& at) noexcept {
  return at.scheme() == scheme::stdio ? listing::left_out : listing::printed;
}

task<result<void>> see_off(link& command, bool well, std::stop_token asked) {
  (void)co_await command.finish();
  result<void> left;
  if (well) {
    left = co_await until_gone(command, std::move(asked));
  } else {
    left = co_await command.gone().within(command.patience().value_or(duration::zero()));
  }
  if (left) co_return co_await command.settle(true);
  (void)co_await command.settle(false);
  co_return {};
}

int status_after(int ended, const result<void>& command, const console& out) {
  if (command) return ended;
  const int own = static_cast<int>(out.fail(command.error()));
  return ended == 0 ? own : ended;
}

}  // namespace tool::transfer
