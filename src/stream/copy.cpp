// SPDX-License-Identifier: MIT
#include <fairlead/copy.hpp>

#include <string>

namespace fairlead::detail {

std::optional<error> silence::verdict(const error& e, time_point due) const {
  const time_point now = clock::now();
  if (!(e == errc::timed_out) || now < due) return e;
  if (this->due() > now) return std::nullopt;
  const auto seconds = std::chrono::duration<double>(limit_).count();
  std::string text = std::to_string(seconds);  // "1.500000"
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return error::about(errc::timed_out, e.operation(), e.subject(), "silent for " + text + " s");
}

task<> convey(conveyor& through, direction_report& report, silence& quiet) {
  while (!report.failed) {
    const time_point due = quiet.due();
    const result<std::size_t> moved = co_await through.move(due);
    if (!moved) {
      report.failed = quiet.verdict(moved.error(), due);
      continue;
    }
    if (*moved == 0) co_return;
    report.bytes += *moved;
    quiet.heard();
  }
}

error in_direction(const error& e, bool there, std::uint64_t bytes) {
  std::string words = there ? "first to second" : "second to first";
  return e.reworded(verb::copy, std::move(words), e.message()).after(static_cast<std::size_t>(bytes));
}

}  // namespace fairlead::detail
