// SPDX-License-Identifier: MIT
// The side that has the files.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>

#include <fairlead/condition.hpp>
#include <fairlead/scope.hpp>

#include "console.hpp"
#include "evidence/ledger.hpp"
#include "transfer/conversation.hpp"
#include "transfer/meter.hpp"
#include "transfer/source.hpp"
#include "transfer/words.hpp"

namespace tool::transfer {

class sender {
 public:
  /// All but the patience outlive it; `told` may be null.
  sender(link& to, std::span<const source> files, fairlead::duration patience, const console& out,
         listing hashes, ledger* told);

  /// Until the receiver has all files whole, on its disk. The error says what it has, and how to go on.
  /// errc::bad_message where a file has not arrived as it is here.
  [[nodiscard]] fairlead::task<fairlead::result<void>> run();

  /// Files that the receiver has whole.
  [[nodiscard]] std::uint64_t kept() const noexcept { return kept_; }
  /// Of those, the ones that needed no sending.
  [[nodiscard]] std::uint64_t had() const noexcept { return had_; }
  [[nodiscard]] const meter& moved() const noexcept { return meter_; }

 private:
  struct sent {
    const source* what;
    digest hash;
    ledger::number number;
    bool had;  // the receiver, before
  };

  [[nodiscard]] fairlead::task<> speak(fairlead::scope& all);
  [[nodiscard]] fairlead::task<> listen(fairlead::scope& all);
  [[nodiscard]] fairlead::task<fairlead::result<void>> send_all();
  [[nodiscard]] fairlead::task<fairlead::result<void>> hear_all();
  [[nodiscard]] fairlead::task<fairlead::result<void>> send_one(const source& s);
  [[nodiscard]] fairlead::task<fairlead::result<void>> send_content(const files::file& f, const entry& e,
                                                                    const source& s);
  [[nodiscard]] fairlead::task<fairlead::result<std::uint64_t>> agree(const files::file& f, const entry& e,
                                                                      fairlead::sha256& hash);
  [[nodiscard]] fairlead::task<fairlead::result<void>> until(const bool& happened);
  [[nodiscard]] fairlead::result<void> take(message::kept k);
  void forget(const source& s, const std::string& why);
  [[nodiscard]] fairlead::error in_context(const fairlead::error& e) const;

  conversation talk_;
  std::span<const source> files_;
  const console& out_;
  listing hashes_;
  ledger* told_;
  ledger::number number_ = 0;  // of the file that is being sent
  meter meter_;
  std::uint64_t count_ = 0;  // of files, without directories
  std::uint64_t kept_ = 0;
  std::uint64_t had_ = 0;
  std::uint64_t spoilt_ = 0;
  std::string first_spoilt_;
  struct begun {
    const source* what;
    std::uint64_t place;  // sent up to here
    std::uint64_t size;
  };
  std::optional<begun> unfinished_;  // the last one that could go on from there, until the receiver has it
  std::deque<sent> waiting_;         // for the receiver to have them
  fairlead::condition heard_;
  bool ready_ = false;
  bool done_ = false;
  bool asking_ = false;  // what it has of a file
  bool answered_ = false;
  bool finished_ = false;  // nothing more will be sent
  message::have have_;
  std::optional<fairlead::error> spoke_;  // why speaking ended early
  std::optional<fairlead::error> heard_error_;
};

}  // namespace tool::transfer
