// SPDX-License-Identifier: MIT
#pragma once

namespace fairlead::sys {

/// Whether a TCP connection takes the upper layer protocol "tls" (Documentation/networking/tls.rst). Tried on
/// a connection over loopback, because sockets that are not connected refuse it in any case.
bool kernel_tls_available() noexcept;

}  // namespace fairlead::sys
