// SPDX-License-Identifier: MIT
// Names to connections. Every address of a host is tried, in order, until one answers; one deadline covers it
// all: dial(url).within(3s). An error tells of every address that was tried.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <fairlead/address.hpp>
#include <fairlead/any_stream.hpp>
#include <fairlead/error.hpp>
#include <fairlead/export.hpp>
#include <fairlead/task.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/url.hpp>

namespace fairlead {

namespace detail {

/// Sets options on each socket before it connects.
struct preparation {
  const void* options = nullptr;
  result<void> (*apply)(const void* options, basic_socket& s) = nullptr;
};
[[nodiscard]] FAIRLEAD_API task<result<tcp_stream>> dial_tcp(std::string host, port p, family wanted,
                                                             preparation prepared);

}  // namespace detail

/// A TCP connection to a host by name.
[[nodiscard]] FAIRLEAD_API task<result<tcp_stream>> dial_tcp(std::string host, port p,
                                                             family wanted = family::unspecified);
/// The same, with an option (options.hpp, or your own) set before connecting. It must outlive the task.
template <class Option>
[[nodiscard]] task<result<tcp_stream>> dial_tcp(std::string host, port p, family wanted, const Option& o) {
  return detail::dial_tcp(std::move(host), p, wanted, {&o, [](const void* given, basic_socket& s) {
                                                         return s.set(*static_cast<const Option*>(given));
                                                       }});
}

/// The stream that a URL stands for: tcp (also tcp4, tcp6), with the options nodelay and keepalive; unix;
/// "-", standard input and output; exec, a command that ends with the stream. Schemes that carry datagrams or
/// need what this version does not have are errors that say so.
[[nodiscard]] FAIRLEAD_API task<result<any_stream>> dial(url where);
/// url::parse() and dial() in one.
[[nodiscard]] FAIRLEAD_API task<result<any_stream>> dial(std::string where);

}  // namespace fairlead
