// SPDX-License-Identifier: MIT
// The books of those who receive datagrams by the batch: ours and the one in C. Each datagram has its number
// at both ends; they arrive in order, and those that are missing must be as many as the kernel says it
// dropped.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>

class datagram_account {
 public:
  static constexpr std::size_t bytes = 1400;
  /// What the kernel takes as one: as many as fit into 65,507 bytes. The sender sends whole pieces only.
  static constexpr std::size_t piece = 46;
  /// The goodbye is said so often, since it may be dropped, too.
  static constexpr std::uint64_t farewells = 20;
  struct farewell {
    std::uint64_t sent;
    std::uint64_t said_before;
  };

  static void number(void* datagram, std::uint64_t n) {
    std::memcpy(datagram, &n, sizeof n);
    std::memcpy(static_cast<char*>(datagram) + bytes - sizeof n, &n, sizeof n);
  }
  static farewell goodbye(std::uint64_t sent, std::uint64_t said_before) { return {sent, said_before}; }

  [[nodiscard]] bool first() const { return begin_ == time{}; }
  void begin(std::clock_t used) { begin_ = now(), used_ = used; }
  [[nodiscard]] bool over() const { return over_; }

  /// False if that cannot have been sent.
  bool take(const void* datagram, std::size_t size) {
    if (over_) return true;  // the goodbye once more
    if (size == sizeof goodbye_) {
      std::memcpy(&goodbye_, datagram, sizeof goodbye_);
      return over_ = true;
    }
    std::uint64_t front = 0;
    std::uint64_t back = 0;
    if (size != bytes) return false;
    std::memcpy(&front, datagram, sizeof front);
    std::memcpy(&back, static_cast<const char*>(datagram) + bytes - sizeof back, sizeof back);
    if (front != back || front < next_) return false;
    missing_ += front - next_;
    next_ = front + 1;
    if (came_++ % 1024 == 0) end_ = now();
    return true;
  }

  /// Prints what came. `dropped` is the kernel's count, which counts a piece as one. False if a datagram is
  /// missing that the kernel did not count.
  [[nodiscard]] bool tell(std::uint64_t dropped, std::clock_t used) {
    missing_ += goodbye_.sent - next_;
    const std::uint64_t pieces = dropped - goodbye_.said_before;
    if (came_ + missing_ != goodbye_.sent || missing_ != pieces * piece) {
      std::fprintf(
          stderr, "sent %llu datagrams, %llu came, %llu are missing; the kernel dropped %llu pieces of %zu\n",
          number(goodbye_.sent), number(came_), number(missing_), number(pieces), piece);
      return false;
    }
    if (came_ == 0) return std::fputs("no datagram came\n", stderr), false;
    const double seconds = std::chrono::duration<double>(end_ - begin_).count();
    const auto came = static_cast<double>(came_);
    std::printf("received M/s more %.4f\n", came / seconds / 1e6);
    const double cpu = static_cast<double>(used - used_) / CLOCKS_PER_SEC;
    std::printf("receiver-cpu µs/datagram less %.4f\n", cpu / came * 1e6);
    std::printf("lost share - %.4f\n", static_cast<double>(missing_) / static_cast<double>(goodbye_.sent));
    return true;
  }

 private:
  using time = std::chrono::steady_clock::time_point;
  static time now() { return std::chrono::steady_clock::now(); }
  static unsigned long long number(std::uint64_t n) { return n; }

  std::uint64_t next_ = 0;
  std::uint64_t came_ = 0;
  std::uint64_t missing_ = 0;
  farewell goodbye_{};
  bool over_ = false;
  time begin_;
  time end_;
  std::clock_t used_ = 0;
};
