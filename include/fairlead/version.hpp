// SPDX-License-Identifier: MIT
// The version of these headers and of the library they were installed with. The build reads it from
// here, so that there is one place to change.
#pragma once

#define FAIRLEAD_VERSION_MAJOR 0
#define FAIRLEAD_VERSION_MINOR 1
#define FAIRLEAD_VERSION_PATCH 0

#define FAIRLEAD_VERSION_JOIN_(major, minor, patch) #major "." #minor "." #patch
#define FAIRLEAD_VERSION_TEXT_(major, minor, patch) FAIRLEAD_VERSION_JOIN_(major, minor, patch)

/// "0.1.0"
#define FAIRLEAD_VERSION \
  FAIRLEAD_VERSION_TEXT_(FAIRLEAD_VERSION_MAJOR, FAIRLEAD_VERSION_MINOR, FAIRLEAD_VERSION_PATCH)
