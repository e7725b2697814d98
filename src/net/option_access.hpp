// SPDX-License-Identifier: MIT
// One attempt to set or get an option, and the words for its failures.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <fairlead/options.hpp>

#include "sys/outcome.hpp"

namespace fairlead::detail {

/// Which sockets an option is for. The kernel takes many on others too, and does nothing then.
enum class audience : std::uint8_t { any, ip, ipv6, tcp, udp };

/// What is true of an option whatever its value.
struct option_text {
  std::string_view name;  // as options.hpp spells it
  audience owners;
  std::string_view invalid = {};  // what EINVAL means, where it means one thing only
};

class option_access {
 public:
  option_access(const basic_socket& s, const option_text& text, verb v) : socket_(s), text_(text), verb_(v) {}

  /// Why there is no point in asking the kernel, if so.
  [[nodiscard]] std::optional<error> refused() const;

  /// "set option no_delay of tcp://192.0.2.1:80: …", in the code's own words unless there are better ones.
  template <class Code>
  [[nodiscard]] std::unexpected<error> failure(Code code, std::string why = {}) const {
    return std::unexpected(error::about(code, verb_, subject(), std::move(why)));
  }
  [[nodiscard]] std::unexpected<error> out_of_range(std::string_view what, std::int64_t least,
                                                    std::int64_t most, std::string_view unit,
                                                    std::int64_t value) const;
  /// What the kernel said.
  [[nodiscard]] std::unexpected<error> failed(const sys::outcome& r) const;
  [[nodiscard]] result<void> ended(const sys::outcome& r) const;

  /// The interface's index, or the error of this option.
  [[nodiscard]] result<std::uint32_t> index_of(const network_interface& i) const;

  // Only where refused() had nothing to say.
  [[nodiscard]] int fd() const { return socket_.native_handle(); }
  [[nodiscard]] family domain() const;

 private:
  [[nodiscard]] std::string subject() const;

  const basic_socket& socket_;
  const option_text& text_;
  verb verb_;
};

}  // namespace fairlead::detail
