// SPDX-License-Identifier: MIT
// Symbol visibility: the library is built with hidden symbols, and what is public says so.
#pragma once

#if defined(FAIRLEAD_STATIC)
#define FAIRLEAD_API
#else
#define FAIRLEAD_API [[gnu::visibility("default")]]
#endif
