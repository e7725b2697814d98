// SPDX-License-Identifier: MIT
#include "wire/conveyance.hpp"

#include <type_traits>
#include <variant>

namespace tool {

using namespace fairlead;

namespace {

// What can be read only, or written only, is no way for the other direction; the link itself says so better.
bool takes_part(const auto& end, bool as_source) {
  if constexpr (std::is_same_v<decltype(end), descriptor_stream* const&>) {
    return end != nullptr && (as_source ? end->reader().is_open() : end->writer().is_open());
  } else {
    return end != nullptr;
  }
}

}  // namespace

std::unique_ptr<conveyor> conveyor_between(link& from, link& to) {
  const auto between = []<class From, class To>(From* source, To* sink) -> std::unique_ptr<conveyor> {
    if constexpr (splice_source<From> && splice_sink<To>) {
      if (takes_part(source, true) && takes_part(sink, false))
        return std::make_unique<conveyor>(*source, *sink);
    }
    return nullptr;
  };
  return std::visit(between, from.socket(), to.socket());
}

bool is_of_source(const error& e) noexcept {
  return e.operation() == verb::recv || e.operation() == verb::read;
}

}  // namespace tool
