// SPDX-License-Identifier: MIT
// What only one's own library understands proves little: the proxies that people run.
#include "support/peers.hpp"

#include <future>

#include <gtest/gtest.h>

#include <fairlead/buffered.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/proxy.hpp>

#include "proxy/talk.hpp"
#include "stream/ways.hpp"
#include "support/black_hole.hpp"
#include "support/expect.hpp"

namespace fairlead::testing {
namespace {

template <class... Programs>
void skip_without(const Programs&... programs) {
  for (const char* const p : {programs...}) {
    if (!is_installed(p)) GTEST_SKIP() << "there is no " << p << " here";
  }
}

class Microsocks : public every_way {
  void SetUp() override { skip_without("microsocks"); }
};
FAIRLEAD_IN_EVERY_WAY(Microsocks);
class Tinyproxy : public every_way {
  void SetUp() override { skip_without("tinyproxy"); }
};
FAIRLEAD_IN_EVERY_WAY(Tinyproxy);
class ProxyChain : public every_way {
  void SetUp() override { skip_without("microsocks", "tinyproxy"); }
};
FAIRLEAD_IN_EVERY_WAY(ProxyChain);
class Haproxy : public every_way {
  void SetUp() override { skip_without("haproxy"); }
};
FAIRLEAD_IN_EVERY_WAY(Haproxy);

task<result<tcp_stream>> connect_to(port p) {
  const ip_endpoint where(ipv4_address::loopback(), p);
  co_return co_await tcp_stream::connect(where).within(soon);
}

// Through the proxies to the target: what it says first, and what it gives back.
task<result<std::string>> converse(std::vector<proxy> chain, std::string host, port p) {
  tcp_stream first = co_await or_return(connect_to(chain.front().port()));
  auto s = co_await or_return(connect_through(std::move(first), chain, std::move(host), p));
  buffered_reader reader(s);
  const auto banner = co_await or_return(reader.line());
  std::string said(banner.value_or("nothing"));
  co_await or_return(s.send("hello there\n"));
  const auto back = co_await or_return(reader.line());
  co_return said + ", " + std::string(back.value_or("nothing"));
}

std::string url_of(std::string_view scheme, const running_proxy& p, std::string_view credentials = {}) {
  return std::string(scheme) + "://" + std::string(credentials) + "127.0.0.1:" + p.port().to_string();
}
std::vector<proxy> one(const std::string& url) { return {proxy_of(url)}; }

TEST_P(Microsocks, ConnectsByNameAndByAddress) {
  const target_server target(&greet_and_echo);
  const running_proxy p = running_proxy::microsocks();
  for (const char* const host : {"127.0.0.1", "localhost"}) {
    EXPECT_EQ(value_of(run(converse(one(url_of("socks5", p)), host, target.port()))), "ready, hello there");
  }
}

TEST_P(Microsocks, WantsThePasswordThatItWasGiven) {
  const target_server target(&greet_and_echo);
  const running_proxy p = running_proxy::microsocks("ada", "se:cret");
  const auto says = [&](std::string_view credentials) {
    const auto r = run(converse(one(url_of("socks5", p, credentials)), "127.0.0.1", target.port()));
    return r ? *r : r.error().reason();
  };
  EXPECT_EQ(says("ada:se%3Acret@"), "ready, hello there");
  EXPECT_EQ(says("ada:wrong@"), "the proxy refuses the user name or the password");
  EXPECT_EQ(says(""), "the proxy wants its users to authenticate, and no user name and password is given");
}

TEST_P(Microsocks, SaysWhyItDoesNotConnect) {
  const running_proxy p = running_proxy::microsocks();
  const refusing_port nobody(ipv4_address::loopback());
  const auto r = run(converse(one(url_of("socks5", p)), "127.0.0.1", nobody.where().port()));
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error(), errc::connection_refused);
  EXPECT_EQ(r.error().message(), "connect " + nobody.where().to_string() + " through " + url_of("socks5", p) +
                                     ": the proxy answers: connection refused");
}

TEST_P(Microsocks, IsNoHttpProxy) {
  const running_proxy p = running_proxy::microsocks();
  const auto r = run(converse(one(url_of("http", p)), "127.0.0.1", port(9)));
  ASSERT_FALSE(r);
  EXPECT_TRUE(r.error() == errc::protocol_error || r.error() == fault::end_of_stream ||
              r.error() == errc::connection_reset)
      << r.error().message();
}

TEST_P(Tinyproxy, ConnectsByNameAndByAddress) {
  const target_server target(&greet_and_echo);
  const running_proxy p = running_proxy::tinyproxy();
  for (const char* const host : {"127.0.0.1", "localhost"}) {
    EXPECT_EQ(value_of(run(converse(one(url_of("http", p)), host, target.port()))), "ready, hello there");
  }
}

TEST_P(Tinyproxy, WantsThePasswordThatItWasGiven) {
  const target_server target(&greet_and_echo);
  const running_proxy p = running_proxy::tinyproxy("BasicAuth ada secret");
  const auto says = [&](std::string_view credentials) {
    const auto r = run(converse(one(url_of("http", p, credentials)), "127.0.0.1", target.port()));
    return r ? *r : r.error().reason();
  };
  EXPECT_EQ(says("ada:secret@"), "ready, hello there");
  EXPECT_EQ(says(""), "the proxy wants a user name and a password (407)");
  // It says 401, as if it were the target; 407 in later versions.
  const std::string refused = says("ada:wrong@");
  EXPECT_TRUE(refused.contains("401") || refused.contains("407")) << refused;
  EXPECT_FALSE(refused.contains("wrong"));
}

TEST_P(Tinyproxy, SaysWhyItDoesNotConnect) {
  const running_proxy p = running_proxy::tinyproxy("ConnectPort 1");
  const auto filtered = run(converse(one(url_of("http", p)), "127.0.0.1", port(2)));
  ASSERT_FALSE(filtered);
  EXPECT_EQ(filtered.error(), errc::permission_denied);
  EXPECT_TRUE(filtered.error().message().starts_with("connect 127.0.0.1:2 through " + url_of("http", p) +
                                                     ": the proxy answers: '403"))
      << filtered.error().message();
  const auto refused = run(converse(one(url_of("http", p)), "127.0.0.1", port(1)));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message().contains("the proxy answers: '50")) << refused.error().message();
}

TEST_P(ProxyChain, OfThreeReachesTheTarget) {
  const target_server target(&greet_and_echo);
  const running_proxy first = running_proxy::microsocks("ada", "secret");
  const running_proxy second = running_proxy::tinyproxy("BasicAuth bob hidden");
  const running_proxy third = running_proxy::microsocks();
  const std::vector<proxy> chain{proxy_of(url_of("socks5", first, "ada:secret@")),
                                 proxy_of(url_of("http", second, "bob:hidden@")),
                                 proxy_of(url_of("socks5", third))};
  EXPECT_EQ(value_of(run(converse(chain, "localhost", target.port()))), "ready, hello there");
}

TEST_P(ProxyChain, TellsWhichOfThemRefused) {
  const running_proxy first = running_proxy::microsocks();
  const running_proxy second = running_proxy::tinyproxy("BasicAuth bob hidden");
  const std::vector<proxy> chain{proxy_of(url_of("socks5", first)), proxy_of(url_of("http", second))};
  const auto r = run(converse(chain, "example.org", port(80)));
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().message(), "connect example.org:80 through " + url_of("http", second) +
                                     ": the proxy wants a user name and a password (407)");
}

// What a server learnt from the header of its first connection, and the line behind it.
struct learnt {
  proxy_header header;
  std::string line;
  std::string complaint;
};

void learn(tcp_stream s, std::promise<learnt>& to) {
  learnt l;
  auto p = accept_proxied(std::move(s)).within(soon).wait();
  if (!p) {
    l.complaint = p.error().message();
  } else {
    l.header = p->header;
    buffered_reader reader(p->connection);
    const auto line = reader.line().within(soon).wait();
    if (line && *line) l.line = **line;
  }
  to.set_value(std::move(l));
}

class proxied_target {
 public:
  proxied_target() : server_([this](tcp_stream s) { learn(std::move(s), told_); }) {}
  [[nodiscard]] port where() const { return server_.port(); }
  [[nodiscard]] learnt get() { return told_.get_future().get(); }

 private:
  std::promise<learnt> told_;
  target_server server_;
};

TEST_P(Haproxy, TellsUsWhoIsConnected) {
  const struct {
    const char* options;
    proxy_version version;
    bool checksum;
  } cases[] = {{"send-proxy", proxy_version::v1, false},
               {"send-proxy-v2", proxy_version::v2, false},
               {"send-proxy-v2 proxy-v2-options crc32c", proxy_version::v2, true}};
  for (const auto& c : cases) {
    proxied_target target;
    const running_proxy p = running_proxy::haproxy(target.where(), "", c.options);
    tcp_stream client = value_of(run(connect_to(p.port())));
    const auto talk_to = [](tcp_stream& s) -> task<result<std::size_t>> {
      return detail::as_task<std::size_t>(s.send("early\n"));
    };
    value_of(run(talk_to(client)));
    const learnt l = target.get();
    EXPECT_EQ(l.complaint, "") << c.options;
    EXPECT_EQ(l.header.version, c.version);
    EXPECT_FALSE(l.header.local);
    EXPECT_EQ(l.header.source, client.local_endpoint().value()) << c.options;
    EXPECT_EQ(l.header.destination, client.peer_endpoint().value()) << c.options;
    EXPECT_EQ(l.header.checksum, c.checksum) << "haproxy's sum and ours are the same";
    EXPECT_EQ(l.line, "early") << "what came with the header is not lost";
  }
}

task<result<void>> speak_as_a_proxy(tcp_stream& s, const proxy_header& h, proxy_version v) {
  co_await or_return(send_proxy_header(s, h, v));
  co_await or_return(s.send("behind it\n"));
  co_return result<void>();
}

TEST_P(Haproxy, BelievesWhatWeTellIt) {
  proxy_header told;
  told.source = endpoint::parse("192.0.2.1:1234").value();
  told.destination = endpoint::parse("198.51.100.2:80").value();
  for (const proxy_version v : {proxy_version::v1, proxy_version::v2}) {
    // It passes on what it believes, in the other version.
    proxied_target target;
    const running_proxy p = running_proxy::haproxy(target.where(), "accept-proxy",
                                                   v == proxy_version::v1 ? "send-proxy-v2" : "send-proxy");
    tcp_stream client = value_of(run(connect_to(p.port())));
    told.checksum = v == proxy_version::v2;  // which it checks
    told.fields.clear();
    if (v == proxy_version::v2) told.fields.push_back({proxy_header::authority, "example.org"});
    value_of(run(speak_as_a_proxy(client, told, v)));
    const learnt l = target.get();
    EXPECT_EQ(l.complaint, "");
    EXPECT_NE(l.header.version, v);
    EXPECT_EQ(l.header.source, told.source);
    EXPECT_EQ(l.header.destination, told.destination);
    EXPECT_EQ(l.line, "behind it");
  }
}

TEST_P(Haproxy, RefusesAChecksumThatIsWrong) {
  const target_server target(&greet_and_echo);
  const running_proxy p = running_proxy::haproxy(target.port(), "accept-proxy", "");
  proxy_header h;
  h.source = endpoint::parse("192.0.2.1:1234").value();
  h.destination = h.source;
  h.checksum = true;
  std::string bytes = encode(h, proxy_version::v2).value();
  for (const bool wrong : {false, true}) {
    tcp_stream client = value_of(run(connect_to(p.port())));
    if (wrong) bytes.back() = static_cast<char>(bytes.back() ^ 1);
    (void)client.send(bytes).within(soon).wait();
    std::array<char, 64> in{};
    const auto n = client.recv(in).within(soon).wait();
    EXPECT_EQ(n && *n > 0, !wrong);
  }
}

}  // namespace
}  // namespace fairlead::testing
