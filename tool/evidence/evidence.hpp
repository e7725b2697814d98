// SPDX-License-Identifier: MIT
// All that --report, --record, --hex and --json ask for: who is told what happens, and what comes of it.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <fairlead/client.hpp>
#include <fairlead/error.hpp>

#include "console.hpp"
#include "evidence/ledger.hpp"
#include "evidence/report.hpp"
#include "files/replacement.hpp"
#include "option.hpp"
#include "recording/writer.hpp"
#include "wire/witness.hpp"

namespace tool {

/// Whether --json of a command means events, and not its results.
[[nodiscard]] bool has_events(std::string_view command) noexcept;

/// One for a command. The witnesses that it gives must not outlive it, nor it the console.
class evidence {
 public:
  explicit evidence(console& out) : out_(out) {}
  evidence(const evidence&) = delete;
  evidence& operator=(const evidence&) = delete;
  ~evidence();

  /// Before anything else is done: files that are to be written are opened. An error is one of usage.
  [[nodiscard]] fairlead::result<void> open(const settings& asked, std::string_view command);

  /// For the conversations of `asked`: null if nobody wants to see them. `opener` is the direction in which
  /// the side sends that begins them.
  [[nodiscard]] watch watcher(direction opener);
  /// Going somewhere, and what has come of it. From any loop.
  void dialled(const std::string& to, const fairlead::connect_report& how,
               const fairlead::result<std::unique_ptr<link>>& made);
  /// A client that was not let in, and by what. From any loop.
  void refused(const std::string& who, const std::string& why);
  /// Whether there will be a report. What follows is for it alone.
  [[nodiscard]] bool reports() const noexcept { return report_ != nullptr; }
  /// A conversation that is watched by whoever carries it, see account.hpp. From any loop.
  [[nodiscard]] std::uint32_t begin(talk who);
  void end(std::uint32_t number, const flows& all);
  /// Where files are told of; null where nobody wants to know.
  [[nodiscard]] ledger* files() noexcept;
  /// What the command has found out, one object of JSON: one of many of that name, or the only one.
  void found(std::string_view what, const std::string& object);
  void measured(const std::string& object);

  /// Writes what is to be written, and gives the command's status, or that of a failure of its own.
  [[nodiscard]] int conclude(int status);

 private:
  struct recorded;
  [[nodiscard]] witnesses watch_over(const link& first, const link& second, direction opener);
  void settled(const ledger::file& f);
  [[nodiscard]] bool told(saying what, std::string_view sentence);
  [[nodiscard]] fairlead::result<void> open_report(const std::string& path);
  [[nodiscard]] fairlead::result<void> write_report(int status);

  console& out_;
  bool events_ = false;
  bool hex_ = false;
  bool many_ = false;  // there may be several conversations
  std::uint32_t conversations_ = 0;
  fairlead::time_point began_ = fairlead::clock::now();
  files::replacement file_;  // of the report; closed: it goes to standard error
  std::unique_ptr<report> report_;
  ledger unreported_;  // files of which only events tell
  std::unique_ptr<recording::writer> recording_;
  std::mutex telling_;       // a command may have several loops
  bool complained_ = false;  // that the recording cannot be written
};

/// The ends of a conversation as a recording has them.
[[nodiscard]] recording::opened parties_of(const link& first, const link& second, direction opener);

}  // namespace tool
