#include "connectors/sql/sql_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace metaferry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Said {
  const char* words;
  const char* code;
  ErrorKind kind;
  const char* advice;
};

// While connecting, libpq has words only. Texts of libpq 15 and of its servers.
TEST(PostgresqlErrorTest, WordsOfARefusedConnectionAreUnderstood) {
  const Said all[] = {
      {"FATAL:  password authentication failed for user \"hive\"\n", "login_refused",
       ErrorKind::kAuthentication, "password"},
      {"FATAL:  role \"nobody\" does not exist\n", "login_refused", ErrorKind::kAuthentication,
       "user name"},
      {"fe_sendauth: no password supplied\n", "login_refused", ErrorKind::kAuthentication,
       "password"},
      {"FATAL:  database \"hms\" does not exist\n", "no_such_database", ErrorKind::kNotFound,
       "database name"},
      {"FATAL:  permission denied for database \"hms\"\nDETAIL:  User does not have CONNECT "
       "privilege.\n",
       "missing_privilege", ErrorKind::kPermission, "CONNECT"},
      {"FATAL:  no pg_hba.conf entry for host \"10.0.0.9\", user \"hive\", database \"hms\", no "
       "encryption\n",
       "login_refused", ErrorKind::kAuthentication, "sslmode=require"},
      {"FATAL:  pg_hba.conf rejects connection for host \"10.0.0.9\", user \"hive\", database "
       "\"hms\", SSL encryption\n",
       "login_refused", ErrorKind::kAuthentication, "pg_hba.conf"},
      {"FATAL:  connection requires a valid client certificate\n", "login_refused",
       ErrorKind::kAuthentication, "sslcert=FILE"},
      {"FATAL:  sorry, too many clients already\n", "connection_limit", ErrorKind::kConnection,
       "max_connections"},
      {"FATAL:  remaining connection slots are reserved for non-replication superuser "
       "connections\n",
       "connection_limit", ErrorKind::kConnection, "max_connections"},
      {"FATAL:  too many connections for role \"hive\"\n", "connection_limit",
       ErrorKind::kConnection, "try again"},
      {"FATAL:  too many connections for database \"hms\"\n", "connection_limit",
       ErrorKind::kConnection, "try again"},
      {"connection to server at \"127.0.0.1\", port 5432 failed: Connection refused\n",
       "connection_failed", ErrorKind::kConnection, "host and port"},
      {"FATAL:  the database system is starting up\n", "connection_failed", ErrorKind::kConnection,
       "server is up"},
      {"could not translate host name \"nowhere\" to address: Name or service not known\n",
       "connection_failed", ErrorKind::kConnection, "host and port"},
      {"server does not support SSL, but SSL was required\n", "tls_not_offered",
       ErrorKind::kConnection, "sslmode=disable"},
      {"server certificate for \"db\" does not match host name \"127.0.0.1\"\n", "tls_wrong_host",
       ErrorKind::kConnection, "verify-ca"},
      {"SSL error: certificate verify failed\n", "tls_untrusted", ErrorKind::kConnection,
       "sslrootcert"},
      {"SSL error: sslv3 alert certificate expired, certificate has expired\n", "tls_expired",
       ErrorKind::kConnection, "clock"},
      {"SSL error: unsupported protocol\n", "tls_failed", ErrorKind::kConnection, "TLS 1.2"},
      {"root certificate file \"/x/ca.pem\" does not exist\n", "tls_bad_file", ErrorKind::kUsage,
       "sslrootcert"},
      {"could not read root certificate file \"/x/ca.pem\": no certificate or crl found\n",
       "tls_bad_file", ErrorKind::kUsage, "sslrootcert"},
      {"could not read certificate file \"/x/client.pem\": no start line\n", "tls_bad_file",
       ErrorKind::kUsage, "sslcert"},
      {"certificate present, but not private key file \"/x/key.pem\"\n", "tls_bad_file",
       ErrorKind::kUsage, "sslkey"},
      {"private key file \"/x/key.pem\" has group or world access\n", "tls_bad_file",
       ErrorKind::kUsage, "sslkey"},
      {"none of the server's SASL authentication mechanisms are supported\n",
       "looks_like_opengauss", ErrorKind::kAuthentication, "jdbc:gaussdb://"},
      {"fe_sendauth: invalid authentication request from server: AUTH_REQ_SASL_CONT without "
       "AUTH_REQ_SASL\n",
       "looks_like_opengauss", ErrorKind::kAuthentication, "jdbc:gaussdb://"},
      {"authentication method 13 not supported\n", "looks_like_opengauss",
       ErrorKind::kAuthentication, "jdbc:gaussdb://"},
  };
  for (const Said& said : all) {
    const Error error = PostgresqlError("", said.words);
    EXPECT_EQ(error.code, said.code) << said.words;
    EXPECT_EQ(error.kind, said.kind) << said.words;
    EXPECT_THAT(error.advice, HasSubstr(said.advice)) << said.words;
    EXPECT_THAT(error.message, Not(HasSubstr("\n")));
  }
}

// A statement's error has a code, so words in it must not be taken for those of a login.
TEST(PostgresqlErrorTest, ASqlstateWinsOverWords) {
  EXPECT_EQ(PostgresqlError("22P02", "too many clients already").code, "sql_error");
  EXPECT_EQ(PostgresqlError("22P02", "SSL error: database \"x\"").code, "sql_error");
  EXPECT_EQ(PostgresqlError("53300", "whatever").code, "connection_limit");
  EXPECT_EQ(PostgresqlError("28P01", "whatever").code, "login_refused");
  EXPECT_EQ(PostgresqlError("57P01", "terminating connection").code, "connection_failed");
}

TEST(MysqlErrorTest, NumbersOfARefusedConnectionAreUnderstood) {
  struct Numbered {
    int number;
    const char* code;
    ErrorKind kind;
    const char* advice;
  };
  const Numbered all[] = {
      {1045, "login_refused", ErrorKind::kAuthentication, "password"},
      {1130, "login_refused", ErrorKind::kAuthentication, "'USER'@'HOST'"},
      {1049, "no_such_database", ErrorKind::kNotFound, "database name"},
      {1044, "missing_privilege", ErrorKind::kPermission, "SELECT"},
      {1040, "connection_limit", ErrorKind::kConnection, "max_connections"},
      {1203, "connection_limit", ErrorKind::kConnection, "try again"},
      {1226, "connection_limit", ErrorKind::kConnection, "try again"},
      {1129, "connection_failed", ErrorKind::kConnection, "FLUSH HOSTS"},
      {2002, "connection_failed", ErrorKind::kConnection, "host and port"},
      {2026, "login_method_refused", ErrorKind::kPermission, "VERIFY_IDENTITY"},
      {2061, "unsupported_login", ErrorKind::kUnsupported, "TLS"},
      {2059, "unsupported_login", ErrorKind::kUnsupported, "plugin"},
  };
  for (const Numbered& each : all) {
    const Error error = MysqlError(each.number, "the server's own words");
    EXPECT_EQ(error.code, each.code) << each.number;
    EXPECT_EQ(error.kind, each.kind) << each.number;
    EXPECT_THAT(error.advice, HasSubstr(each.advice)) << each.number;
    EXPECT_EQ(error.server_code, std::to_string(each.number));
    EXPECT_EQ(error.message, "the server's own words");
  }
  EXPECT_EQ(MysqlError(1045, "Plugin x could not be loaded: no such file").code,
            "unsupported_login");
}

}  // namespace
}  // namespace metaferry
