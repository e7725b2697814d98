// SPDX-License-Identifier: MIT
// A client that waits for another one, and may leave meanwhile.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "wire/link_layer.hpp"

namespace tool {

/// Receives what comes while it waits, to notice that its client has left, and gives it to whoever receives
/// later.
///
/// Has left: who reset the connection, or whose connection has failed. Where he waits for another client,
/// also who ended his side without having sent anything. That may be somebody who only wants to listen, but
/// it cannot be told from one who is gone; he is cut off and sees it, where the next partner of somebody gone
/// would take nothing for an answer. Who has sent something before he ended his side (`echo hi | nc -N`) is
/// wanted for that.
class waiting_link final : public link_layer {
 public:
  enum class for_what { another_client, a_connection };

  explicit waiting_link(std::unique_ptr<link> inner) : link_layer(std::move(inner)) {}
  /// `inner` outlives it.
  explicit waiting_link(link& inner, for_what waits = for_what::another_client)
      : link_layer(inner), waits_(waits) {}

  /// Until `enough`, or until it has left. No other operation meanwhile.
  [[nodiscard]] fairlead::task<> wait(std::stop_token enough);
  /// Whether it has left already.
  [[nodiscard]] fairlead::task<> look();
  /// Why it is here no longer.
  [[nodiscard]] const std::optional<fairlead::error>& left() const noexcept { return left_; }

  fairlead::task<fairlead::result<arrival>> recv(fairlead::mutable_buffer into) override;
  /// Unless something is held that would be passed by.
  any_socket socket() noexcept override { return !message_ && !end_ ? inner().socket() : any_socket(); }

 private:
  [[nodiscard]] fairlead::task<bool> receive(fairlead::time_point until, std::stop_token enough);
  [[nodiscard]] bool has_room() const noexcept;

  for_what waits_ = for_what::another_client;
  std::vector<std::byte> held_;
  std::size_t given_ = 0;  // of it
  bool message_ = false;   // something is held, or an empty message
  bool end_ = false;       // came behind it
  std::optional<fairlead::error> left_;
};

}  // namespace tool
