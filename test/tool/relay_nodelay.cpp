// SPDX-License-Identifier: MIT
// Nagle's algorithm in a relay's sockets, which the kernel tells of another process's, too (pidfd_getfd(2),
// Linux 5.6).
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tool/running.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;

class file_number {
 public:
  explicit file_number(int n) noexcept : number_(n) {}
  file_number(const file_number&) = delete;
  file_number& operator=(const file_number&) = delete;
  ~file_number() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int get() const noexcept { return number_; }

 private:
  int number_;
};

std::optional<int> option_of(const file_number& socket, int level, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  if (::getsockopt(socket.get(), level, name, &value, &size) != 0) return std::nullopt;
  return value;
}

// TCP_NODELAY of each TCP connection of the process, the smaller values first. Nothing:
// this machine does not let us look.
std::optional<std::vector<int>> prompt_connections(pid_t process) {
  const file_number other(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
  std::vector<int> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/fd")) {
    const int theirs = std::stoi(entry.path().filename());
    const file_number ours(static_cast<int>(::syscall(SYS_pidfd_getfd, other.get(), theirs, 0)));
    if (ours.get() < 0 && (errno == EPERM || errno == ENOSYS)) return std::nullopt;
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    if (option_of(ours, SOL_SOCKET, SO_PROTOCOL) != IPPROTO_TCP) continue;
    if (::getpeername(ours.get(), reinterpret_cast<sockaddr*>(&peer), &size) != 0) continue;
    found.push_back(option_of(ours, IPPROTO_TCP, TCP_NODELAY).value_or(-1));
  }
  std::ranges::sort(found);
  return found;
}

class RelayNagle : public guarded<> {
 protected:
  listener echo_{"tcp://127.0.0.1:0", {"--echo"}};

  // Of a relay between these, while a client is joined to its target.
  std::optional<std::vector<int>> seen(const std::string& from, const std::string& to,
                                       std::vector<std::string> flags = {},
                                       const std::string& of_client = "--quiet") {
    relaying r(from, to, std::move(flags));
    running client(fairlead_command({"connect", r.address(), of_client}));
    client.write("x");
    EXPECT_TRUE(client.gives(1)) << client.errors() << r.errors();
    return prompt_connections(r.id());
  }
};

#define EXPECT_SEEN(expected, connections)                                           \
  do {                                                                               \
    const auto there = (connections);                                                \
    if (!there) GTEST_SKIP() << "this machine does not show us a process's sockets"; \
    EXPECT_EQ(*there, (expected));                                                   \
  } while (false)

TEST_F(RelayNagle, NeitherSideHoldsSmallPiecesBack) {
  const std::vector<int> both{1, 1};
  EXPECT_SEEN(both, seen("tcp://127.0.0.1:0", echo_.address()));
  EXPECT_SEEN(both, seen("tcp://127.0.0.1:0", echo_.address(), {"--rate", "1m"}));  // below a layer of ours
  EXPECT_SEEN(both, seen("tls://127.0.0.1:0", echo_.address(), {}, "--insecure"));
}

TEST_F(RelayNagle, TheAddressMaySayOtherwise) {
  const std::vector<int> one{0, 1};
  EXPECT_SEEN(one, seen("tcp://127.0.0.1:0?nodelay=0", echo_.address()));
  EXPECT_SEEN(one, seen("tcp://127.0.0.1:0", echo_.address() + "?nodelay=0"));
}

}  // namespace
