// SPDX-License-Identifier: MIT
// The verdict: one JSON object that says what a command did. docs/design/report.md is its schema.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fairlead/client.hpp>
#include <fairlead/clock.hpp>

#include "evidence/ledger.hpp"
#include "evidence/tally.hpp"

namespace tool {

/// Who talks with whom.
struct talk {
  std::string first;   ///< who sends there: "-", or the name of a socket's peer
  std::string second;  ///< who sends back
  bool messages = false;
};

/// Gathers; kept small however many clients there are: the first ones are told of one by one, all of them in
/// sums.
class report final : public tally_reader {
 public:
  static constexpr std::size_t most_listed = 100;  ///< of each kind

  explicit report(std::string command, std::vector<std::string> arguments);

  [[nodiscard]] std::uint32_t begin(talk t);
  void read(std::uint32_t number, const flows& all) override;
  /// Where to, what came of it, and how.
  struct dial {
    std::string to;
    std::string local;
    std::string peer;
    fairlead::connect_report how;
    std::optional<fairlead::error> failed;
  };
  void dialled(dial d);
  void listening(std::string at);
  void refused(const std::string& why) { ++refusals_[why]; }
  void failed(std::string sentence);
  [[nodiscard]] ledger& files() noexcept { return files_; }
  /// Objects of JSON, as text: one of a list, and one for all.
  void found(std::string_view what, const std::string& object);
  void measured(std::string object) { measured_ = std::move(object); }

  /// A signal has asked us to finish: what was over by then did not end by it.
  void interrupted() { interrupted_ = age(); }
  /// The object as text. `signal` is its number, or 0.
  [[nodiscard]] std::string text(int status, bool one_line) const;
  [[nodiscard]] fairlead::duration age() const noexcept { return fairlead::clock::now() - began_; }

 private:
  struct conversation {
    talk who;
    fairlead::duration began{};
    std::optional<fairlead::duration> took;
    flows all;
  };

  std::string command_;
  std::vector<std::string> arguments_;
  std::int64_t wall_ns_;
  fairlead::time_point began_ = fairlead::clock::now();
  std::optional<fairlead::duration> interrupted_;
  std::vector<std::string> listening_;
  std::vector<dial> dials_;
  std::uint64_t dialled_ = 0;
  std::vector<conversation> listed_;
  std::uint32_t conversations_ = 0;
  std::uint32_t over_ = 0;
  std::array<std::uint64_t, 2> bytes_{};
  std::array<std::uint64_t, 2> messages_{};
  bool all_messages_ = true;  // every conversation has some
  std::map<std::string, std::uint64_t> refusals_;
  struct finding {
    std::uint64_t count = 0;
    std::vector<std::string> listed;
  };
  ledger files_;
  std::map<std::string, finding, std::less<>> findings_;
  std::string measured_;
  std::vector<std::string> errors_;
  std::uint64_t failures_ = 0;
};

/// "2026-11-28T16:05:09.123Z"
[[nodiscard]] std::string wall_text(std::int64_t ns);

}  // namespace tool
