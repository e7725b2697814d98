// SPDX-License-Identifier: MIT
#include "transfer/target.hpp"

#include <algorithm>

#include <fairlead/sha256.hpp>

#include "text.hpp"

namespace tool::transfer {

using namespace fairlead;

namespace {

std::unexpected<error> refuse(errc code, const std::string& path, const char* why) {
  return std::unexpected(error::about(code, verb::none, printable(path), why));
}

}  // namespace

std::string name_in(std::string_view path) { return std::string(path.substr(path.rfind('/') + 1)); }

std::string partial_name(const std::string& name) {
  // Not the name itself: with something before and behind it, it might be too long.
  std::string made(partial_prefix);
  made += sha256::hex(sha256::of(name)).substr(0, 32);
  made += partial_suffix;
  return made;
}

result<void> target::leave_last() {
  step& s = steps_.back();
  result<void> r;
  if (why_ == purpose::write) {
    // One that somebody else has made, and lets us write in, has the permissions and times that they want.
    const auto permitted = [&s](result<void> done) {
      return !done && !s.ours && done.error() == errc::operation_not_permitted ? result<void>() : done;
    };
    r = permitted(s.here.set_mode(s.what.mode | s.special));
    if (r) r = permitted(s.here.set_time({s.what.seconds, s.what.nanoseconds}));
    if (r) r = s.here.sync();
  }
  steps_.pop_back();
  return r;
}

result<void> target::leave() {
  while (!steps_.empty()) {
    if (auto left = leave_last(); !left) return left;
  }
  return {};
}

result<files::directory*> target::reach(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  const std::string_view above = slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
  const auto contains = [&](const std::string& d) {
    return above.starts_with(d) && (above.size() == d.size() || above[d.size()] == '/');
  };
  while (!steps_.empty() && !contains(steps_.back().what.path)) {
    if (auto left = leave_last(); !left) return std::unexpected(left.error());
  }
  if (above != (steps_.empty() ? std::string_view() : std::string_view(steps_.back().what.path))) {
    return refuse(errc::protocol_error, std::string(path), "comes before its directory");
  }
  if (is_partial_name(name_in(path))) {
    return refuse(errc::protocol_error, std::string(path), "has a name that is kept for partial files");
  }
  return last();
}

result<void> target::enter(const entry& e) {
  const auto in = reach(e.path);
  if (!in) return std::unexpected(in.error());
  const std::string name = name_in(e.path);
  if (*in == nullptr) {
    steps_.push_back({{}, e, true, 0});
    return {};
  }
  files::directory& above = **in;
  const auto there = above.look(name);
  if (!there) return std::unexpected(there.error());
  if (!*there) {
    if (why_ == purpose::look) {
      steps_.push_back({{}, e, true, 0});
      return {};
    }
    if (auto made = above.make_directory(name); !made) return made;
    if (auto safe = above.sync(); !safe) return safe;
  }
  auto entered = above.enter(name);
  if (!entered) return std::unexpected(entered.error());
  // One that we may not write in gets its permissions back when it is left.
  if (why_ == purpose::write && *there && ((*there)->mode & 0700U) != 0700U) {
    auto opened = entered->set_mode((*there)->mode | 0700U);
    if (!opened && opened.error() != errc::operation_not_permitted) return opened;
  }
  // A new one may have its set-group-ID from the directory above.
  const auto itself = entered->look(".");
  if (!itself) return std::unexpected(itself.error());
  const std::uint16_t special = *itself ? (*itself)->mode & 07000U : 0U;
  steps_.push_back({std::move(*entered), e, !*there, special});
  return {};
}

result<bool> looks_the_same(const files::directory& in, const entry& e) {
  const std::string name = name_in(e.path);
  const auto there = in.look(name);
  if (!there) return std::unexpected(there.error());
  if (!*there) return false;
  if ((*there)->kind == files::kind::directory) {
    return refuse(errc::is_a_directory, in.at(name), "is a directory, and what is sent is a file");
  }
  const files::time sent{e.seconds, e.nanoseconds};
  return (*there)->kind == files::kind::file && (*there)->size == e.size && (*there)->changed == sent;
}

result<std::uint64_t> missing(const files::directory* in, const entry& e) {
  if (in == nullptr) return e.stored;
  const auto same = looks_the_same(*in, e);
  if (!same) return std::unexpected(same.error());
  if (*same && e.asks) return 0;
  const auto partial = in->look(partial_name(name_in(e.path)));
  if (!partial) return std::unexpected(partial.error());
  return *partial ? e.stored - std::min(e.stored, (*partial)->size) : e.stored;
}

result<files::file> open_partial(files::directory& in, const std::string& name) {
  const std::string partial = partial_name(name);
  // Whoever had it before us may just have given it its final name: then it is not what has this one now.
  for (int tries = 0; tries < 100; ++tries) {
    auto f = in.open_or_make(partial);
    if (!f) return f;
    const auto locked = f->try_lock();
    if (!locked) return std::unexpected(locked.error());
    if (!*locked) break;
    const auto ours = f->look();
    if (!ours) return std::unexpected(ours.error());
    if (ours->kind != files::kind::file || ours->links > 1) {
      return refuse(errc::invalid_argument, f->name(), "is in the way: remove it");
    }
    const auto there = in.look(partial);
    if (!there) return std::unexpected(there.error());
    if (*there && (*there)->inode == ours->inode && (*there)->device == ours->device) return f;
  }
  return refuse(errc::text_file_busy, in.at(name), "another transfer is writing it; try again after that");
}

}  // namespace tool::transfer
