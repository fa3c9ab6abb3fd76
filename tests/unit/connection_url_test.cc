#include "metaferry/connection_url.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/unit/matchers.h"

namespace metaferry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

ConnectionUrl Parsed(std::string_view text) {
  auto url = ParseConnectionUrl(text);
  EXPECT_THAT(url, IsOk()) << text;
  return url ? *url : ConnectionUrl{};
}

TEST(ConnectionUrlTest, KnowsEveryForm) {
  struct Row {
    std::string_view text;
    UrlScheme scheme;
    std::string_view display;
  };
  const Row rows[] = {
      {"jdbc:mysql://db1:3307/hive?useSSL=true", UrlScheme::kMysql, "jdbc:mysql://db1:3307/hive"},
      {"jdbc:mariadb://db1/hive", UrlScheme::kMysql, "jdbc:mariadb://db1/hive"},
      {"jdbc:postgresql://db1/hms4", UrlScheme::kPostgresql, "jdbc:postgresql://db1/hms4"},
      {"jdbc:gaussdb://db1:8000/hive", UrlScheme::kGaussdb, "jdbc:gaussdb://db1:8000/hive"},
      {"jdbc:opengauss://db1/hive", UrlScheme::kGaussdb, "jdbc:opengauss://db1/hive"},
      {"jdbc:sqlite:./a b.db?cache=shared", UrlScheme::kSqlite, "jdbc:sqlite:./a b.db"},
      {"thrift://a:9083,b:9084", UrlScheme::kThrift, "thrift://a:9083,b:9084"},
      {"thrift://a:9083,thrift://b", UrlScheme::kThrift, "thrift://a:9083,b"},
      {"lakeformation+https://h/p/i", UrlScheme::kLakeFormation, "lakeformation+https://h/p/i"},
      {"lakeformation+http://h:80/p/i", UrlScheme::kLakeFormation, "lakeformation+http://h:80/p/i"},
      {"catalog:x.db", UrlScheme::kCatalog, "catalog:x.db"},
      {"catalog:what?.db", UrlScheme::kCatalog, "catalog:what?.db"},
      {"file:///abs/x.ndjson", UrlScheme::kFile, "file:/abs/x.ndjson"},
      {"file:/abs/x.ndjson.zst", UrlScheme::kFile, "file:/abs/x.ndjson.zst"},
      {"JDBC:MySQL://h/d", UrlScheme::kMysql, "JDBC:MySQL://h/d"},
  };
  for (const Row& row : rows) {
    const ConnectionUrl url = Parsed(row.text);
    EXPECT_EQ(url.scheme, row.scheme) << row.text;
    EXPECT_EQ(url.Display(), row.display);
  }
}

TEST(ConnectionUrlTest, SplitsHostPortAndDatabase) {
  const ConnectionUrl url = Parsed("jdbc:postgresql://[2001:db8::1]:5433/my%2Fdb?sslmode=require");
  EXPECT_EQ(url.host, "2001:db8::1");
  EXPECT_EQ(url.port, 5433);
  EXPECT_EQ(url.database, "my/db");
  EXPECT_EQ(url.Property("SSLMODE"), "require");
  EXPECT_EQ(url.Display(), "jdbc:postgresql://[2001:db8::1]:5433/my/db");
  EXPECT_EQ(Parsed("jdbc:mysql:///hive").host, "localhost");
  EXPECT_EQ(Parsed("jdbc:mysql://h:/hive").port, 0);
}

TEST(ConnectionUrlTest, DecodesPropertiesAndLetsTheLastWin) {
  const ConnectionUrl url =
      Parsed("jdbc:mysql://h/d?user=a%26b&password=x%3Dy+z&&flag&useSSL=false&usessl=true");
  EXPECT_EQ(url.Property("user"), "a&b");
  EXPECT_EQ(url.Property("password"), "x=y+z");
  EXPECT_EQ(url.Property("useSSL"), "true");
  EXPECT_EQ(url.properties.count("flag"), 1u);
  EXPECT_EQ(url.Property("absent"), "");
}

TEST(ConnectionUrlTest, TakesUserInfoAsProperties) {
  const ConnectionUrl url = Parsed("jdbc:mysql://us%40er:p@ss@h:1/d");
  EXPECT_EQ(url.host, "h");
  EXPECT_EQ(url.Property("user"), "us@er");
  EXPECT_EQ(url.Property("password"), "p@ss");
  EXPECT_EQ(Parsed("jdbc:mysql://a:b@h/d?user=c").Property("user"), "c");
}

TEST(ConnectionUrlTest, NeverLooksIntoAReference) {
  const ConnectionUrl url = Parsed(
      "jdbc:mysql://${env:U}:${file:/a/b@c}@${env:H}/d?password=${file:/run/"
      "a?b&c=%zz}&x=${env:Y}1");
  EXPECT_EQ(url.host, "${env:H}");
  EXPECT_EQ(url.Property("user"), "${env:U}");
  EXPECT_EQ(url.Property("password"), "${file:/run/a?b&c=%zz}");
  EXPECT_EQ(url.Property("x"), "${env:Y}1");
  EXPECT_EQ(url.Display(), "jdbc:mysql://${env:H}/d");
}

TEST(ConnectionUrlTest, ResolvesAReferenceInAPort) {
  setenv("METAFERRY_TEST_PORT", "3310", 1);
  EXPECT_EQ(Parsed("jdbc:mysql://h:${env:METAFERRY_TEST_PORT}/d").port, 3310);
  unsetenv("METAFERRY_TEST_PORT");
  EXPECT_THAT(ParseConnectionUrl("jdbc:mysql://h:${env:METAFERRY_TEST_PORT}/d"),
              IsError("secret_unavailable"));
}

TEST(ConnectionUrlTest, NamesKnownSchemesNearestFirst) {
  const auto mistyped = ParseConnectionUrl("jdbc:postgres://h/d");
  ASSERT_THAT(mistyped, IsError("unknown_url_scheme"));
  EXPECT_THAT(mistyped.error().advice, StartsWith("known are jdbc:postgresql:,"));
  EXPECT_THAT(ParseConnectionUrl("jdbc:oracle:thin:@h:1521/x"), IsError("unknown_url_scheme"));
  EXPECT_THAT(ParseConnectionUrl("obs://bucket/x"), IsError("unknown_url_scheme"));
  EXPECT_THAT(ParseConnectionUrl(""), IsError("unknown_url_scheme"));
  const auto secret = ParseConnectionUrl("hunter2!$:x");
  ASSERT_THAT(secret, IsError("unknown_url_scheme"));
  EXPECT_THAT(secret.error().message, Not(HasSubstr("hunter2")));
}

TEST(ConnectionUrlTest, TellsWhatIsWrong) {
  for (const char* text : {"jdbc:mysql:db",
                           "jdbc:mysql://h",
                           "jdbc:mysql://h/",
                           "jdbc:postgresql://h?user=x",
                           "jdbc:mysql://h:0/d",
                           "jdbc:mysql://h:65536/d",
                           "jdbc:mysql://h:x/d",
                           "jdbc:mysql://::1/d",
                           "jdbc:mysql://[::1/d",
                           "jdbc:mysql://[::1]x/d",
                           "jdbc:mysql://h/d/e",
                           "jdbc:mysql://h /d",
                           "jdbc:mysql://h/d?a=%4",
                           "jdbc:mysql://h/d?a=%zz",
                           "jdbc:mysql://h/d?a=%00",
                           "jdbc:mysql://(host=a)/d",
                           "catalog:",
                           "file:",
                           "jdbc:sqlite:",
                           "jdbc:sqlite:?x=y",
                           "file://host/x",
                           "catalog://x",
                           "thrift://",
                           "thrift://a,",
                           "thrift://a/b",
                           "thrift:a",
                           "lakeformation+https://h/p",
                           "lakeformation+https://h//i",
                           "lakeformation+https://h/p/",
                           "lakeformation+https://h/p/i/x"}) {
    EXPECT_THAT(ParseConnectionUrl(text), IsError("bad_url")) << text;
  }
  EXPECT_THAT(ParseConnectionUrl("jdbc:mysql://a,b/d"), IsError("several_hosts"));
}

TEST(ConnectionUrlTest, ErrorsDoNotRepeatTheUrl) {
  const auto url = ParseConnectionUrl("jdbc:mysql://root:hunter2@h:99999/d?password=hunter2");
  ASSERT_THAT(url, IsError("bad_url"));
  EXPECT_THAT(url.error().message + url.error().advice, Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace metaferry
