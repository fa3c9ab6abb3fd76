#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connectors/hms_thrift/sasl_login.h"
#include "tests/unit/matchers.h"

namespace metaferry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Result<ThriftLogin> LoginOf(const std::string& options, std::string user = "",
                            std::string password = "") {
  SqlLogin login;
  MF_ASSIGN(login.url, ParseConnectionUrl("thrift://node1:9083/?" + options));
  MF_ASSIGN(login.tls, TlsSettingsOf(login.url));
  login.username = Secret(std::move(user));
  login.password = Secret(std::move(password));
  return ThriftLoginOf(std::move(login), "/base");
}

TEST(ThriftAuthTest, APrincipalMeansKerberos) {
  EXPECT_EQ(LoginOf("")->auth, ThriftAuth::kNone);
  const auto kerberos =
      LoginOf("principal=hive/_HOST@R&client_principal=me@R&keytab=me.keytab&protection=auth-int");
  ASSERT_THAT(kerberos, IsOk());
  EXPECT_EQ(kerberos->auth, ThriftAuth::kKerberos);
  EXPECT_EQ(kerberos->kerberos.service_principal, "hive/_HOST@R");
  EXPECT_EQ(kerberos->kerberos.client_principal, "me@R");
  EXPECT_EQ(kerberos->kerberos.keytab, "/base/me.keytab");
  EXPECT_EQ(kerberos->kerberos.protection, SaslProtection::kAuthInt);
  EXPECT_EQ(LoginOf("principal=hive/_HOST@R")->kerberos.protection, SaslProtection::kAuth);
}

TEST(ThriftAuthTest, KerberosNeedsAPrincipal) {
  EXPECT_THAT(LoginOf("auth=kerberos"), IsError("bad_principal"));
  EXPECT_THAT(LoginOf("auth=basic"), IsError("bad_thrift_option"));
  EXPECT_THAT(LoginOf("principal=hive/_HOST@R&protection=privacy"), IsError("bad_thrift_option"));
}

TEST(ThriftAuthTest, APasswordInClearHasToBeAskedFor) {
  const auto unsaid = LoginOf("auth=plain", "jo", "word");
  ASSERT_THAT(unsaid, IsError("plain_without_tls"));
  EXPECT_EQ(unsaid.error().kind, ErrorKind::kUsage);
  for (const char* said : {"ssl=false", "sslmode=disable", "ssl=true", "sslmode=verify-full"})
    EXPECT_THAT(LoginOf(std::string("auth=plain&") + said, "jo", "word"), IsOk()) << said;
}

TEST(ThriftAuthTest, NoLoginIsFramedFromOutside) {
  EXPECT_THAT(LoginOf("framed=true"), IsOk());
  EXPECT_THAT(LoginOf("framed=true&principal=hive/_HOST@R"), IsError("bad_thrift_option"));
  EXPECT_THAT(LoginOf("framed=true&auth=plain&ssl=true", "jo", "word"),
              IsError("bad_thrift_option"));
}

TEST(ThriftAuthTest, SaysWhenAPasswordIsForNothing) {
  EXPECT_THAT(NotesOnThriftOptions(*LoginOf("principal=hive/_HOST@R", "jo", "word")),
              ElementsAre(HasSubstr("not used")));
  EXPECT_THAT(NotesOnThriftOptions(*LoginOf("principal=hive/_HOST@R")), IsEmpty());
  EXPECT_THAT(NotesOnThriftOptions(*LoginOf("auth=plain&ssl=true", "jo", "word")), IsEmpty());
}

Error ErrorOf(ErrorKind kind, const char* code) { return {kind, code, "", {}, {}, {}}; }

TEST(ThriftAuthTest, APasswordIsNotTakenFromHostToHost) {
  const auto plain = LoginOf("auth=plain&ssl=true", "jo", "word");
  const auto kerberos = LoginOf("principal=hive/_HOST@R");
  const Error refused = ErrorOf(ErrorKind::kAuthentication, "login_refused");
  EXPECT_TRUE(IsSameEverywhere(*plain, refused));
  // A key of this one host may be old.
  EXPECT_FALSE(IsSameEverywhere(*kerberos, refused));
  EXPECT_FALSE(
      IsSameEverywhere(*kerberos, ErrorOf(ErrorKind::kAuthentication, "kerberos_unknown_service")));
  EXPECT_TRUE(
      IsSameEverywhere(*kerberos, ErrorOf(ErrorKind::kAuthentication, "kerberos_no_ticket")));
  EXPECT_FALSE(IsSameEverywhere(*plain, ErrorOf(ErrorKind::kConnection, "connection_failed")));
}

TEST(ThriftAuthTest, SaysWhatProtectsAConnection) {
  Protection channel;
  const auto plain = LoginOf("auth=plain&ssl=false", "jo", "word");
  EXPECT_EQ(ProtectionBehind(channel, *plain, nullptr).Words(),
            "not encrypted, server not verified, password sent in clear");
  channel.kerberos = "auth";
  EXPECT_THAT(channel.Words(), HasSubstr("server verified at the login only, by Kerberos"));
  channel.kerberos = "auth-int";
  EXPECT_THAT(channel.Words(), HasSubstr("not encrypted, but safe from changes"));
  channel.kerberos = "auth-conf";
  EXPECT_EQ(channel.Words(), "encrypted and server verified by Kerberos (auth-conf)");
  channel.encrypted = true;
  channel.protocol = "TLSv1.3";
  channel.kerberos = "auth";
  EXPECT_EQ(channel.Words(), "TLSv1.3, server certificate not verified, Kerberos (auth)");
  channel.kerberos.clear();
  EXPECT_EQ(ProtectionBehind(channel, *plain, nullptr).Words(),
            "TLSv1.3, server certificate not verified");
}

}  // namespace
}  // namespace metaferry
