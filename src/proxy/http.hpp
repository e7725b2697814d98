// SPDX-License-Identifier: MIT
// CONNECT of HTTP/1.1 as a client (RFC 9110, section 9.3.6; RFC 9112) with Basic authentication (RFC 7617).
#pragma once

#include "proxy/machine.hpp"
#include "proxy/target.hpp"

namespace fairlead::detail {

class http_connect_machine final : public proxy_machine {
 public:
  static constexpr std::size_t limit = 65536;  ///< bytes of all heads of answers, the interim ones included

  http_connect_machine(const proxy& via, const proxy_target& target);
  [[nodiscard]] verdict look(std::span<const std::byte> bytes, bool ended) override;
  [[nodiscard]] std::string missing() const override;

 private:
  [[nodiscard]] verdict judge(std::string_view head, std::size_t consumed);
  [[nodiscard]] verdict refused(unsigned status, std::string_view status_line, std::string_view fields) const;

  /// The proxy's words, for an error: in quotes, and only if they do not repeat a secret.
  [[nodiscard]] std::string said(std::string_view words) const;

  std::string user_;
  std::string password_;
  std::string encoded_;      // both, as they were sent
  std::size_t looked_ = 0;   // before this there is no end of a head
  std::size_t line_ = 0;     // where the last line begins
  std::size_t interim_ = 0;  // bytes of interim answers
};

/// RFC 4648, section 4.
[[nodiscard]] std::string base64(std::string_view bytes);

}  // namespace fairlead::detail
