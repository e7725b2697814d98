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

// Whose partial file was there before us could write what we are about to vouch for, then and later.
bool is_ours_alone(const files::facts& partial) {
  return partial.kind == files::kind::file && partial.links <= 1 && partial.owner == files::our_user();
}

std::unexpected<error> in_the_way(const std::string& path) {
  return refuse(errc::invalid_argument, path, "is in the way: remove it");
}

// In a file's place.
result<std::optional<files::facts>> what_is_there(const files::directory& in, const entry& e) {
  const std::string name = name_in(e.path);
  auto there = in.look(name);
  if (there && *there && (*there)->kind == files::kind::directory) {
    return refuse(errc::is_a_directory, in.at(name), "is a directory, and what is sent is a file");
  }
  return there;
}

bool is_like(const std::optional<files::facts>& there, const entry& e) {
  const files::time sent{e.seconds, e.nanoseconds};
  return there && there->kind == files::kind::file && there->size == e.size && there->changed == sent;
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
    // One of somebody else has the permissions and times that they want, whatever root may do to it; and to
    // one that was there before something may be forbidden.
    const auto permitted = [&s](result<void> done) {
      return !done && !s.made && done.error() == errc::operation_not_permitted ? result<void>() : done;
    };
    if (s.ours) r = permitted(s.here.set_mode(s.what.mode | s.special));
    if (r && s.ours) r = permitted(s.here.set_time({s.what.seconds, s.what.nanoseconds}));
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
    steps_.push_back({{}, e});
    return {};
  }
  files::directory& above = **in;
  const auto there = above.look(name);
  if (!there) return std::unexpected(there.error());
  if (!*there) {
    if (why_ == purpose::look) {
      auto writable = look_whether_writable();
      if (writable) steps_.push_back({{}, e});
      return writable;
    }
    if (auto made = above.make_directory(name); !made) return made;
    if (auto safe = above.sync(); !safe) return safe;
  }
  const bool made = !*there;
  const bool ours = made || (*there)->owner == files::our_user();
  const bool looks = why_ == purpose::look;
  const auto denied = [](const auto& r) { return !r && r.error() == errc::permission_denied; };
  auto entered = above.enter(name);
  const bool shut = ours && (entered ? looks && denied(entered->look(".")) : denied(entered));
  if (shut && looks) {
    steps_.push_back({{}, e});
    return {};
  }
  if (shut) {
    if (auto opened = above.open_up(name); !opened) return opened;
    entered = above.enter(name);
  }
  if (!entered) return std::unexpected(entered.error());
  const auto itself = entered->look();
  if (!itself) return std::unexpected(itself.error());
  // Somebody may have put another one there since. One that we may not write in gets its permissions back
  // when it is left.
  const bool still_ours = made || itself->owner == files::our_user();
  if (!looks && still_ours && (itself->mode & 0700U) != 0700U) {
    auto opened = entered->set_mode(itself->mode | 0700U);
    if (!opened && opened.error() != errc::operation_not_permitted) return opened;
  }
  // A new one may have its set-group-ID from the directory above.
  const std::uint16_t special = itself->mode & 07000U;
  steps_.push_back({std::move(*entered), e, made, still_ours, special});
  return {};
}

result<void> target::look_whether_writable() const {
  if (steps_.empty()) return root_.look_whether_writable();
  if (is_new()) return {};
  return steps_.back().here.look_whether_writable_or_ours();
}

const files::directory& target::ground() const {
  const auto there =
      std::ranges::find_if(steps_.rbegin(), steps_.rend(), [](const step& s) { return s.here.is_open(); });
  return there == steps_.rend() ? root_ : there->here;
}

result<bool> looks_the_same(const files::directory& in, const entry& e) {
  const auto there = what_is_there(in, e);
  if (!there) return std::unexpected(there.error());
  return is_like(*there, e);
}

result<need> needed(const files::directory* in, const entry& e) {
  need n;
  if (in == nullptr) {
    n.bytes = e.stored;
    n.entries = 1;
    return n;
  }
  const std::string name = name_in(e.path);
  const auto there = what_is_there(*in, e);
  if (!there) return std::unexpected(there.error());
  // One of somebody else whose permissions are others comes anew, see offer_whole().
  const bool can_stay =
      *there && ((*there)->owner == files::our_user() || ((*there)->mode & 0777U) == e.mode);
  if (e.asks && can_stay && is_like(*there, e)) return n;
  if (*there) {
    if (auto may = in->look_whether_replaceable(name, **there); !may) return std::unexpected(may.error());
  }
  const auto partial = in->look(partial_name(name));
  if (!partial) return std::unexpected(partial.error());
  if (*partial && !is_ours_alone(**partial)) return in_the_way(in->at(partial_name(name)));
  const std::uint64_t more = *partial ? e.stored - std::min(e.stored, (*partial)->size) : e.stored;
  // What the old one takes is free again once the new one has its name.
  const bool freed = *there && (*there)->kind == files::kind::file && (*there)->links == 1;
  n.bytes_meanwhile = freed ? std::min(more, (*there)->stored) : 0;
  n.bytes = more - n.bytes_meanwhile;
  (*there ? n.entries_meanwhile : n.entries) = *partial ? 0 : 1;
  return n;
}

result<files::file> open_partial(files::directory& in, const std::string& name) {
  const std::string partial = partial_name(name);
  // Whoever had it before us may just have given it its final name: then it is not what has this one now.
  for (int tries = 0; tries < 100; ++tries) {
    auto f = in.make_file(partial);
    const bool made = f.has_value();  // some file systems give it another owner: it is ours all the same
    if (!made && f.error() == errc::file_exists) f = in.open_for_writing(partial);
    if (!f && f.error() == errc::no_such_file_or_directory && tries < 99) continue;  // gone since
    if (!f) return f;
    const auto itself = f->look();
    if (!itself) return std::unexpected(itself.error());
    if (!made && !is_ours_alone(*itself)) return in_the_way(f->name());
    const auto locked = f->try_lock();
    if (!locked) return std::unexpected(locked.error());
    if (!*locked) break;
    const auto there = in.look(partial);
    if (!there) return std::unexpected(there.error());
    if (*there && (*there)->inode == itself->inode && (*there)->device == itself->device) return f;
  }
  return refuse(errc::text_file_busy, in.at(name), "another transfer is writing it; try again after that");
}

}  // namespace tool::transfer
