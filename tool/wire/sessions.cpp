// SPDX-License-Identifier: MIT
// Datagrams as conversations: each peer is a client with a queue of its own.
#include <algorithm>
#include <deque>
#include <unordered_map>

#include <fairlead/condition.hpp>
#include <fairlead/or_return.hpp>

#include "wire/datagrams.hpp"

namespace tool {

namespace {

using namespace fairlead;

// What waits for a client that reads too slowly, and for all of them. Beyond that datagrams are lost, as they
// would be in the kernel: whoever sends them may be many, and need not exist.
constexpr std::size_t longest_queue = 256;
constexpr std::size_t largest_queue = 1U << 20U;
constexpr std::size_t largest_hall = 64U << 20U;

struct session {
  std::deque<std::vector<std::byte>> queue;
  std::size_t bytes = 0;  // in it
  fairlead::condition changed;
  bool over = false;  // no more datagrams will come
};

// Shared by the acceptor and its links, which may outlive it.
struct hall {
  explicit hall(std::unique_ptr<datagram_host> h) : host(std::move(h)) {}
  std::unique_ptr<datagram_host> host;
  std::unordered_map<endpoint, std::shared_ptr<session>> sessions;
  std::size_t bytes = 0;  // in all queues

  void put(session& s, std::vector<std::byte> d) {
    const bool full = s.queue.size() >= longest_queue || s.bytes + d.size() > largest_queue ||
                      bytes + d.size() > largest_hall;
    if (full) return;
    s.bytes += d.size();
    bytes += d.size();
    s.queue.push_back(std::move(d));
  }
  std::vector<std::byte> take(session& s) {
    std::vector<std::byte> d = std::move(s.queue.front());
    s.queue.pop_front();
    s.bytes -= d.size();
    bytes -= d.size();
    return d;
  }
};

class session_link final : public link {
 public:
  session_link(std::shared_ptr<hall> in, std::shared_ptr<session> s, const endpoint& with)
      : hall_(std::move(in)), session_(std::move(s)), with_(with) {
    local = hall_->host->name;
    peer = name_of(hall_->host->carrier(), with_);
    peer_endpoint = with_;
    local_endpoint = hall_->host->where();
  }
  ~session_link() override {
    hall_->bytes -= session_->bytes;
    hall_->sessions.erase(with_);
  }

  task<result<arrival>> recv(mutable_buffer into) override {
    while (session_->queue.empty()) {
      arrival a;
      a.end = session_->over;
      if (a.end) co_return a;
      co_await or_return(session_->changed.notified());
    }
    const std::vector<std::byte> d = hall_->take(*session_);
    arrival a;
    a.size = std::min(d.size(), into.size);
    std::copy_n(d.begin(), a.size, into.data);
    co_return a;
  }
  task<result<void>> send(const_buffer from) override { return hall_->host->send_to(from, with_); }
  task<result<void>> finish() override { co_return {}; }
  bool has_end() const noexcept override { return false; }
  std::size_t piece() const noexcept override { return piece_of(hall_->host->carrier()); }
  std::size_t room() const noexcept override { return room_of(hall_->host->carrier()); }
  void abort() noexcept override {}  // nobody would notice

 private:
  std::shared_ptr<hall> hall_;
  std::shared_ptr<session> session_;
  endpoint with_;
};

class session_acceptor final : public acceptor {
 public:
  explicit session_acceptor(std::unique_ptr<datagram_host> host)
      : hall_(std::make_shared<hall>(std::move(host))), buffer_(room_of(hall_->host->carrier())) {
    name = hall_->host->name;
  }
  ~session_acceptor() override { close(); }

  task<result<std::unique_ptr<link>>> accept() override {
    for (;;) {
      const result<datagram> d = co_await hall_->host->recv_from(buffer_);
      if (!d) co_return std::unexpected(d.error());
      std::vector<std::byte> content(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(d->size));
      const auto known = hall_->sessions.find(d->from);
      if (known == hall_->sessions.end()) co_return open(d->from, std::move(content));
      session& s = *known->second;
      hall_->put(s, std::move(content));
      s.changed.notify_all();
    }
  }
  bool has_backlog() const noexcept override { return false; }
  void close() override {
    for (const auto& [with, s] : hall_->sessions) {
      s->over = true;
      s->changed.notify_all();
    }
  }
  endpoint where() const override { return hall_->host->where(); }

 private:
  std::unique_ptr<link> open(const endpoint& from, std::vector<std::byte> content) {
    auto s = std::make_shared<session>();
    hall_->put(*s, std::move(content));
    hall_->sessions.emplace(from, s);
    return std::make_unique<session_link>(hall_, std::move(s), from);
  }
  std::shared_ptr<hall> hall_;
  std::vector<std::byte> buffer_;
};

}  // namespace

std::unique_ptr<acceptor> make_session_acceptor(std::unique_ptr<datagram_host> host) {
  return std::make_unique<session_acceptor>(std::move(host));
}

}  // namespace tool
