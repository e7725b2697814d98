// SPDX-License-Identifier: MIT
// What became of files that were to go from here to there: for reports and events.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tool {

/// How far a file has come.
enum class fate : std::uint8_t {
  interrupted,  ///< it was begun, and not all of it has gone
  unconfirmed,  ///< all of it has gone, and the receiver has not said that it is on its disk
  whole,        ///< it is on the receiver's disk, with the SHA-256 that it has here
  had,          ///< the same, and all of it was there before
  damaged,      ///< what has arrived has another SHA-256
  taken_back,   ///< it has changed, or cannot be read
};
[[nodiscard]] std::string_view word_of(fate f) noexcept;

/// Whether nothing more is to come of it.
[[nodiscard]] bool is_final(fate f) noexcept;

/// Kept small however many files there are: of the first ones each is told, all of them in sums.
class ledger {
 public:
  static constexpr std::size_t most_listed = 100;

  struct file {
    std::string name;
    std::string from;  ///< who has sent it; empty where that is us
    std::uint64_t size = 0;
    std::uint64_t bytes = 0;  ///< that were moved; holes are none
    std::optional<std::uint64_t> resumed_at{};
    std::string sha256{};
    fate now = fate::interrupted;
    std::string error{};
  };
  struct sums {
    std::uint64_t count = 0;  ///< that are to be moved
    std::uint64_t bytes = 0;
    std::uint64_t whole = 0;  ///< on the receiver's disk
    std::uint64_t had = 0;    ///< of these, before
  };
  using number = std::uint64_t;

  /// If set before the first file, is told of each whose fate is final.
  std::function<void(const file&)> on_settled{};

  void expect(std::uint64_t files) noexcept { all_.count += files; }
  [[nodiscard]] number begin(std::string name, std::string from, std::uint64_t size);
  /// So much of it is there.
  void resume(number n, std::uint64_t at);
  void move(number n, std::uint64_t bytes);
  /// What is known of it from now on. The text is its SHA-256 in digits, or what is wrong with it.
  void settle(number n, fate how, std::string text = {});

  [[nodiscard]] const sums& all() const noexcept { return all_; }
  [[nodiscard]] const std::vector<file>& listed() const noexcept { return listed_; }

 private:
  [[nodiscard]] file* find(number n);

  sums all_;
  number begun_ = 0;
  std::vector<file> listed_;
  std::map<number, file> under_way_;  // beyond those; only where somebody is told of them
};

}  // namespace tool
