// SPDX-License-Identifier: MIT
// What sender and receiver of files tell each other, as bytes: docs/design/transfer.md has the table. A
// machine: it does no I/O, holds no more than a message, and takes whatever a stranger sends.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <fairlead/error.hpp>
#include <fairlead/sha256.hpp>

namespace tool::transfer {

constexpr std::uint16_t protocol_version = 1;

constexpr std::size_t hello_size = 16;
constexpr std::size_t header_size = 5;
constexpr std::size_t largest_data = 1U << 20U;  ///< in one message
constexpr std::size_t largest_path = 4095;
constexpr std::size_t largest_name = 255;
constexpr std::size_t deepest = 100;  ///< names in a path
constexpr std::size_t largest_text = 1024;
constexpr std::uint64_t largest_size = std::uint64_t{1} << 62U;
/// What was written so far of a file that was interrupted; nobody may send such a name.
constexpr std::string_view partial_prefix = ".fairlead-";
constexpr std::string_view partial_suffix = ".part";

using digest = fairlead::sha256::digest_type;

/// Each side begins with it.
[[nodiscard]] std::array<std::byte, hello_size> hello(std::uint16_t version = protocol_version);
/// The version of the peer; nothing if it speaks of something else.
[[nodiscard]] std::optional<std::uint16_t> parse_hello(std::span<const std::byte, hello_size> from);

/// Whether a receiver may write it below its directory, whatever is there: names of at least one byte, none
/// of them "." or "..", divided by single slashes.
[[nodiscard]] bool is_fine_path(std::string_view path);
/// Whether it is one that partial files have.
[[nodiscard]] bool is_partial_name(std::string_view name);

enum class entry_kind : std::uint8_t { file = 1, directory = 2 };

struct entry {
  entry_kind kind = entry_kind::file;
  bool asks = false;       ///< the sender wants to hear what is there already
  std::uint16_t mode = 0;  ///< permissions: 0 to 0777
  std::int64_t seconds = 0;
  std::uint32_t nanoseconds = 0;  ///< of the last change
  std::uint64_t size = 0;
  std::uint64_t stored = 0;  ///< bytes that are no holes
  std::string path;
  friend bool operator==(const entry&, const entry&) = default;
};

namespace message {

// From the sender.
struct planned {
  entry what;
  friend bool operator==(const planned&, const planned&) = default;
};
struct all_planned {
  friend bool operator==(const all_planned&, const all_planned&) = default;
};
struct opened {
  entry what;
  friend bool operator==(const opened&, const opened&) = default;
};
struct resumed {
  std::uint64_t from = 0;
  friend bool operator==(const resumed&, const resumed&) = default;
};
struct data {
  std::span<const std::byte> bytes;  ///< valid as long as what was looked at
};
struct hole {
  std::uint64_t size = 0;
  friend bool operator==(const hole&, const hole&) = default;
};
struct closed {
  digest hash{};
  friend bool operator==(const closed&, const closed&) = default;
};
struct spoilt {
  std::string why;
  friend bool operator==(const spoilt&, const spoilt&) = default;
};
struct finished {
  friend bool operator==(const finished&, const finished&) = default;
};
// From the receiver.
struct ready {
  friend bool operator==(const ready&, const ready&) = default;
};
struct have {
  std::uint64_t size = 0;
  digest hash{};
  friend bool operator==(const have&, const have&) = default;
};
struct kept {
  digest hash{};
  friend bool operator==(const kept&, const kept&) = default;
};
struct done {
  std::uint64_t files = 0;
  friend bool operator==(const done&, const done&) = default;
};
// From either.
struct alive {
  friend bool operator==(const alive&, const alive&) = default;
};
struct given_up {
  bool damaged = false;  ///< what arrived is not what was sent
  std::string why;
  friend bool operator==(const given_up&, const given_up&) = default;
};

}  // namespace message

using any_message =
    std::variant<message::planned, message::all_planned, message::opened, message::resumed, message::data,
                 message::hole, message::closed, message::spoilt, message::finished, message::ready,
                 message::have, message::kept, message::done, message::alive, message::given_up>;

/// As it goes over the wire. Texts that are too long are cut. Preconditions: a fine path; data up to
/// largest_data.
void append(std::vector<std::byte>& to, const any_message& m);
/// What goes before so many bytes of data.
void put_data_header(std::span<std::byte, header_size> into, std::size_t size);

class decoder {
 public:
  struct found {
    std::optional<any_message> what;  ///< nothing: more bytes are wanted
    std::size_t consumed = 0;
  };
  /// The first message in `bytes`, which begin where the last one ended. Data is given out as it comes, in as
  /// many pieces as it likes. errc::protocol_error for what is no message; the stream is of no use after
  /// that.
  [[nodiscard]] fairlead::result<found> look(std::span<const std::byte> bytes);
  /// More than this need never be held.
  static constexpr std::size_t largest_held = header_size + 64 + largest_path;

 private:
  std::size_t data_left_ = 0;
};

}  // namespace tool::transfer
