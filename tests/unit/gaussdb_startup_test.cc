#include "connectors/wire/gaussdb_startup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/matchers.h"
#include "tests/unit/support/pg_messages.h"
#include "tests/unit/support/scripted_stream.h"

namespace metaferry {
namespace {

using namespace std::string_view_literals;  // their text may hold NULs
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kPassword = "Gauss@123";
// With its length, 3.51, and every key and value.
constexpr std::string_view kStartup =
    "\0\0\0\x55\0\x03\0\x33"
    "user\0hive\0database\0hivemeta\0client_encoding\0UTF8\0application_name\0metaferry\0\0"sv;
constexpr std::string_view kSha256Answer =
    "091258d4f6795dab1c37ace22f8bc639b3be74ba1fb66143fd7229e62a9396f5";

std::string Answer(std::string_view text) { return pg::Message('p', std::string(text) + '\0'); }

std::string Notice(std::string_view words) {
  return pg::Message(
      'N', "SNOTICE" + std::string(1, '\0') + "M" + std::string(words) + std::string(2, '\0'));
}

class GaussdbStartupTest : public ::testing::Test {
 protected:
  GaussdbStartupTest() {
    startup_.user = "hive";
    startup_.database = "hivemeta";
  }
  /// Logs in to a server that says all of `says`; what it is told is in told_.
  Result<std::optional<LoginMethod>> LogIn(const std::string& says) {
    ScriptedStream server(says);
    auto used = LogInToGaussdb(server, startup_, Secret(kPassword));
    told_ = server.told();
    read_all_ = server.at_end();
    if (!startup_.protected_by_tls) {
      EXPECT_THAT(told_, Not(HasSubstr(kPassword)));
    }
    const std::string words = used ? "" : used.error().message + used.error().advice;
    EXPECT_THAT(words, Not(HasSubstr(kPassword)));
    return used;
  }
  void Allow(std::string_view methods) {
    const auto parsed = LoginMethods::Parse(methods);
    ASSERT_THAT(parsed, IsOk());
    startup_.methods = *parsed;
  }

  GaussdbStartup startup_;
  std::string told_;
  bool read_all_ = false;
};

TEST_F(GaussdbStartupTest, TellsTheServerWhoItIsAndNoMore) {
  const auto used = LogIn(pg::Consent());
  ASSERT_THAT(used, IsOk());
  EXPECT_EQ(*used, std::nullopt) << "the server asked for nothing";
  EXPECT_EQ(told_, kStartup);
}

TEST_F(GaussdbStartupTest, HandsOptionsOnAndLeavesOutWhatIsEmpty) {
  startup_.database.clear();
  startup_.options = "-csearch_path=hive";
  ASSERT_THAT(LogIn(pg::Consent()), IsOk());
  EXPECT_THAT(told_, EndsWith("metaferry\0options\0-csearch_path=hive\0\0"sv));
  EXPECT_THAT(told_, Not(HasSubstr("database")));
  EXPECT_EQ(told_.substr(0, 4), pg::Number(static_cast<uint32_t>(told_.size())));
}

TEST_F(GaussdbStartupTest, AnswersTheChallenge) {
  const auto used = LogIn(pg::Ask(pg::Sha256Request()) + pg::Consent());
  ASSERT_THAT(used, IsOk());
  EXPECT_EQ(*used, LoginMethod::kSha256);
  EXPECT_EQ(told_, std::string(kStartup) + Answer(kSha256Answer));
  EXPECT_EQ(told_.size(), kStartup.size() + 1 + 4 + 64 + 1);
}

TEST_F(GaussdbStartupTest, ReadsNothingBehindTheConsent) {
  ASSERT_THAT(LogIn(pg::Consent() + "S"), IsOk());
  EXPECT_FALSE(read_all_) << "what follows is the client library's";
}

TEST_F(GaussdbStartupTest, PassesOverNotices) {
  const auto used = LogIn(Notice("password expires") + Notice("in 7 days") +
                          pg::Ask(pg::Sha256Request()) + Notice("hello") + pg::Consent());
  ASSERT_THAT(used, IsOk());
  EXPECT_EQ(told_, std::string(kStartup) + Answer(kSha256Answer));
}

TEST_F(GaussdbStartupTest, NeverAnswersASecondTime) {
  for (const std::string& second :
       {pg::Sha256Request(10000), pg::KeyRequest(10, 2, 2048, pg::kSalt, "00000000"),
        pg::Sm3Request(), pg::Sha256Request()}) {
    const std::string ask = pg::Ask(pg::Sha256Request()) + pg::Ask(second) + pg::Consent();
    EXPECT_THAT(LogIn(ask), IsError("bad_login_request"));
    EXPECT_EQ(told_, std::string(kStartup) + Answer(kSha256Answer));
  }
  EXPECT_THAT(LogIn(pg::Ask(pg::Sha256Request()) +
                    pg::Refusal("28P01", "Invalid username/password,login denied.")),
              IsError("login_refused"));
  EXPECT_EQ(told_, std::string(kStartup) + Answer(kSha256Answer));
}

struct Refused {
  const char* sqlstate;
  const char* words;
  const char* code;
  ErrorKind kind;
  const char* advice;
};

TEST_F(GaussdbStartupTest, TellsWhyItWasTurnedAway) {
  const Refused all[] = {
      {"28P01", "Invalid username/password,login denied.", "login_refused",
       ErrorKind::kAuthentication, "not tried again"},
      {"28000", "Invalid username/password,login denied.", "login_refused",
       ErrorKind::kAuthentication, "password"},
      {"XX000", "Invalid username/password,login denied.", "login_refused",
       ErrorKind::kAuthentication, "password"},
      {"28000", "The account has been locked.", "account_locked", ErrorKind::kAuthentication,
       "ACCOUNT UNLOCK"},
      {"28000", "Forbid remote connection with initial user.", "initial_user",
       ErrorKind::kAuthentication, "create one of its own"},
      {"28000",
       "no pg_hba.conf entry for host \"10.0.0.9\", user \"hive\", database \"d\", SSL off",
       "login_refused", ErrorKind::kAuthentication, "pg_hba.conf"},
      {"53300", "Already too many clients, active/non-active/reserved: 200/100/3.",
       "connection_limit", ErrorKind::kConnection, "max_connections"},
      {"53300", "remaining connection slots are reserved for non-replication superuser connections",
       "connection_limit", ErrorKind::kConnection, "max_connections"},
      {"", "remaining connection slots are reserved for system admin connections",
       "connection_limit", ErrorKind::kConnection, "max_connections"},
      {"3D000", "database \"hivemeta\" does not exist", "no_such_database", ErrorKind::kNotFound,
       "database name"},
      {"57P03", "the database system is starting up", "connection_failed", ErrorKind::kConnection,
       "server is up"},
      {"42501", "permission denied for database \"hivemeta\"", "missing_privilege",
       ErrorKind::kPermission, "grant"},
      {"22023", "invalid value for parameter", "sql_error", ErrorKind::kData, ""},
  };
  for (const Refused& each : all) {
    for (const std::string& before : {std::string(), pg::Ask(pg::Sha256Request())}) {
      const auto used = LogIn(before + pg::Refusal(each.sqlstate, each.words));
      ASSERT_THAT(used, IsError(each.code)) << each.words;
      EXPECT_EQ(used.error().kind, each.kind) << each.words;
      EXPECT_EQ(used.error().server_code, each.sqlstate);
      EXPECT_EQ(used.error().message, each.words);
      EXPECT_THAT(used.error().advice, HasSubstr(each.advice));
    }
  }
}

TEST_F(GaussdbStartupTest, TakesARefusalInAnyForm) {
  const std::string nul(1, '\0');
  for (const std::string& body :
       {std::string(), nul, nul + nul, std::string("M"), std::string("Mno end"),
        "C28P01" + nul + "Mno end", std::string("\x01\x02\x03"), std::string(1000, '\0')})
    EXPECT_FALSE(LogIn(pg::Message('E', body))) << body;
  EXPECT_THAT(LogIn(pg::Message('E', "C28P01" + nul + "Mno end")), IsError("login_refused"));
}

TEST_F(GaussdbStartupTest, GivesNoWeakerProofThanIsAllowed) {
  for (const std::string& request : {pg::Md5Request(), pg::Sha256OfMd5Request(),
                                     pg::Md5Sha256Request(), pg::PasswordRequest()}) {
    startup_.protected_by_tls = request == pg::PasswordRequest();
    const auto used = LogIn(pg::Ask(request) + pg::Consent());
    ASSERT_THAT(used, IsError("login_method_refused"));
    EXPECT_EQ(used.error().kind, ErrorKind::kPermission);
    EXPECT_THAT(used.error().advice, HasSubstr("require_auth="));
    EXPECT_EQ(told_, kStartup) << "and nothing that could be guessed from";
  }
}

TEST_F(GaussdbStartupTest, GivesAWeakerProofThatIsAllowed) {
  Allow("md5");
  auto used = LogIn(pg::Ask(pg::Md5Request()) + pg::Consent());
  ASSERT_THAT(used, IsOk());
  EXPECT_EQ(*used, LoginMethod::kMd5);
  EXPECT_EQ(told_, std::string(kStartup) + Answer("md50deaa34d39d4741d855458a579431ffc"));
  EXPECT_THAT(LogIn(pg::Ask(pg::Sha256Request()) + pg::Consent()), IsError("login_method_refused"))
      << "only what is allowed";
  Allow("sha256,md5-sha256");
  used = LogIn(pg::Ask(pg::Md5Sha256Request()) + pg::Consent());
  ASSERT_THAT(used, IsOk());
  EXPECT_EQ(*used, LoginMethod::kMd5Sha256);
}

TEST_F(GaussdbStartupTest, SendsThePasswordItselfInsideTlsOnly) {
  Allow("password");
  const auto refused = LogIn(pg::Ask(pg::PasswordRequest()) + pg::Consent());
  ASSERT_THAT(refused, IsError("login_method_refused"));
  EXPECT_THAT(refused.error().message, HasSubstr("without TLS"));
  EXPECT_EQ(told_, kStartup);
  startup_.protected_by_tls = true;
  const auto used = LogIn(pg::Ask(pg::PasswordRequest()) + pg::Consent());
  ASSERT_THAT(used, IsOk());
  EXPECT_EQ(*used, LoginMethod::kPassword);
  EXPECT_EQ(told_, std::string(kStartup) + Answer(kPassword));
}

TEST_F(GaussdbStartupTest, HangingUpAnywhereIsToldAsSuch) {
  const std::string whole =
      Notice("hello") + pg::Ask(pg::Sha256Request()) + Notice("again") + pg::Consent();
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_THAT(LogIn(whole.substr(0, length)), IsError("connection_closed")) << length;
}

TEST_F(GaussdbStartupTest, LengthsThatNoMessageHasAreRefused) {
  for (const uint32_t length : {0U, 1U, 3U, 65537U, 0x7FFFFFFFU, 0x80000000U, 0xFFFFFFFFU}) {
    for (const char type : {'R', 'E', 'N'})
      EXPECT_THAT(LogIn(type + pg::Number(length) + std::string(100, 'x')),
                  IsError("bad_login_request"))
          << type << length;
  }
  EXPECT_THAT(LogIn(Notice(std::string(65000, 'x')) + pg::Consent()), IsOk());
}

TEST_F(GaussdbStartupTest, WhatIsNoMessageOfALoginIsRefused) {
  for (const char type : {'S', 'K', 'Z', 'T', 'D', '\0', '\xFF', 'H'})
    EXPECT_THAT(LogIn(pg::Message(type, pg::Number(0))), IsError("bad_login_request"));
  for (const char* body : {"", "\1", "\1\1\1"})
    EXPECT_THAT(LogIn(pg::Ask(body)), IsError("bad_login_request"));
  EXPECT_THAT(LogIn(pg::Ask(pg::Number(0) + "x")), IsError("bad_login_request"));
  EXPECT_THAT(LogIn("HTTP/1.1 400 Bad Request\r\n\r\n"), IsError("bad_login_request"));
  EXPECT_THAT(LogIn(std::string("\x4a\0\0\0\x0a"
                                "8.0.36"sv)),
              IsError("bad_login_request"));
  EXPECT_EQ(told_, kStartup);
}

TEST_F(GaussdbStartupTest, PostgresqlIsRecognised) {
  const std::string negotiate = pg::Message('v', pg::Number(3 << 16) + pg::Number(0));
  for (const std::string& says : {negotiate, pg::Ask(pg::ScramRequest())}) {
    const auto used = LogIn(says + pg::Consent());
    ASSERT_THAT(used, IsError("unsupported_login"));
    EXPECT_THAT(used.error().advice, HasSubstr("jdbc:postgresql://"));
    EXPECT_EQ(told_, kStartup);
  }
}

TEST_F(GaussdbStartupTest, EndlessNoticesComeToAnEnd) {
  EndlessStream server(Notice(std::string(1000, 'x')));
  EXPECT_THAT(LogInToGaussdb(server, startup_, Secret(kPassword)), IsError("bad_login_request"));
  EXPECT_LT(server.read(), 2'000'000U);
}

// ---- The client library's side
// -------------------------------------------------------------------

std::string Packet(uint32_t code, std::string_view more = {}) {
  return pg::Number(static_cast<uint32_t>(8 + more.size())) + pg::Number(code) + std::string(more);
}

constexpr uint32_t kSsl = 80877103, kGss = 80877104, kCancel = 80877102, kVersion3 = 3U << 16;
const std::string kClientStartup = Packet(kVersion3, "user\0hive\0\0"sv);

TEST(GreetPostgresqlClientTest, TellsAClientThatItIsLoggedIn) {
  ScriptedStream client(kClientStartup);
  ASSERT_THAT(GreetPostgresqlClient(client), IsOk());
  EXPECT_EQ(client.told(), pg::Consent());
  EXPECT_TRUE(client.at_end());
}

TEST(GreetPostgresqlClientTest, HasNoEncryptionOfItsOwnToOffer) {
  for (const std::string& asks : {Packet(kSsl), Packet(kGss), Packet(kGss) + Packet(kSsl)}) {
    ScriptedStream client(asks + kClientStartup);
    ASSERT_THAT(GreetPostgresqlClient(client), IsOk());
    EXPECT_EQ(client.told(), std::string(asks.size() / 8, 'N') + pg::Consent());
  }
}

TEST(GreetPostgresqlClientTest, WhatIsNoStartOfProtocol3IsRefused) {
  for (const std::string& asks :
       {Packet(kVersion3 + 2), Packet(kCancel, "12345678"), Packet(2U << 16), pg::Number(4),
        pg::Number(7), pg::Number(0x10000000), pg::Number(0xFFFFFFFF),
        Packet(kSsl) + Packet(kSsl) + Packet(kSsl) + kClientStartup}) {
    ScriptedStream client(asks);
    EXPECT_THAT(GreetPostgresqlClient(client), IsError("cannot_relay"));
    EXPECT_THAT(client.told(), Not(HasSubstr("R")));
  }
  for (size_t length = 0; length < kClientStartup.size(); ++length) {
    ScriptedStream client(kClientStartup.substr(0, length));
    EXPECT_THAT(GreetPostgresqlClient(client), IsError("connection_closed"));
    EXPECT_THAT(client.told(), IsEmpty());
  }
}

TEST(ReadCancelRequestTest, IsReadAsItStands) {
  const std::string request = Packet(kCancel, "\x01\x02\x03\x04\x05\x06\x07\x08");
  ScriptedStream client(request);
  const auto read = ReadCancelRequest(client);
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(*read, request);
}

TEST(ReadCancelRequestTest, AnythingElseIsRefused) {
  for (const std::string& bytes : {Packet(kVersion3, "12345678"), Packet(kCancel, "123456789"),
                                   Packet(kSsl) + Packet(kSsl), std::string(16, 'x')}) {
    ScriptedStream client(bytes);
    EXPECT_THAT(ReadCancelRequest(client), IsError("bad_cancel_request"));
  }
  ScriptedStream client(Packet(kCancel, "1234567"));
  EXPECT_THAT(ReadCancelRequest(client), IsError("connection_closed"));
}

}  // namespace
}  // namespace metaferry
