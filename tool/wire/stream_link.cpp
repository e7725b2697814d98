// SPDX-License-Identifier: MIT
#include "wire/stream_link.hpp"

#include <fairlead/or_return.hpp>

namespace tool {

namespace {

using namespace fairlead;

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
  static constexpr transport carrier =
      std::is_same_v<Socket, tcp_stream> ? transport::tcp : transport::unix_stream;

 public:
  entering_link(Socket client, const entrance& how)
      : stream_link(any_stream()), client_(std::move(client)), how_(how) {
    local = local_name(carrier, client_);
    peer = peer_name(carrier, client_);
    if (how_.tls) local = secured(std::move(local)), peer = secured(std::move(peer));
  }

  task<result<void>> enter() override {
    // One deadline, however many steps.
    auto entered = entered_by().within(how_.patience);
    co_return co_await std::move(entered);
  }

 private:
  task<result<void>> entered_by() {
    if (!how_.proxied) co_return co_await secure(std::move(client_));
    auto told = co_await or_return(accept_proxied(std::move(client_)));
    if (!told.header.local) {
      local = name_of(told.header.transport, told.header.destination);
      peer = name_of(told.header.transport, told.header.source);
      if (how_.tls) local = secured(std::move(local)), peer = secured(std::move(peer));
    }
    co_return co_await secure(std::move(told.connection));
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
