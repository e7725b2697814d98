// SPDX-License-Identifier: MIT
// Options in an address that cannot be: one sentence with the address, the option and the remedy, status 2,
// before anything is bound or connected.
#include <filesystem>

#include <gtest/gtest.h>

#include "support/black_hole.hpp"
#include "support/temp_dir.hpp"
#include "tool/tool.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;

void expect_wrong(const std::string& command, const std::string& address, const std::string& why) {
  const child_outcome o = fairlead_tool({command, address});
  EXPECT_EQ(o.status, 2) << address;
  EXPECT_EQ(o.errors, "fairlead: " + address + ": option " + why + "\n");
}

TEST(AddressOptions, OutOfRangeAreNamedWithTheirRange) {
  expect_wrong("connect", "tcp://127.0.0.1:1?ttl=0", "'ttl': it must be 1 to 255");
  expect_wrong("connect", "tcp://127.0.0.1:1?ttl=256", "'ttl': it must be 1 to 255");
  expect_wrong("connect", "tcp://127.0.0.1:1?keepalive=100000h",
               "'keepalive': idle must be 1 to 32767 s, not 360000000");
  expect_wrong("listen", "tcp://127.0.0.1:0?rcvbuf=9999999g",
               "'rcvbuf': it must be 0 to 1073741823 bytes, not 10737417166258176");
}

TEST(AddressOptions, ThatNameWhatIsNotThereSaySo) {
  expect_wrong("connect", "tcp://127.0.0.1:1?device=nope", "'device': no network interface is called 'nope'");
  expect_wrong("connect", "udp://127.0.0.1:1?join=127.0.0.1",
               "'join': 127.0.0.1 is no multicast address; those are 224.0.0.0/4 and ff00::/8");
  const child_outcome o = fairlead_tool({"connect", "tcp://127.0.0.1:1?device="});
  EXPECT_EQ(o.status, 2);
  EXPECT_EQ(o.errors,
            "fairlead: tcp://127.0.0.1:1?device: option 'device': it needs the name of an interface\n");
}

TEST(AddressOptions, OfTheOtherFamilyAreRefused) {
  expect_wrong("connect", "tcp4://127.0.0.1:1?v6only", "'v6only': only IPv6 sockets have it");
}

TEST(AddressOptions, AreLookedAtBeforeASocketFileIsMade) {
  const temp_dir dir;
  for (const std::string scheme : {"unix:", "unix-dgram:", "unix-seqpacket:"}) {
    const std::string path = (dir / "s").string();
    expect_wrong("listen", scheme + path + "?rcvbuf=zz",
                 "'rcvbuf': 'zz' is not a size; a size is a number of bytes, as in 65536 or 64k");
    EXPECT_FALSE(std::filesystem::exists(path));
  }
}

TEST(AddressOptions, DoNotHideTheAddressesThatWereTried) {
  const child_outcome o = fairlead_tool({"connect", "tcp://localhost:1?nodelay"});
  EXPECT_EQ(o.status, 1);
  EXPECT_EQ(
      without_times(o.errors),
      "fairlead: connect tcp://localhost:1: [::1]:1: connection refused; 127.0.0.1:1: connection refused");
}

}  // namespace
