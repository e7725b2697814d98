// SPDX-License-Identifier: MIT
// A command for a client.
#include "wire/join.hpp"
#include "wire/local_link.hpp"
#include "wire/service.hpp"

namespace tool {

using namespace fairlead;

task<result<void>> exec(link& client, const service_terms& terms, const console& out) {
  auto child = make_process_link(*terms.command, terms.pty, &client, out);
  if (!child) {
    client.abort();  // or it would take our end for an answer
    co_return std::unexpected(child.error());
  }
  join_terms how;
  how.idle = terms.idle;
  how.idle_is_end = !client.has_end();
  if (terms.watched) how.watched = terms.watched(client, **child);
  co_return co_await join(client, **child, std::move(how), out);
}

}  // namespace tool
