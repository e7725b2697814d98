// SPDX-License-Identifier: MIT
#include "bench/iperf3/test.hpp"

#include <fairlead/options.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/timer.hpp>

#include "bench/iperf3/cpu.hpp"

namespace tool::bench_parts::iperf3 {

using namespace fairlead;
using namespace std::chrono_literals;

namespace {

constexpr auto step_time = 10s;   // for whatever the client has to say or to do next
constexpr auto grace = 30s;       // after the time that it asked for
constexpr auto last_answer = 2s;  // in which who was refused may read why

task<result<void>> join(scope& all) { co_return co_await all.join(); }

}  // namespace

bool test::wants(const cookie& name) const {
  return taking_ && name == name_ && flows_.size() + arrived_.size() < p_.all_streams();
}

void test::take(std::unique_ptr<link> stream) {
  arrived_.push_back(std::move(stream));
  came_.notify_all();
}

// With both directions the client's streams come first.
void test::add(std::unique_ptr<link> stream) {
  const std::size_t index = flows_.size();
  const bool sends = p_.both ? index >= p_.streams : p_.reverse;
  flows_.push_back(std::make_unique<flow>(std::move(stream), index, sends, p_, all_));
}

// False if it was refused, and knows.
task<result<bool>> test::agree() {
  co_await or_return(told_.say(state::param_exchange));
  const std::string text = co_await or_return(told_.hear_text(longest_parameters));
  auto asked = parse_parameters(text);
  if (asked) {
    p_ = *asked;
    co_return true;
  }
  if (!out_.quiet) out_.fail(told_.broken(asked.error().why).message());
  co_await or_return(told_.refuse(asked.error().code));
  const result<void> gone = co_await told_.part().within(last_answer);
  (void)gone;
  co_return false;
}

task<result<void>> test::open_streams() {
  taking_ = true;
  co_await or_return(told_.say(state::create_streams));
  while (flows_.size() < p_.all_streams()) {
    while (arrived_.empty()) co_await or_return(came_.notified());
    for (auto& l : arrived_) {
      tcp_stream& s = *std::get<tcp_stream*>(l->socket());
      if (p_.no_delay) co_await or_return(s.set(option::no_delay(true)));
      if (p_.window != 0) {
        co_await or_return(s.set(option::send_buffer(p_.window)));
        co_await or_return(s.set(option::receive_buffer(p_.window)));
      }
      add(std::move(l));
    }
    arrived_.clear();
  }
  taking_ = false;
  co_return {};
}

// Where the client has found us: then our answers come from where it sends to.
result<udp_socket> test::bind_datagrams() {
  const auto here = told_.socket().local_endpoint();
  if (!here) return std::unexpected(here.error());
  auto s = udp_socket::bind(here->ip(), option::reuse_address(true));
  if (!s || p_.window == 0) return s;
  for (const result<void>& set :
       {s->set(option::send_buffer(p_.window)), s->set(option::receive_buffer(p_.window))}) {
    if (!set) return std::unexpected(set.error());
  }
  return s;
}

// Whoever greets next at this socket gets it for himself, and the next one another: each stream then is a
// socket of its own, although all of them are at one port.
task<result<std::unique_ptr<link>>> test::next_datagrams(udp_socket& at, bool last) {
  std::vector<std::byte> bytes(room_of(transport::udp));
  datagram d;
  do d = co_await or_return(at.recv_from(bytes));
  while (!is_greeting(std::span(bytes).first(d.size)) || !door_.hears(d.from, transport::udp));
  co_await or_return(at.connect(d.from));
  udp_socket next;
  if (!last) next = co_await or_return(bind_datagrams());
  const auto answer = datagram_answer();
  co_await or_return(at.send(answer));
  auto made = make_link(std::move(at));
  at = std::move(next);
  co_return made;
}

task<result<void>> test::open_datagrams() {
  udp_socket at = co_await or_return(bind_datagrams());
  co_await or_return(told_.say(state::create_streams));
  for (std::uint64_t left = p_.all_streams(); left > 0; --left) {
    std::unique_ptr<link> l = co_await or_return(next_datagrams(at, left == 1));
    add(std::move(l));
  }
  co_return {};
}

// A client that leaves while its streams are awaited must not keep others waiting.
task<> test::watch_client() {
  const result<state> heard = co_await told_.hear();
  if (!heard && heard.error() == errc::operation_canceled) co_return;
  left_ = heard ? told_.broken("says " + name_of(*heard) + " before its streams have come") : heard.error();
  gone_.request_stop();
}

task<result<void>> test::open_all() {
  scope watching;
  watching.spawn(watch_client());
  auto opening = p_.datagrams ? open_datagrams() : open_streams();
  result<void> opened = co_await std::move(opening).within(step_time).stop_on(gone_.get_token());
  watching.request_stop();
  co_await or_return(join(watching));
  if (left_) co_return std::unexpected(*left_);
  if (opened || opened.error() == errc::operation_canceled) co_return opened;
  if (opened.error() == errc::timed_out)
    opened = std::unexpected(told_.broken("its streams have not come in time"));
  const result<void> said = co_await told_.refuse(102);  // "unable to start listener for connections"
  (void)said;
  co_return opened;
}

task<> test::watch(flow& f) {
  const result<void> ended = co_await f.run();
  if (!ended && !(ended.error() == errc::operation_canceled)) out_.step(ended.error().message());
}

task<> test::omit_warm_up() {
  const result<void> slept = co_await sleep_for(std::chrono::seconds(p_.omit));
  if (!slept) co_return;
  begun_ = clock::now();
  for (const auto& f : flows_) f->begin_counting();
}

// Until the client says that it is over, or is gone.
task<result<void>> test::measure() {
  begun_ = clock::now();
  const processor_time used;
  scope working;
  for (const auto& f : flows_) working.spawn(watch(*f));
  if (p_.omit != 0) working.spawn(omit_warm_up());
  // With -n and -k the client knows alone when it is over.
  const duration lasts = std::chrono::seconds((p_.seconds != 0 ? p_.seconds : longest_test) + p_.omit);
  co_await or_return(told_.hear(state::test_end).within(lasts + grace));
  working.request_stop();
  co_await or_return(join(working));
  const duration took = clock::now() - begun_;
  ours_.cpu = used.percent();
  ours_.sends = p_.reverse || p_.both;
  for (const auto& f : flows_) {
    f->drain();
    ours_.streams.push_back(f->result_after(took));
    // The client may be waiting for the rest of a block, or for one more: the end wakes it.
    f->close();
  }
  co_return {};
}

task<result<void>> test::exchange() {
  co_await or_return(told_.say(state::exchange_results));
  const std::string text = co_await or_return(told_.hear_text(longest_results));
  if (!parse_results(text)) co_return std::unexpected(told_.broken("its results are not those of iperf3"));
  co_await or_return(told_.say(to_text(ours_)));
  co_await or_return(told_.say(state::display_results));
  co_await or_return(told_.hear(state::done));
  co_return {};
}

task<result<void>> test::carry_out() {
  const bool agreed = co_await or_return(agree().within(step_time));
  if (!agreed) co_return {};
  counted_.emplace(proof_, told_.peer(), "bench", p_.datagrams);
  co_await or_return(open_all());
  co_await or_return(told_.say(state::test_start));
  co_await or_return(told_.say(state::test_running));
  co_await or_return(measure());
  co_return co_await exchange().within(step_time);
}

task<result<void>> test::run() {
  const result<void> ended = co_await carry_out();
  account_for(ended);
  co_return ended;
}

void test::account_for(const result<void>& ended) {
  if (!counted_) return;
  counted_->there().bytes = all_.received, counted_->there().pieces = all_.done;
  counted_->back().bytes = all_.sent, counted_->back().pieces = all_.sent_messages;
  conclude(counted_->there(), ended);
  counted_->back().how = ended ? ending::finished : ending::given_up;
  counted_.reset();
}

}  // namespace tool::bench_parts::iperf3
