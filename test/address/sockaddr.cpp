// SPDX-License-Identifier: MIT
// Endpoints to the kernel's form and back, and whatever else a kernel might hand us.
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <random>

#include <gtest/gtest.h>

#include <fairlead/address.hpp>

#include "sys/sockaddr.hpp"

namespace {

using namespace fairlead;
using namespace fairlead::sys;

sockaddr_buffer written(const endpoint& where) {
  sockaddr_buffer buffer;
  std::memset(&buffer, 0xa5, sizeof buffer);
  to_sockaddr(where, buffer);
  return buffer;
}

TEST(Sockaddr, HasTheFieldsOfIpv4InNetworkOrder) {
  const sockaddr_buffer buffer = written(endpoint(ipv4_address(1, 2, 3, 4), 0x5060));
  sockaddr_in in{};
  ASSERT_EQ(buffer.length, sizeof in);
  std::memcpy(&in, &buffer.storage, sizeof in);
  EXPECT_EQ(in.sin_family, AF_INET);
  EXPECT_EQ(ntohs(in.sin_port), 0x5060);
  EXPECT_EQ(ntohl(in.sin_addr.s_addr), 0x01020304U);
  EXPECT_EQ(from_sockaddr(buffer), endpoint(ipv4_address(1, 2, 3, 4), 0x5060));
}

TEST(Sockaddr, HasTheFieldsOfIpv6WithItsScope) {
  const endpoint where(ipv6_address::loopback().with_scope_id(0x01020304), 80);
  const sockaddr_buffer buffer = written(where);
  sockaddr_in6 in{};
  ASSERT_EQ(buffer.length, sizeof in);
  std::memcpy(&in, &buffer.storage, sizeof in);
  EXPECT_EQ(in.sin6_family, AF_INET6);
  EXPECT_EQ(ntohs(in.sin6_port), 80);
  EXPECT_EQ(in.sin6_scope_id, 0x01020304U);
  EXPECT_EQ(in.sin6_flowinfo, 0U);
  EXPECT_TRUE(IN6_IS_ADDR_LOOPBACK(&in.sin6_addr));
  EXPECT_EQ(from_sockaddr(buffer), where);
}

TEST(Sockaddr, EndsAPathWithANulAndCountsIt) {
  const endpoint where = unix_address::path("/tmp/x").value();
  const sockaddr_buffer buffer = written(where);
  EXPECT_EQ(buffer.length, offsetof(sockaddr_un, sun_path) + 7);
  EXPECT_STREQ(reinterpret_cast<const char*>(buffer.data()) + offsetof(sockaddr_un, sun_path), "/tmp/x");
  EXPECT_EQ(from_sockaddr(buffer), where);
  const endpoint longest = unix_address::path(std::string(107, 'x')).value();
  EXPECT_EQ(written(longest).length, sizeof(sockaddr_un));
  EXPECT_EQ(from_sockaddr(written(longest)), longest);
}

TEST(Sockaddr, KeepsEveryByteOfAnAbstractName) {
  for (const std::string& name :
       {std::string(), std::string("n"), std::string("a\0b\0", 4), std::string(107, '\0')}) {
    const endpoint where = unix_address::abstract(name).value();
    const sockaddr_buffer buffer = written(where);
    EXPECT_EQ(buffer.length, offsetof(sockaddr_un, sun_path) + 1 + name.size());
    EXPECT_EQ(from_sockaddr(buffer), where);
  }
}

TEST(Sockaddr, OfAnUnnamedSocketIsItsFamilyOnly) {
  const sockaddr_buffer buffer = written(unix_address());
  EXPECT_EQ(buffer.length, sizeof(sa_family_t));
  EXPECT_EQ(from_sockaddr(buffer), endpoint(unix_address()));
}

TEST(Sockaddr, OfNothingIsEmpty) {
  EXPECT_EQ(written(endpoint()).length, 0U);
  EXPECT_EQ(from_sockaddr(written(endpoint())), endpoint());
  EXPECT_EQ(from_sockaddr(nullptr, 0), endpoint());
}

TEST(Sockaddr, ThatIsShortenedOrOfAnotherFamilyIsUnspecified) {
  sockaddr_buffer buffer = written(endpoint(ipv4_address::loopback(), 80));
  for (socklen_t length = 0; length < sizeof(sockaddr_in); ++length) {
    EXPECT_EQ(from_sockaddr(buffer.data(), length), endpoint()) << length;
  }
  buffer = written(endpoint(ipv6_address::loopback(), 80));
  for (socklen_t length = 0; length < sizeof(sockaddr_in6); ++length) {
    EXPECT_EQ(from_sockaddr(buffer.data(), length), endpoint()) << length;
  }
  const sa_family_t netlink = AF_NETLINK;
  std::memcpy(&buffer.storage, &netlink, sizeof netlink);
  EXPECT_EQ(from_sockaddr(buffer), endpoint());
}

TEST(Sockaddr, OfAPathWithoutTerminatorIsReadToItsEnd) {
  sockaddr_un un{};
  un.sun_family = AF_UNIX;
  std::memcpy(un.sun_path, "/ab", 3);
  const auto* const address = reinterpret_cast<const sockaddr*>(&un);
  EXPECT_EQ(from_sockaddr(address, offsetof(sockaddr_un, sun_path) + 3),
            endpoint(unix_address::path("/ab").value()));
  EXPECT_EQ(from_sockaddr(address, offsetof(sockaddr_un, sun_path) + 2),
            endpoint(unix_address::path("/a").value()));
  std::memset(un.sun_path, 'x', sizeof un.sun_path);
  EXPECT_EQ(from_sockaddr(address, sizeof un), endpoint()) << "108 bytes are more than an address can hold";
  EXPECT_EQ(from_sockaddr(address, sizeof un + 1), endpoint())
      << "and the kernel reports one more than it wrote";
}

TEST(Sockaddr, OfRandomBytesIsReadWithoutHarm) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 100000; ++i) {
    std::array<char, sizeof(sockaddr_storage)> bytes{};
    for (char& c : bytes) c = static_cast<char>(random());
    const sa_family_t family = std::array<sa_family_t, 4>{AF_INET, AF_INET6, AF_UNIX,
                                                          static_cast<sa_family_t>(random())}[random() % 4];
    std::memcpy(bytes.data(), &family, sizeof family);
    const auto length = static_cast<socklen_t>(random() % bytes.size());
    const endpoint read = from_sockaddr(reinterpret_cast<const sockaddr*>(bytes.data()), length);
    ASSERT_EQ(from_sockaddr(written(read)), read);
    if (!read.is_unspecified()) {
      ASSERT_EQ(endpoint::parse(read.to_string()).value(), read);
    }
  }
}

TEST(Sockaddr, NamesTheDomainOfEachFamily) {
  EXPECT_EQ(to_domain(family::ipv4), AF_INET);
  EXPECT_EQ(to_domain(family::ipv6), AF_INET6);
  EXPECT_EQ(to_domain(family::unix_domain), AF_UNIX);
  EXPECT_EQ(to_domain(family::unspecified), AF_UNSPEC);
}

// The kernel is the judge: what it was given with bind(2) it gives back with getsockname(2).
TEST(Sockaddr, RoundTripsThroughTheKernel) {
  const std::string unique = "fairlead-test-" + std::to_string(getpid());
  for (const endpoint& where :
       {endpoint(ipv4_address::loopback(), 0), endpoint(unix_address::abstract(unique).value()),
        endpoint(unix_address::abstract(unique + std::string("\0%\n", 3)).value())}) {
    const int fd = socket(to_domain(where.family()), SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_GE(fd, 0);
    sockaddr_buffer buffer = written(where);
    EXPECT_EQ(bind(fd, buffer.data(), buffer.length), 0) << strerror(errno);
    buffer.length = sizeof buffer.storage;
    EXPECT_EQ(getsockname(fd, buffer.data(), &buffer.length), 0);
    const endpoint bound = from_sockaddr(buffer);
    if (where.is_ip()) {
      EXPECT_EQ(bound.ip().address(), where.ip().address());
      EXPECT_NE(bound.ip().port(), 0);
    } else {
      EXPECT_EQ(bound, where);
    }
    close(fd);
  }
}

}  // namespace
