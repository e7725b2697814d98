// SPDX-License-Identifier: MIT
#include <fairlead/descriptor.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/terminal.hpp>

#include "wire/local_link.hpp"

namespace tool {

namespace {

using namespace fairlead;

class standard_link final : public link {
 public:
  standard_link(descriptor_stream s, std::optional<raw_terminal> raw)
      : stream_(std::move(s)), raw_(std::move(raw)) {
    local = peer = "standard input";
  }

  task<result<arrival>> recv(mutable_buffer into) override {
    arrival a;
    if (stream_.reader().is_open()) a.size = co_await or_return(stream_.recv(into));
    a.end = a.size == 0;
    co_return a;
  }
  task<result<void>> send(const_buffer from) override {
    if (from.size == 0) co_return {};
    co_await or_return(stream_.send(from));
    co_return {};
  }
  task<result<void>> finish() override {
    co_await or_return(stream_.shutdown());
    co_return {};
  }
  bool has_end() const noexcept override { return true; }
  std::size_t piece() const noexcept override { return piece_of(transport::tcp); }
  std::size_t room() const noexcept override { return room_of(transport::tcp); }
  any_socket socket() noexcept override { return &stream_; }
  void abort() noexcept override {}  // it is not ours to cut off

 private:
  descriptor_stream stream_;
  std::optional<raw_terminal> raw_;
};

}  // namespace

result<std::unique_ptr<link>> make_standard_link(bool raw) {
  auto streams = standard_streams();
  if (!streams) return std::unexpected(streams.error());
  std::optional<raw_terminal> typed;
  if (raw && is_terminal(stream::in)) {
    auto entered = raw_terminal::enter();
    if (!entered) return std::unexpected(entered.error());
    typed.emplace(std::move(*entered));
  }
  return std::make_unique<standard_link>(std::move(*streams), std::move(typed));
}

result<std::unique_ptr<link>> make_standard_output_link() {
  auto streams = standard_streams();
  if (!streams) return std::unexpected(streams.error());
  if (auto closed = streams->reader().close(); !closed) return std::unexpected(closed.error());
  return std::make_unique<standard_link>(std::move(*streams), std::nullopt);
}

}  // namespace tool
