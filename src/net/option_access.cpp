// SPDX-License-Identifier: MIT
#include "net/option_access.hpp"

#include <cerrno>

#include "loop/socket_state.hpp"
#include "net/wrap.hpp"

namespace fairlead::detail {

namespace {

bool belongs(audience a, const socket_state& s) {
  const bool tcp = s.carries == transport::tcp;
  const bool udp = s.carries == transport::udp;
  switch (a) {
    case audience::any: return true;
    case audience::ip: return tcp || udp;
    case audience::ipv6: return (tcp || udp) && s.domain == family::ipv6;
    case audience::tcp: return tcp;
    case audience::udp: return udp;
  }
  return false;
}

std::string_view words(audience a) {
  switch (a) {
    case audience::ip: return "only TCP and UDP sockets have it";
    case audience::ipv6: return "only IPv6 sockets have it";
    case audience::tcp: return "only TCP sockets have it";
    case audience::udp: return "only UDP sockets have it";
    case audience::any: break;
  }
  return {};
}

}  // namespace

std::optional<error> option_access::refused() const {
  if (!socket_.is_open()) return failure(errc::bad_file_descriptor).error();
  if (belongs(text_.owners, *socket_.state())) return std::nullopt;
  return failure(errc::no_protocol_option, std::string(words(text_.owners))).error();
}

std::string option_access::subject() const {
  std::string said(text_.name);
  if (socket_.is_open()) said += " of " + spoken_name(*socket_.state());
  return said;
}

std::unexpected<error> option_access::out_of_range(std::string_view what, std::int64_t least,
                                                   std::int64_t most, std::string_view unit,
                                                   std::int64_t value) const {
  std::string why(what);
  why += " must be " + std::to_string(least) + " to " + std::to_string(most);
  why += unit;
  why += ", not " + std::to_string(value);
  return failure(errc::invalid_argument, std::move(why));
}

std::unexpected<error> option_access::failed(const sys::outcome& r) const {
  const auto code = static_cast<errc>(r.code);
  switch (r.code) {
    case EINVAL: return failure(code, std::string(text_.invalid));
    case ENOPROTOOPT:
    case EOPNOTSUPP: return failure(code, "the kernel does not offer it for this socket");
    case EPERM: return failure(code, "not permitted; it takes root, or CAP_NET_RAW or CAP_NET_ADMIN");
    default: return failure(code);
  }
}

result<void> option_access::ended(const sys::outcome& r) const {
  if (r.ok()) return {};
  return failed(r);
}

result<std::uint32_t> option_access::index_of(const network_interface& i) const {
  result<std::uint32_t> index = i.index();
  if (index) return index;
  return failure(fault::unknown_name, index.error().reason());
}

family option_access::domain() const { return socket_.state()->domain; }

}  // namespace fairlead::detail
