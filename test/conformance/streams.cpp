// SPDX-License-Identifier: MIT
// Where the suites meet their kinds of sockets and their ways.
#include "conformance/streams.hpp"

#include "conformance/messages.hpp"

namespace fairlead::testing {

INSTANTIATE_TEST_SUITE_P(Of, Streams, ::testing::ValuesIn(cases<stream_kinds>(all_ways())),
                         name_of_case<stream_kinds>);
INSTANTIATE_TEST_SUITE_P(Of, StreamsThatSleep, ::testing::ValuesIn(cases<stream_kinds>(sleeping_ways())),
                         name_of_case<stream_kinds>);
INSTANTIATE_TEST_SUITE_P(Of, StreamsOnLoops, ::testing::ValuesIn(cases<stream_kinds>(loop_ways())),
                         name_of_case<stream_kinds>);

INSTANTIATE_TEST_SUITE_P(Of, MessagesThatSleep, ::testing::ValuesIn(cases<message_kinds>(sleeping_ways())),
                         name_of_case<message_kinds>);
INSTANTIATE_TEST_SUITE_P(Of, MessagesOnLoops, ::testing::ValuesIn(cases<message_kinds>(loop_ways())),
                         name_of_case<message_kinds>);

}  // namespace fairlead::testing
