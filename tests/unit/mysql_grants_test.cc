#include "connectors/hms_db/mysql_grants.h"

#include <gmock/gmock.h>

namespace metaferry {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> ExcessOf(std::initializer_list<std::string_view> lines,
                                  std::string_view database = "hive") {
  std::vector<MysqlGrant> grants;
  for (const std::string_view line : lines) grants.push_back(ParseMysqlGrant(line));
  return ExcessGrants(grants, database);
}

TEST(MysqlGrantsTest, AReaderHasNothingInExcess) {
  EXPECT_THAT(ExcessOf({"GRANT USAGE ON *.* TO `r`@`%` IDENTIFIED BY PASSWORD '*0123'",
                        "GRANT SELECT, SHOW VIEW ON `hive`.* TO `r`@`%`",
                        "GRANT SELECT (`NAME`, `on ON on`) ON `hive`.`DBS` TO `r`@`%`"}),
              IsEmpty());
}

TEST(MysqlGrantsTest, NamesWhatWritesAndWhereItIsGranted) {
  EXPECT_THAT(
      ExcessOf({"GRANT SELECT, INSERT, CREATE TEMPORARY TABLES ON `hive`.* TO `r`@`%`",
                "GRANT UPDATE (`a`), DELETE ON `hive`.`TBLS` TO `r`@`%`"}),
      ElementsAre("INSERT, CREATE TEMPORARY TABLES on hive.*", "UPDATE, DELETE on hive.TBLS"));
}

TEST(MysqlGrantsTest, NamesAllPrivilegesAndTheRightToGrant) {
  EXPECT_THAT(ExcessOf({"GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION"}),
              ElementsAre("ALL PRIVILEGES, GRANT OPTION on *.*"));
}

TEST(MysqlGrantsTest, APrivilegeThatHoldsAnOnIsReadToItsEnd) {
  EXPECT_EQ(
      ParseMysqlGrant("GRANT REPLICATION CLIENT, CONNECTION ADMIN ON *.* TO `r`@`%`").privileges,
      (std::vector<std::string>{"REPLICATION CLIENT", "CONNECTION ADMIN"}));
}

TEST(MysqlGrantsTest, OtherDatabasesDoNotMatter) {
  EXPECT_THAT(ExcessOf({"GRANT ALL PRIVILEGES ON `other`.* TO `r`@`%`"}), IsEmpty());
  EXPECT_THAT(ExcessOf({"GRANT DROP ON `hive\\_x`.* TO `r`@`%`"}, "hiveax"), IsEmpty());
  EXPECT_THAT(ExcessOf({"GRANT DROP ON `hive_x`.* TO `r`@`%`"}, "hiveax"),
              ElementsAre("DROP on hive_x.*"));
  EXPECT_THAT(ExcessOf({"GRANT DROP ON `hi%`.* TO `r`@`%`"}), ElementsAre("DROP on hi%.*"));
}

TEST(MysqlGrantsTest, RolesAndProxiesGrantNothingByThemselves) {
  EXPECT_THAT(ExcessOf({"GRANT `writer` TO `r`@`%`", "GRANT writer TO `r`@`%`",
                        "GRANT PROXY ON ''@'%' TO 'root'@'localhost' WITH GRANT OPTION",
                        "SET DEFAULT ROLE `writer` FOR `r`@`%`", "", "GRANT "}),
              IsEmpty());
}

TEST(MysqlGrantsTest, KeepsNothingOfAPasswordHash) {
  const MysqlGrant grant =
      ParseMysqlGrant("GRANT DROP ON `hive`.* TO `r`@`%` IDENTIFIED BY PASSWORD '*6BB4837'");
  EXPECT_EQ(grant.database, "hive");
  EXPECT_EQ(grant.table, "*");
  EXPECT_THAT(grant.privileges, ElementsAre("DROP"));
}

}  // namespace
}  // namespace metaferry
