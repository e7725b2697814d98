// SPDX-License-Identifier: MIT
#include "support/temp_dir.hpp"

#include <stdlib.h>

#include <fstream>
#include <stdexcept>

namespace fairlead::testing {

temp_dir::temp_dir() {
  // Not below TMPDIR if that is long: sockets would not fit.
  std::string base = std::filesystem::temp_directory_path().string();
  if (base.size() > 60) base = "/tmp";
  std::string name = base + "/fl.XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a directory in " + base);
  path_ = name;
}

temp_dir::~temp_dir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

unix_address temp_dir::socket(std::string_view name) const {
  return unix_address::path((path_ / name).string()).value();
}

std::string temp_dir::write(std::string_view name, std::string_view content) const {
  const std::filesystem::path file = path_ / name;
  std::ofstream(file, std::ios::binary) << content;
  return file.string();
}

}  // namespace fairlead::testing
