// SPDX-License-Identifier: MIT
// What client and server do alike on a connection, over any socket that has an end.
#pragma once

#include <type_traits>
#include <utility>

#include <fairlead/any_stream.hpp>
#include <fairlead/options.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/tls.hpp>
#include <fairlead/unix.hpp>

#include "bench/protocol.hpp"
#include "wire/link.hpp"

namespace tool::bench_parts {

template <class Socket>
inline constexpr bool keeps_records = std::is_same_v<Socket, fairlead::unix_seqpacket_socket>;

/// Sends what fits now; of a socket that keeps records, the whole.
template <class Socket>
[[nodiscard]] auto send_piece(Socket& s, fairlead::const_buffer b) {
  if constexpr (keeps_records<Socket> || std::is_same_v<Socket, fairlead::any_stream>) {
    return s.send(b);
  } else {
    return s.send_some(b);
  }
}

/// Small requests that follow each other closely must not wait for acknowledgements (RFC 896).
template <class Socket>
void be_prompt(Socket& s) {
  using namespace fairlead;
  if constexpr (std::is_same_v<Socket, tcp_stream>) (void)s.set(option::no_delay(true));
  if constexpr (std::is_same_v<Socket, any_stream>) {
    if (auto* const secured = s.template get_if<tls_stream<tcp_stream>>()) be_prompt(secured->inner());
  }
}

/// Room for whatever comes at once: a whole record, or much of a stream.
[[nodiscard]] inline std::size_t receive_room(std::uint32_t size) {
  constexpr std::size_t usual = 131'072;
  return size > usual ? size : usual;
}

/// Calls `f` with the socket of a link if it is one that has an end.
template <class F>
auto with_stream(link& l, F f) {
  using returned = decltype(f(std::declval<fairlead::tcp_stream&>()));
  return std::visit(
      [&](auto* s) -> returned {
        using socket = std::remove_pointer_t<decltype(s)>;
        if constexpr (std::is_base_of_v<fairlead::datagram_socket, socket> ||
                      std::is_same_v<socket, fairlead::descriptor_stream>) {
          std::unreachable();  // callers look at the transport
        } else {
          return f(*s);
        }
      },
      l.socket());
}

}  // namespace tool::bench_parts
