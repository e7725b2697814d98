// SPDX-License-Identifier: MIT
// Our parsers and printers beside the C library's, on random and mutated texts.
//
// They agree on every text and every address but for these, which are ours on purpose:
//  - inet_pton knows no scopes ('%'), so texts with one are left out here;
//  - inet_ntop writes ::1.2.3.4 for the deprecated IPv4-compatible addresses (RFC 4291, section 2.5.5.1)
//    where we write ::102:304: RFC 5952, section 5, wants dots only where the prefix is known to mean IPv4.
#include <arpa/inet.h>

#include <array>
#include <random>

#include <gtest/gtest.h>

#include <fairlead/address.hpp>

namespace {

using namespace fairlead;

using generator = std::mt19937_64;

std::optional<ipv4_address> libc_v4(const std::string& text) {
  ipv4_address::bytes_type bytes{};
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) != 1) return std::nullopt;
  return ipv4_address(bytes);
}

std::optional<ipv6_address> libc_v6(const std::string& text) {
  ipv6_address::bytes_type bytes{};
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return std::nullopt;
  return ipv6_address(bytes);
}

// One to three small accidents: a letter changed, lost, doubled, or a piece moved.
std::string mutated(std::string text, std::string_view alphabet, generator& random) {
  for (auto accidents = 1 + random() % 3; accidents > 0; --accidents) {
    const std::size_t at = text.empty() ? 0 : random() % text.size();
    const char letter = alphabet[random() % alphabet.size()];
    switch (random() % 5) {
      case 0: text.insert(at, 1, letter); break;
      case 1:
        if (!text.empty()) text[at] = letter;
        break;
      case 2:
        if (!text.empty()) text.erase(at, 1);
        break;
      case 3: text.insert(at, text.substr(at, random() % 4)); break;
      default: text = text.substr(at) + text.substr(0, at); break;
    }
  }
  return text;
}

std::string random_text(std::string_view alphabet, std::size_t longest, generator& random) {
  std::string text(random() % (longest + 1), ' ');
  for (char& c : text) c = alphabet[random() % alphabet.size()];
  return text;
}

ipv6_address random_v6(generator& random) {
  ipv6_address::groups_type groups{};
  for (auto& group : groups) {
    if (random() % 2 == 0) group = static_cast<std::uint16_t>(random() >> (48 + random() % 16));
  }
  return ipv6_address::from_groups(groups);
}

TEST(BesideTheCLibrary, Ipv4TextsAreAcceptedAndRefusedAlike) {
  generator random(4);
  std::size_t accepted = 0;
  for (int i = 0; i < 200000; ++i) {
    const std::string valid = ipv4_address(static_cast<std::uint32_t>(random())).to_string();
    const std::string text =
        i % 4 == 0 ? random_text("0123456789..", 15, random) : mutated(valid, "0123456789. x", random);
    const auto ours = ipv4_address::parse(text);
    const auto theirs = libc_v4(text);
    ASSERT_EQ(ours.has_value(), theirs.has_value()) << text;
    if (!ours) continue;
    ++accepted;
    ASSERT_EQ(*ours, *theirs) << text;
  }
  EXPECT_GT(accepted, 20000U) << "the mutations must leave enough texts valid to compare values";
}

TEST(BesideTheCLibrary, Ipv6TextsAreAcceptedAndRefusedAlike) {
  generator random(6);
  std::size_t accepted = 0;
  for (int i = 0; i < 300000; ++i) {
    std::string valid = random_v6(random).to_string();
    if (random() % 4 == 0) valid = valid.substr(0, valid.rfind(':') + 1) + "1.2.3.4";
    const std::string text = i % 4 == 0 ? random_text("0123456789abcdefABCDEF::::::::.", 24, random)
                                        : mutated(valid, "0123456789aF:::..g", random);
    const auto ours = ipv6_address::parse(text);
    const auto theirs = libc_v6(text);
    ASSERT_EQ(ours.has_value(), theirs.has_value()) << text;
    if (!ours) continue;
    ++accepted;
    ASSERT_EQ(*ours, *theirs) << text;
  }
  EXPECT_GT(accepted, 30000U) << "the mutations must leave enough texts valid to compare values";
}

TEST(BesideTheCLibrary, Ipv4AddressesAreWrittenAlike) {
  generator random(44);
  for (int i = 0; i < 100000; ++i) {
    const ipv4_address address(static_cast<std::uint32_t>(random()));
    std::array<char, INET_ADDRSTRLEN> buffer{};
    ASSERT_EQ(address.to_string(), inet_ntop(AF_INET, address.bytes().data(), buffer.data(), buffer.size()));
  }
}

TEST(BesideTheCLibrary, Ipv6AddressesAreWrittenAlikeButForCompatibleOnes) {
  generator random(66);
  std::size_t compatible = 0;
  for (int i = 0; i < 200000; ++i) {
    const ipv6_address address =
        i % 8 == 0 ? ipv6_address::v4_mapped(ipv4_address(static_cast<std::uint32_t>(random())))
                   : random_v6(random);
    std::array<char, INET6_ADDRSTRLEN> buffer{};
    const std::string theirs = inet_ntop(AF_INET6, address.bytes().data(), buffer.data(), buffer.size());
    const std::string ours = address.to_string();
    if (theirs.find('.') != std::string::npos && !address.is_v4_mapped()) {
      ++compatible;
      ASSERT_EQ(theirs.substr(0, 2), "::");
      ASSERT_EQ(libc_v6(ours), address);
    } else {
      ASSERT_EQ(ours, theirs);
    }
  }
  EXPECT_GT(compatible, 100U);
}

}  // namespace
