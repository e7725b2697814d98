// SPDX-License-Identifier: MIT
#include <string>

#include <gtest/gtest.h>

#include <fairlead/certificate.hpp>

#include "support/expect.hpp"

namespace fairlead::testing {
namespace {

TEST(PublicKeyPin, ReadsHexadecimalAndBase64) {
  public_key_pin::digest_type digest{};
  for (std::size_t i = 0; i < digest.size(); ++i) digest[i] = static_cast<std::uint8_t>(i * 8 + 3);
  const public_key_pin pin(digest);
  const std::string text = "sha256:030b131b232b333b434b535b636b737b838b939ba3abb3bbc3cbd3dbe3ebf3fb";
  EXPECT_EQ(pin.to_string(), text);
  for (const std::string& same :
       {text, std::string("sha256:030B131B232B333B434B535B636B737B838B939BA3ABB3BBC3CBD3DBE3EBF3FB"),
        std::string("sha256:03:0b:13:1b:23:2b:33:3b:43:4b:53:5b:63:6b:73:7b:83:8b:93:9b:a3:ab:b3:bb:c3:cb:d3:"
                    "db:e3:eb:f3:fb"),
        std::string("sha256:AwsTGyMrMztDS1NbY2tze4OLk5ujq7O7w8vT2+Pr8/s="),
        std::string("sha256:AwsTGyMrMztDS1NbY2tze4OLk5ujq7O7w8vT2-Pr8_s"),
        std::string("sha256//AwsTGyMrMztDS1NbY2tze4OLk5ujq7O7w8vT2+Pr8/s=")}) {
    const result<public_key_pin> parsed = public_key_pin::parse(same);
    expect_ok(parsed);
    if (parsed) {
      EXPECT_EQ(*parsed, pin) << same;
    }
  }
}

TEST(PublicKeyPin, RefusesEverythingElseAndSaysWhatItShouldBe) {
  const std::string hex(64, 'a');
  for (const std::string& bad :
       {std::string(), std::string("sha256"), std::string("sha256:"), "sha256:" + hex.substr(1),
        "sha256:" + hex + "a", hex, "sha1:" + hex, "sha256:" + std::string(64, 'g'), "sha256//" + hex,
        "sha256:" + std::string(43, '!'), std::string("sha256:AwsTGyMrMztDS1NbY2tze4OLk5ujq7O7w8vT2+Pr8/t="),
        "sha256:" + std::string(42, 'A') + "="}) {
    const result<public_key_pin> parsed = public_key_pin::parse(bad);
    expect_error(parsed, fault::bad_syntax);
    if (!parsed) {
      EXPECT_TRUE(
          parsed.error().message().ends_with("a pin is sha256: and 64 hexadecimal digits or 44 of Base64"))
          << parsed.error().message();
    }
  }
}

}  // namespace
}  // namespace fairlead::testing
