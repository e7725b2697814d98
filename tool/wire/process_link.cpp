// SPDX-License-Identifier: MIT
// A command as one side of a conversation: its standard input is what the other side sends, its standard
// output goes there.
#include <fairlead/condition.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/process.hpp>
#include <fairlead/terminal.hpp>

#include "wire/local_link.hpp"

namespace tool {

namespace {

using namespace fairlead;
using namespace std::chrono_literals;

// How long a client may take to finish when its command has ended, and a command when its client has gone.
constexpr auto grace = 2s;

class process_link final : public link {
 public:
  process_link(process child, std::string command, bool typed, std::string client, const console& out)
      : child_(std::move(child)),
        command_(std::move(command)),
        typed_(typed),
        client_(std::move(client)),
        out_(out) {
    peer = (typed ? "pty:" : "exec:") + command_;
  }

  task<result<arrival>> recv(mutable_buffer into) override {
    arrival a;
    a.size = co_await or_return(child_.stream().recv(into));
    a.end = a.size == 0;
    co_return a;
  }
  // A command need not read its input. What it leaves is thrown away: bytes that stay unread when a
  // connection is closed reset it, and the client would lose the command's last words.
  task<result<void>> send(const_buffer from) override {
    if (!listens_ || from.size == 0) co_return {};
    const result<std::size_t> given = co_await child_.stream().send(from);
    if (!given && !wants_no_more(given.error())) co_return std::unexpected(given.error());
    in_line_ = from.data[from.size - 1] != std::byte('\n');
    co_return {};
  }
  task<result<void>> finish() override {
    if (!typed_) {
      (void)co_await child_.stream().shutdown();
      co_return {};
    }
    // The first Ctrl-D gives what there is of a line to the reader, and only one at its beginning is an end.
    const std::string_view end = in_line_ ? "\004\004" : "\004";
    if (listens_) (void)co_await child_.stream().send(end);
    co_return {};
  }
  bool has_end() const noexcept override { return true; }
  std::size_t piece() const noexcept override { return piece_of(transport::tcp); }
  std::size_t room() const noexcept override { return room_of(transport::tcp); }
  // What is typed must be seen, see finish().
  any_socket socket() noexcept override { return typed_ ? any_socket() : &child_.stream(); }
  bool wants_no_more(const error& e) override {
    // A terminal says EIO when nothing runs on it any more.
    const bool has_left = e == errc::broken_pipe || (typed_ && e == errc::io_error);
    listens_ = listens_ && !has_left;
    return has_left;
  }
  void abort() noexcept override {}  // settle() ends it
  std::optional<fairlead::exit_status> exited() const noexcept override { return exited_; }
  void resize(terminal_size now) override { (void)child_.resize(now); }
  std::optional<duration> patience() const noexcept override { return grace; }
  task<result<void>> gone() override {
    co_await or_return(wait());
    co_return {};
  }
  // Whoever receives already would have it.
  bool has_more() noexcept override { return child_.stream().reader().readable().now().has_value(); }

  // One whose client is gone is asked to end, and then made to.
  task<result<void>> settle(bool whole) override {
    if (!whole) {
      (void)child_.stream().close();
      (void)child_.terminate();
      const result<fairlead::exit_status> s = co_await wait().within(grace);
      if (!s && s.error() == errc::timed_out) (void)child_.kill();
    }
    const result<fairlead::exit_status> status = co_await wait();
    if (!status) co_return std::unexpected(status.error());
    const std::string whose = client_.empty() ? "" : ", for " + client_;
    if (!exited_) out_.step(peer + whose + ": " + status->to_string());
    exited_ = *status;
    if (status->ok()) co_return {};
    co_return std::unexpected(error::about(errc::io_error, verb::run, command_, status->to_string() + whose));
  }

 private:
  // A process is waited for by one at a time.
  task<result<fairlead::exit_status>> wait() {
    while (waiting_) co_await or_return(waited_.notified());
    waiting_ = true;
    result<fairlead::exit_status> status = co_await child_.wait();
    waiting_ = false;
    waited_.notify_all();
    co_return status;
  }

  process child_;
  std::string command_;
  bool typed_;
  bool in_line_ = false;
  std::string client_;
  const console& out_;
  bool listens_ = true;
  bool waiting_ = false;
  condition waited_;
  std::optional<fairlead::exit_status> exited_;
};

}  // namespace

result<std::unique_ptr<link>> make_process_link(const std::string& command, bool pty, const link* client,
                                                const console& out) {
  fairlead::command what = fairlead::command::shell(command);
  what.own_group = true;  // an interrupt is for us: commands may finish
  if (client != nullptr) {
    what.environment.emplace_back("FAIRLEAD_LOCAL", client->local);
    what.environment.emplace_back("FAIRLEAD_PEER", client->peer);
  }
  if (pty) what.terminal = size_of_our_terminal().value_or(terminal_size());
  auto child = process::start(what);
  if (!child) return std::unexpected(child.error());
  const std::string whose = client != nullptr ? client->peer : std::string();
  out.step((whose.empty() ? "" : whose + ": ") + "process " + std::to_string(child->id()) + " runs " +
           command);
  return std::make_unique<process_link>(std::move(*child), command, pty, whose, out);
}

}  // namespace tool
