// SPDX-License-Identifier: MIT
// Options that name a network interface: binding to one, and multicast.
#include <array>
#include <cerrno>

#include <fairlead/options.hpp>

#include "address/system_names.hpp"
#include "net/option_access.hpp"
#include "sys/socket_option.hpp"

namespace fairlead {

result<std::uint32_t> network_interface::index() const {
  if (name_.empty()) return index_;
  if (const std::uint32_t found = system_names::interface_index(name_); found != 0) return found;
  return std::unexpected(
      error::about(fault::unknown_name, verb::none, {}, "no network interface is called '" + name_ + "'"));
}

result<std::string> network_interface::name() const {
  if (index_ == 0) return name_;
  std::array<char, 64> storage{};
  const std::string_view found = system_names::interface_name(index_, storage);
  if (!found.empty()) return std::string(found);
  return std::unexpected(error::about(fault::unknown_name, verb::none, {},
                                      "no network interface has the index " + std::to_string(index_)));
}

namespace option {

namespace {

using detail::audience;
using detail::option_access;
using detail::option_text;

constexpr option_text device_text{"bind_to_device", audience::ip};
constexpr option_text interface_text{"multicast_interface", audience::udp};
constexpr option_text join_text{"join_group", audience::udp};
constexpr option_text leave_text{"leave_group", audience::udp};

}  // namespace

result<void> bind_to_device::apply(basic_socket& s) const {
  const option_access a(s, device_text, verb::set_option);
  if (std::optional<error> e = a.refused()) return std::unexpected(std::move(*e));
  // Looked up first: the kernel cuts a name that is too long, and might then bind to another interface.
  if (result<std::uint32_t> index = a.index_of(device_); !index)
    return std::unexpected(std::move(index.error()));
  const result<std::string> name = device_.name();
  if (!name) return a.failure(fault::unknown_name, name.error().reason());
  return a.ended(sys::set_option(a.fd(), sys::text_option::device, *name));
}

result<bind_to_device> bind_to_device::read(const basic_socket& s) {
  const option_access a(s, device_text, verb::get_option);
  if (std::optional<error> e = a.refused()) return std::unexpected(std::move(*e));
  std::string name;
  const sys::outcome r = sys::get_option(a.fd(), sys::text_option::device, name);
  if (!r.ok()) return a.failed(r);
  return bind_to_device(name);
}

result<void> membership::change(basic_socket& s, bool member) const {
  const option_access a(s, member ? join_text : leave_text, verb::set_option);
  if (std::optional<error> e = a.refused()) return std::unexpected(std::move(*e));
  const std::string group = group_.to_string();
  if (!group_.is_multicast()) {
    return a.failure(errc::invalid_argument,
                     group + " is no multicast address; those are 224.0.0.0/4 and ff00::/8");
  }
  if (group_.is_v6() && a.domain() != family::ipv6) {
    return a.failure(errc::address_family_not_supported,
                     "an IPv4 socket cannot receive the IPv6 group " + group);
  }
  if (source_ && source_->is_v6() != group_.is_v6()) {
    return a.failure(errc::invalid_argument, "the group " + group + " and the source " +
                                                 source_->to_string() + " are of different families");
  }
  result<std::uint32_t> index = a.index_of(interface_);
  if (!index) return std::unexpected(std::move(index.error()));
  if (*index == 0 && group_.is_v6()) *index = group_.v6().scope_id();

  sys::outcome r = sys::set_membership(a.fd(), member, group_, *index, source_);
  if (r.code == EINVAL && !member) r.code = EADDRNOTAVAIL;  // IPv4's word for a source that was not joined
  const auto code = static_cast<errc>(r.code);
  switch (r.code) {
    case 0: return {};
    case EADDRINUSE: return a.failure(code, "this socket is a member of " + group + " already");
    case EADDRNOTAVAIL:
      if (member && source_) return a.failure(code, "this socket takes that source in " + group + " already");
      return a.failure(code, "this socket is no member of " + group + " there");
    case ENODEV:
    case ENXIO:
      if (*index == 0) return a.failure(code, "no route leads to " + group + "; name an interface");
      return a.failure(code, "no network interface has the index " + std::to_string(*index));
    case ENOBUFS:
      return a.failure(
          code, "this socket is in as many groups as the system allows (net.ipv4.igmp_max_memberships)");
    default: return a.failed(r);
  }
}

result<void> multicast_interface::apply(basic_socket& s) const {
  const option_access a(s, interface_text, verb::set_option);
  if (std::optional<error> e = a.refused()) return std::unexpected(std::move(*e));
  result<std::uint32_t> index = a.index_of(out_);
  if (!index) return std::unexpected(std::move(index.error()));
  const sys::outcome r = sys::set_multicast_interface(a.fd(), a.domain(), *index);
  if (r.code == EADDRNOTAVAIL || r.code == ENODEV) {
    return a.failure(static_cast<errc>(r.code),
                     "no network interface has the index " + std::to_string(*index));
  }
  return a.ended(r);
}

result<multicast_interface> multicast_interface::read(const basic_socket& s) {
  const option_access a(s, interface_text, verb::get_option);
  if (std::optional<error> e = a.refused()) return std::unexpected(std::move(*e));
  std::uint32_t index = 0;
  const sys::outcome r = sys::get_multicast_interface(a.fd(), a.domain(), index);
  if (r.code == EOPNOTSUPP)
    return a.failure(errc::operation_not_supported, "the kernel does not tell it for IPv4");
  if (!r.ok()) return a.failed(r);
  return multicast_interface(network_interface(index));
}

}  // namespace option

}  // namespace fairlead
