// SPDX-License-Identifier: MIT
// Names to connections, by Happy Eyeballs version 2 (RFC 8305): the addresses of both families are asked for
// together, and tried one after the other, each a little later than the last, until one answers; so a network
// that swallows packets costs a quarter of a second, not minutes. One deadline covers it all:
//   tcp_stream c = co_await or_return(dial_tcp("example.org", 80).within(3s));
// An error tells of every address that was tried, for how long, and why it failed.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fairlead/address.hpp>
#include <fairlead/clock.hpp>
#include <fairlead/error.hpp>
#include <fairlead/export.hpp>
#include <fairlead/resolve.hpp>
#include <fairlead/task.hpp>
#include <fairlead/tcp.hpp>

namespace fairlead {

/// What became of one address.
struct dial_attempt {
  ip_endpoint peer;
  duration began{};  ///< since dialling began
  duration took{};   ///< until it was connected, had failed, or was given up
  std::optional<error>
      failed;  ///< nothing for the one that won; errc::operation_canceled for who came too late
};

/// What dialling did, for those who want to tell of it. Filled in even when it fails.
struct dial_log {
  std::optional<duration> resolved;  ///< when the first address was known; nothing if none was asked for
  std::vector<dial_attempt> attempts;
};

/// How to dial. The delays are those of RFC 8305.
class dial_options {
 public:
  dial_options() = default;
  dial_options(family f) noexcept : wanted(f) {}  // NOLINT: dial_tcp(host, port, family::ipv4)
  dial_options(const dial_options&) = default;
  dial_options(dial_options&&) = default;
  dial_options& operator=(const dial_options&) = default;
  dial_options& operator=(dial_options&&) = default;
  ~dial_options() = default;

  /// Sets an option (options.hpp, or your own) on each socket before it connects. It must outlive the task.
  template <class Option>
  dial_options& with(const Option& o) noexcept {
    option_ = &o;
    apply_ = [](const void* given, basic_socket& s) { return s.set(*static_cast<const Option*>(given)); };
    return *this;
  }

  family wanted = family::unspecified;  ///< leaves out the addresses of the other family
  /// How long the addresses of the fourth version wait for those of the sixth (section 3).
  duration resolution_delay = std::chrono::milliseconds(50);
  /// How long after one attempt has begun the next one begins (section 5); at once if it fails.
  duration attempt_delay = std::chrono::milliseconds(250);
  resolver names;           ///< who is asked for addresses
  dial_log* log = nullptr;  ///< if given, it must outlive the task

  [[nodiscard]] bool prepares() const noexcept { return apply_ != nullptr; }
  [[nodiscard]] result<void> prepare(basic_socket& s) const {
    return apply_ != nullptr ? apply_(option_, s) : result<void>();
  }

 private:
  const void* option_ = nullptr;
  result<void> (*apply_)(const void* option, basic_socket& s) = nullptr;
};

/// A TCP connection to a host, by name or by an address in figures; the empty name is this machine.
[[nodiscard]] FAIRLEAD_API task<result<tcp_stream>> dial_tcp(std::string host, port p, dial_options how = {});

/// A TCP connection to one of these, in the order given.
[[nodiscard]] FAIRLEAD_API task<result<tcp_stream>> dial_tcp(std::vector<ip_endpoint> peers,
                                                             dial_options how = {});

}  // namespace fairlead
