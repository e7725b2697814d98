// SPDX-License-Identifier: MIT
// What a report says of each direction: how much, which bytes, and how it ended.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include <fairlead/sha256.hpp>

#include "evidence/ending.hpp"
#include "wire/witness.hpp"

namespace tool {

/// One direction.
struct flow {
  std::uint64_t bytes = 0;
  std::uint64_t pieces = 0;  ///< messages, where it has any
  std::string sha256;        ///< in hexadecimal digits
  ending how = ending::open;
  std::optional<fairlead::exit_status> exited;  ///< of a command
  std::string error;                            ///< the sentence, if it failed
};
/// It has ended like this.
void conclude(flow& f, const fairlead::result<void>& how, bool dismissed = false);
using flows = std::array<flow, 2>;  // there, back

/// Whoever wants to know what one conversation came to.
class tally_reader {
 public:
  virtual void read(std::uint32_t number, const flows& all) = 0;

 protected:
  ~tally_reader() = default;
};

/// Counts, and tells `to`, which outlives it, when the conversation is over.
class tally final : public witness {
 public:
  tally(std::uint32_t number, tally_reader& to) : number_(number), to_(to) {}
  ~tally() override;

  void passed(direction d, fairlead::const_buffer content) override;
  void ended(direction d, const fairlead::result<void>& how, bool dismissed) override;
  void exited(direction d, fairlead::exit_status how) override { flows_[index_of(d)].exited = how; }

 private:
  std::uint32_t number_;
  tally_reader& to_;
  flows flows_;
  std::array<fairlead::sha256, 2> digests_;
};

}  // namespace tool
