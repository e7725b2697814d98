// SPDX-License-Identifier: MIT
#include "transfer/source.hpp"

#include <algorithm>
#include <filesystem>
#include <unordered_map>

#include "files/directory.hpp"
#include "text.hpp"

namespace tool::transfer {

namespace {

using namespace fairlead;

// A file from which the others begin to be told by names of their own.
constexpr std::uint64_t worth_asking = 64U << 10U;

std::unexpected<error> refuse(const std::string& path, const char* why) {
  return std::unexpected(error::about(errc::invalid_argument, verb::none, printable(path), why));
}

// How much of a file is no hole. What the disk has taken so far says too little of a file that was written
// just now, so the file is asked; but not for ever.
std::uint64_t data_of(const files::file& f, std::uint64_t size) {
  std::uint64_t all = 0;
  std::uint64_t place = 0;
  for (int n = 0; place < size; ++n) {
    if (n == 10'000) return all + (size - place);
    const files::extent e = f.data_after(place, size);
    all += e.end - e.begin;
    place = e.end;
  }
  return all;
}

class search {
 public:
  explicit search(const console& out) : out_(out) {}

  result<void> add(const std::string& name) {
    auto root = root_of(name);
    if (!root) return std::unexpected(root.error());
    const auto f = files::look(root->path, true);
    if (!f) return std::unexpected(f.error());
    root->facts = *f;
    const auto [other, fresh] = roots_.emplace(root->name(), name);
    if (!fresh) {
      return refuse(name, ("and " + printable(other->second) + " would be the same file there").c_str());
    }
    if (is_partial_name(root->name())) {
      return refuse(name, "is what an interrupted transfer has left; receive it first, or rename it");
    }
    if (f->kind == files::kind::file) return take(std::move(*root));
    if (f->kind != files::kind::directory) return refuse(name, "is neither a file nor a directory");
    auto d = files::directory::open(root->path);
    if (!d) return std::unexpected(d.error());
    const std::string path = root->path;
    const std::size_t cut = root->cut;
    if (auto taken = take(std::move(*root)); !taken) return taken;
    return walk(*d, path, cut, 1);
  }

  std::vector<source> found;

 private:
  // The name there is the last one of the path here, which "." and ".." have not got.
  static result<source> root_of(const std::string& name) {
    if (name.empty()) return refuse("''", "no file has an empty name");
    std::string path = name;
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    const std::string last = path.substr(path.rfind('/') + 1);
    if (last == "." || last == "..") {
      std::error_code failed;
      path = std::filesystem::canonical(path, failed).native();
      if (failed) {
        return std::unexpected(error::about(static_cast<errc>(failed.value()), verb::open, printable(name)));
      }
    }
    if (path == "/") return refuse(name, "has no name that it could have there");
    source s;
    s.cut = path.rfind('/') + 1;
    s.path = std::move(path);
    s.follow = true;
    return s;
  }

  result<void> take(source s) {
    if (found.size() == most_files) return refuse(s.path, "there is more to send than 1000000 files");
    if (!is_fine_path(s.name())) return refuse(s.path, "its path is too long, or too deep (100 directories)");
    if (s.facts.kind == files::kind::file) {
      const auto readable = files::open_for_reading(s.path, s.follow);
      if (!readable) return std::unexpected(readable.error());
      if (auto so = look_whether_empty(*readable, s); !so) return so;
      if (s.facts.stored < s.facts.size) s.facts.stored = data_of(*readable, s.facts.size);
    }
    found.push_back(std::move(s));
    return {};
  }

  // One that says so and is not may have grown just now.
  static result<void> look_whether_empty(const files::file& f, const source& s) {
    if (s.facts.size > 0) return {};
    const auto more = has_more(f, 0);
    if (!more) return std::unexpected(more.error());
    const auto now = f.look();
    if (*more && now && now->size == 0) return std::unexpected(more_than_said(s.path));
    return {};
  }

  result<void> walk(const files::directory& d, const std::string& path, std::size_t cut, std::size_t depth) {
    if (depth > deepest) return refuse(path, "is too deep: 100 directories at most");
    const auto names = d.names(most_files);
    if (!names) return std::unexpected(names.error());
    for (const std::string& name : *names) {
      const auto f = d.look(name);
      if (!f) return std::unexpected(f.error());
      if (!*f) continue;  // gone since
      source s;
      s.path = d.at(name);
      s.cut = cut;
      s.facts = **f;
      if (is_partial_name(name)) {
        leave_out(s.path, "left by an interrupted transfer");
      } else if (s.facts.kind == files::kind::link) {
        leave_out(s.path, "a symbolic link");
      } else if (s.facts.kind == files::kind::other) {
        leave_out(s.path, "neither a file nor a directory");
      } else if (s.facts.kind == files::kind::file) {
        if (auto taken = take(std::move(s)); !taken) return taken;
      } else {
        const auto below = d.enter(name);
        if (!below) return std::unexpected(below.error());
        const std::string at = s.path;
        if (auto taken = take(std::move(s)); !taken) return taken;
        if (auto walked = walk(*below, at, cut, depth + 1); !walked) return walked;
      }
    }
    return {};
  }

  void leave_out(const std::string& path, std::string_view why) const {
    std::string said = printable(path);
    said += ": not sent: ";
    said += why;
    out_.note(said);
  }

  const console& out_;
  std::unordered_map<std::string, std::string> roots_;  // names there, and what they are here
};

}  // namespace

result<std::vector<source>> find_sources(std::span<const std::string> names, const console& out) {
  search s(out);
  for (const std::string& name : names) {
    if (auto added = s.add(name); !added) return std::unexpected(added.error());
  }
  return std::move(s.found);
}

result<bool> has_more(const files::file& f, std::uint64_t size) {
  std::byte beyond{};
  const auto n = f.read_at(mutable_buffer(&beyond, 1), size);
  if (!n) return std::unexpected(n.error());
  return *n > 0;
}

error more_than_said(const std::string& path) {
  return error::about(errc::invalid_argument, verb::read, printable(path),
                      "has more in it than its size says: send a copy of it");
}

entry entry_of(const source& s, const files::facts& now) {
  entry e;
  e.kind = now.kind == files::kind::directory ? entry_kind::directory : entry_kind::file;
  e.mode = now.mode & 0777U;
  e.seconds = now.changed.seconds;
  e.nanoseconds = now.changed.nanoseconds;
  if (e.kind == entry_kind::file) {
    e.size = now.size;
    e.stored = now.size == s.facts.size ? std::min(s.facts.stored, now.size) : now.size;
    e.asks = now.size >= worth_asking;
  }
  e.path = s.name();
  return e;
}

}  // namespace tool::transfer
