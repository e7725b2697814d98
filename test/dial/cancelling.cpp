// SPDX-License-Identifier: MIT
// A look-up can be cancelled wherever it stands, ends at once, and leaves nothing behind.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <iterator>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <fairlead/condition.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/resolve.hpp>
#include <fairlead/scope.hpp>

#include "dial/resolving.hpp"
#include "stream/exhaustion.hpp"
#include "support/descriptors.hpp"

namespace fairlead::testing {
namespace {

using answerer = scripted_name_server::answerer;
using question = dns::question;

// Where a look-up stands when it is stopped: once the script has said that it is there.
struct place {
  const char* name;
  std::function<void(const question&, const answerer&, std::stop_source&)> script;
};

const std::vector<place>& places() {
  static const std::vector<place> all{
      {"WaitingForADatagram",
       [](const question&, const answerer&, std::stop_source& s) { s.request_stop(); }},
      {"WaitingForTheSecondOfTwoDatagrams",
       [](const question& q, const answerer& a, std::stop_source& s) {
         if (q.type == dns::aaaa) return;
         a(dns::reply(q, {.answers = {dns::address(q.name, "192.0.2.1")}}));
         s.request_stop();
       }},
      {"WaitingForAStream",
       [](const question& q, const answerer& a, std::stop_source& s) {
         if (!q.tcp) return a(dns::reply(q, {.truncated = true}));
         s.request_stop();
       }},
      {"WaitingForTheSecondServer",
       [](const question& q, const answerer& a, std::stop_source& s) {
         if (q.edns) return a(dns::reply(q, {.rcode = dns::formerr}));
         s.request_stop();
       }},
  };
  return all;
}

class Cancelling : public every_way {};
FAIRLEAD_IN_EVERY_WAY(Cancelling);

TEST_P(Cancelling, ByAStopTokenEndsALookUpWhereverItStands) {
  for (const place& p : places()) {
    std::stop_source stop;
    scripted_name_server s([&](const question& q, const answerer& a) { p.script(q, a, stop); });
    resolver_options o;
    o.servers = {s.where()};
    o.timeout = 1h;
    const resolver r = made_by(o);
    const std::size_t before = open_descriptors();
    const auto story = [](const resolver& by, std::stop_token t) -> task<result<answer<ip_address>>> {
      co_return co_await by.addresses("www.test").stop_on(t);
    };
    const auto stopped = run(story(r, stop.get_token()));
    expect_error(stopped, errc::operation_canceled);
    EXPECT_EQ(stopped.error().message(), "resolve www.test: canceled") << p.name;
    EXPECT_LE(open_descriptors(), before + 1)
        << p.name << ": a stream that the server still has may be one more";
  }
}

TEST_P(Cancelling, ByADeadlineSaysWhomItWasWaitingFor) {
  scripted_name_server s([](const question&, const answerer&) {});
  resolver_options o;
  o.servers = {s.where()};
  o.timeout = 1h;
  const resolver r = made_by(o);
  const auto story = [](const resolver& by) -> task<result<answer<ip_address>>> {
    co_return co_await by.addresses("www.test").within(20ms);
  };
  const auto late = run(story(r));
  expect_error(late, errc::timed_out);
  EXPECT_EQ(late.error().message(), "resolve www.test: timed out while waiting for " + s.name());
  expect_error(r.addresses("www.test").within(20ms).wait(), errc::timed_out);
}

TEST_P(Cancelling, BeforeItHasBegunAsksNobody) {
  scripted_name_server s([](const question&, const answerer&) {});
  resolver_options o;
  o.servers = {s.where()};
  const resolver r = made_by(o);
  std::stop_source stop;
  stop.request_stop();
  const auto story = [](const resolver& by, std::stop_token t) -> task<result<answer<std::string>>> {
    co_return co_await by.texts("www.test").stop_on(t);
  };
  expect_error(run(story(r, stop.get_token())), errc::operation_canceled);
}

TEST_P(Cancelling, WhileItWaitsForADescriptorEndsAtOnce) {
  resolver_options o;
  o.servers = {{ipv4_address::loopback(), port(9)}};
  o.timeout = 1h;
  const resolver r = made_by(o);
  const auto story = [](const resolver& by) -> task<result<answer<ip_address>>> {
    const no_descriptors_left none;
    co_return co_await by.addresses("www.test").within(30ms);
  };
  expect_error(run(story(r)), errc::timed_out);
}

class CancellingOnLoops : public every_backend {};
FAIRLEAD_ON_EVERY_BACKEND(CancellingOnLoops);

TEST_P(CancellingOnLoops, HundredsOfLookUpsAtOnceLeavesNothingBehind) {
  const unsigned many = sanitized ? 100 : 500;  // below the usual limit of descriptors
  scripted_name_server s([](const question&, const answerer&) {});
  resolver_options o;
  o.servers = {s.where()};
  o.timeout = 1h;
  const resolver r = made_by(o);
  std::size_t before = 0;
  std::size_t during = 0;
  std::size_t after = 0;
  const auto story = [&](const resolver& by) -> task<result<unsigned>> {
    before = open_descriptors();
    unsigned canceled = 0;
    scope all;
    for (unsigned i = 0; i < many; ++i) {
      all.spawn([](const resolver& with, unsigned n, unsigned& count) -> task<result<void>> {
        const auto a = co_await with.addresses("n" + std::to_string(n) + ".test", family::ipv4);
        if (!a && a.error() == errc::operation_canceled) ++count;
        co_return {};
      }(by, i, canceled));
    }
    for (int turn = 0; turn < 3; ++turn) co_await yield();
    during = open_descriptors();
    all.request_stop();
    result<void> joined = co_await all.join();
    co_await or_return(std::move(joined));
    after = open_descriptors();
    co_return canceled;
  };
  EXPECT_EQ(value_of(run(story(r))), many);
  EXPECT_GE(during, before + 50) << "those that are in line have no socket yet";
  EXPECT_EQ(after, before);
}

TEST_P(CancellingOnLoops, ByDestroyingTheScopeThatHoldsThem) {
  scripted_name_server s([](const question&, const answerer&) {});
  resolver_options o;
  o.servers = {s.where()};
  o.timeout = 1h;
  const auto story = [](resolver by) -> task<result<std::size_t>> {
    const std::size_t before = open_descriptors();
    {
      scope all;
      for (int i = 0; i < 10; ++i) {
        all.spawn([](resolver with) -> task<result<void>> {
          (void)co_await or_return(with.addresses("www.test"));
          co_return {};
        }(by));
      }
      for (int turn = 0; turn < 3; ++turn) co_await yield();
    }
    co_return open_descriptors() - before;
  };
  EXPECT_EQ(value_of(run(story(made_by(o)))), 0U);
}

}  // namespace
}  // namespace fairlead::testing
