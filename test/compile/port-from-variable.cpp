// SPDX-License-Identifier: MIT
// A number that is known only at run time may be out of range: it must be narrowed or parsed in plain sight.
// expect: is not a constant expression
#include <fairlead/address.hpp>

fairlead::port at(int number) {
#ifdef FAIRLEAD_CONTROL
  return fairlead::port(static_cast<std::uint16_t>(number));
#else
  return number;
#endif
}
