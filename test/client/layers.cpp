// SPDX-License-Identifier: MIT
// connect(): names, proxies, the PROXY header and TLS, one upon the other, and cancelled at each of them.
#include <fairlead/client.hpp>

#include <gtest/gtest.h>

#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fairlead/options.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/unix.hpp>

#include "stream/ways.hpp"
#include "support/black_hole.hpp"
#include "support/certificates.hpp"
#include "support/expect.hpp"
#include "support/name_server.hpp"
#include "support/peers.hpp"
#include "support/temp_dir.hpp"

namespace fairlead::testing {
namespace {

using namespace std::chrono_literals;

class Layers : public every_way {};
FAIRLEAD_IN_EVERY_WAY(Layers);

template <class T>
T value_of_any(result<T> r) {
  if (!r) throw std::runtime_error(r.error().message());
  return std::move(*r);
}

tls_server a_server() {
  tls_server_options o;
  o.identities.push_back(test_leaf().identity());
  return value_of_any(tls_server::create(std::move(o)));
}

// Says hello to whoever trusts it, and remembers what a PROXY header said.
class secure_host {
 public:
  explicit secure_host(bool proxied = false)
      : target_([this, proxied](tcp_stream s) { (void)serve(std::move(s), proxied).within(soon).wait(); }) {}
  [[nodiscard]] std::string url(const std::string& host = "localhost") const {
    return "tls://" + host + ':' + target_.port().to_string();
  }
  [[nodiscard]] std::optional<proxy_header> heard() const {
    const std::scoped_lock hold(mutex_);
    return heard_;
  }

 private:
  task<result<void>> serve(tcp_stream s, bool proxied) {
    if (!proxied) co_return co_await greet(std::move(s));
    auto told = co_await or_return(accept_proxied(std::move(s)));
    {
      const std::scoped_lock hold(mutex_);
      heard_ = told.header;
    }
    co_return co_await greet(std::move(told.connection));
  }
  template <stream S>
  task<result<void>> greet(S s) {
    auto secured = co_await or_return(how_.accept(std::move(s)));
    co_await or_return(secured.send("hello"));
    co_await or_return(secured.shutdown());
    char any[1];
    co_await or_return(secured.recv(any));  // until it has left
    co_return {};
  }

  tls_server how_ = a_server();
  mutable std::mutex mutex_;
  std::optional<proxy_header> heard_;
  target_server target_;
};

client_options trusting(connect_report* report = nullptr) {
  tls_client_options o;
  o.ca_pem = test_root().certificate;
  client_options how;
  how.tls = value_of_any(tls_client::create(std::move(o)));
  how.report = report;
  return how;
}

task<result<std::string>> hear(std::string where, client_options how) {
  any_stream s = co_await or_return(connect(std::move(where), std::move(how)).within(soon));
  std::string all;
  char piece[100];
  while (const std::size_t n = co_await or_return(s.recv(piece))) all.append(piece, n);
  co_await or_return(s.shutdown());
  co_return all;
}

TEST_P(Layers, GiveAVerifiedStreamForAUrl) {
  const secure_host host;
  connect_report report;
  EXPECT_EQ(value_of(run(hear(host.url(), trusting(&report)))), "hello");
  ASSERT_TRUE(report.tls);
  EXPECT_TRUE(report.tls->verified);
  EXPECT_EQ(report.tls->version, tls_version::tls1_3);
  EXPECT_EQ(report.tls->peer->pin, test_leaf().identity().pin());
  ASSERT_TRUE(report.connected && report.secured && report.dialled.resolved);
  EXPECT_LE(*report.dialled.resolved, *report.connected);
  EXPECT_LE(*report.connected, *report.secured);
  EXPECT_FALSE(report.proxied);
  EXPECT_TRUE(report.local && report.peer);
}

TEST_P(Layers, VerifyAgainstTheRootsOfTheSystemUnlessToldOtherwise) {
  const secure_host host;
  const auto c = run(hear(host.url(), {}));
  expect_error(c, fault::untrusted);
  EXPECT_NE(c.error().message().find("Fairlead Test Root"), std::string::npos) << c.error().message();
}

TEST_P(Layers, VerifyTheNameThatIsAskedFor) {
  const secure_host host;
  client_options how = trusting();
  how.server_name = "example.org";
  expect_error(run(hear(host.url(), how)), fault::untrusted);
  EXPECT_EQ(value_of(run(hear(host.url("127.0.0.1"), trusting()))), "hello")
      << "an address, which it is for too";
  how.server_name = "localhost";
  EXPECT_EQ(value_of(run(hear(host.url("[::ffff:127.0.0.1]"), how))), "hello");
}

TEST_P(Layers, SendAtOnceOverTlsUnlessTheAddressSaysOtherwise) {
  const secure_host host;
  const auto no_delay = [this](const std::string& where) {
    any_stream s = value_of(run(connect(where, trusting())));
    return s.get_if<tls_stream<tcp_stream>>()->inner().get<option::no_delay>();
  };
  EXPECT_EQ(no_delay(host.url()), option::no_delay(true));
  EXPECT_EQ(no_delay(host.url() + "?nodelay=0"), option::no_delay(false));
}

TEST_P(Layers, TakeASessionUpAgain) {
  const secure_host host;
  connect_report report;
  const client_options how = trusting(&report);
  (void)value_of(run(hear(host.url(), how)));
  EXPECT_FALSE(report.tls->resumed);
  (void)value_of(run(hear(host.url(), how)));
  EXPECT_TRUE(report.tls->resumed);
  EXPECT_TRUE(report.tls->verified);
}

TEST_P(Layers, LeadThroughProxiesToTls) {
  if (!is_installed("microsocks") || !is_installed("tinyproxy"))
    GTEST_SKIP() << "no microsocks, or no tinyproxy";
  const secure_host host;
  const running_proxy socks = running_proxy::microsocks("me", "secret");
  const running_proxy http = running_proxy::tinyproxy();
  connect_report report;
  client_options how = trusting(&report);
  how.via.push_back(value_of_any(proxy::parse("http://127.0.0.1:" + http.port().to_string())));
  how.via.push_back(value_of_any(proxy::parse("socks5://me:secret@localhost:" + socks.port().to_string())));
  EXPECT_EQ(value_of(run(hear(host.url(), how))), "hello");
  ASSERT_TRUE(report.proxied);
  EXPECT_LE(*report.connected, *report.proxied);
  EXPECT_LE(*report.proxied, *report.secured);
}

TEST_P(Layers, TellTheServerWhoSpeaksBeforeTls) {
  const secure_host host(true);
  connect_report report;
  client_options how = trusting(&report);
  for (const proxy_version v : {proxy_version::v1, proxy_version::v2}) {
    how.announce = v;
    EXPECT_EQ(value_of(run(hear(host.url("127.0.0.1"), how))), "hello");
    ASSERT_TRUE(host.heard());
    EXPECT_EQ(host.heard()->source, *report.local);
    EXPECT_EQ(host.heard()->destination, *report.peer);
  }
  how.announced = proxy_header();
  how.announced->source = endpoint::parse("192.0.2.1:1234").value();
  how.announced->destination = endpoint::parse("192.0.2.2:443").value();
  EXPECT_EQ(value_of(run(hear(host.url("127.0.0.1"), how))), "hello");
  EXPECT_EQ(host.heard()->source, how.announced->source);
}

TEST_P(Layers, RefuseProxiesWhereTheyLeadNowhere) {
  client_options how;
  how.via.push_back(value_of_any(proxy::parse("socks5://127.0.0.1:1080")));
  const auto c = run(hear("unix:/nowhere", how));
  expect_error(c, errc::operation_not_supported);
  EXPECT_EQ(c.error().message(), "connect unix:/nowhere: proxies lead to tcp:// and tls:// only");
}

TEST_P(Layers, NameTheTargetWhenTheFirstProxyIsNotReached) {
  const refusing_port nobody(ipv4_address::loopback());
  client_options how;
  how.via.push_back(value_of_any(proxy::parse("socks5://me:secret@" + nobody.where().to_string())));
  const auto c = run(hear("tls://example.org:443", how));
  expect_error(c, errc::connection_refused);
  EXPECT_EQ(c.error().message(), "connect example.org:443 through socks5://" + nobody.where().to_string() +
                                     ": the proxy is not reached: connect tcp://" +
                                     nobody.where().to_string() + ": connection refused");
}

// Every step, each with a peer that never answers.
struct stuck {
  scripted_name_server names{[](const dns::question&, const scripted_name_server::answerer&) {}};
  black_hole dead{ip_endpoint(ipv4_address::loopback(), port(0))};
  tcp_listener silent = tcp_listener::listen({ipv4_address::loopback(), port(0)}).value();

  [[nodiscard]] std::vector<std::pair<std::string, client_options>> places() {
    const std::string quiet = silent.local_endpoint().value().to_string();
    client_options at_names = trusting();
    resolver_options o;
    o.servers = {names.where()};
    o.hosts_file.clear();
    at_names.dial.names = value_of_any(resolver::create(o));
    client_options at_proxy = trusting();
    at_proxy.via.push_back(value_of_any(proxy::parse("socks5://" + quiet)));
    return {{"tls://host.test:443", at_names},
            {"tls://" + dead.where().to_string(), trusting()},
            {"tls://example.org:443", at_proxy},
            {"tls://" + quiet, trusting()}};
  }
};

TEST_P(Layers, EndAtTheirDeadlineWhateverTheyAreAt) {
  stuck at;
  for (auto& [where, how] : at.places()) {
    const auto c = run([](std::string u, client_options o) -> task<result<any_stream>> {
      co_return co_await connect(u, o).within(20ms);
    }(where, how));
    expect_error(c, errc::timed_out);
  }
}

TEST_P(Layers, AreStoppedAtOnceWhateverTheyAreAt) {
  stuck at;
  for (auto& [where, how] : at.places()) {
    std::stop_source stop;
    std::jthread stopper([&stop] {
      (void)sleep_for(5ms).wait();
      stop.request_stop();
    });
    const auto c = run([](std::string u, client_options o, std::stop_token t) -> task<result<any_stream>> {
      co_return co_await connect(u, o).within(soon).stop_on(t);
    }(where, how, stop.get_token()));
    expect_error(c, errc::operation_canceled);
  }
}

task<> reach(std::string where, client_options how) {
  const auto c = co_await connect(std::move(where), std::move(how));
  EXPECT_FALSE(c);
}

TEST_P(Layers, MayBeDestroyedWhateverTheyAreAt) {
  stuck at;
  for (auto& [where, how] : at.places()) {
    for (const duration after : {0ms, 5ms}) {
      const auto left = run([](std::string u, client_options o, duration d) -> task<result<void>> {
        scope abandoned;
        abandoned.spawn(reach(std::move(u), std::move(o)));
        co_return co_await sleep_for(d);
      }(where, how, after));
      EXPECT_TRUE(left);
    }
  }
}

}  // namespace
}  // namespace fairlead::testing
