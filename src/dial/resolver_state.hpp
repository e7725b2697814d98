// SPDX-License-Identifier: MIT
// What the handles of one resolver share: options, the system's files as they are now, and the cache.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include <fairlead/resolve.hpp>

#include "dial/ask.hpp"
#include "dial/cache.hpp"
#include "dial/hosts.hpp"
#include "dial/resolv_conf.hpp"
#include "sys/file.hpp"

namespace fairlead::lookup {

/// What is made of a file, and anew when the file changes.
template <class T>
class watched_file {
 public:
  explicit watched_file(std::string path) : path_(std::move(path)) {}

  /// `make(text)` gives a T; the text is empty if there is no such file. Reading it blocks as files do:
  /// briefly.
  template <class Make>
  [[nodiscard]] std::shared_ptr<const T> look(Make make) {
    // Asked before reading: what is written meanwhile is seen next time.
    const sys::file_stamp now = path_.empty() ? sys::file_stamp() : sys::stamp_of(path_);
    const std::scoped_lock lock(mutex_);
    if (made_ == nullptr || now != stamp_) {
      constexpr std::size_t longest = 64 << 20;
      made_ = std::make_shared<const T>(
          make(path_.empty() ? std::string() : sys::read_file(path_, longest).value_or("")));
      stamp_ = now;
    }
    return made_;
  }

 private:
  const std::string path_;
  std::mutex mutex_;
  sys::file_stamp stamp_;
  std::shared_ptr<const T> made_;
};

}  // namespace fairlead::lookup

namespace fairlead::detail {

struct resolver_state {
  explicit resolver_state(resolver_options given)
      : options(std::move(given)),
        cache(options.cache_entries, options.longest_kept, options.longest_kept_negative),
        hosts_(options.hosts_file),
        conf_(options.resolv_conf) {}

  /// Whom to ask, and how, as the system is configured now.
  [[nodiscard]] std::shared_ptr<const lookup::settings> settings();
  [[nodiscard]] std::shared_ptr<const lookup::hosts_table> hosts();
  /// At which of the servers a look-up begins.
  [[nodiscard]] std::size_t first_server(const lookup::settings& s) noexcept;

  const resolver_options options;
  lookup::answer_cache cache;
  lookup::gate crowd{lookup::most_at_once};
  std::atomic<unsigned> references{1};

 private:
  lookup::watched_file<lookup::hosts_table> hosts_;
  lookup::watched_file<lookup::settings> conf_;
  std::atomic<std::size_t> turns_{0};
};

}  // namespace fairlead::detail
