// SPDX-License-Identifier: MIT
// What client and server say to each other on a connection, as machines over bytes: docs/design/bench.md.
// The client begins with a hello; the last bytes that the server sends are its report.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>

#include <fairlead/clock.hpp>

namespace tool::bench_parts {

constexpr std::uint16_t protocol_version = 1;
constexpr std::size_t record_size = 32;  ///< of a hello and of a report
using record = std::array<std::byte, record_size>;

enum class mode : std::uint8_t {
  bulk = 1,      ///< bytes in one direction or both
  requests = 2,  ///< each request comes back as it is
  connect = 3,   ///< the report at once, and the end
};

/// Who sends in bulk: bits.
enum direction : std::uint8_t { there = 1, back = 2 };

constexpr std::uint32_t largest_message = 1U << 20U;
constexpr std::chrono::hours longest_session{24};

struct hello {
  bench_parts::mode mode = mode::bulk;
  std::uint8_t directions = 0;  ///< of bulk
  std::uint32_t size = 0;       ///< bytes of a request, or of what is sent at once; 0 with connect
  fairlead::duration lasts{};   ///< the server ends the session some time after that

  friend bool operator==(const hello&, const hello&) = default;
};

/// Why a server does not do what it is asked.
enum class refusal : std::uint8_t { none, version, mode, directions, size, lasts, full };

struct report {
  refusal why = refusal::none;
  std::uint64_t received = 0;  ///< bytes after the hello
  std::uint64_t sent = 0;      ///< bytes before the report
  std::uint16_t version = protocol_version;

  friend bool operator==(const report&, const report&) = default;
};

[[nodiscard]] record to_bytes(const hello& h);
[[nodiscard]] record to_bytes(const report& r);

/// Nothing if the bytes are no hello of any version: who sends them gets no answer.
[[nodiscard]] std::optional<std::expected<hello, refusal>> parse_hello(
    std::span<const std::byte, record_size> from);
/// Nothing if the bytes are no report.
[[nodiscard]] std::optional<report> parse_report(std::span<const std::byte, record_size> from);

/// Why it was refused, in words: "it speaks version 2 of the protocol, we speak 1".
[[nodiscard]] std::string explain(const report& r);

/// Keeps the last bytes of a stream, in which the report is.
class tail {
 public:
  void take(std::span<const std::byte> bytes);
  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }
  /// What came before the report; to be asked at the end.
  [[nodiscard]] std::uint64_t payload() const noexcept {
    return total_ < record_size ? total_ : total_ - record_size;
  }
  [[nodiscard]] std::optional<report> end() const;

 private:
  record last_{};
  std::uint64_t total_ = 0;
};

/// Request number `n`: its number, as far as there is room for it, then bytes that never change.
void number_request(std::span<std::byte> message, std::uint64_t n);

/// Compares answers with what they answer, in whatever pieces they come.
class answers {
 public:
  explicit answers(std::uint32_t size) : size_(size) {}
  /// False if these are not the bytes that were sent.
  [[nodiscard]] bool take(std::span<const std::byte> bytes);
  /// Answers that have come whole.
  [[nodiscard]] std::uint64_t whole() const noexcept { return whole_; }
  /// Whether one has come in part.
  [[nodiscard]] bool within() const noexcept { return at_ != 0; }

 private:
  std::uint32_t size_;
  std::uint32_t at_ = 0;
  std::uint64_t whole_ = 0;
};

}  // namespace tool::bench_parts
