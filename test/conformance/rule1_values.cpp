// SPDX-License-Identifier: MIT
// Rules 1 and 2: an operation is a passive value, used once, by an rvalue; leaf operations have three
// consumers.
#include <concepts>
#include <string>

#include "conformance/streams.hpp"

namespace fairlead::testing {

namespace {

template <class Op>
concept has_now = requires(Op op) { std::forward<Op>(op).now(); };
template <class Op>
concept has_wait = requires(Op op) { std::forward<Op>(op).wait(); };
template <class Op>
concept has_await = requires(Op op) { std::forward<Op>(op).operator co_await(); };

template <class Op>
constexpr bool is_leaf = has_now<Op&&> && has_wait<Op&&> && has_await<Op&&>;
template <class Op>
constexpr bool is_composed = !has_now<Op&&> && has_wait<Op&&> && has_await<Op&&>;
template <class Op>
constexpr bool takes_lvalues = has_now<Op&> || has_wait<Op&> || has_await<Op&>;
// co_await of a value must be a use of it: nothing that an operation was made of may be awaited twice.
template <class Op>
constexpr bool is_copied = std::copy_constructible<Op> || std::is_copy_assignable_v<Op>;

template <class... Op>
struct operations {
  static constexpr bool all_leaf = (is_leaf<Op> && ...) && (is_leaf<bounded<Op>> && ...);
  static constexpr bool all_composed = (is_composed<Op> && ...) && (is_composed<bounded<Op>> && ...);
  static constexpr bool any_takes_lvalues = (takes_lvalues<Op> || ...) || (takes_lvalues<bounded<Op>> || ...);
  static constexpr bool any_is_copied = (is_copied<Op> || ...) || (is_copied<bounded<Op>> || ...);
};

using leaves = operations<recv_operation, send_some_operation, recv_from_operation, send_to_operation,
                          ready_operation, shutdown_operation, accept_operation<tcp_stream>,
                          accept_operation<unix_stream>, connect_operation<tcp_stream>,
                          connect_operation<unix_stream>, accept_operation<unix_seqpacket_socket>,
                          send_message_operation, recv_message_operation, sleep_operation>;
using composed = operations<send_operation, recv_exactly_operation>;

TEST(Operations, Rule1_ConsumersTakeRvaluesOnly) {
  static_assert(!leaves::any_takes_lvalues && !composed::any_takes_lvalues);
  static_assert(!has_wait<task<result<int>>&> && !has_await<task<result<int>>&> && !has_await<task<int>&>);
}

TEST(Operations, Rule1_CannotBeCopied) {
  static_assert(!leaves::any_is_copied && !composed::any_is_copied);
  static_assert(!is_copied<task<int>> && !is_copied<bounded_task<result<int>>>);
}

TEST(Operations, Rule2_LeavesHaveAllThreeConsumers) { static_assert(leaves::all_leaf); }

TEST(Operations, Rule2_ComposedOnesHaveNoNowWhichWouldLoseTheirProgress) {
  static_assert(composed::all_composed);
  static_assert(is_composed<task<result<int>>> && is_composed<bounded_task<result<int>>>);
}

// Unix record sockets send whole records: send() moves everything or nothing, and so may have a now().
TEST(Operations, Rule2_SendingARecordIsALeaf) {
  static_assert(std::same_as<decltype(std::declval<unix_seqpacket_socket&>().send(const_buffer())),
                             send_some_operation>);
  static_assert(
      std::same_as<decltype(std::declval<udp_socket&>().send(const_buffer())), send_some_operation>);
}

STREAM_TEST(Streams, Rule1_MakingAnOperationDoesNothing) {
  ends<Kind> pair;
  play(by, [&]() -> task<result<void>> {
    std::string buffer(10, '.');
    (void)co_await or_return(send(by, pair.a, "first"));
    {
      [[maybe_unused]] const auto receiving = pair.b.recv(buffer);
      [[maybe_unused]] const auto sending = pair.a.send("never");
      [[maybe_unused]] const auto half_closing = pair.a.shutdown();
      [[maybe_unused]] const auto limited = pair.b.recv(buffer).within(std::chrono::nanoseconds(1));
    }
    EXPECT_EQ(buffer, "..........");
    (void)co_await or_return(send(by, pair.a, "then"));
    buffer.resize(co_await or_return(recv_all(by, pair.b, mutable_buffer(buffer).first(9))));
    EXPECT_EQ(buffer, "firstthen");
    co_return {};
  });
}

TEST(Operations, Rule1_MakingAConnectOpensNothing) {
  result<tcp_listener> listener = tcp_listener::listen({ipv4_address::loopback(), port(0)});
  ASSERT_TRUE(listener);
  const endpoint where = listener->local_endpoint().value();
  {
    [[maybe_unused]] const auto connecting = tcp_stream::connect(where.ip());
  }
  EXPECT_TRUE(would_block(listener->accept().now()));
}

}  // namespace

}  // namespace fairlead::testing
