// SPDX-License-Identifier: MIT
// The messages of format.hpp over a link, with limits to patience.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include <fairlead/clock.hpp>
#include <fairlead/task.hpp>

#include "transfer/format.hpp"
#include "wire/link.hpp"

namespace tool::transfer {

/// How long a last word and the peer's answer to it may take.
constexpr fairlead::duration longest_parting = std::chrono::seconds(5);

enum class side {
  /// One task says, another one hears, and that one alone knows whether the peer lives: who is at work for
  /// long takes nothing meanwhile, but says so. Whoever hears must stop who says.
  sender,
  /// One task says and hears. Says that we are alive when it hears that the peer is.
  receiver,
};

/// The link outlives it.
class conversation {
 public:
  /// Fails with errc::timed_out where the peer says nothing for so long; at the receiver, where it takes
  /// nothing, too.
  conversation(link& with, side us, fairlead::duration patience);
  conversation(const conversation&) = delete;
  conversation& operator=(const conversation&) = delete;

  /// Our hello at once.
  [[nodiscard]] fairlead::task<fairlead::result<void>> say_hello();
  /// That of the peer, to `answer` with our own. errc::protocol_error if it speaks something else, which gets
  /// no answer, or another version.
  [[nodiscard]] fairlead::task<fairlead::result<void>> hear_hello(bool answer);

  /// Will be sent when there is enough, or with flush().
  /// Taken before this returns, for no message must be a temporary of a co_await: g++ 12 destroys some twice.
  [[nodiscard]] fairlead::task<fairlead::result<void>> put(const any_message& m);
  [[nodiscard]] fairlead::task<fairlead::result<void>> flush();
  [[nodiscard]] fairlead::task<fairlead::result<void>> say(const any_message& m);
  /// Says that we are alive, if we have said nothing for a second. For all work that may take long.
  [[nodiscard]] fairlead::task<fairlead::result<void>> show_life();
  /// Memory for data to be sent; valid until put_data(), which sends the first `size` bytes of it.
  [[nodiscard]] fairlead::task<fairlead::result<std::span<std::byte>>> data_room();
  [[nodiscard]] fairlead::task<fairlead::result<void>> put_data(std::size_t size);

  /// The next message but alive. Data is valid until the next call.
  [[nodiscard]] fairlead::task<fairlead::result<any_message>> next();
  /// We have said all. Hears the peer out, whatever it says, but not for ever.
  [[nodiscard]] fairlead::task<> part();

  [[nodiscard]] link& peer() noexcept { return link_; }
  /// Whether the link has failed, so that there is nobody to talk to.
  [[nodiscard]] bool broken() const noexcept { return broken_; }

 private:
  [[nodiscard]] fairlead::task<fairlead::result<void>> more();
  [[nodiscard]] fairlead::error in_our_words(const fairlead::error& e, const char* silent) const;
  [[nodiscard]] fairlead::task<fairlead::result<void>> flush_if_full();
  void add(const any_message& m);
  [[nodiscard]] std::span<const std::byte> held() const noexcept {
    return {in_.get() + begin_, end_ - begin_};
  }

  link& link_;
  side us_;
  fairlead::duration patience_;
  std::unique_ptr<std::byte[]> out_;
  std::size_t said_ = 0;  // bytes in out_
  fairlead::time_point last_said_;
  std::vector<std::byte> small_;
  std::size_t room_;
  std::unique_ptr<std::byte[]> in_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  decoder decoder_;
  bool heard_ = false;  // anything at all
  bool broken_ = false;
};

}  // namespace tool::transfer
