// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>

namespace fairlead::testing {

/// As long as it lives this process gets no new descriptors (EMFILE); those it has go on working.
class no_descriptors_left {
 public:
  no_descriptors_left() {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    // A limit of three or fewer is an error of another kind to posix_spawn(3) and fcntl(2).
    for (int& fd : taken_) fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    const int lowest_free = ::dup(taken_.back());
    ::close(lowest_free);
    rlimit full = before_;
    full.rlim_cur = static_cast<rlim_t>(lowest_free);
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &full), 0);
  }
  ~no_descriptors_left() {
    ::setrlimit(RLIMIT_NOFILE, &before_);
    for (const int fd : taken_) ::close(fd);
  }
  no_descriptors_left(const no_descriptors_left&) = delete;
  no_descriptors_left& operator=(const no_descriptors_left&) = delete;

 private:
  rlimit before_{};
  std::array<int, 8> taken_{};
};

}  // namespace fairlead::testing
