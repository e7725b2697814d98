// SPDX-License-Identifier: MIT
// What the protocols of proxies have in common: a machine that is shown bytes and says what they mean. It
// does no I/O, keeps no pointer into what it is shown, and says the same however the bytes arrive.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fairlead/proxy.hpp>

namespace fairlead::detail {

/// What a machine says of the bytes that are there.
struct verdict {
  enum class kind : std::uint8_t {
    more,      ///< show me more
    answered,  ///< a step is over: send what to_send() gives now, and show me what follows
    done,
    failed,
  };
  kind what = kind::more;
  std::size_t consumed = 0;  ///< answered, done: so many of the bytes were the other side's part
  std::size_t wanted =
      0;  ///< more: nothing will be new before so many bytes are there, or the stream has ended
  std::size_t most = 0;      ///< more: never receive beyond so many; at least `wanted`
  std::optional<error> why;  ///< failed
};

class proxy_machine {
 public:
  virtual ~proxy_machine();
  proxy_machine(const proxy_machine&) = delete;
  proxy_machine& operator=(const proxy_machine&) = delete;

  /// What is to be sent before anything is received; changes with each answer.
  [[nodiscard]] const std::string& to_send() const noexcept { return to_send_; }
  /// Looks at all bytes that are there and were not consumed. `ended`: there will be no more.
  [[nodiscard]] virtual verdict look(std::span<const std::byte> bytes, bool ended) = 0;
  /// An error of what is going on, with a reason.
  template <class Code>
  [[nodiscard]] error about(Code code, std::string reason) const {
    return error(code).reworded(verb_, subject_, std::move(reason));
  }
  /// "no answer to the greeting", "no PROXY header": what is missing when the stream fails now.
  [[nodiscard]] virtual std::string missing() const = 0;

 protected:
  proxy_machine(verb v, std::string subject) : verb_(v), subject_(std::move(subject)) {}
  /// Every byte must be there: `wanted`, and no more than that is received.
  [[nodiscard]] static verdict exactly(std::size_t wanted) noexcept { return reading(wanted, wanted); }
  [[nodiscard]] static verdict reading(std::size_t wanted, std::size_t most) noexcept;
  [[nodiscard]] static verdict over(verdict::kind what, std::size_t consumed) noexcept;
  template <class Code>
  [[nodiscard]] verdict failed(Code code, std::string reason) const {
    verdict v;
    v.what = verdict::kind::failed;
    v.why.emplace(about(code, std::move(reason)));
    return v;
  }
  /// fault::end_of_stream: it ended while something was missing.
  [[nodiscard]] verdict hung_up(std::size_t received) const;

  std::string to_send_;

 private:
  verb verb_;
  std::string subject_;
};

[[nodiscard]] inline unsigned octet(std::span<const std::byte> bytes, std::size_t at) noexcept {
  return std::to_integer<unsigned>(bytes[at]);
}
[[nodiscard]] inline std::string_view text_of(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
/// Two bytes, the greater one first.
inline void append_u16(std::string& out, std::size_t number) {
  out += static_cast<char>(number >> 8U & 0xffU);
  out += static_cast<char>(number & 0xffU);
}
/// Its 4 or 16 bytes.
void append_ip(std::string& out, const ip_address& a);

}  // namespace fairlead::detail
