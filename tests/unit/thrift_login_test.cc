#include "connectors/hms_thrift/thrift_login.h"

#include <gmock/gmock.h>

#include "connectors/sql/sql_login.h"

namespace metaferry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Result<ThriftLogin> LoginOf(const std::string& url) {
  Endpoint endpoint;
  endpoint.url = url;
  MF_ASSIGN(SqlLogin login, ResolveLogin(endpoint, "/job"));
  return ThriftLoginOf(std::move(login), "/job");
}

TEST(ThriftLoginTest, AServiceIsReachedWithoutAnyOption) {
  const auto login = LoginOf("thrift://hms.example");
  ASSERT_TRUE(login);
  EXPECT_THAT(login->hosts, ElementsAre(ThriftHost{"hms.example", 9083}));
  EXPECT_EQ(login->auth, ThriftAuth::kNone);
  EXPECT_EQ(login->tls.mode, TlsMode::kOff);
  EXPECT_FALSE(login->framed);
  EXPECT_EQ(login->skips, ThriftSkips{});
  EXPECT_THAT(NotesOnThriftOptions(*login), IsEmpty());
}

TEST(ThriftLoginTest, HostsAreTriedInTheirOrder) {
  const auto login = LoginOf("thrift://one:1,thrift://two,[::1]:3");
  ASSERT_TRUE(login);
  EXPECT_THAT(login->hosts,
              ElementsAre(ThriftHost{"one", 1}, ThriftHost{"two", 9083}, ThriftHost{"::1", 3}));
}

TEST(ThriftLoginTest, OptionsAreTakenInAnyCase) {
  const auto login =
      LoginOf("thrift://h?Framed=TRUE&SocketTimeout=7&connectTimeout=3&sslMode=verify-ca");
  ASSERT_TRUE(login);
  EXPECT_TRUE(login->framed);
  EXPECT_EQ(login->call_timeout, std::chrono::seconds(7));
  EXPECT_EQ(login->connect_timeout, std::chrono::seconds(3));
  EXPECT_EQ(login->tls.mode, TlsMode::kVerifyCa);
}

TEST(ThriftLoginTest, SslWithoutMoreVerifiesEverything) {
  const auto login = LoginOf("thrift://h?ssl=true");
  ASSERT_TRUE(login);
  EXPECT_EQ(login->tls.mode, TlsMode::kVerifyFull);
}

TEST(ThriftLoginTest, AServicePrincipalAsksForKerberos) {
  const auto login = LoginOf("thrift://h?principal=hive/_HOST@EXAMPLE.COM&keytab=keys/me.keytab");
  ASSERT_TRUE(login);
  EXPECT_EQ(login->auth, ThriftAuth::kKerberos);
  EXPECT_EQ(login->kerberos.service_principal, "hive/_HOST@EXAMPLE.COM");
  EXPECT_EQ(login->kerberos.keytab, "/job/keys/me.keytab");
}

TEST(ThriftLoginTest, WhatIsSkippedIsNamed) {
  const auto login = LoginOf("thrift://h?skip=privileges,column_statistics");
  ASSERT_TRUE(login);
  EXPECT_TRUE(login->skips.privileges);
  EXPECT_TRUE(login->skips.column_privileges);
  EXPECT_TRUE(login->skips.column_statistics);
  EXPECT_FALSE(login->skips.constraints);
}

TEST(ThriftLoginTest, AWrongValueNamesItsOptionAndWhatItTakes) {
  for (const auto& [url, option] : std::vector<std::pair<std::string, std::string>>{
           {"thrift://h?framed=maybe", "framed"},
           {"thrift://h?auth=ldap", "auth"},
           {"thrift://h?socketTimeout=soon", "socketTimeout"},
           {"thrift://h?socketTimeout=0", "socketTimeout"},
           {"thrift://h?protection=none", "protection"},
           {"thrift://h?skip=everything", "skip"}}) {
    const auto login = LoginOf(url);
    ASSERT_FALSE(login) << url;
    EXPECT_EQ(login.error().code, "bad_thrift_option");
    EXPECT_EQ(login.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(login.error().advice, HasSubstr(option + " takes"));
  }
}

TEST(ThriftLoginTest, TlsIsEitherSpokenOrNot) {
  const auto login = LoginOf("thrift://h?sslmode=prefer");
  ASSERT_FALSE(login);
  EXPECT_EQ(login.error().code, "bad_tls_option");
}

TEST(ThriftLoginTest, NothingInAUrlIsPassedOverInSilence) {
  const auto login = LoginOf("thrift://h?useSSL=false&password=secret");
  ASSERT_TRUE(login);
  EXPECT_THAT(NotesOnThriftOptions(*login),
              ElementsAre(HasSubstr("useSSL"), HasSubstr("password is not used")));
}

}  // namespace
}  // namespace metaferry
