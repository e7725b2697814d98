// SPDX-License-Identifier: MIT
#include "files/replacement.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "files/file.hpp"

namespace tool::files {

namespace fs = std::filesystem;
using fairlead::result;
using fairlead::verb;

namespace {

// /dev/stdout may lead to a regular file, which is no reason to put another one in its place.
bool is_of_the_system(const std::string& path) {
  const std::string whole = fs::absolute(path).lexically_normal().native();
  return whole.starts_with("/dev/") || whole.starts_with("/proc/");
}

bool leads_into_the_system(const std::string& path) {
  std::error_code failed;
  for (std::string at = path; !failed;) {
    if (is_of_the_system(at)) return true;
    if (!fs::is_symlink(at, failed)) return false;
    at = (fs::path(at).parent_path() / fs::read_symlink(at, failed)).native();
  }
  return false;  // a circle, perhaps: opening says it
}

// A file that is new, and nobody else's.
std::FILE* create_beside(const std::string& place, std::string& name) {
  for (unsigned n = 0; n < 1000; ++n) {
    name = place + '.' + std::to_string(::getpid()) + (n == 0 ? "" : '-' + std::to_string(n)) + ".part";
    std::FILE* const made = std::fopen(name.c_str(), "wbex");
    if (made != nullptr || errno != EEXIST) return made;
  }
  return nullptr;
}

}  // namespace

result<replacement> replacement::open(const std::string& path) {
  replacement r;
  r.named_ = path;
  std::error_code ignored;
  const bool there = fs::exists(path, ignored);
  const bool as_it_is = (there && !fs::is_regular_file(path, ignored)) || leads_into_the_system(path) ||
                        (!there && fs::is_symlink(path, ignored));
  if (as_it_is) {
    const bool adds = there && fs::is_regular_file(path, ignored);
    r.file_.reset(std::fopen(path.c_str(), adds ? "abe" : "wbe"));
  } else {
    r.place_ = there ? fs::canonical(path, ignored).native() : path;
    r.file_.reset(create_beside(r.place_, r.beside_));
    if (!r.file_) r.beside_.clear();
  }
  if (!r.file_) return std::unexpected(failed(verb::open, path));
  return r;
}

replacement& replacement::operator=(replacement&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(named_, other.named_);
  std::swap(place_, other.place_);
  std::swap(beside_, other.beside_);
  return *this;
}

result<void> replacement::write(std::string_view bytes) {
  errno = 0;
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) == bytes.size()) return {};
  return std::unexpected(failed(verb::write, named_));
}

result<void> replacement::finish() {
  errno = 0;
  bool fine = std::fclose(file_.release()) == 0;
  fine = fine && (beside_.empty() || std::rename(beside_.c_str(), place_.c_str()) == 0);
  const int why = errno;
  if (!fine) drop();
  beside_.clear();
  errno = why != 0 ? why : EIO;
  if (!fine) return std::unexpected(failed(verb::write, named_));
  return {};
}

void replacement::drop() noexcept {
  file_.reset();
  if (!beside_.empty()) (void)std::remove(std::exchange(beside_, {}).c_str());
}

}  // namespace tool::files
