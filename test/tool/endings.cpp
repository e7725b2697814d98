// SPDX-License-Identifier: MIT
// How a side has ended, in one word, whatever call has found it out.
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <fairlead/error.hpp>
#include <fairlead/options.hpp>
#include <fairlead/tcp.hpp>

#include "evidence/ending.hpp"
#include "support/expect.hpp"
#include "tool/reporting.hpp"
#include "tool/running.hpp"

namespace {

using namespace fairlead;
using namespace fairlead::testing;
using namespace tool_test;

TEST(Endings, OfErrorsAreThoseOfTheirMeaning) {
  for (const auto& [code, word] : {std::pair(errc::connection_reset, "reset"),
                                   {errc::connection_aborted, "reset"},
                                   {errc::timed_out, "timeout"},
                                   {errc::connection_refused, "refused"},
                                   {errc::broken_pipe, "closed"},
                                   {errc::not_connected, "closed"},
                                   {errc::operation_canceled, "given up"},
                                   {errc::network_unreachable, "failed"}}) {
    const result<void> how = failure(code, verb::shutdown);
    EXPECT_EQ(tool::word_of(tool::ending_of(how), "tcp://127.0.0.1:1"), word) << how.error().message();
  }
}

class EndingsOfConversations : public Report {};

// It had finished, and was gone when we wanted to say that we had.
TEST_F(EndingsOfConversations, WithAPeerThatHasGoneAreClosed) {
  auto here = tcp_listener::listen({ipv4_address::loopback(), port(0)});
  expect_ok(here);
  running client(fairlead_command(
      {"connect", "tcp://" + here->local_endpoint()->to_string(), "--verbose", "--report", path()}));
  auto peer = here->accept().within(soon).wait();
  expect_ok(peer);
  expect_ok(peer->shutdown().now());
  EXPECT_TRUE(client.complains("has finished")) << client.errors();
  expect_ok(peer->set(option::linger::reset()));
  expect_ok(peer->close());
  client.close_input();
  EXPECT_NE(client.status(), -1);
  EXPECT_EQ(written()["conversations"]["listed"].at(0)["there"]["ended"], "closed") << written().dump(2);
}

}  // namespace
