// SPDX-License-Identifier: MIT
// What addresses promise the compiler.
// expect: compiles
#include <fairlead/address.hpp>

using namespace fairlead;

constexpr endpoint there(ipv6_address::loopback(), 80);
static_assert(there.is_ip() && there.ip().port() == 80 && there.ip().address().is_loopback());
static_assert(endpoint() < there && there < endpoint(unix_address()));
static_assert(std::is_trivially_copyable_v<endpoint>);
