// SPDX-License-Identifier: MIT
// A recording as packets that could have been it: docs/design/recording.md says which.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include <fairlead/address.hpp>
#include <fairlead/error.hpp>

#include "recording/format.hpp"
#include "recording/pcapng.hpp"
#include "recording/reader.hpp"
#include "wire/lookout.hpp"

namespace tool::recording {

/// Records in, in their order; blocks of pcapng out. Keeps a few words for each conversation that goes on.
class exporter {
 public:
  /// `only`: of all conversations this one; 0: all.
  explicit exporter(std::uint32_t only = 0) : only_(only) {}
  /// Appends what the record becomes.
  void take(const record& r, pcapng::bytes& to);

 private:
  struct side {
    fairlead::ip_endpoint where;
    std::uint32_t next = 0;  ///< the number of its next byte
    bool over = false;
  };
  struct conversation {
    bool messages = false;
    std::array<side, 2> sides{};  ///< by the direction in which they send
    bool cut = false;             ///< by a reset
    std::string comment;          ///< for its first packet
  };
  void begin(const opened& o, pcapng::bytes& to);
  void pass(const passed& p, pcapng::bytes& to);
  void end(const ended& e, pcapng::bytes& to);
  void segment(conversation& c, direction way, std::uint8_t flags, fairlead::const_buffer content,
               fairlead::duration at, pcapng::bytes& to);
  void packet(conversation& c, const std::vector<std::byte>& packet, fairlead::duration at,
              pcapng::bytes& to) const;

  std::uint32_t only_;
  std::int64_t wall_ns_ = 0;
  std::map<std::uint32_t, conversation> open_;
};

/// Reads it to its end, or to its damage (from.complaint() tells), and writes the file beside its name, to be
/// renamed when whole. operation_canceled, and no file, if it is asked to stop before.
[[nodiscard]] fairlead::result<void> export_pcapng(reader& from, const std::string& path,
                                                   std::uint32_t only = 0, const asked_to_stop& stop = {});

}  // namespace tool::recording
