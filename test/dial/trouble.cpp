// SPDX-License-Identifier: MIT
// Servers that are slow, wrong, old, or not there; and what is remembered of those that are not.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <fairlead/or_return.hpp>
#include <fairlead/resolve.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/timer.hpp>

#include "dial/resolving.hpp"
#include "stream/exhaustion.hpp"
#include "support/free_port.hpp"
#include "support/temp_dir.hpp"

namespace fairlead::testing {
namespace {

using answerer = scripted_name_server::answerer;
using question = dns::question;

resolver asking(std::vector<ip_endpoint> servers, resolver_options o = {}) {
  o.servers = std::move(servers);
  if (!o.timeout) o.timeout = soon;
  if (!o.tries) o.tries = 1;
  return made_by(std::move(o));
}

// What an honest server says of every name.
void honest(const question& q, const answerer& a) {
  if (q.type == dns::a) return a(dns::reply(q, {.answers = {dns::address(q.name, "192.0.2.1")}}));
  if (q.type == dns::aaaa) return a(dns::reply(q, {.answers = {dns::address(q.name, "2001:db8::1")}}));
  a(dns::reply(q, {.rcode = dns::nxdomain}));
}

scripted_name_server::script saying(unsigned rcode) {
  return [rcode](const question& q, const answerer& a) { a(dns::reply(q, {.rcode = rcode})); };
}
void silence(const question&, const answerer&) {}

// At which nobody is.
ip_endpoint nobody() {
  static const deaf_port taken;
  return taken.where();
}

class Servers : public every_way {
 protected:
  template <class T>
  std::string sentence_of(task<result<T>> t) {
    const auto r = run(std::move(t));
    return r ? "an answer" : r.error().message();
  }
};
FAIRLEAD_IN_EVERY_WAY(Servers);

TEST_P(Servers, ThatFailAreNamedWithTheirWords) {
  scripted_name_server s(saying(dns::servfail));
  const resolver r = asking({s.where()});
  const auto failed = run(r.addresses("www.test", family::ipv4));
  expect_error(failed, fault::no_answer);
  EXPECT_EQ(failed.error().message(), "resolve www.test: " + s.name() + ": SERVFAIL");
}

TEST_P(Servers, ThatFailOrRefuseMakeRoomForTheNext) {
  scripted_name_server failing(saying(dns::servfail));
  scripted_name_server refusing(saying(dns::refused));
  scripted_name_server good(honest);
  const auto a = value_of(
      run(asking({failing.where(), nobody(), refusing.where(), good.where()}).addresses("www.test")));
  EXPECT_EQ(sorted(a.records), (words{"192.0.2.1", "2001:db8::1"}));
  EXPECT_EQ(a.server, good.where());
  EXPECT_EQ(failing.questions(), 2U);
  EXPECT_EQ(refusing.questions(), 2U);
}

TEST_P(Servers, ThatAreNotThereAreNamedToo) {
  scripted_name_server failing(saying(dns::servfail));
  EXPECT_EQ(
      sentence_of(asking({nobody(), failing.where()}).addresses("www.test")),
      "resolve www.test: " + nobody().to_string() + ": connection refused; " + failing.name() + ": SERVFAIL");
}

TEST_P(Servers, ThatAreSilentAreAskedAgainAndThenGivenUp) {
  scripted_name_server s(silence);
  resolver_options o;
  o.timeout = 20ms;
  o.tries = 3;
  const auto r = run(asking({s.where()}, o).addresses("www.test", family::ipv4));
  expect_error(r, fault::no_answer);
  EXPECT_EQ(r.error().message(), "resolve www.test: " + s.name() + ": no answer within 20 ms");
  EXPECT_EQ(s.questions_after(3), 3U);
}

TEST_P(Servers, ThatAreSilentOnceLoseNothing) {
  unsigned n = 0;
  scripted_name_server s([&n](const question& q, const answerer& a) {
    if (n++ >= 2) honest(q, a);
  });
  resolver_options o;
  o.timeout = 30ms;
  o.tries = 20;
  EXPECT_EQ(value_of(run(asking({s.where()}, o).addresses("www.test"))).records.size(), 2U);
}

TEST_P(Servers, ThatLoseAQuestionAreAskedAgainLongBeforeTheirTimeIsUp) {
  unsigned n = 0;
  std::string lost;
  scripted_name_server s([&](const question& q, const answerer& a) {
    if (n++ == 0) return lost.assign(q.bytes), void();
    EXPECT_EQ(q.bytes, lost) << "the same question, so that an answer to the first one counts as well";
    honest(q, a);
  });
  EXPECT_EQ(value_of(run(asking({s.where()}).addresses("www.test", family::ipv4))).records.size(), 1U);
  EXPECT_EQ(s.questions(), 2U);
}

TEST_P(Servers, ThatAreSilentAboutManyNamesDoNotHoldUpOthers) {
  scripted_name_server s([](const question& q, const answerer& a) {
    if (q.name == "good.test") honest(q, a);
  });
  const auto story = [](const resolver& by) -> task<result<std::size_t>> {
    scope silent;
    for (unsigned i = 0; i < 150; ++i) {
      silent.spawn([](const resolver& with, unsigned n) -> task<result<void>> {
        (void)co_await or_return(with.addresses("n" + std::to_string(n) + ".test", family::ipv4));
        co_return {};
      }(by, i));
    }
    for (int turn = 0; turn < 3; ++turn) co_await yield();
    const auto good = co_await or_return(by.addresses("good.test", family::ipv4));
    const std::size_t others = silent.size();
    silent.request_stop();
    (void)co_await silent.join();
    co_return others;
  };
  EXPECT_EQ(value_of(run(story(asking({s.where()})))), 150U);
}

TEST_P(Servers, ThatAreSilentAreNotAskedForOtherNames) {
  scripted_name_server s(silence);
  resolver_options o;
  o.timeout = 20ms;
  o.search = {"a.test", "b.test"};
  EXPECT_EQ(sentence_of(asking({s.where()}, o).addresses("www", family::ipv4)),
            "resolve www: " + s.name() + ": no answer within 20 ms");
  EXPECT_EQ(s.questions_after(1), 1U);
}

TEST_P(Servers, ThatAreSlowForOneFamilyDoNotHoldUpTheOther) {
  std::optional<answerer> held;
  std::optional<question> about;
  std::mutex m;
  scripted_name_server s([&](const question& q, const answerer& a) {
    if (q.type == dns::a) return honest(q, a);
    const std::scoped_lock lock(m);
    held = a;
    about = q;
  });
  const resolver r = asking({s.where()});
  EXPECT_EQ(value_of(run(r.addresses("www.test", family::ipv4))).records.size(), 1U);
  const auto story = [&](const resolver& by) -> task<result<std::string>> {
    std::string order;
    scope both;
    const auto ask = [](const resolver& with, family f, std::string& seen) -> task<result<void>> {
      (void)co_await or_return(with.addresses("other.test", f));
      seen += f == family::ipv4 ? '4' : '6';
      co_return {};
    };
    both.spawn(ask(by, family::ipv6, order));
    both.spawn(ask(by, family::ipv4, order));
    while (order.empty()) co_await or_return(sleep_for(1ms));
    {
      const std::scoped_lock lock(m);
      honest(*about, *held);
    }
    result<void> joined = co_await both.join();
    co_await or_return(std::move(joined));
    co_return order;
  };
  EXPECT_EQ(value_of(run(story(r))), "46");
}

TEST_P(Servers, ThatFailForOneFamilyStillGiveTheOther) {
  scripted_name_server s([](const question& q, const answerer& a) {
    if (q.type == dns::a) return honest(q, a);
    a(dns::reply(q, {.rcode = dns::servfail}));
  });
  const resolver r = asking({s.where()});
  EXPECT_EQ(sorted(value_of(run(r.addresses("www.test"))).records), (words{"192.0.2.1"}));
  expect_error(run(r.addresses("www.test", family::ipv6)), fault::no_answer);
}

TEST_P(Servers, MayAnswerInAnyOrder) {
  std::optional<question> first;
  scripted_name_server s([&first](const question& q, const answerer& a) {
    if (!first) {
      first = q;
      return;
    }
    honest(q, a);
    honest(*first, a);
    first.reset();
  });
  EXPECT_EQ(value_of(run(asking({s.where()}).addresses("www.test"))).records.size(), 2U);
}

TEST_P(Servers, ThatDoNotKnowEdnsAreAskedWithout) {
  scripted_name_server s([](const question& q, const answerer& a) {
    if (q.edns) return a(dns::reply(q, {.rcode = dns::formerr}));
    honest(q, a);
  });
  EXPECT_EQ(value_of(run(asking({s.where()}).addresses("www.test", family::ipv4))).records.size(), 1U);
  EXPECT_EQ(s.log(), (words{"www.test/1", "www.test/1-edns"}));
}

TEST_P(Servers, ThatCutAnAnswerShortAreAskedOverTcp) {
  scripted_name_server s([](const question& q, const answerer& a) {
    if (!q.tcp) return a(dns::reply(q, {.truncated = true}));
    std::vector<std::string> many;
    for (int i = 0; i < 250; ++i) many.push_back(dns::address(q.name, "192.0.2." + std::to_string(i)));
    a(dns::reply(q, {.answers = std::move(many)}));
  });
  EXPECT_EQ(value_of(run(asking({s.where()}).addresses("www.test", family::ipv4))).records.size(), 250U);
  EXPECT_EQ(s.log(), (words{"www.test/1", "www.test/1+tcp"}));
}

TEST_P(Servers, ThatSendMoreThanWasSaidToFitAreAskedOverTcp) {
  scripted_name_server s([](const question& q, const answerer& a) {
    if (q.tcp) return honest(q, a);
    std::vector<std::string> many(100, dns::address(q.name, "192.0.2.1"));
    a(dns::reply(q, {.answers = std::move(many)}));
  });
  EXPECT_EQ(value_of(run(asking({s.where()}).addresses("www.test"))).records.size(), 2U);
}

TEST_P(Servers, ThatCutShortOverTcpTooAreBroken) {
  scripted_name_server s([](const question& q, const answerer& a) { a(dns::reply(q, {.truncated = true})); });
  EXPECT_EQ(sentence_of(asking({s.where()}).addresses("www.test", family::ipv4)),
            "resolve www.test: " + s.name() +
                " over TCP: its answer is broken: it is cut short although it came over TCP");
}

TEST_P(Servers, ThatAnswerAnotherQuestionOverTcpAreNamed) {
  scripted_name_server s([](const question& q, const answerer& a) {
    if (!q.tcp) return a(dns::reply(q, {.truncated = true}));
    question other = q;
    ++other.id;
    honest(other, a);
  });
  EXPECT_EQ(sentence_of(asking({s.where()}).addresses("www.test", family::ipv4)),
            "resolve www.test: " + s.name() + " over TCP: it answers another question");
}

TEST_P(Servers, ThatSendRubbishAreNamedWithWhatIsWrong) {
  scripted_name_server s([](const question& q, const answerer& a) {
    std::string m = dns::reply(q, {.answers = {dns::address(q.name, "192.0.2.1")}});
    a(m.substr(0, m.size() - 3));
  });
  const auto r = run(asking({s.where()}).addresses("www.test", family::ipv4));
  expect_error(r, fault::no_answer);
  EXPECT_EQ(r.error().message(),
            "resolve www.test: " + s.name() + ": its answer is broken: it ends within its answers");
}

TEST_P(Servers, ThatSayThingsOfOtherNamesAreNotBelieved) {
  scripted_name_server s([](const question& q, const answerer& a) {
    a(dns::reply(q, {.answers = {dns::address("bank.test", "192.0.2.66")}}));
  });
  EXPECT_EQ(sentence_of(asking({s.where()}).addresses("www.test", family::ipv4)),
            "resolve www.test: " + s.name() +
                ": its answer is broken: its records are not of the name that was asked for");
}

TEST_P(Servers, WhoseAnswersAreForgedAreWaitedFor) {
  scripted_name_server s([](const question& q, const answerer& a) {
    question guess = q;
    ++guess.id;
    a(dns::reply(guess, {.answers = {dns::address(q.name, "192.0.2.66")}}));
    a("\xff");
    a("");
    honest(q, a);
  });
  EXPECT_EQ(sorted(value_of(run(asking({s.where()}).addresses("www.test", family::ipv4))).records),
            (words{"192.0.2.1"}));
}

TEST_P(Servers, AreAskedInTurnWhenTheyRotate) {
  scripted_name_server a(honest);
  scripted_name_server b(honest);
  resolver_options o;
  o.rotate = true;
  o.cache_entries = 0;
  const resolver r = asking({a.where(), b.where()}, o);
  for (int i = 0; i < 4; ++i) expect_ok(run(r.addresses("www.test", family::ipv4)));
  EXPECT_EQ(a.questions(), 2U);
  EXPECT_EQ(b.questions(), 2U);
}

TEST_P(Servers, AreNotAskedAboutThisMachineAndWhatDoesNotExist) {
  scripted_name_server s(honest);
  const resolver r = asking({s.where()});
  expect_ok(run(r.addresses("localhost")));
  expect_ok(run(r.addresses("app.localhost")));
  expect_ok(run(r.addresses("")));
  expect_ok(run(r.addresses("192.0.2.1")));
  expect_ok(run(r.names(ipv4_address::loopback())));
  expect_ok(run(r.names(ipv6_address::loopback())));
  expect_error(run(r.addresses("a.invalid")), fault::unknown_name);
  expect_error(run(r.addresses("a.onion")), fault::unknown_name);
  expect_error(run(r.addresses("no such name")), fault::bad_syntax);
  expect_error(run(r.addresses(std::string(64, 'a') + ".test")), fault::bad_syntax);
  expect_error(run(r.texts("localhost")), fault::unknown_name);
  expect_error(run(r.services("a..b")), fault::bad_syntax);
  EXPECT_EQ(s.questions(), 0U);
}

TEST_P(Servers, SayThatAServiceOrMailIsNotToBeHad) {
  scripted_name_server s([](const question& q, const answerer& a) {
    const std::string data = q.type == dns::srv ? dns::u16(0) + dns::u16(0) + dns::u16(0) + dns::name("")
                                                : dns::u16(0) + dns::name("");
    a(dns::reply(q, {.answers = {dns::record(q.name, q.type, 300, data)}}));
  });
  const resolver r = asking({s.where()});
  EXPECT_EQ(sentence_of(r.services("_x._tcp.test")),
            "resolve _x._tcp.test: the service is decidedly not available there");
  EXPECT_EQ(sentence_of(r.mail_exchangers("x.test")), "resolve x.test: it takes no mail");
}

TEST_P(Servers, AreNotAskedAgainWhatTheyHaveSaid) {
  scripted_name_server s([](const question& q, const answerer& a) {
    if (q.name == "no.test")
      return a(dns::reply(q, {.rcode = dns::nxdomain, .authorities = {dns::soa_record("test", 60, 60)}}));
    if (q.name == "brief.test") return a(dns::reply(q, {.answers = {dns::address(q.name, "192.0.2.1", 0)}}));
    if (q.name == "nosoa.test") return a(dns::reply(q, {.rcode = dns::nxdomain}));
    honest(q, a);
  });
  const resolver r = asking({s.where()});
  EXPECT_EQ(value_of(run(r.addresses("www.test"))).source, answer_source::server);
  const auto again = value_of(run(r.addresses("WWW.test.")));
  EXPECT_EQ(again.source, answer_source::cache);
  EXPECT_EQ(again.server, s.where());
  EXPECT_LE(again.time_to_live, 300s);
  EXPECT_EQ(s.questions(), 2U);
  const std::string first = sentence_of(r.addresses("no.test", family::ipv4));
  EXPECT_EQ(sentence_of(r.addresses("no.test", family::ipv4)), first);
  EXPECT_EQ(s.questions(), 3U);
  for (const char* const name : {"brief.test", "nosoa.test"}) {
    const unsigned before = s.questions();
    (void)run(r.addresses(name, family::ipv4));
    (void)run(r.addresses(name, family::ipv4));
    EXPECT_EQ(s.questions(), before + 2) << name << " must not be kept";
  }
  const resolver copy = r;
  copy.clear_cache();
  expect_ok(run(r.addresses("www.test", family::ipv4)));
  EXPECT_EQ(s.questions(), 8U);
}

TEST_P(Servers, ThatFailedAreAskedAgainNextTime) {
  unsigned n = 0;
  scripted_name_server s([&n](const question& q, const answerer& a) {
    if (n++ == 0) return a(dns::reply(q, {.rcode = dns::servfail}));
    honest(q, a);
  });
  const resolver r = asking({s.where()});
  expect_error(run(r.addresses("www.test", family::ipv4)), fault::no_answer);
  expect_ok(run(r.addresses("www.test", family::ipv4)));
}

TEST_P(Servers, WithoutACacheAreAskedEachTime) {
  scripted_name_server s(honest);
  resolver_options o;
  o.cache_entries = 0;
  const resolver r = asking({s.where()}, o);
  for (int i = 0; i < 3; ++i) expect_ok(run(r.addresses("www.test", family::ipv4)));
  EXPECT_EQ(s.questions(), 3U);
}

TEST_P(Servers, ComeFromResolvConfAsItIsNow) {
  scripted_name_server s(honest);
  const temp_dir dir;
  resolver_options o;
  o.servers = {s.where()};
  o.resolv_conf = dir.write("resolv.conf", "search a.test\n");
  const resolver r = made_by(o);
  EXPECT_EQ(value_of(run(r.addresses("www", family::ipv4))).canonical_name, "www.a.test");
  (void)dir.write("resolv.conf", "search other.test\n");
  EXPECT_EQ(value_of(run(r.addresses("www", family::ipv4))).canonical_name, "www.other.test");
  std::filesystem::remove(o.resolv_conf);
  EXPECT_EQ(value_of(run(r.addresses("www", family::ipv4))).canonical_name, "www");
}

TEST_P(Servers, AreThoseOfResolvConfWhenNoneAreGiven) {
  const temp_dir dir;
  resolver_options o;
  o.resolv_conf = dir.write("resolv.conf", "nameserver 127.83.0.2\noptions timeout:1 attempts:1\n");
  const std::string said = sentence_of(made_by(o).addresses("nothing.test."));
  // Whether somebody is there or not is this machine's affair.
  EXPECT_TRUE(said.find("127.83.0.2:53") != std::string::npos) << said;
}

TEST_P(Servers, AreOverruledByTheHostsFileAsItIsNow) {
  scripted_name_server s(honest);
  const temp_dir dir;
  resolver_options o;
  o.servers = {s.where()};
  o.hosts_file = dir.write("hosts", "198.51.100.1 www.test www\n");
  const resolver r = made_by(o);
  const auto a = value_of(run(r.addresses("WWW.test.")));
  EXPECT_EQ(sorted(a.records), (words{"198.51.100.1"}));
  EXPECT_EQ(a.source, answer_source::hosts_file);
  EXPECT_EQ(value_of(run(r.addresses("www"))).canonical_name, "www.test");
  EXPECT_EQ(sentence_of(r.addresses("www.test", family::ipv6)),
            "resolve www.test: it has no IPv6 address in the hosts file");
  EXPECT_EQ(value_of(run(r.names(ipv4_address(198, 51, 100, 1)))).records, (words{"www.test", "www"}));
  EXPECT_EQ(s.questions(), 0U);
  (void)dir.write("hosts", "198.51.100.22 www.test\n");
  EXPECT_EQ(sorted(value_of(run(r.addresses("www.test"))).records), (words{"198.51.100.22"}));
}

class ServersOnLoops : public every_backend {};
FAIRLEAD_ON_EVERY_BACKEND(ServersOnLoops);

TEST_P(ServersOnLoops, AreAskedOnceThereIsADescriptorAgain) {
  scripted_name_server s(honest);
  const resolver r = asking({s.where()});
  const auto story = [](const resolver& by) -> task<result<std::size_t>> {
    std::optional<no_descriptors_left> none(std::in_place);
    scope together;
    together.spawn([](std::optional<no_descriptors_left>& gone) -> task<result<void>> {
      co_await or_return(sleep_for(30ms));
      gone.reset();
      co_return {};
    }(none));
    const auto a = co_await by.addresses("www.test", family::ipv4);
    EXPECT_FALSE(none.has_value());
    result<void> joined = co_await together.join();
    co_await or_return(std::move(joined));
    if (!a) co_return std::unexpected(a.error());
    co_return a->records.size();
  };
  EXPECT_EQ(value_of(run(story(r))), 1U);
}

TEST_P(Servers, CannotBeAskedWithoutADescriptor) {
  scripted_name_server s(honest);
  resolver_options o;
  o.timeout = 30ms;
  const resolver r = asking({s.where()}, o);
  const auto story = [](const resolver& by) -> task<result<answer<ip_address>>> {
    const no_descriptors_left none;
    co_return co_await by.addresses("www.test", family::ipv4);
  };
  const auto none = run(story(r));
  expect_error(none, errc::too_many_files_open);
  EXPECT_EQ(none.error().message(), "resolve www.test: too many open files");
}

TEST(ResolverOptions, ThatMakeNoSenseAreRefusedInWords) {
  const auto says = [](const resolver_options& o) { return resolver::create(o).error().message(); };
  resolver_options port_zero;
  port_zero.servers = {{ipv4_address::loopback(), port(0)}};
  EXPECT_EQ(says(port_zero), "resolve by 127.0.0.1:0: a name server has a port, usually 53");
  resolver_options domain;
  domain.search = {"a..b"};
  EXPECT_EQ(says(domain), "resolve in a..b: a part of the name is empty");
  resolver_options timeout;
  timeout.timeout = 0s;
  EXPECT_EQ(says(timeout), "resolve by options: the timeout must be more than nothing");
  resolver_options tries;
  tries.tries = 0;
  EXPECT_EQ(says(tries), "resolve by options: the first try is one already");
}

}  // namespace
}  // namespace fairlead::testing
