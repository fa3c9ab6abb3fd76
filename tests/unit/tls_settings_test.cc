#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connectors/sql/sql_login.h"
#include "connectors/sql/url_options.h"
#include "connectors/wire/tls.h"
#include "tests/unit/matchers.h"

namespace metaferry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

ConnectionUrl Url(const std::string& text) {
  auto url = ParseConnectionUrl(text);
  EXPECT_THAT(url, IsOk()) << text;
  return url ? *url : ConnectionUrl{};
}

struct Case {
  const char* url;
  TlsMode mode;
};

void ExpectModes(std::initializer_list<Case> cases) {
  for (const Case& each : cases) {
    const auto settings = TlsSettingsOf(Url(each.url));
    ASSERT_THAT(settings, IsOk()) << each.url;
    EXPECT_EQ(ToString(settings->mode), ToString(each.mode)) << each.url;
  }
}

constexpr TlsMode kOff = TlsMode::kOff, kPrefer = TlsMode::kPrefer, kRequire = TlsMode::kRequire,
                  kVerifyCa = TlsMode::kVerifyCa, kVerifyFull = TlsMode::kVerifyFull;

TEST(TlsSettingsTest, WithoutAWordEachDriverHasItsOwnChoice) {
  ExpectModes({{"jdbc:mysql://h/d", kPrefer},
               {"jdbc:mariadb://h/d", kOff},
               {"JDBC:MariaDB://h/d", kOff},
               {"jdbc:postgresql://h/d", kPrefer},
               {"jdbc:gaussdb://h/d", kVerifyFull},
               {"jdbc:opengauss://h/d", kVerifyFull},
               {"jdbc:sqlite:x.db", kOff},
               {"catalog:x.db", kOff}});
}

TEST(TlsSettingsTest, SslmodeIsUnderstoodInEveryDriversWords) {
  for (const std::string base : {"jdbc:mysql://h/d?useSSL=false&", "jdbc:mariadb://h/d?",
                                 "jdbc:postgresql://h/d?ssl=true&", "jdbc:gaussdb://h/d?"}) {
    const std::pair<const char*, TlsMode> words[] = {{"disable", kOff},
                                                     {"DISABLED", kOff},
                                                     {"allow", kPrefer},
                                                     {"prefer", kPrefer},
                                                     {"PREFERRED", kPrefer},
                                                     {"require", kRequire},
                                                     {"REQUIRED", kRequire},
                                                     {"trust", kRequire},
                                                     {"verify-ca", kVerifyCa},
                                                     {"VERIFY_CA", kVerifyCa},
                                                     {"Verify-Ca", kVerifyCa},
                                                     {"verify-full", kVerifyFull},
                                                     {"verify_identity", kVerifyFull}};
    for (const auto& [word, mode] : words) {
      ExpectModes(
          {{(base + "sslmode=" + word).c_str(), mode}, {(base + "sslMode=" + word).c_str(), mode}});
    }
  }
}

TEST(TlsSettingsTest, WordsOfMysqlsDriver) {
  ExpectModes({
      {"jdbc:mysql://h/d?useSSL=true", kPrefer},
      {"jdbc:mysql://h/d?useSSL=YES", kPrefer},
      {"jdbc:mysql://h/d?useSSL=false", kOff},
      {"jdbc:mysql://h/d?useSSL=No", kOff},
      {"jdbc:mysql://h/d?requireSSL=true", kRequire},
      {"jdbc:mysql://h/d?requireSSL=false", kPrefer},
      {"jdbc:mysql://h/d?useSSL=true&requireSSL=true", kRequire},
      {"jdbc:mysql://h/d?useSSL=false&requireSSL=true", kOff},
      {"jdbc:mysql://h/d?useSSL=true&verifyServerCertificate=true", kVerifyCa},
      {"jdbc:mysql://h/d?useSSL=false&verifyServerCertificate=true", kOff},
      {"jdbc:mysql://h/d?verifyServerCertificate=false", kPrefer},
      {"jdbc:mysql://h/d?verifyServerCertificate", kVerifyCa},
      {"jdbc:mysql://h/d?trustServerCertificate=true", kPrefer},
  });
}

TEST(TlsSettingsTest, WordsOfMariadbsDriver) {
  ExpectModes({
      {"jdbc:mariadb://h/d?useSsl=false", kOff},
      {"jdbc:mariadb://h/d?useSSL=true", kVerifyFull},
      {"jdbc:mariadb://h/d?useSsl=1", kVerifyFull},
      {"jdbc:mariadb://h/d?useSsl", kVerifyFull},
      {"jdbc:mariadb://h/d?useSsl=true&trustServerCertificate=true", kRequire},
      {"jdbc:mariadb://h/d?useSsl=true&trustServerCertificate=false", kVerifyFull},
      {"jdbc:mariadb://h/d?useSsl=true&disableSslHostnameVerification=true", kVerifyCa},
      {"jdbc:mariadb://h/d?trustServerCertificate=true", kOff},
      {"jdbc:mariadb://h/d?requireSSL=true", kOff},
  });
}

TEST(TlsSettingsTest, WordsOfPostgresqlsDriver) {
  ExpectModes({
      {"jdbc:postgresql://h/d?ssl=true", kVerifyFull},
      {"jdbc:postgresql://h/d?ssl", kVerifyFull},
      {"jdbc:postgresql://h/d?SSL=TRUE", kVerifyFull},
      {"jdbc:postgresql://h/d?ssl=false", kPrefer},
      {"jdbc:postgresql://h/d?ssl=true&sslfactory=org.postgresql.ssl.NonValidatingFactory",
       kRequire},
      {"jdbc:postgresql://h/d?ssl=true&sslfactory=org.postgresql.ssl.LibPQFactory", kVerifyFull},
      {"jdbc:postgresql://h/d?sslfactory=org.postgresql.ssl.NonValidatingFactory", kPrefer},
      {"jdbc:gaussdb://h/d?ssl=true&sslfactory=com.huawei.gaussdb.NonValidatingFactory", kRequire},
      {"jdbc:gaussdb://h/d?ssl=false", kVerifyFull},
  });
}

TEST(TlsSettingsTest, AWordThatNobodyKnowsIsNoGuess) {
  for (const char* url :
       {"jdbc:mysql://h/d?sslMode=on", "jdbc:postgresql://h/d?sslmode=verify",
        "jdbc:postgresql://h/d?sslmode=true", "jdbc:postgresql://h/d?sslmode=${env:HOME}",
        "jdbc:mysql://h/d?useSSL=ture", "jdbc:mysql://h/d?requireSSL=on",
        "jdbc:mysql://h/d?verifyServerCertificate=y", "jdbc:mariadb://h/d?useSsl=required",
        "jdbc:mariadb://h/d?useSsl=true&trustServerCertificate=t",
        "jdbc:mariadb://h/d?disableSslHostnameVerification=2", "jdbc:postgresql://h/d?ssl=require",
        "jdbc:gaussdb://h/d?ssl=s3cret"}) {
    const auto settings = TlsSettingsOf(Url(url));
    ASSERT_THAT(settings, IsError("bad_tls_option")) << url;
    EXPECT_EQ(settings.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(settings.error().message + settings.error().advice, Not(HasSubstr("s3cret")))
        << "it might be a password in the wrong place";
  }
}

TEST(TlsSettingsTest, FilesAreNamedInEveryDriversWords) {
  for (const char* url :
       {"jdbc:mysql://h/d?sslrootcert=ca.pem", "jdbc:mysql://h/d?serverSslCert=ca.pem",
        "jdbc:mysql://h/d?trustCertificateKeyStoreUrl=file:ca.pem",
        "jdbc:mariadb://h/d?serverSslCert=file://ca.pem",
        "jdbc:postgresql://h/d?sslrootcert=ca.pem", "jdbc:gaussdb://h/d?SSLROOTCERT=file:ca.pem"}) {
    const auto settings = TlsSettingsOf(Url(url));
    ASSERT_THAT(settings, IsOk());
    EXPECT_EQ(settings->ca_file, "ca.pem") << url;
  }
  const auto settings = TlsSettingsOf(Url("jdbc:postgresql://db1/d?sslcert=a.pem&sslkey=b.pem"));
  ASSERT_THAT(settings, IsOk());
  EXPECT_EQ(settings->cert_file, "a.pem");
  EXPECT_EQ(settings->key_file, "b.pem");
  EXPECT_EQ(settings->host, "db1");
  EXPECT_THAT(settings->ca_file, IsEmpty());
}

TEST(TlsSettingsTest, OptionsOfAnotherDriverAreSaidToBeIgnored) {
  const auto notes = [](const char* url) { return NotesOnUrlOptions(Url(url)); };
  const auto ignored = [](const std::string& name) {
    return "option " + name + " of the URL is ignored";
  };
  EXPECT_THAT(notes("jdbc:mysql://h/d?useSSL=true&requireSSL=true&verifyServerCertificate=true"
                    "&sslMode=REQUIRED&trustCertificateKeyStoreUrl=x&serverSslCert=y"
                    "&sslrootcert=z&sslcert=a&sslkey=b"),
              IsEmpty());
  EXPECT_THAT(notes("jdbc:mariadb://h/d?useSsl=true&trustServerCertificate=true&sslMode=trust"
                    "&disableSslHostnameVerification=true&serverSslCert=y"),
              IsEmpty());
  EXPECT_THAT(notes("jdbc:postgresql://h/d?ssl&sslmode=require&sslfactory=f&sslrootcert=z"
                    "&sslcert=a&sslkey=b"),
              IsEmpty());
  EXPECT_THAT(notes("jdbc:mysql://h/d?trustServerCertificate=true&ssl=true"),
              ElementsAre(ignored("ssl"), ignored("trustServerCertificate")));
  EXPECT_THAT(notes("jdbc:mariadb://h/d?requireSSL=true&verifyServerCertificate=true"),
              ElementsAre(ignored("requireSSL"), ignored("verifyServerCertificate")));
  EXPECT_THAT(notes("jdbc:postgresql://h/d?useSSL=true&serverSslCert=x"),
              ElementsAre(ignored("serverSslCert"), ignored("useSSL")));
  EXPECT_THAT(notes("jdbc:sqlite:x.db?sslmode=require"), ElementsAre(ignored("sslmode")));
}

Result<SqlLogin> Login(const std::string& url) {
  Endpoint endpoint;
  endpoint.url = url;
  return ResolveLogin(endpoint, "/jobs");
}

TEST(TlsSettingsTest, FilesLieBesideTheJob) {
  setenv("METAFERRY_TEST_CA", "certs/../ca.pem", 1);
  const auto login = Login(
      "jdbc:postgresql://h/d?sslrootcert=${env:METAFERRY_TEST_CA}&sslcert=/etc/me.pem&sslkey=k/me");
  ASSERT_THAT(login, IsOk());
  EXPECT_EQ(login->tls.ca_file, "/jobs/ca.pem");
  EXPECT_EQ(login->tls.cert_file, "/etc/me.pem");
  EXPECT_EQ(login->tls.key_file, "/jobs/k/me");
  EXPECT_THAT(Login("jdbc:mysql://h/d?sslrootcert=${env:METAFERRY_TEST_UNSET}"),
              IsError("secret_unavailable"));
  EXPECT_THAT(Login("jdbc:mysql://h/d?sslMode=maybe"), IsError("bad_tls_option"));
}

TEST(TlsSettingsTest, AMetastoreOfALocalGaussdbIsSpokenToAsSuch) {
  Endpoint endpoint;
  endpoint.url = "jdbc:postgresql://h:20051/hivemeta";
  endpoint.datasource_type = "MRS_LOCAL_GAUSSDB";
  const auto login = ResolveLogin(endpoint, "/jobs");
  ASSERT_THAT(login, IsOk());
  EXPECT_EQ(login->url.scheme, UrlScheme::kGaussdb);
  EXPECT_EQ(login->tls.mode, TlsMode::kVerifyFull);
}

TEST(TlsSettingsTest, ARefusalToGoWithoutTlsSaysWhatWould) {
  TlsSettings settings;
  settings.mode = kVerifyCa;
  const Error error = TlsNotOffered(settings, "sslMode=DISABLED").value();
  EXPECT_EQ(error.code, "tls_not_offered");
  EXPECT_EQ(error.kind, ErrorKind::kConnection);
  EXPECT_THAT(error.message, HasSubstr("verify-ca"));
  EXPECT_THAT(error.advice, HasSubstr("sslMode=DISABLED"));
}

TEST(ProtectionTest, WordsSayWhatIsProvedAndWhatIsNot) {
  Protection protection;
  EXPECT_EQ(protection.Words(), "not encrypted, server not verified");
  protection.local = true;
  EXPECT_EQ(protection.Words(), "local file");
  protection.local = false;
  protection.encrypted = true;
  EXPECT_EQ(protection.Words(), "TLS, server certificate not verified");
  protection.protocol = "TLSv1.3";
  EXPECT_EQ(protection.Words(), "TLSv1.3, server certificate not verified");
  protection.ca_verified = true;
  EXPECT_EQ(protection.Words(), "TLSv1.3, server certificate verified, host name not verified");
  protection.host_verified = true;
  EXPECT_EQ(protection.Words(), "TLSv1.3, server certificate and host name verified");
}

}  // namespace
}  // namespace metaferry
