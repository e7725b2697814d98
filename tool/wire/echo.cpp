// SPDX-License-Identifier: MIT
#include <vector>

#include <fairlead/or_return.hpp>

#include "wire/join.hpp"
#include "wire/service.hpp"

namespace tool {

using namespace fairlead;

error silent(const link& client, duration limit) {
  return error::about(errc::timed_out, verb::none, client.peer, "silent for " + seconds_text(limit));
}

task<result<void>> echo(link& client, const service_terms& terms) {
  std::vector<std::byte> buffer(client.room());
  const duration limit = terms.idle.value_or(duration::max());
  for (;;) {
    const result<arrival> a = co_await client.recv(buffer).within(limit);
    if (!a && a.error() == errc::timed_out && terms.idle) co_return std::unexpected(silent(client, limit));
    if (!a) co_return std::unexpected(a.error());
    if (a->end) break;
    const result<void> sent = co_await client.send(std::span(buffer).first(a->size)).within(limit);
    if (!sent && sent.error() == errc::timed_out && terms.idle)
      co_return std::unexpected(silent(client, limit));
    if (!sent) co_return sent;
  }
  co_return co_await client.finish();
}

task<result<void>> echo_datagrams(datagram_host& host, const service_terms& terms, bool once,
                                  const console& out) {
  using namespace std::chrono_literals;
  std::vector<std::byte> buffer(room_of(host.carrier()));
  std::optional<endpoint> only;
  for (;;) {
    const duration limit = only ? terms.idle.value_or(1s) : duration::max();
    const result<datagram> d = co_await host.recv_from(buffer).within(limit);
    if (!d && only && d.error() == errc::timed_out) co_return {};
    if (!d && d.error() == errc::message_size) {
      if (!out.quiet) out.fail(d.error().message());
      continue;
    }
    if (!d) co_return std::unexpected(d.error());
    if (once && !only) only = d->from;
    if (only && d->from != *only) continue;
    // That one peer cannot be answered is nothing to the others.
    const result<void> sent = co_await host.send_to(std::span(buffer).first(d->size), d->from);
    if (!sent && sent.error() == errc::operation_canceled) co_return sent;
    if (!sent) out.step(sent.error().message());
  }
}

}  // namespace tool
