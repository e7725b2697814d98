// SPDX-License-Identifier: MIT
#include "transfer/conversation.hpp"

#include <algorithm>
#include <cstring>

#include <fairlead/or_return.hpp>

#include "figures.hpp"

namespace tool::transfer {

using namespace fairlead;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t out_size = 256U << 10U;
constexpr std::size_t in_size = 256U << 10U;
constexpr auto sign_of_life = 1s;

}  // namespace

conversation::conversation(link& with, side us, duration patience)
    : link_(with),
      us_(us),
      patience_(patience),
      out_(std::make_unique_for_overwrite<std::byte[]>(out_size)),
      last_said_(fairlead::clock::now()),
      room_(std::max(with.room(), in_size)),
      in_(std::make_unique_for_overwrite<std::byte[]>(room_ + decoder::largest_held)) {}

// Whatever the system calls it, and whether it shows on sending or on receiving: nobody is there any more.
error conversation::in_our_words(const error& e, const char* silent) const {
  if (e == errc::timed_out) {
    return error::about(errc::timed_out, verb::none, link_.peer, std::string(silent) + time_text(patience_));
  }
  if (e == errc::broken_pipe || e == errc::connection_reset || e == fault::end_of_stream) {
    const bool never_there = us_ == side::sender && !heard_;
    return error::about(fault::end_of_stream, verb::none, link_.peer,
                        never_there ? "the peer has gone without a word: it refused us, or is no fairlead "
                                      "receive, or not one of this scheme"
                                    : "the peer has gone before everything was done");
  }
  return e;
}

task<result<void>> conversation::say_hello() {
  const auto ours = hello();
  std::ranges::copy(ours, out_.get() + said_);
  said_ += ours.size();
  co_return co_await flush();
}

task<result<void>> conversation::hear_hello(bool answer) {
  while (held().size() < hello_size) {
    // Who speaks something else says so with the first bytes, and may wait for an answer then.
    const auto usual = hello();
    if (!std::ranges::equal(held().first(std::min<std::size_t>(held().size(), 8)),
                            std::span(usual).first(std::min<std::size_t>(held().size(), 8)))) {
      break;
    }
    co_await or_return(more());
  }
  std::optional<std::uint16_t> version;
  if (held().size() >= hello_size) version = parse_hello(held().first<hello_size>());
  if (!version) {
    co_return std::unexpected(error::about(errc::protocol_error, verb::none, link_.peer,
                                           "the peer does not speak fairlead's transfer protocol"));
  }
  // Before anything is said of its version: the peer shall hear ours.
  if (answer) co_await or_return(say_hello());
  if (*version != protocol_version) {
    std::string said = "the peer speaks version " + std::to_string(*version);
    said += " of the transfer protocol, we speak " + std::to_string(protocol_version);
    said += ": use the same release of fairlead at both ends";
    co_return std::unexpected(error::about(errc::protocol_error, verb::none, link_.peer, said));
  }
  begin_ += hello_size;
  co_return {};
}

task<result<void>> conversation::flush() {
  const std::size_t all = std::exchange(said_, 0);
  const duration limit = us_ == side::sender ? duration::max() : patience_;
  for (std::size_t at = 0; at < all;) {
    const std::size_t n = std::min(link_.piece(), all - at);
    auto sent = co_await link_.send(const_buffer(out_.get() + at, n)).within(limit);
    if (!sent) {
      broken_ = true;
      co_return std::unexpected(in_our_words(sent.error(), "took nothing for "));
    }
    at += n;
  }
  last_said_ = fairlead::clock::now();
  co_return {};
}

// There is room: whatever is put in, all goes out before more than half is taken.
void conversation::add(const any_message& m) {
  small_.clear();
  append(small_, m);
  std::ranges::copy(small_, out_.get() + said_);
  said_ += small_.size();
}

task<result<void>> conversation::flush_if_full() {
  if (said_ >= out_size / 2) co_return co_await flush();
  co_return {};
}

task<result<void>> conversation::put(const any_message& m) {
  add(m);
  return flush_if_full();
}

task<result<void>> conversation::say(const any_message& m) {
  add(m);
  return flush();
}

task<result<void>> conversation::show_life() {
  if (fairlead::clock::now() - last_said_ < sign_of_life) co_return {};
  add(message::alive{});
  co_return co_await flush();
}

task<result<std::span<std::byte>>> conversation::data_room() {
  if (said_ > out_size / 2) co_await or_return(flush());
  const std::size_t taken = said_ + header_size;
  co_return std::span(out_.get() + taken, out_size - taken);
}

task<result<void>> conversation::put_data(std::size_t size) {
  put_data_header(std::span<std::byte, header_size>(out_.get() + said_, header_size), size);
  said_ += header_size + size;
  return flush_if_full();
}

task<result<void>> conversation::more() {
  if (begin_ > 0) {
    std::memmove(in_.get(), in_.get() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
  }
  auto came = co_await link_.recv(mutable_buffer(in_.get() + end_, room_)).within(patience_);
  if (!came) {
    broken_ = true;
    co_return std::unexpected(in_our_words(came.error(), "said nothing for "));
  }
  if (came->end) {
    broken_ = true;
    co_return std::unexpected(in_our_words(error(fault::end_of_stream), ""));
  }
  end_ += came->size;
  heard_ = true;
  co_return {};
}

task<result<any_message>> conversation::next() {
  for (;;) {
    auto f = decoder_.look(held());
    if (!f) co_return std::unexpected(f.error().reworded(verb::none, link_.peer, f.error().reason()));
    begin_ += f->consumed;
    if (!f->what) {
      co_await or_return(more());
    } else if (!std::holds_alternative<message::alive>(*f->what)) {
      co_return std::move(*f->what);
    } else if (us_ == side::receiver) {
      // The sender hashes what we wait for, and hears whether we are there.
      co_await or_return(show_life());
    }
  }
}

namespace {

// Until the peer has finished.
task<result<void>> hear_out(link& l, std::span<std::byte> memory) {
  for (;;) {
    const arrival a = co_await or_return(l.recv(mutable_buffer(memory)));
    if (a.end) co_return {};
  }
}

}  // namespace

task<> conversation::part() {
  if (broken_) co_return;
  auto finished = co_await link_.finish().within(longest_parting);
  if (!finished) co_return;
  begin_ = end_ = 0;
  // Closing with bytes unread would be a reset, which takes our last word away from the peer.
  (void)co_await hear_out(link_, std::span(in_.get(), room_)).within(longest_parting);
}

}  // namespace tool::transfer
