// SPDX-License-Identifier: MIT
#include <fairlead/terminal.hpp>

#include <memory>

#include "sys/terminal.hpp"

namespace fairlead {

namespace {

constexpr int standard_input = 0;
constexpr int standard_output = 1;

std::unexpected<error> refused(int code, std::string subject) {
  return std::unexpected(error::about(static_cast<errc>(code), verb::none, std::move(subject)));
}

}  // namespace

result<terminal_size> size_of_our_terminal() {
  terminal_size size;
  sys::outcome r = sys::get_terminal_size(standard_input, size.columns, size.rows);
  if (!r.ok()) r = sys::get_terminal_size(standard_output, size.columns, size.rows);
  if (!r.ok()) return refused(r.code, "size of the terminal");
  return size;
}

struct raw_terminal::saved {
  ::termios before{};
};

result<raw_terminal> raw_terminal::enter() {
  auto before = std::make_unique<saved>();
  const sys::outcome r = sys::make_raw(standard_input, before->before);
  if (!r.ok()) return refused(r.code, "raw mode of standard input");
  return raw_terminal(before.release());
}

raw_terminal::~raw_terminal() {
  if (before_ == nullptr) return;
  (void)sys::restore_terminal(standard_input, before_->before);
  delete before_;
}

}  // namespace fairlead
