// SPDX-License-Identifier: MIT
// The chat server, with several people in the room.
#include <signal.h>

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <fairlead/fairlead.hpp>

#include "examples/programs.hpp"
#include "support/guard.hpp"

namespace fairlead::testing {
namespace {

struct ChatServer : guarded<> {};

// Somebody who has joined under a name.
class person {
 public:
  person(const ip_endpoint& where, std::string_view name)
      : connection_(tcp_stream::connect(where).within(soon).wait().value()), lines_(connection_) {
    say(name);
  }
  void say(std::string_view words) {
    const auto sent = connection_.send(std::string(words) + '\n').within(soon).wait();
    EXPECT_TRUE(sent) << sent.error().message();
  }
  // Reads until this line comes; what comes before it is of no interest.
  void hears(std::string_view wanted) {
    for (;;) {
      const auto line = lines_.line().within(soon).wait();
      ASSERT_TRUE(line) << line.error().message();
      ASSERT_TRUE(*line) << "the end came before \"" << wanted << '"';
      if (**line == wanted) return;
    }
  }
  // The next line is this one.
  void hears_next(std::string_view wanted) {
    const auto line = lines_.line().within(soon).wait();
    ASSERT_TRUE(line) << line.error().message();
    EXPECT_EQ(line->value_or("(the end)"), wanted);
  }
  tcp_stream& connection() { return connection_; }

 private:
  tcp_stream connection_;
  buffered_reader<tcp_stream&> lines_;
};

TEST_F(ChatServer, LetsEverybodyHearWhatTheOthersSay) {
  running_example server("chat_server");
  const ip_endpoint where = ip_endpoint::parse(server.address()).value();
  person ann(where, "Ann");
  person bob(where, "Bob");
  person cyd(where, "Cyd");
  // When Ann has heard both, they are in the room.
  bob.say("I am here");
  ann.hears_next("Bob: I am here");
  cyd.say("I as well");
  ann.hears_next("Cyd: I as well");

  ann.say("good morning");
  bob.hears("Ann: good morning");
  cyd.hears("Ann: good morning");
  bob.say("good morning, Ann");
  ann.hears_next("Bob: good morning, Ann");  // and not her own words
  cyd.hears_next("Bob: good morning, Ann");
  EXPECT_EQ(server.end_with(SIGTERM), 0);
}

TEST_F(ChatServer, GoesOnWhenSomebodyLeavesOrTalksTooMuch) {
  running_example server("chat_server");
  const ip_endpoint where = ip_endpoint::parse(server.address()).value();
  person ann(where, "Ann");
  person bob(where, "Bob");
  bob.say("one");
  ann.hears("Bob: one");
  {
    person rude(where, "Rude");
    rude.say("bye");
    ann.hears("Rude: bye");
  }
  person babbler(where, "Babbler");
  babbler.say("well");
  ann.hears("Babbler: well");
  babbler.say(std::string(100'000, 'x'));  // no line is so long
  std::array<char, 1> nothing{};
  while (babbler.connection().recv(nothing).within(soon).wait().value_or(0) > 0) continue;
  bob.say("two");
  ann.hears_next("Bob: two");
  EXPECT_EQ(server.end_with(SIGINT), 0);
}

TEST_F(ChatServer, IsNotHeldUpByAClientThatDoesNotRead) {
  running_example server("chat_server");
  const ip_endpoint where = ip_endpoint::parse(server.address()).value();
  person ann(where, "Ann");
  person deaf(where, "Deaf");
  deaf.say("I shall not listen");
  ann.hears("Deaf: I shall not listen");
  const std::string words(900, 'x');
  for (int i = 0; i < 20'000; ++i) ann.say(words);  // more than the sockets of both sides can hold
  person bob(where, "Bob");
  bob.say("are you there");
  ann.hears_next("Bob: are you there");

  std::size_t heard = 0;
  std::vector<char> much(1U << 16U);
  for (;;) {
    const auto n = deaf.connection().recv(much).within(soon).wait();
    if (!n || *n == 0) break;  // dropped
    heard += *n;
  }
  EXPECT_LT(heard, words.size() * 20'000);
  EXPECT_EQ(server.end_with(SIGTERM), 0);
}

TEST_F(ChatServer, RefusesABadAddress) {
  expect_usage_error(run_example("chat_server", {"localhost"}), "localhost");
}

}  // namespace
}  // namespace fairlead::testing
