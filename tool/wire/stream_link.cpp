// SPDX-License-Identifier: MIT
#include "wire/stream_link.hpp"

#include <fairlead/options.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/prefixed.hpp>

namespace tool {

namespace {

using namespace fairlead;

// The socket below all layers that there can be.
template <class Socket>
Socket* socket_below(any_stream& s) noexcept {
  if (auto* const it = s.get_if<Socket>()) return it;
  if (auto* const told = s.get_if<prefixed_stream<Socket>>()) return &told->inner();
  if (auto* const tls = s.get_if<tls_stream<Socket>>()) return &tls->inner();
  if (auto* const both = s.get_if<tls_stream<prefixed_stream<Socket>>>()) return &both->inner().inner();
  return nullptr;
}

class stream_link : public link {
 public:
  explicit stream_link(any_stream s) : stream_(std::move(s)) {}

  task<result<arrival>> recv(mutable_buffer into) override {
    arrival a;
    a.size = co_await or_return(stream_.recv(into));
    a.end = a.size == 0;
    co_return a;
  }
  task<result<void>> send(const_buffer from) override {
    co_await or_return(stream_.send(from));
    co_return {};
  }
  task<result<void>> finish() override { return stream_.shutdown(); }
  bool has_end() const noexcept override { return true; }
  std::size_t piece() const noexcept override { return piece_of(transport::tcp); }
  std::size_t room() const noexcept override { return room_of(transport::tcp); }
  any_socket socket() noexcept override { return &stream_; }
  std::optional<std::size_t> send_queue() noexcept override {
    if (const auto* const tcp = socket_below<tcp_stream>(stream_)) return send_queue_of(*tcp);
    if (const auto* const near = socket_below<unix_stream>(stream_)) return send_queue_of(*near);
    return std::nullopt;
  }
  bool is_broken() noexcept override {
    if (const auto* const tcp = socket_below<tcp_stream>(stream_)) return has_broken(*tcp);
    if (const auto* const near = socket_below<unix_stream>(stream_)) return has_broken(*near);
    return false;
  }
  void send_at_once() noexcept override {
    if (auto* const tcp = socket_below<tcp_stream>(stream_)) (void)tcp->set(option::no_delay(true));
  }
  void abort() noexcept override {
    if (auto* const tcp = stream_.get_if<tcp_stream>()) return cut_off(*tcp);
    if (auto* const told = stream_.get_if<prefixed_stream<tcp_stream>>()) return cut_off(told->inner());
    (void)stream_.close();  // what lies below is not ours to reach; TLS without a farewell is cut off as well
  }

 protected:
  any_stream stream_;
};

// "tls://[::1]:443": what it is, rather than what carries it.
std::string secured(std::string name) {
  constexpr std::string_view carrier = "tcp://";
  return name.starts_with(carrier) ? "tls://" + name.substr(carrier.size()) : name;
}

// Until it has entered, it can do nothing else.
template <class Socket>
class entering_link final : public stream_link {
 public:
  entering_link(Socket client, const entrance& how)
      : stream_link(any_stream()), client_(std::move(client)), how_(how) {
    introduce(*this, client_);
    if (how_.tls) local = secured(std::move(local)), peer = secured(std::move(peer));
  }

  task<result<void>> identify() override {
    if (!how_.proxied || identified_) co_return {};
    auto reading = accept_proxied(std::move(client_)).until(deadline());
    auto told = co_await or_return(std::move(reading));
    if (!told.header.local) {
      local = name_of(told.header.transport, told.header.destination);
      peer = name_of(told.header.transport, told.header.source);
      peer_endpoint = told.header.source;
      local_endpoint = told.header.destination;
      if (how_.tls) local = secured(std::move(local)), peer = secured(std::move(peer));
    }
    identified_.emplace(std::move(told.connection));
    co_return {};
  }
  task<result<void>> enter() override {
    co_await or_return(identify());
    auto securing = identified_ ? secure(std::move(*identified_)) : secure(std::move(client_));
    identified_.reset();
    co_return co_await std::move(securing).until(deadline());
  }
  void abort() noexcept override {
    if (client_.is_open()) return cut_off(client_);
    identified_ ? cut_off(identified_->inner()) : stream_link::abort();
  }

 private:
  // One, however many steps.
  time_point deadline() {
    if (!until_) until_ = clock::now() + how_.patience;
    return *until_;
  }
  template <fairlead::stream S>
  task<result<void>> secure(S s) {
    if (how_.tls) {
      auto made = co_await or_return(how_.tls->accept(std::move(s)));
      stream_ = any_stream(std::move(made));
    } else {
      stream_ = any_stream(std::move(s));
    }
    co_return {};
  }

  Socket client_;
  entrance how_;
  std::optional<time_point> until_;
  std::optional<prefixed_stream<Socket>> identified_;  // by its header, and not secured yet
};

}  // namespace

std::unique_ptr<link> make_link(any_stream s, std::string local, std::string peer) {
  auto made = std::make_unique<stream_link>(std::move(s));
  made->local = std::move(local);
  made->peer = std::move(peer);
  return made;
}

std::unique_ptr<link> make_entering_link(tcp_stream client, const entrance& how) {
  return std::make_unique<entering_link<tcp_stream>>(std::move(client), how);
}

std::unique_ptr<link> make_entering_link(unix_stream client, const entrance& how) {
  return std::make_unique<entering_link<unix_stream>>(std::move(client), how);
}

}  // namespace tool
