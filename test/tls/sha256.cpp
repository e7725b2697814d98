// SPDX-License-Identifier: MIT
// The digest gives what the standard's examples give, however the bytes come.
#include <fairlead/sha256.hpp>

#include <string>

#include <gtest/gtest.h>

namespace {

using fairlead::sha256;

// FIPS 180-4's examples (NIST, Cryptographic Standards and Guidelines, Examples with Intermediate Values),
// and the empty message.
TEST(Sha256, GivesWhatTheStandardSays) {
  EXPECT_EQ(sha256::hex(sha256().digest()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256::hex(sha256::of("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256::hex(sha256::of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256::hex(sha256::of(std::string(1'000'000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, DoesNotDependOnThePieces) {
  const std::string all = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    sha256 two;
    two.add(std::string_view(all).substr(0, cut));
    two.add(std::string_view(all).substr(cut));
    EXPECT_EQ(two.digest(), sha256::of(all)) << cut;
  }
}

TEST(Sha256, GoesOnAfterItWasAsked) {
  sha256 d;
  d.add("a");
  EXPECT_EQ(d.digest(), sha256::of("a"));
  EXPECT_EQ(d.digest(), sha256::of("a"));
  d.add("bc");
  EXPECT_EQ(d.digest(), sha256::of("abc"));
}

TEST(Sha256, ACopyGoesItsOwnWay) {
  sha256 first;
  first.add("ab");
  sha256 second = first;
  first.add("c");
  second.add("d");
  EXPECT_EQ(first.digest(), sha256::of("abc"));
  EXPECT_EQ(second.digest(), sha256::of("abd"));
  second = first;
  EXPECT_EQ(second.digest(), sha256::of("abc"));
  const sha256 moved = std::move(first);
  EXPECT_EQ(moved.digest(), sha256::of("abc"));
}

}  // namespace
