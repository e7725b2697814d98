// SPDX-License-Identifier: MIT
#include <fairlead/account.hpp>

#include <grp.h>
#include <pwd.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace fairlead;

TEST(Account, FindsEveryUserAndGroupThatTheSystemLists) {
  std::vector<std::pair<std::string, std::uint32_t>> users;
  ::setpwent();
  while (const passwd* const entry = ::getpwent()) users.emplace_back(entry->pw_name, entry->pw_uid);
  ::endpwent();
  ASSERT_FALSE(users.empty());
  for (const auto& [name, id] : users) EXPECT_EQ(user_id(name).value(), id) << name;

  std::vector<std::pair<std::string, std::uint32_t>> groups;
  ::setgrent();
  while (const group* const entry = ::getgrent()) groups.emplace_back(entry->gr_name, entry->gr_gid);
  ::endgrent();
  ASSERT_FALSE(groups.empty());
  for (const auto& [name, id] : groups) EXPECT_EQ(group_id(name).value(), id) << name;
}

TEST(Account, SaysWhoIsNotKnown) {
  const auto user = user_id("nobody-of-this-name");
  ASSERT_FALSE(user);
  EXPECT_EQ(user.error(), fault::unknown_name);
  EXPECT_EQ(user.error().message(), "user 'nobody-of-this-name': this machine knows no such user");
  const auto group = group_id("nobody-of-this-name");
  ASSERT_FALSE(group);
  EXPECT_EQ(group.error().message(), "group 'nobody-of-this-name': this machine knows no such group");
}

TEST(Account, TakesNamesWhole) {
  EXPECT_TRUE(user_id("root"));
  EXPECT_EQ(user_id(std::string_view("root\0", 5)).error(), fault::unknown_name);
  EXPECT_EQ(user_id(std::string_view("root\nx", 6)).error().message(),
            "user 'root\\x0ax': this machine knows no such user");
  EXPECT_EQ(user_id("").error(), fault::unknown_name);
  EXPECT_EQ(user_id(std::string(1U << 20U, 'x')).error(), fault::unknown_name);
}

}  // namespace
