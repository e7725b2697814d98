// SPDX-License-Identifier: MIT
#include "access/doorkeeper.hpp"

#include <limits>
#include <utility>

#include <fairlead/or_return.hpp>

namespace tool {

using namespace fairlead;

namespace {

visitor visitor_of(const link& l) { return {l.peer_endpoint, l.credentials, l.groups}; }

std::optional<token_bucket> bucket(const std::optional<std::uint64_t>& rate) {
  if (!rate) return std::nullopt;
  return token_bucket(*rate, clock::now());
}

constexpr std::string_view refused = "refused";

// Holds a client's place; for a proxied one it finds it when its header has told who that is.
class guarded_link final : public link_layer {
 public:
  guarded_link(std::unique_ptr<link> to, doorkeeper& by, std::optional<place> taken)
      : link_layer(std::move(to)), by_(by), place_(std::move(taken)) {}

  task<result<void>> enter() override {
    if (place_) co_return co_await link_layer::enter();
    const visitor direct = visitor_of(*this);
    const result<void> told = co_await link_layer::identify();
    if (!told) co_return told;
    // A header that names somebody else says nothing of users: those that we know are the proxy's.
    visitor named;
    named.where = peer_endpoint;
    place_ = by_.place_for(peer_endpoint == direct.where ? direct : named, peer);
    if (place_) co_return co_await link_layer::enter();
    abort();
    co_return std::unexpected(
        error::about(errc::permission_denied, verb::accept, peer, std::string(refused)));
  }
  // It changes nothing of what passes.
  any_socket socket() noexcept override { return inner().socket(); }

 private:
  doorkeeper& by_;
  std::optional<place> place_;
};

class guarded_acceptor final : public acceptor {
 public:
  guarded_acceptor(std::unique_ptr<acceptor> of, doorkeeper& by, bool proxied, pacing rate)
      : of_(std::move(of)), by_(by), proxied_(proxied), rate_(rate) {
    name = of_->name;
  }
  task<result<std::unique_ptr<link>>> accept() override {
    for (;;) {
      auto client = co_await or_return(of_->accept());
      auto known = by_.let_in(std::move(client), proxied_, rate_);
      if (known) co_return known;
    }
  }
  bool has_backlog() const noexcept override { return of_->has_backlog(); }
  void close() override { of_->close(); }
  endpoint where() const override { return of_->where(); }

 private:
  std::unique_ptr<acceptor> of_;
  doorkeeper& by_;
  bool proxied_;
  pacing rate_;
};

class guarded_host final : public datagram_host {
 public:
  guarded_host(std::unique_ptr<datagram_host> of, doorkeeper& by) : of_(std::move(of)), by_(by) {
    name = of_->name;
    where_ = of_->where();
  }
  task<result<datagram>> recv_from(mutable_buffer b) override {
    for (;;) {
      const datagram d = co_await or_return(of_->recv_from(b));
      if (by_.hears(d.from, carrier())) co_return d;
    }
  }
  task<result<void>> send_to(const_buffer b, endpoint to) override { return of_->send_to(b, to); }
  void close() override { of_->close(); }
  any_socket socket() noexcept override { return of_->socket(); }
  transport carrier() const noexcept override { return of_->carrier(); }

 private:
  std::unique_ptr<datagram_host> of_;
  doorkeeper& by_;
};

}  // namespace

doorkeeper::doorkeeper(access_terms terms, const console& out)
    : terms_(std::move(terms)),
      out_(out),
      origins_(terms_.per_address.value_or(std::numeric_limits<std::uint64_t>::max())),
      all_receiving_(bucket(terms_.rate_all)),
      all_sending_(bucket(terms_.rate_all)) {}

void doorkeeper::count(refusal why, std::string_view whom, const access_rule* rule) {
  counts_.add(why);
  if (terms_.told) terms_.told(whom, why);
  if (!out_.verbose) return;
  std::string said = whom.empty() ? std::string("somebody unknown") : std::string(whom);
  said += ": refused";
  switch (why) {
    case refusal::denied: said += ", --deny"; break;
    case refusal::not_allowed: said += ", no --allow is for them"; break;
    case refusal::untrusted_proxy: said += ", no proxy of --proxy-from"; break;
    case refusal::per_address: said += ", --max-per-address are here"; break;
    case refusal::no_place: said += ", --max-clients are here"; break;
    case refusal::none: break;
  }
  if (rule != nullptr) said += " " + rule->text;
  out_.step(said);
}

place::~place() {
  if (by_ != nullptr) by_->origins_.leave(from_);
}

std::optional<place> doorkeeper::place_for(const visitor& who, std::string_view name) {
  if (const decision d = terms_.list.check(who); d.why != refusal::none) {
    count(d.why, name, d.rule);
    return std::nullopt;
  }
  if (!terms_.per_address) return place();
  const origin from = origin_of(who);
  if (!origins_.enter(from)) {
    count(refusal::per_address, name);
    return std::nullopt;
  }
  return place(*this, from);
}

bool doorkeeper::hears(const endpoint& from, transport carrier) {
  const decision d = terms_.list.check({from, std::nullopt, std::nullopt});
  if (d.why != refusal::none) count(d.why, out_.verbose ? name_of(carrier, from) : std::string(), d.rule);
  return d.why == refusal::none;
}

paces doorkeeper::new_paces() {
  const auto of_direction = [&](std::optional<token_bucket>& shared) {
    return pace(bucket(terms_.rate), shared ? &*shared : nullptr);
  };
  return {of_direction(all_receiving_), of_direction(all_sending_)};
}

std::unique_ptr<link> doorkeeper::paced(std::unique_ptr<link> client) {
  const paces rates = new_paces();
  return rates.are_bounded() ? make_paced_link(std::move(client), rates) : std::move(client);
}

std::unique_ptr<link> doorkeeper::let_in(std::unique_ptr<link> client, bool proxied, pacing rate) {
  const visitor who = visitor_of(*client);
  std::optional<place> taken;
  if (proxied) {
    const auto trusts = [&](const access_rule& r) { return r.matches(who) == match::yes; };
    if (!terms_.proxies.empty() && std::ranges::none_of(terms_.proxies, trusts)) {
      count(refusal::untrusted_proxy, client->peer);
      client->abort();
      return nullptr;
    }
  } else if (taken = place_for(who, client->peer); !taken) {
    client->abort();
    return nullptr;
  }
  // Where nobody's place is counted there is nothing to hold.
  if (proxied || terms_.per_address)
    client = std::make_unique<guarded_link>(std::move(client), *this, std::move(taken));
  return rate == pacing::by_the_link ? paced(std::move(client)) : std::move(client);
}

void doorkeeper::conclude() const {
  if (const std::string said = sentence_of(counts_); !said.empty()) out_.note(said);
}

void guard(acceptors& of, doorkeeper& by, bool proxied, pacing rate) {
  for (auto& a : of) a = std::make_unique<guarded_acceptor>(std::move(a), by, proxied, rate);
}

void guard(datagram_hosts& of, doorkeeper& by) {
  for (auto& h : of) h = std::make_unique<guarded_host>(std::move(h), by);
}

bool is_refusal(const error& e) noexcept {
  return e == errc::permission_denied && e.operation() == verb::accept && e.reason() == refused;
}

}  // namespace tool
