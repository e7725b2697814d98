// SPDX-License-Identifier: MIT
// SOCKS as a client: version 5 (RFC 1928) with user names and passwords (RFC 1929), and version 4a
// (socks4a.protocol by Ying-Da Lee, on SOCKS4.protocol).
#pragma once

#include "proxy/machine.hpp"
#include "proxy/target.hpp"

namespace fairlead::detail {

class socks5_machine final : public proxy_machine {
 public:
  socks5_machine(const proxy& via, proxy_target target);
  [[nodiscard]] verdict look(std::span<const std::byte> bytes, bool ended) override;
  [[nodiscard]] std::string missing() const override;

 private:
  enum class phase : std::uint8_t { greeting, password, request };
  verdict method(std::span<const std::byte> bytes);
  verdict permission(std::span<const std::byte> bytes);
  verdict reply(std::span<const std::byte> bytes);
  void ask();

  phase phase_ = phase::greeting;
  proxy_target target_;
  std::string user_;
  std::string password_;
};

class socks4a_machine final : public proxy_machine {
 public:
  socks4a_machine(const proxy& via, const proxy_target& target);
  [[nodiscard]] verdict look(std::span<const std::byte> bytes, bool ended) override;
  [[nodiscard]] std::string missing() const override;
};

}  // namespace fairlead::detail
