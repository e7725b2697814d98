// SPDX-License-Identifier: MIT
#include <fairlead/dial.hpp>

#include <fairlead/or_return.hpp>

#include "dial/race.hpp"

namespace fairlead {

namespace {

class by_name final : public detail::address_source {
 public:
  by_name(resolver names, std::string host) : names_(std::move(names)), host_(std::move(host)) {}
  task<result<std::vector<ip_address>>> addresses(family f) override {
    auto found = co_await or_return(names_.addresses(host_, f));
    co_return std::move(found.records);
  }

 private:
  resolver names_;
  std::string host_;
};

}  // namespace

task<result<tcp_stream>> dial_tcp(std::string host, port p, dial_options how) {
  std::string subject = "tcp://" + (host.empty() ? std::string("localhost") : host) + ':' + p.to_string();
  const auto numeric = ip_address::parse(host);
  if (numeric && (how.wanted == family::unspecified || how.wanted == numeric->family())) {
    std::vector<ip_endpoint> alone{ip_endpoint(*numeric, p)};
    co_return co_await dial_tcp(std::move(alone), std::move(how));
  }
  by_name source(how.names, std::move(host));
  detail::race all(how, std::move(subject));
  co_return co_await all.run(&source, p);
}

task<result<tcp_stream>> dial_tcp(std::vector<ip_endpoint> peers, dial_options how) {
  std::erase_if(peers, [&](const ip_endpoint& e) {
    return how.wanted != family::unspecified && e.family() != how.wanted;
  });
  if (peers.empty()) {
    co_return std::unexpected(
        error::about(errc::invalid_argument, verb::connect, {}, "there is no address to connect to"));
  }
  std::string subject = "one of " + std::to_string(peers.size()) + " addresses";
  detail::race all(how, std::move(subject));
  all.enter(peers);
  co_return co_await all.run(nullptr, port());
}

}  // namespace fairlead
