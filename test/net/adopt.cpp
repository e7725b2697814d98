// SPDX-License-Identifier: MIT
// Taking descriptors over, and giving them back.
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>

#include "net/sockets.hpp"
#include "net/ways.hpp"

namespace fairlead::testing {
namespace {

using namespace std::chrono_literals;

/// A descriptor that is ours until somebody takes it.
class raw_socket {
 public:
  explicit raw_socket(int fd) : fd_(fd) {}
  raw_socket(int domain, int type, int protocol = 0) : fd_(::socket(domain, type | SOCK_CLOEXEC, protocol)) {}
  ~raw_socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  raw_socket(const raw_socket&) = delete;
  raw_socket& operator=(const raw_socket&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] int give() { return std::exchange(fd_, -1); }
  [[nodiscard]] bool is_open() const { return ::fcntl(fd_, F_GETFD) >= 0; }

 private:
  int fd_;
};

std::string refusal(int fd, const std::string& why) {
  return "adopt descriptor " + std::to_string(fd) + ": " + why;
}

TEST(Adopt, TakesEveryKindForWhatItIs) {
  auto tcp = tcp_stream::pair().value();
  tcp_listener listener = listen_on(loopbacks[1]);
  udp_socket udp = udp_socket::bind(any_port(loopbacks[1])).value();
  auto stream = unix_stream::pair().value();
  auto packets = unix_seqpacket_socket::pair().value();
  auto datagrams = unix_datagram_socket::pair().value();
  const endpoint peer = tcp.first.peer_endpoint().value();
  const endpoint here = listener.local_endpoint().value();

  EXPECT_EQ(tcp_stream::adopt(tcp.first.release().value())->peer_endpoint().value(), peer);
  EXPECT_EQ(tcp_listener::adopt(listener.release().value())->local_endpoint().value(), here);
  EXPECT_TRUE(udp_socket::adopt(udp.release().value()));
  EXPECT_TRUE(unix_stream::adopt(stream.first.release().value()));
  EXPECT_TRUE(unix_seqpacket_socket::adopt(packets.first.release().value()));
  EXPECT_TRUE(unix_datagram_socket::adopt(datagrams.first.release().value()));
  const std::string name = "fairlead-adopt-" + std::to_string(::getpid());
  unix_listener ul = unix_listener::listen(unix_address::abstract(name).value()).value();
  unix_seqpacket_listener ql =
      unix_seqpacket_listener::listen(unix_address::abstract(name + "q").value()).value();
  EXPECT_TRUE(unix_listener::adopt(ul.release().value()));
  EXPECT_TRUE(unix_seqpacket_listener::adopt(ql.release().value()));
  if (auto multipath = tcp_socket::open_multipath(family::ipv4)) {
    tcp_listener ml = std::move(*multipath).listen().value();
    EXPECT_TRUE(tcp_listener::adopt(ml.release().value()));
  }
}

TEST(Adopt, RefusesTheWrongKindAndLeavesItOpen) {
  auto tcp = tcp_stream::pair().value();
  auto stream = unix_stream::pair().value();
  const tcp_listener listener = listen_on(loopbacks[0]);
  const udp_socket udp = udp_socket::open(family::ipv4).value();
  const int t = tcp.first.native_handle();
  const int l = listener.native_handle();
  const int u = udp.native_handle();
  const int s = stream.first.native_handle();

  EXPECT_EQ(said(tcp_listener::adopt(t)), refusal(t, "it is a tcp socket, not a tcp listener"));
  EXPECT_EQ(said(udp_socket::adopt(t)), refusal(t, "it is a tcp socket, not a udp socket"));
  EXPECT_EQ(said(unix_stream::adopt(t)), refusal(t, "it is a tcp socket, not a unix socket"));
  EXPECT_EQ(said(tcp_stream::adopt(l)), refusal(l, "it is a tcp listener, not a tcp socket"));
  EXPECT_EQ(said(tcp_stream::adopt(u)), refusal(u, "it is a udp socket, not a tcp socket"));
  EXPECT_EQ(said(unix_datagram_socket::adopt(u)), refusal(u, "it is a udp socket, not a unix-dgram socket"));
  EXPECT_EQ(said(unix_seqpacket_socket::adopt(s)),
            refusal(s, "it is a unix socket, not a unix-seqpacket socket"));
  EXPECT_EQ(said(unix_listener::adopt(s)), refusal(s, "it is a unix socket, not a unix listener"));
  EXPECT_EQ(said(unix_seqpacket_listener::adopt(s)),
            refusal(s, "it is a unix socket, not a unix-seqpacket listener"));
  EXPECT_EQ(code(tcp_stream::adopt(s)), errc::wrong_protocol_type);

  std::array<char, 64> in{};
  ASSERT_TRUE(tcp.second.send("still open").wait());
  EXPECT_EQ(tcp.first.recv(in).wait().value(), 10U);
}

TEST(Adopt, RefusesWhatIsNoSocket) {
  raw_socket null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  EXPECT_EQ(said(tcp_stream::adopt(null.get())), refusal(null.get(), "it is not a socket"));
  EXPECT_EQ(code(unix_listener::adopt(null.get())), errc::not_a_socket);
  EXPECT_TRUE(null.is_open());
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const raw_socket reading(ends[0]);
  const raw_socket writing(ends[1]);
  EXPECT_EQ(said(unix_stream::adopt(ends[0])), refusal(ends[0], "it is not a socket"));
  EXPECT_EQ(said(udp_socket::adopt(-1)), refusal(-1, "bad file descriptor"));
  EXPECT_EQ(said(udp_socket::adopt(1 << 20)), refusal(1 << 20, "bad file descriptor"));
}

TEST(Adopt, RefusesAStreamThatIsNotConnected) {
  const raw_socket tcp(AF_INET, SOCK_STREAM);
  EXPECT_EQ(said(tcp_stream::adopt(tcp.get())), refusal(tcp.get(), "it is not connected"));
  EXPECT_TRUE(tcp.is_open());
  const raw_socket stream(AF_UNIX, SOCK_STREAM);
  EXPECT_EQ(code(unix_stream::adopt(stream.get())), errc::not_connected);
  const raw_socket packets(AF_UNIX, SOCK_SEQPACKET);
  EXPECT_EQ(code(unix_seqpacket_socket::adopt(packets.get())), errc::not_connected);
}

TEST(Adopt, RefusesOtherProtocolsOfTheSameLook) {
  const raw_socket udp_lite(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE);
  if (udp_lite.get() >= 0) {
    EXPECT_EQ(said(udp_socket::adopt(udp_lite.get())), refusal(udp_lite.get(), "protocol not supported"));
  }
  const raw_socket ping(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
  if (ping.get() >= 0) {
    EXPECT_EQ(code(udp_socket::adopt(ping.get())), errc::protocol_not_supported);
  }
  const raw_socket raw(AF_INET, SOCK_RAW, IPPROTO_UDP);
  if (raw.get() >= 0) {
    EXPECT_EQ(code(udp_socket::adopt(raw.get())), errc::protocol_not_supported);
  }
  const raw_socket netlink(AF_NETLINK, SOCK_DGRAM);
  if (netlink.get() >= 0) {
    EXPECT_EQ(code(udp_socket::adopt(netlink.get())), errc::address_family_not_supported);
  }
}

class AdoptBlocking : public every_way {};
FAIRLEAD_IN_EVERY_WAY(AdoptBlocking);

TEST_P(AdoptBlocking, DescriptorsKeepTheirFlagsAndStillDoNotBlockOneAnother) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  unix_stream a = unix_stream::adopt(ends[0]).value();
  unix_stream b = unix_stream::adopt(ends[1]).value();
  std::array<char, 64> in{};
  EXPECT_EQ(said(a.recv(in).now()), "recv: would block");
  if (GetParam() != way::now) {
    EXPECT_EQ(code(finish([&] { return a.recv(in).within(2ms); })), errc::timed_out);
    EXPECT_EQ(code(finish([&] { return a.recv_message(in).within(2ms); })), errc::timed_out);
  }
  // More than fits: a blocking call would not come back.
  const std::vector<std::byte> much(16U << 20U);
  const std::size_t some = finish([&] { return b.send_some(much); }).value();
  EXPECT_LT(some, much.size());
  if (GetParam() != way::now) {
    EXPECT_EQ(code(finish([&] { return b.send(much).within(2ms); })), errc::timed_out);
  }
  EXPECT_EQ(finish([&] { return a.recv(in); }).value(), in.size());
  EXPECT_EQ(::fcntl(ends[0], F_GETFL) & O_NONBLOCK, 0);
  EXPECT_EQ(::fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
}

TEST_P(AdoptBlocking, DatagramSocketsDoNotBlockEither) {
  raw_socket fd(AF_INET, SOCK_DGRAM);
  udp_socket s = udp_socket::adopt(fd.give()).value();
  udp_socket other = udp_socket::bind(any_port(loopbacks[0])).value();
  std::array<char, 64> in{};
  ASSERT_TRUE(finish([&] { return s.send_to("hello", address_of(other)); }));
  const datagram d = finish([&] { return other.recv_from(in); }).value();
  EXPECT_EQ(said(s.recv_from(in).now()), "recv_from: would block");
  ASSERT_TRUE(finish([&] { return other.send_to("hi", ip_endpoint(loopbacks[0], d.from.ip().port())); }));
  EXPECT_EQ(finish([&] { return s.recv_from(in); })->from, other.local_endpoint().value());
}

TEST_P(AdoptBlocking, ReleasedDescriptorsWorkAndCanComeBack) {
  auto [a, b] = tcp_stream::pair().value();
  std::array<char, 64> in{};
  ASSERT_TRUE(finish([&, &s = a] { return s.send("one"); }));
  ASSERT_TRUE(finish([&, &s = b] { return s.recv(in); }));
  const int fd = b.release().value();
  EXPECT_FALSE(b.is_open());
  EXPECT_EQ(said(b.release()), "release: bad file descriptor");
  EXPECT_NE(::fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
  ASSERT_EQ(::write(fd, "two", 3), 3);
  EXPECT_EQ(text(in, finish([&, &s = a] { return s.recv(in); }).value()), "two");
  b = tcp_stream::adopt(fd).value();
  EXPECT_EQ(b.native_handle(), fd);
  ASSERT_TRUE(finish([&, &s = a] { return s.send("three"); }));
  EXPECT_EQ(text(in, finish([&, &s = b] { return s.recv(in); }).value()), "three");
}

class ReleaseInALoop : public every_backend {};
FAIRLEAD_ON_EVERY_BACKEND(ReleaseInALoop);

task<result<void>> receive(unix_stream& s) {
  std::array<char, 8> in{};
  co_await or_return(s.recv(in));
  co_return {};
}

task<result<void>> release_while_receiving(unix_stream& s) {
  scope receiving;
  receiving.spawn(receive(s));
  co_await yield();
  EXPECT_EQ(said(s.release()), "release unix:(unnamed): operations are in flight");
  EXPECT_EQ(code(s.release()), errc::device_or_resource_busy);
  EXPECT_TRUE(s.is_open());
  receiving.request_stop();
  EXPECT_EQ(code(co_await receiving.join()), errc::operation_canceled);
  const result<int> fd = s.release();
  EXPECT_TRUE(fd) << said(fd);
  if (fd) ::close(*fd);
  co_return {};
}

TEST_P(ReleaseInALoop, WaitsUntilNothingIsInFlight) {
  auto [a, b] = unix_stream::pair().value();
  EXPECT_TRUE(run(release_while_receiving(a)));
  EXPECT_FALSE(a.is_open());
}

}  // namespace
}  // namespace fairlead::testing
