// SPDX-License-Identifier: MIT
// The side that gets the files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <fairlead/loop.hpp>

#include "console.hpp"
#include "evidence/ledger.hpp"
#include "transfer/conversation.hpp"
#include "transfer/meter.hpp"
#include "transfer/target.hpp"
#include "transfer/words.hpp"

namespace tool::transfer {

/// What a sender may ask for.
struct allowance {
  std::uint64_t files = 100'000;                  ///< and directories, together
  std::uint64_t bytes = std::uint64_t{1} << 40U;  ///< of all files, holes among them
};

class receiver {
 public:
  /// `talk` has heard the peer's hello. All of these outlive it.
  /// But `told` may be null.
  receiver(conversation& talk, files::directory& into, const allowance& most, fairlead::loop& l,
           const console& out, listing hashes, ledger* told);

  /// Until everything is on the disk and the sender knows. The error says what is kept.
  /// errc::bad_message where something has not arrived as it was sent. An error too if the sender has taken
  /// back what it had announced.
  [[nodiscard]] fairlead::task<fairlead::result<void>> run();

  [[nodiscard]] std::uint64_t kept() const noexcept { return kept_; }
  /// Of those, the ones that needed no sending.
  [[nodiscard]] std::uint64_t had() const noexcept { return had_; }
  [[nodiscard]] const meter& moved() const noexcept { return *meter_; }

 private:
  struct tally {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
  };
  struct incoming;
  /// What has become of a file that we have offered something of.
  enum class answer {
    none,  ///< nothing was offered
    anew,  ///< its content comes
    over,  ///< nothing more comes
  };

  [[nodiscard]] fairlead::task<fairlead::result<void>> receive_all();
  [[nodiscard]] fairlead::task<fairlead::result<void>> survey();
  [[nodiscard]] fairlead::task<fairlead::result<void>> receive_one(const entry& e);
  [[nodiscard]] fairlead::task<fairlead::result<answer>> offer_whole(const files::directory& in,
                                                                     const entry& e);
  [[nodiscard]] fairlead::task<fairlead::result<answer>> offer_partial(incoming& f);
  [[nodiscard]] fairlead::task<fairlead::result<std::optional<std::uint64_t>>> agreed(std::uint64_t offered);
  [[nodiscard]] fairlead::task<fairlead::result<bool>> fill(incoming& f);
  [[nodiscard]] fairlead::task<fairlead::result<void>> keep(files::directory& in, incoming& f);
  [[nodiscard]] fairlead::task<fairlead::result<void>> on_disk(const files::file& f,
                                                               fairlead::result<void>& disk);
  [[nodiscard]] static fairlead::result<void> remove_if_empty(files::directory& in, const incoming& f);
  void note(fate how, std::string text = {}) {
    if (ledger_ != nullptr) ledger_->settle(number_, how, std::move(text));
  }
  [[nodiscard]] fairlead::task<fairlead::result<void>> tell_kept(const entry& e, const digest& hash,
                                                                 fate how);
  [[nodiscard]] fairlead::result<void> admit(tally& so_far, const entry& e) const;
  [[nodiscard]] fairlead::error not_due(const any_message& m);
  [[nodiscard]] fairlead::error in_context(const fairlead::error& e) const;

  conversation& talk_;
  files::directory& into_;
  const allowance& most_;
  fairlead::loop& loop_;
  const console& out_;
  listing hashes_;
  ledger* ledger_;
  ledger::number number_ = 0;  // of the file that comes
  std::optional<meter> meter_;
  target target_;
  std::uint64_t kept_ = 0;
  std::uint64_t had_ = 0;
  std::uint64_t planned_files_ = 0;
  std::uint64_t opened_files_ = 0;
  bool told_ = false;       // the sender has said that it gives up
  std::string partial_of_;  // whose beginning is kept
  std::uint64_t partial_size_ = 0;
  std::uint64_t partial_of_size_ = 0;
};

}  // namespace tool::transfer
