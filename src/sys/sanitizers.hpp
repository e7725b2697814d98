// SPDX-License-Identifier: MIT
// Which sanitizer watches this build: some of what we do has to be done where it can see it.
#pragma once

namespace fairlead::sys {

#if !defined(__has_feature)  // g++ before 14
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
inline constexpr bool address_sanitizer = true;
#else
inline constexpr bool address_sanitizer = false;
#endif
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
inline constexpr bool thread_sanitizer = true;
#else
inline constexpr bool thread_sanitizer = false;
#endif

}  // namespace fairlead::sys
