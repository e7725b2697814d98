// SPDX-License-Identifier: MIT
// What holds for every value type: order, hash, round trip, stream; over samples and random values.
#include <algorithm>
#include <cmath>
#include <random>
#include <sstream>
#include <unordered_set>
#include <vector>

#include <gtest/gtest.h>

#include <fairlead/address.hpp>
#include <fairlead/ip_network.hpp>

namespace {

using namespace fairlead;

using generator = std::mt19937_64;

template <class T>
T random_value(generator& random);

template <>
port random_value(generator& random) {
  return port(static_cast<std::uint16_t>(random()));
}

template <>
ipv4_address random_value(generator& random) {
  return ipv4_address(static_cast<std::uint32_t>(random()));
}

// Runs of zeros, mapped addresses and scopes must be as common as noise.
template <>
ipv6_address random_value(generator& random) {
  ipv6_address::groups_type groups{};
  for (auto& group : groups) {
    const auto kind = random() % 4;
    group = kind < 2 ? 0 : static_cast<std::uint16_t>(kind == 2 ? random() : random() % 16);
  }
  const std::uint32_t scope =
      random() % 4 != 0 ? 0 : static_cast<std::uint32_t>(random() % 3 == 0 ? random() : random() % 5);
  if (random() % 8 == 0)
    return ipv6_address::v4_mapped(random_value<ipv4_address>(random)).with_scope_id(scope);
  return ipv6_address::from_groups(groups, scope);
}

template <>
ip_address random_value(generator& random) {
  if (random() % 2 == 0) return random_value<ipv4_address>(random);
  return random_value<ipv6_address>(random);
}

template <>
ip_network random_value(generator& random) {
  const ip_address inside = random_value<ip_address>(random);
  return ip_network::around(inside, static_cast<unsigned>(random() % (inside.is_v6() ? 129 : 33)));
}

template <>
ip_endpoint random_value(generator& random) {
  return {random_value<ip_address>(random), random_value<port>(random)};
}

template <>
unix_address random_value(generator& random) {
  constexpr std::string_view tricky =
      "@()%/.:[]?#& \n\x7f\xc3\xbc"
      "au";
  const auto kind = random() % 8;
  if (kind == 0) return {};
  std::string name(random() % (random() % 4 == 0 ? 108 : 6), ' ');
  for (char& c : name) c = random() % 2 == 0 ? static_cast<char>(random()) : tricky[random() % tricky.size()];
  if (kind < 4) return unix_address::abstract(name).value();
  std::ranges::replace(name, '\0', '0');
  if (kind == 4) name = "(unnamed)";
  if (kind == 5) name.insert(0, "unix:");
  name.resize(std::min<std::size_t>(name.size(), 107));
  return unix_address::path(name.empty() ? "@" : name).value();
}

template <>
endpoint random_value(generator& random) {
  if (random() % 2 == 0) return random_value<ip_endpoint>(random);
  return random_value<unix_address>(random);
}

template <class T>
class AddressLaws : public testing::Test {
 protected:
  static std::vector<T> values(std::size_t count) {
    generator random(20260722);
    std::vector<T> made{T()};
    while (made.size() < count) made.push_back(random_value<T>(random));
    return made;
  }
};

using all_types = testing::Types<port, ipv4_address, ipv6_address, ip_address, ip_network, ip_endpoint,
                                 unix_address, endpoint>;
class type_names {
 public:
  template <class T>
  static std::string GetName(int index) {
    static const char* const names[] = {"port",       "ipv4",        "ipv6", "ip",
                                        "ip_network", "ip_endpoint", "unix", "endpoint"};
    return names[index];
  }
};
TYPED_TEST_SUITE(AddressLaws, all_types, type_names);

TYPED_TEST(AddressLaws, ParseGivesBackWhatToStringWrote) {
  for (const TypeParam& value : this->values(30000)) {
    if constexpr (std::is_same_v<TypeParam, endpoint>) {
      if (value.is_unspecified()) continue;
    }
    const std::string text = value.to_string();
    const auto again = TypeParam::parse(text);
    ASSERT_TRUE(again) << again.error().message();
    ASSERT_EQ(*again, value);
    ASSERT_EQ(again->to_string(), text) << "the text is canonical";
  }
}

TYPED_TEST(AddressLaws, OrderIsTotalAndAgreesWithEquality) {
  const auto values = this->values(120);
  for (const TypeParam& a : values) {
    for (const TypeParam& b : values) {
      const auto order = a <=> b;
      ASSERT_EQ(order == 0, a == b);
      ASSERT_EQ(order < 0, (b <=> a) > 0);
      ASSERT_EQ(a<b, b> a);
      for (const TypeParam& c : values) {
        if (a < b && b < c) {
          ASSERT_LT(a, c);
        }
      }
    }
  }
}

TYPED_TEST(AddressLaws, EqualValuesHashAlikeAndTheirCopiesAreEqual) {
  const std::hash<TypeParam> hash;
  for (const TypeParam& value : this->values(1000)) {
    TypeParam copy;
    copy = value;
    ASSERT_EQ(copy, value);
    ASSERT_EQ(hash(copy), hash(value));
  }
}

TYPED_TEST(AddressLaws, DifferentValuesSeldomHashAlike) {
  auto values = this->values(20000);
  std::ranges::sort(values);
  values.erase(std::unique(values.begin(), values.end()), values.end());
  std::unordered_set<std::size_t> hashes;
  std::unordered_set<std::size_t> low_bits;
  for (const TypeParam& value : values) {
    hashes.insert(value.hash());
    low_bits.insert(value.hash() % 65536);
  }
  EXPECT_EQ(hashes.size(), values.size())
      << "64 bits and 20,000 values: one collision has odds of one in 10^11";
  // Random numbers would fill 65536 * (1 - e^(-n / 65536)) of the places; tables use the low bits.
  const double n = static_cast<double>(values.size());
  EXPECT_GT(static_cast<double>(low_bits.size()), 0.95 * 65536 * (1 - std::exp(-n / 65536)));
}

TYPED_TEST(AddressLaws, StreamsAsItsText) {
  for (const TypeParam& value : this->values(100)) {
    std::ostringstream out;
    out << value;
    ASSERT_EQ(out.str(), value.to_string());
  }
}

TEST(AddressOrder, PutsNothingFirstThenIpv4ThenIpv6ThenUnix) {
  const std::vector<endpoint> sorted = {
      endpoint(),
      endpoint(ipv4_address(255, 255, 255, 255), 65535),
      endpoint(ipv6_address::any(), 0),
      endpoint(ipv6_address::any(), 1),
      endpoint(unix_address()),
      endpoint(unix_address::path("a").value()),
      endpoint(unix_address::abstract("a").value()),
  };
  EXPECT_TRUE(std::ranges::is_sorted(sorted, std::less<>()));
}

// A flood of peers that differ in one field only, as an attacker or a load test would make it.
TEST(AddressHash, SpreadsNeighbouringPortsAndAddresses) {
  std::unordered_set<std::size_t> low_bits;
  for (std::uint32_t i = 0; i < 4096; ++i) {
    low_bits.insert(endpoint(ipv4_address(0x0a000000U + i), 7000).hash() % 65536);
    low_bits.insert(endpoint(ipv4_address(10, 1, 2, 3), port(static_cast<std::uint16_t>(i))).hash() % 65536);
  }
  EXPECT_GT(low_bits.size(), 7300U) << "8192 random numbers fill about 7700 of 65536 places";
}

}  // namespace
