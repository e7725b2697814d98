// SPDX-License-Identifier: MIT
#include "tls/sessions.hpp"

#include <ctime>

namespace fairlead::detail {

namespace {

constexpr std::size_t most_of_one_server = 8;

bool is_out_of_date(const SSL_SESSION* s) noexcept {
  return SSL_SESSION_get_time(s) + SSL_SESSION_get_timeout(s) < static_cast<long>(std::time(nullptr));
}

}  // namespace

void session_cache::forget(index::iterator i) noexcept {
  const entries::iterator e = i->second;
  by_server_.erase(i);  // before its key, which the entry owns
  by_age_.erase(e);
}

void session_cache::keep(const std::string& server, session_ptr session) {
  if (most_ == 0 || SSL_SESSION_is_resumable(session.get()) != 1) return;
  const std::scoped_lock alone(lock_);
  const auto find_oldest = [this](const std::string& name) {
    const auto [first, last] = by_server_.equal_range(name);
    auto oldest = first;
    for (auto i = first; i != last; ++i) {
      if (SSL_SESSION_get_time(i->second->session.get()) <
          SSL_SESSION_get_time(oldest->second->session.get())) {
        oldest = i;
      }
    }
    return oldest;
  };
  if (by_server_.count(server) >= most_of_one_server) {
    forget(find_oldest(server));
  } else if (by_age_.size() >= most_) {
    forget(find_oldest(by_age_.front().server));
  }
  by_age_.push_back({server, std::move(session)});
  const auto last = std::prev(by_age_.end());
  by_server_.emplace(last->server, last);
}

session_ptr session_cache::take(const std::string& server) {
  const std::scoped_lock alone(lock_);
  for (auto i = by_server_.find(server); i != by_server_.end(); i = by_server_.find(server)) {
    session_ptr& kept = i->second->session;
    if (is_out_of_date(kept.get())) {
      forget(i);
      continue;
    }
    if (SSL_SESSION_get_protocol_version(kept.get()) < TLS1_3_VERSION) {
      SSL_SESSION_up_ref(kept.get());
      return session_ptr(kept.get());
    }
    session_ptr taken = std::move(kept);
    forget(i);
    return taken;
  }
  return nullptr;
}

}  // namespace fairlead::detail
