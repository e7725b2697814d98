// SPDX-License-Identifier: MIT
#include "proxy/machine.hpp"

namespace fairlead::detail {

proxy_machine::~proxy_machine() = default;

verdict proxy_machine::reading(std::size_t wanted, std::size_t most) noexcept {
  verdict v;
  v.wanted = wanted;
  v.most = most;
  return v;
}

verdict proxy_machine::over(verdict::kind what, std::size_t consumed) noexcept {
  verdict v;
  v.what = what;
  v.consumed = consumed;
  return v;
}

verdict proxy_machine::hung_up(std::size_t received) const {
  std::string reason = missing() + ": the connection was closed";
  if (received > 0) reason += " after " + std::to_string(received) + (received == 1 ? " byte" : " bytes");
  return failed(fault::end_of_stream, std::move(reason));
}

void append_ip(std::string& out, const ip_address& a) {
  const auto append = [&out](const auto& bytes) {
    out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  if (a.is_v4()) {
    append(a.v4().bytes());
  } else {
    append(a.v6().bytes());
  }
}

}  // namespace fairlead::detail
