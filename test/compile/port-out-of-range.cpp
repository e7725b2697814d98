// SPDX-License-Identifier: MIT
// A literal that is no port is refused by the compiler, not at run time.
// expect: a port must be 0 to 65535
#include <fairlead/address.hpp>

#ifdef FAIRLEAD_CONTROL
constexpr fairlead::ip_endpoint there(fairlead::ipv4_address::loopback(), 65535);
#else
constexpr fairlead::ip_endpoint there(fairlead::ipv4_address::loopback(), 65536);
#endif
