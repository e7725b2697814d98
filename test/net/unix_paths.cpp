// SPDX-License-Identifier: MIT
// The files of Unix sockets: which names there are, and what happens to what lies there already.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <barrier>
#include <cstring>
#include <filesystem>
#include <optional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <fairlead/unix.hpp>

#include "net/sockets.hpp"
#include "net/ways.hpp"
#include "support/temp_dir.hpp"

namespace fairlead::testing {
namespace {

std::string subject(const unix_address& a, const char* scheme = "unix") {
  return std::string(scheme) + ":" + a.to_string();
}

class UnixPath : public guarded<> {
 protected:
  temp_dir dir;
  const unix_address where = dir.socket("s");
  [[nodiscard]] bool exists() const { return ::access((dir / "s").c_str(), F_OK) == 0; }
};

/// A socket with this type bound to the path; listens if told to.
class bound_socket {
 public:
  bound_socket(const unix_address& where, int type, bool listens = false)
      : fd_(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0)) {
    sockaddr_un a{};
    a.sun_family = AF_UNIX;
    std::memcpy(a.sun_path, where.name().data(), where.name().size());
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&a), sizeof a), 0);
    EXPECT_TRUE(!listens || ::listen(fd_, 8) == 0);
  }
  ~bound_socket() { ::close(fd_); }
  bound_socket(const bound_socket&) = delete;
  bound_socket& operator=(const bound_socket&) = delete;

 private:
  int fd_;
};

// A name of this many bytes within the directory.
unix_address of_length(const temp_dir& dir, std::size_t bytes) {
  const std::string prefix = dir.path().string() + "/";
  return unix_address::path(prefix + std::string(bytes - prefix.size(), 'x')).value();
}

TEST_F(UnixPath, MayHave107BytesAndIsServedAndRemoved) {
  const unix_address longest = of_length(dir, 107);
  unix_listener l = unix_listener::listen(longest).value();
  unix_stream client = unix_stream::connect(longest).wait().value();
  EXPECT_EQ(l.local_endpoint().value(), endpoint(longest));
  EXPECT_EQ(client.peer_endpoint().value(), endpoint(longest));
  ASSERT_TRUE(l.close());
  unix_listener again = unix_listener::listen(longest).value();
  EXPECT_TRUE(unix_stream::connect(longest).wait());
  ASSERT_TRUE(remove(longest));
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST_F(UnixPath, Of108BytesDoesNotFitAndSaysSo) {
  const std::string path = dir.path().string() + "/" + std::string(107 - dir.path().string().size(), 'x');
  ASSERT_EQ(path.size(), 108U);
  EXPECT_FALSE(unix_address::path(path));
  // Others may be bound to such a path all the same; who they are cannot be told, and nothing else breaks.
  unix_listener l = unix_listener::listen(where).value();
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un a{};
  a.sun_family = AF_UNIX;
  std::memcpy(a.sun_path, path.data(), 108);
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&a), sizeof a), 0);
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, where.name().data(), where.name().size());
  ASSERT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  unix_stream server = l.accept().wait().value();
  EXPECT_TRUE(server.peer_endpoint()->is_unspecified());
  ::close(fd);
}

TEST_F(UnixPath, LeftBehindIsTakenOver) {
  {
    const unix_listener gone = unix_listener::listen(where).value();
  }
  ASSERT_TRUE(exists());
  unix_listener l = unix_listener::listen(where).value();
  EXPECT_TRUE(unix_stream::connect(where).wait());
  ASSERT_TRUE(l.close());
  // Whatever its type was.
  {
    const unix_datagram_socket d = unix_datagram_socket::bind(where).value();
  }
  {
    const unix_seqpacket_listener q = unix_seqpacket_listener::listen(where).value();
  }
  EXPECT_TRUE(unix_listener::listen(where));
}

TEST_F(UnixPath, WithAListenerIsInUse) {
  unix_listener l = unix_listener::listen(where).value();
  EXPECT_EQ(said(unix_listener::listen(where)), "bind " + subject(where) + ": address already in use");
  EXPECT_EQ(said(unix_datagram_socket::bind(where)),
            "bind " + subject(where, "unix-dgram") + ": address already in use");
  EXPECT_EQ(said(unix_seqpacket_listener::listen(where)),
            "bind " + subject(where, "unix-seqpacket") + ": address already in use");
  // And it was not disturbed by the questions.
  EXPECT_EQ(code(l.accept().now()), errc::operation_would_block);
  EXPECT_TRUE(unix_stream::connect(where).wait());
}

TEST_F(UnixPath, WithASocketThatDoesNotListenYetIsInUse) {
  for (const int type : {SOCK_STREAM, SOCK_SEQPACKET}) {
    {
      const bound_socket about_to_listen(where, type);
      EXPECT_EQ(code(unix_listener::listen(where)), errc::address_in_use);
      EXPECT_EQ(code(unix_seqpacket_listener::listen(where)), errc::address_in_use);
      EXPECT_EQ(code(unix_datagram_socket::bind(where)), errc::address_in_use);
      EXPECT_TRUE(exists());
    }
    ASSERT_TRUE(remove(where));
  }
}

TEST_F(UnixPath, WithADatagramSocketIsInUse) {
  unix_datagram_socket d = unix_datagram_socket::bind(where).value();
  EXPECT_EQ(code(unix_listener::listen(where)), errc::address_in_use);
  EXPECT_EQ(code(unix_datagram_socket::bind(where)), errc::address_in_use);
  // Neither when it hears one peer only, and refuses everybody else.
  const unix_datagram_socket peer = unix_datagram_socket::bind(dir.socket("peer")).value();
  ASSERT_TRUE(d.connect(dir.socket("peer")));
  EXPECT_EQ(code(unix_listener::listen(where)), errc::address_in_use);
  EXPECT_TRUE(exists());
}

TEST_F(UnixPath, WithABusyListenerIsInUse) {
  const bound_socket busy(where, SOCK_STREAM, true);
  std::vector<unix_stream> waiting;
  for (auto s = unix_stream::connect(where).now(); s; s = unix_stream::connect(where).now()) {
    waiting.push_back(std::move(*s));
  }
  EXPECT_EQ(code(unix_listener::listen(where)), errc::address_in_use);
}

TEST_F(UnixPath, ThatIsAnotherKindOfFileStaysAsItIs) {
  const std::string file = dir.write("s", "precious");
  EXPECT_EQ(said(unix_listener::listen(where)),
            "bind " + subject(where) + ": a file that is not a socket is there");
  EXPECT_EQ(code(unix_listener::listen(where)), errc::address_in_use);
  EXPECT_EQ(said(unix_datagram_socket::bind(where)),
            "bind " + subject(where, "unix-dgram") + ": a file that is not a socket is there");
  EXPECT_EQ(std::filesystem::file_size(file), 8U);
  EXPECT_EQ(said(remove(where)), "remove " + subject(where) + ": it is not a socket");
  EXPECT_EQ(code(remove(where)), errc::not_a_socket);
  EXPECT_EQ(std::filesystem::file_size(file), 8U);
}

TEST_F(UnixPath, ThatIsALinkStaysAsItIs) {
  {
    const unix_listener gone = unix_listener::listen(dir.socket("target")).value();
  }
  ASSERT_EQ(::symlink("target", (dir / "s").c_str()), 0);
  EXPECT_EQ(said(unix_listener::listen(where)),
            "bind " + subject(where) + ": a file that is not a socket is there");
  EXPECT_EQ(code(remove(where)), errc::not_a_socket);
  EXPECT_TRUE(std::filesystem::is_symlink(dir / "s"));
  EXPECT_TRUE(std::filesystem::is_socket(dir / "target"));
}

TEST_F(UnixPath, WithoutItsDirectorySaysSo) {
  const unix_address nowhere = dir.socket("missing/s");
  EXPECT_EQ(said(unix_listener::listen(nowhere)),
            "bind " + subject(nowhere) + ": its directory does not exist");
  EXPECT_EQ(code(unix_listener::listen(nowhere)), errc::no_such_file_or_directory);
  dir.write("file", "");
  const unix_address below_a_file = dir.socket("file/s");
  EXPECT_EQ(said(unix_listener::listen(below_a_file)), "bind " + subject(below_a_file) + ": not a directory");
}

TEST_F(UnixPath, MayBeRelative) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(dir.path());
  const unix_address relative = unix_address::path("here").value();
  {
    const unix_listener gone = unix_listener::listen(relative).value();
  }
  const unix_listener l = unix_listener::listen(relative).value();
  EXPECT_TRUE(unix_stream::connect(relative).wait());
  EXPECT_TRUE(remove(relative));
  std::filesystem::current_path(before);
  EXPECT_FALSE(std::filesystem::exists(dir / "here"));
}

TEST_F(UnixPath, IsRemovedOnRequestOnly) {
  {
    const unix_listener l = unix_listener::listen(where).value();
  }
  EXPECT_TRUE(exists());
  EXPECT_TRUE(remove(where));
  EXPECT_FALSE(exists());
  EXPECT_TRUE(remove(where)) << "there is nothing to do";
  EXPECT_TRUE(remove(unix_address::abstract("no file").value()));
  EXPECT_TRUE(remove(unix_address()));
}

TEST_F(UnixPath, WhereSomebodySitsOnTheLockIsTakenOverAllTheSame) {
  {
    const unix_listener gone = unix_listener::listen(where).value();
  }
  const int directory = ::open(dir.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_EQ(::flock(directory, LOCK_EX), 0);
  EXPECT_TRUE(unix_listener::listen(where));
  ::close(directory);
}

TEST_F(UnixPath, ThatIsNotOursToRemoveSaysSo) {
  if (::geteuid() == 0) {
    // Root may do everything, but for what a mount forbids; ask as somebody else.
    {
      const unix_listener gone = unix_listener::listen(where).value();
    }
    ASSERT_EQ(::chmod(dir.path().c_str(), 0755), 0);
    ASSERT_EQ(::chmod((dir / "s").c_str(), 0777), 0);
    // The runner's own temporary directories are private, and somebody else must find the way in. Of the
    // group as well: the group of this process stays.
    namespace fs = std::filesystem;
    constexpr fs::perms way_in = fs::perms::others_exec | fs::perms::group_exec;
    for (fs::path above = dir.path().parent_path(); above.has_relative_path(); above = above.parent_path()) {
      if ((fs::status(above).permissions() & way_in) != way_in) {
        fs::permissions(above, way_in, fs::perm_options::add);
      }
    }
    ASSERT_EQ(::seteuid(65534), 0);
    const auto r = unix_listener::listen(where);
    const auto removed = remove(where);
    ASSERT_EQ(::seteuid(0), 0);
    EXPECT_EQ(said(r), "bind " + subject(where) + ": a socket that nobody uses is there, and stays");
    EXPECT_EQ(said(removed), "remove " + subject(where) + ": permission denied");
    EXPECT_TRUE(exists());
  } else {
    GTEST_SKIP() << "only root can become somebody else";
  }
}

// Many servers start at once, some of them upon a stale file. One is served at the path, and it is the one
// that believes so.
TEST_F(UnixPath, GoesToOneOfManyThatWantIt) {
  constexpr int servers = 4;
  for (int round = 0; round < (sanitized ? 30 : 150); ++round) {
    if (round % 2 == 0) {
      const unix_listener gone = unix_listener::listen(where).value();
    } else {
      ASSERT_TRUE(remove(where));
    }
    std::barrier start(servers);
    std::array<std::optional<result<unix_listener>>, servers> outcomes;
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < servers; ++i) {
        threads.emplace_back([&, i] {
          start.arrive_and_wait();
          outcomes[i].emplace(unix_listener::listen(where));
        });
      }
    }
    int winners = 0;
    for (auto& outcome : outcomes) {
      result<unix_listener>& l = *outcome;
      if (!l) {
        EXPECT_EQ(code(l), errc::address_in_use) << said(l);
        continue;
      }
      ++winners;
      const unix_stream client = unix_stream::connect(where).wait().value();
      EXPECT_TRUE(l->accept().now()) << "somebody else is served at the path of round " << round;
    }
    EXPECT_EQ(winners, 1);
  }
}

TEST(UnixRelativePath, IsNamedAsItWasGiven) {
  const unix_address nowhere = unix_address::path("no-such.sock").value();
  EXPECT_EQ(said(unix_stream::connect(nowhere).wait()),
            "connect unix:no-such.sock: no such file or directory");
  EXPECT_EQ(said(unix_seqpacket_socket::connect(nowhere).wait()),
            "connect unix-seqpacket:no-such.sock: no such file or directory");
}

TEST(UnixAbstractName, IsFreeAgainAtOnce) {
  const unix_address where = unix_address::abstract("fairlead-free-" + std::to_string(::getpid())).value();
  {
    const unix_listener l = unix_listener::listen(where).value();
    EXPECT_EQ(said(unix_listener::listen(where)), "bind " + subject(where) + ": address already in use");
  }
  EXPECT_TRUE(unix_listener::listen(where));
}

TEST(UnixAbstractName, MayHoldAnyBytesUpTo107) {
  std::string bytes(107, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<char>(i * 7 + static_cast<std::size_t>(::getpid()));
  const unix_address where = unix_address::abstract(bytes).value();
  unix_listener l = unix_listener::listen(where).value();
  const unix_stream client = unix_stream::connect(where).wait().value();
  EXPECT_EQ(client.peer_endpoint().value(), endpoint(where));
  EXPECT_FALSE(unix_address::abstract(bytes + "x"));
}

}  // namespace
}  // namespace fairlead::testing
