// SPDX-License-Identifier: MIT
// Between the machines and the coroutine that does their I/O.
#include <algorithm>

#include "proxy/header.hpp"
#include "proxy/http.hpp"
#include "proxy/machine.hpp"
#include "proxy/socks.hpp"

namespace fairlead::detail {

namespace {

constexpr std::size_t at_once = 4096;  // memory is given to what arrives, not to what is announced

}  // namespace

result<proxy_dialogue> proxy_dialogue::with(const proxy& via, std::string_view host, port p) {
  result<proxy_target> target = check_target(via, host, p);
  if (!target) return std::unexpected(std::move(target.error()));
  switch (via.kind()) {
    case proxy_kind::socks5: return proxy_dialogue(new socks5_machine(via, std::move(*target)));
    case proxy_kind::socks4a: return proxy_dialogue(new socks4a_machine(via, *target));
    case proxy_kind::http: break;
  }
  return proxy_dialogue(new http_connect_machine(via, *target));
}

proxy_dialogue proxy_dialogue::for_header(std::string peer) {
  return proxy_dialogue(new header_machine(std::move(peer)));
}

proxy_dialogue::proxy_dialogue(proxy_dialogue&& other) noexcept
    : machine_(std::exchange(other.machine_, nullptr)),
      bytes_(std::move(other.bytes_)),
      size_(other.size_),
      why_(std::move(other.why_)),
      unsent_(other.unsent_),
      ended_(other.ended_) {}

proxy_dialogue::~proxy_dialogue() { delete machine_; }

proxy_dialogue::step proxy_dialogue::next() {
  for (;;) {
    if (unsent_ && !machine_->to_send().empty()) return step::send;
    verdict v = machine_->look(std::span(bytes_).first(size_), ended_);
    if (v.what == verdict::kind::failed) {
      why_ = std::move(v.why);
      return step::failed;
    }
    if (v.what == verdict::kind::more) {
      bytes_.resize(std::min(v.most, size_ + at_once));
      return step::receive;
    }
    std::copy(bytes_.begin() + static_cast<std::ptrdiff_t>(v.consumed),
              bytes_.begin() + static_cast<std::ptrdiff_t>(size_), bytes_.begin());
    size_ -= v.consumed;
    if (v.what == verdict::kind::done) return step::done;
    unsent_ = true;
  }
}

const_buffer proxy_dialogue::to_send() const noexcept { return const_buffer(machine_->to_send()); }
void proxy_dialogue::sent() noexcept { unsent_ = false; }

mutable_buffer proxy_dialogue::room() { return {bytes_.data() + size_, bytes_.size() - size_}; }

void proxy_dialogue::received(std::size_t n) noexcept {
  size_ += n;
  ended_ = n == 0;
}

const_buffer proxy_dialogue::rest() const noexcept { return {bytes_.data(), size_}; }

error proxy_dialogue::why() const { return *why_; }

error proxy_dialogue::interrupted(const error& e) const {
  return machine_->about(e, machine_->missing() + ": " + e.reason());
}

proxy_header proxy_dialogue::header() && {
  return std::move(static_cast<header_machine&>(*machine_)).header();
}

}  // namespace fairlead::detail
