// SPDX-License-Identifier: MIT
// A test that is a template over kinds of sockets, run for each of them by each way of waiting.
#pragma once

#include <array>
#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "conformance/ways.hpp"

namespace fairlead::testing {

/// The parameter of such a test. `Kinds` is a tuple of structs, each with a `name`.
template <class Kinds>
struct kind_and_way {
  std::size_t kind;
  way by;

  [[nodiscard]] std::string_view kind_name() const {
    return [this]<std::size_t... I>(std::index_sequence<I...>) {
      return std::array<std::string_view, sizeof...(I)>{std::tuple_element_t<I, Kinds>::name...}[kind];
    }(std::make_index_sequence<std::tuple_size_v<Kinds>>{});
  }
  friend void PrintTo(const kind_and_way& c, std::ostream* out) {
    *out << c.kind_name() << " by " << to_string(c.by);
  }
};

template <class Kinds>
std::vector<kind_and_way<Kinds>> cases(const std::vector<way>& ways) {
  std::vector<kind_and_way<Kinds>> all;
  for (std::size_t k = 0; k < std::tuple_size_v<Kinds>; ++k) {
    for (const way w : ways) all.push_back({k, w});
  }
  return all;
}

template <class Kinds>
std::string name_of_case(const ::testing::TestParamInfo<kind_and_way<Kinds>>& info) {
  return std::string(info.param.kind_name()) + "_" + std::string(to_string(info.param.by));
}

/// Calls body(kind) with the struct of that index.
template <class Kinds, class Body>
void with_kind(std::size_t kind, Body body) {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    ((kind == I ? body(std::tuple_element_t<I, Kinds>{}) : void()), ...);
  }(std::make_index_sequence<std::tuple_size_v<Kinds>>{});
}

}  // namespace fairlead::testing

#define FAIRLEAD_KIND_TEST(Kinds, Suite, Name)                                                        \
  template <class Kind>                                                                               \
  static void Suite##_##Name(::fairlead::testing::way by);                                            \
  TEST_P(Suite, Name) {                                                                               \
    ::fairlead::testing::with_kind<Kinds>(                                                            \
        GetParam().kind, [this](auto kind) { Suite##_##Name<decltype(kind)>(this->GetParam().by); }); \
  }                                                                                                   \
  template <class Kind>                                                                               \
  static void Suite##_##Name([[maybe_unused]] ::fairlead::testing::way by)
