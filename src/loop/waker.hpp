// SPDX-License-Identifier: MIT
// How one thread wakes another that sleeps in a blocking operation.
#pragma once

namespace fairlead::detail {

/// An event descriptor of this thread, made when first asked for; -1 if the process has no descriptors left.
/// Such descriptors are passed on to later threads but never closed: a late wake-up meant for a thread that
/// has ended then wakes another one once for nothing, and never writes into somebody's file.
[[nodiscard]] int this_threads_waker() noexcept;

}  // namespace fairlead::detail
