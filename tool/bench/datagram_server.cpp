// SPDX-License-Identifier: MIT
#include "bench/datagram_server.hpp"

#include <algorithm>

#include <fairlead/loop.hpp>
#include <fairlead/options.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/timer.hpp>

#include "bench/batch.hpp"
#include "bench/with_datagrams.hpp"

namespace tool::bench_parts {

using namespace fairlead;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t most_sessions = 1024;  // 8 KiB and more each
constexpr auto silence = 2s;                 // after which a client that receives bulk is taken for gone
constexpr auto memory = 10s;                 // how long a session that has ended answers once more
constexpr auto grace = 30s;                  // after what a hello said
constexpr auto patience = 100ms;             // for an answer to somebody whose queue is full
constexpr auto look_around = 20ms;
constexpr unsigned most_held = 64;  // answers of a session that its rate holds back

}  // namespace

datagram_server::datagram_server(datagram_host& host, std::optional<std::uint64_t> most, doorkeeper& door,
                                 const console& out, evidence* proof)
    : host_(host),
      most_(std::min<std::uint64_t>(most.value_or(most_sessions), most_sessions)),
      door_(door),
      out_(out),
      proof_(proof) {}

std::uint32_t datagram_server::dropped() const {
  return with_datagrams(host_.socket(), [](auto& s) {
    const auto d = s.template get<option::dropped>();
    return d ? d->count() : 0U;
  });
}

std::size_t datagram_server::active() const {
  const time_point now = clock::now();
  return static_cast<std::size_t>(std::ranges::count_if(sessions_, [&](const auto& entry) {
    const datagram_session& s = *entry.second;
    return !s.ended && now < s.heard + silence;
  }));
}

void datagram_server::forget_the_dead() {
  const time_point now = clock::now();
  std::erase_if(sessions_, [&](const auto& entry) {
    datagram_session& s = *entry.second;
    const bool idle = idle_ && now >= s.moved + *idle_;
    if (now < s.dies && !idle) return false;
    s.account_for(s.ended ? ending::finished : ending::given_up);
    s.ended = true;
    by_nonce_.erase(s.nonce);
    return true;
  });
}

datagram_server::session_ptr datagram_server::find(std::uint64_t number, const endpoint& from) const {
  const auto found = sessions_.find(number);
  return found != sessions_.end() && found->second->peer == from ? found->second : nullptr;
}

// A hello that comes again, for the welcome was lost, gets the same session.
packet datagram_server::welcome(const packet& hello, const endpoint& from) {
  packet answer;
  answer.kind = packet_kind::welcome;
  answer.sequence = hello.session;
  answer.value = protocol_version;
  if (const auto known = by_nonce_.find(hello.session); known != by_nonce_.end()) {
    if (const session_ptr s = find(known->second, from)) {
      answer.session = s->number;
      return answer;
    }
  }
  const auto asked = read_hello(hello);
  forget_the_dead();
  if (!asked || closing_ || sessions_.size() >= most_ || by_nonce_.contains(hello.session)) {
    answer.detail = static_cast<std::uint8_t>(asked ? refusal::full : asked.error());
    return answer;
  }
  const std::string name = name_of(host_.carrier(), from);
  auto taken = door_.place_for({from, std::nullopt, std::nullopt}, name);
  if (!taken) {
    answer.detail = static_cast<std::uint8_t>(refusal::full);
    return answer;
  }
  auto s = std::make_shared<datagram_session>(proof_, name);
  s->taken = std::move(taken);
  s->peer = from;
  s->nonce = hello.session;
  do s->number = static_cast<std::uint64_t>(dice_()) << 32U | dice_();
  while (sessions_.contains(s->number));
  s->asked = *asked;
  s->rates = door_.new_paces();
  s->dropped_before = dropped();
  s->heard = s->moved = clock::now();
  s->dies = s->heard + memory;  // until it has shown that it hears us
  sessions_.emplace(s->number, s);
  by_nonce_.emplace(s->nonce, s->number);
  out_.step(name + ": a session");
  answer.session = s->number;
  return answer;
}

task<> datagram_server::reply(std::span<const std::byte> bytes, endpoint to) {
  const result<void> sent = co_await host_.send_to(bytes, to).within(patience);
  if (!sent) out_.step(sent.error().message());
}

task<> datagram_server::reply_at(time_point due, std::vector<std::byte> bytes, session_ptr to) {
  ++to->held;
  const result<void> slept = co_await sleep_until(due);
  --to->held;
  if (slept) co_await reply(bytes, to->peer);
}

// As many datagrams as can go, or as many as are due, while the client says that it is there.
task<> datagram_server::pour(session_ptr s) {
  volley shots(s->asked.what.size);
  packet p;
  p.session = s->number;
  const time_point begun = clock::now();
  const auto sender = host_.socket();
  time_point free = begun;  // by the rate of the flags
  for (;;) {
    const time_point now = clock::now();
    if (s->ended || now > s->heard + silence || now > s->dies) co_return;
    if (free > now) {
      const result<void> slept = co_await sleep_until(std::min(free, now + silence));
      if (!slept) co_return;
      continue;
    }
    std::uint64_t many =
        std::clamp<std::uint64_t>(s->rates.sending.quantum() / shots.size(), 1, shots.room());
    if (s->asked.rate != 0) {
      const std::uint64_t due = due_within(now - begun + duration(1), s->asked.rate);
      many = std::min<std::uint64_t>(many, due - std::min(due, s->counted.sent));
      if (many == 0) {
        const time_point next = begun + due_after(s->counted.sent, s->asked.rate);
        const result<void> slept = co_await sleep_until(std::min(next, now + silence));
        if (!slept) co_return;
        continue;
      }
    }
    p.sequence = s->counted.sent;
    p.stamp = stamp_now();
    for (std::size_t i = 0; i < many; ++i, ++p.sequence) put_packet(shots.at(i), p);
    for (const_buffers left = shots.first(many); !left.empty();) {
      const result<std::size_t> sent =
          with_datagrams(sender, [&](auto& socket) { return send_front_now(socket, left, s->peer); });
      if (!sent && sent.error() == errc::operation_would_block) {
        const result<void> slept = co_await sleep_for(100us);
        if (!slept) co_return;
        break;
      }
      if (!sent) {
        out_.step(sent.error().message());
        co_return;
      }
      left = left.subspan(*sent);
      s->counted.sent += *sent;
      s->moved = clock::now();
      free = s->rates.sending.charge(*sent * shots.size(), s->moved);
    }
    co_await yield();  // the others have their turn
  }
}

// Something has come that only somebody who hears us can send.
void datagram_server::note(datagram_session& s, time_point at) {
  s.heard = s.moved = at;
  if (s.shown) return;
  s.shown = true;
  const presence seen(counted_);
}

bool datagram_server::count(std::span<const std::byte> bytes, const endpoint& from, time_point at) {
  const auto p = parse_packet(bytes);
  if (!p || p->kind != packet_kind::data) return false;
  if (!latest_ || latest_->number != p->session || latest_->peer != from) latest_ = find(p->session, from);
  if (!latest_) return true;
  datagram_session& s = *latest_;
  if ((s.asked.what.directions & back) != 0 && !s.pouring) return false;  // it shows that the client hears us
  note(s, at);
  if (!s.ended) s.dies = std::max(s.dies, at + grace);
  // What has come cannot be sent back into the network: what is above the rate is lost, as on a slower one.
  if ((s.asked.what.directions & there) != 0 && s.rates.receiving.admits(bytes.size(), at)) {
    ++s.counted.received;
    s.counted.bytes += bytes.size();
    s.in.take(p->sequence);
  }
  return true;
}

task<> datagram_server::handle(std::span<const std::byte> bytes, endpoint from) {
  const auto p = parse_packet(bytes);
  if (!p) co_return;
  std::array<std::byte, packet_size> small;
  if (p->kind == packet_kind::hello) {
    if (!door_.hears(from, host_.carrier())) co_return;
    put_packet(small, welcome(*p, from));
    co_return co_await reply(small, from);
  }
  const session_ptr s = find(p->session, from);
  if (!s) co_return;
  note(*s, clock::now());
  if (!s->ended) s->dies = std::max(s->dies, s->heard + grace);
  const hello& asked = s->asked.what;
  if (!s->pouring && (asked.directions & back) != 0 && p->kind != packet_kind::end) {
    s->pouring = true;
    s->dies = s->heard + asked.lasts + grace;
    work_.spawn(pour(s));
  }
  if (p->kind == packet_kind::data) {
    (void)count(bytes, from, s->heard);
  } else if (p->kind == packet_kind::request && asked.mode == mode::requests) {
    ++s->counted.received;
    packet answer = *p;
    answer.kind = packet_kind::answer;
    answer_.assign(bytes.begin(), bytes.end());
    put_packet(answer_, answer);
    if (!s->rates.are_bounded()) co_return co_await reply(answer_, from);
    if (s->held == most_held) co_return;
    const time_point taken = s->rates.receiving.charge(bytes.size(), s->heard);
    const time_point due = std::max(taken, s->rates.sending.charge(bytes.size(), s->heard));
    work_.spawn(reply_at(due, answer_, s));
  } else if (p->kind == packet_kind::end) {
    if (!s->ended) {
      s->ended = true;
      s->dies = s->heard + memory;
      s->counted.reordered = s->in.reordered();
      s->counted.duplicates = s->in.duplicates();
      s->counted.too_late = s->in.too_late();
      s->counted.dropped = dropped() - s->dropped_before;
    }
    packet head;
    head.kind = packet_kind::report;
    head.session = s->number;
    const auto whole = to_bytes(head, s->counted);
    co_await reply(whole, from);
    s->account_for(ending::finished);
  }
}

template <class Socket>
task<result<void>> datagram_server::receive(Socket& socket) {
  inbox<Socket> came;
  for (;;) {
    const auto n = co_await came.receive(socket);
    if (n) {
      const time_point at = clock::now();
      const auto& every = came.all(*n);
      for (const datagram_view& d : every) {
        if (!count(d.bytes, d.from, at)) co_await handle(d.bytes, d.from);
      }
    } else if (!(n.error() == errc::message_size)) {  // too large for any of ours: a stranger's
      work_.request_stop();                           // nobody else has anything to do
      co_return std::unexpected(n.error());
    }
  }
}

task<> datagram_server::watch() {
  const result<void> slept = co_await sleep_for(duration::max()).stop_on(finishing_);
  if (!slept && !finishing_.stop_requested()) co_return;
  closing_ = true;
  while (active() != 0) {
    const result<void> waited = co_await sleep_for(look_around);
    if (!waited) co_return;
  }
  work_.request_stop();
}

// Looks now and then, for those who leave without a word do it by saying nothing.
task<> datagram_server::watch_attendance() {
  presence here;
  bool any = false;
  for (;;) {
    const time_point now = clock::now();
    const bool some = std::ranges::any_of(sessions_, [&](const auto& entry) {
      const datagram_session& s = *entry.second;
      return s.shown && !s.ended && now < s.heard + silence;
    });
    if (some != any) here = some ? presence(counted_) : presence();
    any = some;
    const result<void> slept = co_await sleep_for(look_around);
    if (!slept) co_return;
  }
}

task<result<void>> datagram_server::run(std::stop_token finishing) {
  finishing_ = std::move(finishing);
  work_.spawn(watch());
  if (counted_ != nullptr) work_.spawn(watch_attendance());
  with_datagrams(host_.socket(), [this](auto& s) { work_.spawn(receive(s)); });
  const result<void> ended = co_await work_.join();
  if (!ended && !closing_) co_return ended;
  co_return {};
}

}  // namespace tool::bench_parts
