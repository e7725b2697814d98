// SPDX-License-Identifier: MIT
#include "replay/first_client.hpp"

#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>

#include "wire/datagrams.hpp"

namespace tool::replaying {

namespace {

using namespace fairlead;

struct hall {
  gate& in;
  const console& out;
  scope all{};
  result<std::unique_ptr<link>> came = failure(errc::operation_canceled, verb::accept);
  bool decided = false;

  void decide(result<std::unique_ptr<link>> c) {
    if (decided) return;
    decided = true;
    came = std::move(c);
    all.request_stop();
  }
};

task<> let_in(std::unique_ptr<link> client, hall& h) {
  const result<void> entered = co_await client->enter();
  if (entered) co_return h.decide(std::move(client));
  if (!h.decided && !is_refusal(entered.error())) h.out.fail(entered.error());
}

task<> wait_at(acceptor& a, hall& h) {
  for (;;) {
    auto client = co_await a.accept();
    if (!client) co_return h.decide(std::move(client));
    h.all.spawn(let_in(std::move(*client), h));
  }
}

task<> hear_at(datagram_host& d, hall& h) {
  std::vector<std::byte> content(room_of(d.carrier()));
  const result<datagram> first = co_await d.recv_from(content);
  if (!first) co_return h.decide(std::unexpected(first.error()));
  content.resize(first->size);
  h.decide(h.in.door.paced(make_party_link(d, std::move(content), first->from)));
}

}  // namespace

task<result<visit>> first_client(gate& in, std::stop_token closing, const console& out) {
  visit v;
  hall h{in, out};
  if (in.at.transport() == transport::udp || in.at.transport() == transport::unix_datagram) {
    v.hosts = co_await or_return(open_hosts(in, out));
    for (const auto& d : v.hosts) h.all.spawn(hear_at(*d, h));
  } else {
    v.doors = co_await or_return(open_doors(in, out));
    for (const auto& a : v.doors) h.all.spawn(wait_at(*a, h));
  }
  const auto leave = [&h] { h.all.request_stop(); };
  const std::stop_callback<decltype(leave)> over(std::move(closing), leave);
  (void)co_await h.all.join();
  for (const auto& a : v.doors) a->close();
  if (!h.came) co_return std::unexpected(h.came.error());
  v.client = std::move(*h.came);
  co_return v;
}

}  // namespace tool::replaying
