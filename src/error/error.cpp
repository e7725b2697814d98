// SPDX-License-Identifier: MIT
#include <fairlead/error.hpp>

#include <array>
#include <atomic>
#include <cctype>

namespace fairlead {

namespace {

constexpr std::array<std::string_view, 25> verb_names = {
    "",      "parse",     "open",     "bind",  "listen",     "accept",     "connect", "send",    "send_to",
    "recv",  "recv_from", "shutdown", "close", "set option", "get option", "adopt",   "release", "wait",
    "sleep", "resolve",   "read",     "write", "spawn",      "copy",       "run"};
static_assert(verb_names.size() == static_cast<std::size_t>(verb::run) + 1);

std::string_view words(fault f) noexcept {
  switch (f) {
    case fault::none: return "no error";
    case fault::bad_syntax: return "bad syntax";
    case fault::unknown_name: return "unknown name";
    case fault::end_of_stream: return "the peer finished before everything had arrived";
    case fault::too_long: return "longer than the limit";
    case fault::truncated: return "the stream was cut off";
    case fault::untrusted: return "the peer could not be verified";
    case fault::no_answer: return "the name servers gave no answer";
    case fault::child_failed: return "a task ended with an exception";
  }
  return "unknown fault";
}

class fault_category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "fairlead"; }
  std::string message(int value) const override { return std::string(words(static_cast<fault>(value))); }
};

const std::error_category& faults() noexcept {
  static const fault_category category;
  return category;
}

// "Connection refused" inside a sentence is "connection refused"; names in capitals stay.
std::string in_a_sentence(std::string text) {
  if (text.size() > 1 && std::isupper(static_cast<unsigned char>(text[0])) != 0 &&
      std::isupper(static_cast<unsigned char>(text[1])) == 0) {
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  }
  return text;
}

class fixed_words final : public error_context {
 public:
  fixed_words(std::string subject, std::string reason)
      : subject_(std::move(subject)), reason_(std::move(reason)) {}
  std::string subject() const override { return subject_; }
  std::string reason() const override { return reason_; }

 private:
  std::string subject_;
  std::string reason_;
};

class partial_transfer final : public error_context {
 public:
  partial_transfer(error_context_ptr inner, std::size_t bytes) : inner_(std::move(inner)), bytes_(bytes) {}
  std::string subject() const override { return inner_ ? inner_.get()->subject() : std::string(); }
  std::string reason() const override { return inner_ ? inner_.get()->reason() : std::string(); }
  std::size_t transferred() const noexcept override { return bytes_; }

 private:
  error_context_ptr inner_;
  std::size_t bytes_;
};

}  // namespace

std::string_view to_string(verb v) noexcept { return verb_names[static_cast<std::size_t>(v)]; }

error_context::~error_context() = default;
std::string error_context::reason() const { return {}; }
std::size_t error_context::transferred() const noexcept { return 0; }

void error_context_ptr::retain() const noexcept {
  if (context_ != nullptr) std::atomic_ref(context_->references_).fetch_add(1, std::memory_order_relaxed);
}

void error_context_ptr::drop() noexcept {
  if (std::atomic_ref(context_->references_).fetch_sub(1, std::memory_order_acq_rel) == 1) delete context_;
}

error error::about(errc code, verb what, std::string subject, std::string reason) {
  return error(code, what, error_context_ptr(new fixed_words(std::move(subject), std::move(reason))));
}

error error::about(fault code, verb what, std::string subject, std::string reason) {
  return error(code, what, error_context_ptr(new fixed_words(std::move(subject), std::move(reason))));
}

error error::after(std::size_t bytes) const {
  error copy = *this;
  copy.context_ = error_context_ptr(new partial_transfer(context_, bytes));
  return copy;
}

error error::reworded(verb what, std::string subject, std::string reason) const {
  error copy = *this;
  copy.verb_ = what;
  copy.context_ = error_context_ptr(new fixed_words(std::move(subject), std::move(reason)));
  return copy;
}

error error::with_context(error_context_ptr context) const {
  error copy = *this;
  if (!copy.context_) copy.context_ = std::move(context);
  return copy;
}

std::error_code error::code() const noexcept {
  if (fault_ != fault::none) return {static_cast<int>(fault_), faults()};
  return {code_, std::generic_category()};
}

std::string error::subject() const { return context_ ? context_.get()->subject() : std::string(); }

std::string error::reason() const {
  if (context_) {
    if (std::string said = context_.get()->reason(); !said.empty()) return said;
  }
  if (fault_ != fault::none) return std::string(words(fault_));
  // The system's words for these speak of resources and connections that have nothing to do with it.
  if (*this == errc::operation_would_block) return "would block";
  if (*this == errc::timed_out) return "timed out";
  if (*this == errc::operation_canceled) return "canceled";
  if (*this == errc::device_or_resource_busy) return "another operation is in progress in this direction";
  return in_a_sentence(code().message());
}

std::string error::message() const {
  std::string sentence;
  // A parse error is told by its place alone: "tcp://localhost:70000: port must be 0 to 65535".
  if (verb_ != verb::none && verb_ != verb::parse) sentence += to_string(verb_);
  if (const std::string about = subject(); !about.empty()) {
    if (!sentence.empty()) sentence += ' ';
    sentence += about;
  }
  if (!sentence.empty()) sentence += ": ";
  return sentence + reason();
}

std::size_t error::transferred() const noexcept { return context_ ? context_.get()->transferred() : 0; }

}  // namespace fairlead
