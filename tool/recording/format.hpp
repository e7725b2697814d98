// SPDX-License-Identifier: MIT
// The records of a recording, and their bytes: docs/design/recording.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <fairlead/buffer.hpp>
#include <fairlead/clock.hpp>

#include "evidence/ending.hpp"
#include "wire/witness.hpp"

namespace tool::recording {

constexpr std::uint16_t version = 1;
/// What a recording begins with. Neither text nor UTF-8, and a transfer that changes the ends of lines
/// changes it.
constexpr std::array<unsigned char, 8> magic = {0x89, 'F', 'L', 'R', 'E', 'C', '\r', '\n'};
/// Before each body: its length, and the CRC-32 of that and the body.
constexpr std::size_t head_size = 8;
/// Longer ones are damage: so a length that is wrong costs no memory. It has room for any message.
constexpr std::size_t largest_content = std::size_t{1} << 24U;
constexpr std::size_t largest_name = 4096;
constexpr std::size_t largest_body = largest_content + 4 * largest_name;

/// The first record, and no other.
struct started {
  std::uint16_t version = recording::version;
  std::int64_t wall_ns = 0;  ///< since 1970, UTC: what the times of all others count from
  std::string program;       ///< "fairlead 1.0"
  friend bool operator==(const started&, const started&) = default;
};

/// One end of a conversation.
struct party {
  std::string name;     ///< "tls://example.org:443"; "-"
  std::string address;  ///< the endpoint in figures, "192.0.2.1:443"; empty where there is none
  friend bool operator==(const party&, const party&) = default;
};

/// Conversations are numbered 1, 2, 3, … in the order in which they begin.
struct opened {
  std::uint32_t conversation = 0;
  fairlead::duration at{};
  bool messages = false;                ///< each record of content is one message
  direction opener = direction::there;  ///< the direction in which the side sends that began the conversation
  party first;                          ///< who sends there
  party second;                         ///< who sends back
  friend bool operator==(const opened&, const opened&) = default;
};

struct passed {
  std::uint32_t conversation = 0;
  fairlead::duration at{};
  direction way = direction::there;
  fairlead::const_buffer content;  ///< in the memory of whoever gives it
};

struct ended {
  std::uint32_t conversation = 0;
  fairlead::duration at{};
  direction way = direction::there;
  ending how = ending::open;
  std::string words;  ///< the error's sentence
  friend bool operator==(const ended&, const ended&) = default;
};

/// The last record of a recording that was not cut off.
struct closed {
  fairlead::duration at{};
  friend bool operator==(const closed&, const closed&) = default;
};

using record = std::variant<started, opened, passed, ended, closed>;

/// Appends a whole record, head and all. Names and words are cut to largest_name; content must not be larger
/// than largest_content.
void append(std::vector<std::byte>& to, const record& r);
/// Appends what a file begins with, before its first record.
void append_magic(std::vector<std::byte>& to);

/// What a body says. Nothing: it says nothing that makes sense. monostate: a kind of record that this version
/// does not know, to be passed over.
[[nodiscard]] std::optional<std::variant<std::monostate, record>> parse(fairlead::const_buffer body);

}  // namespace tool::recording
