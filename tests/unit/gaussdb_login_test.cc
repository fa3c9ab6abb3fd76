#include "connectors/wire/gaussdb_login.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "tests/unit/matchers.h"
#include "tests/unit/support/pg_messages.h"

namespace metaferry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kUser = "hive";
constexpr const char* kPassword = "Gauss@123";

std::string Answer(const LoginChallenge& challenge, const char* password = kPassword) {
  const auto answer = AnswerLoginChallenge(challenge, kUser, Secret(password));
  EXPECT_THAT(answer, IsOk());
  return answer ? answer->Reveal() : "";
}

struct Vector {
  const char* name;
  std::string request;
  const char* password;
  LoginMethod method;
  const char* answer;
};

// Values of the vendor's JDBC drivers; those of SM3 are computed with Python's hashlib, since no
// driver at hand knows it.
const Vector kVectors[] = {
    {"Sha256", pg::Sha256Request(2048), kPassword, LoginMethod::kSha256,
     "091258d4f6795dab1c37ace22f8bc639b3be74ba1fb66143fd7229e62a9396f5"},
    {"Sha256OfDefaultCost", pg::Sha256Request(10000), kPassword, LoginMethod::kSha256,
     "7c307933e37a994c84eb831cd816a70a24e47d049c9bb591acb2f46790888767"},
    {"Sha256BeyondAscii", pg::Sha256Request(10000), "密码Pässw0rd", LoginMethod::kSha256,
     "92ee8dc034a6761d75e54524af862d00ac2c6497505df910f3d5207dcc5dad31"},
    {"Sha256WithStoredFormZero", pg::KeyRequest(10, 0, 2048), kPassword, LoginMethod::kSha256,
     "091258d4f6795dab1c37ace22f8bc639b3be74ba1fb66143fd7229e62a9396f5"},
    {"Sm3", pg::Sm3Request(2048), kPassword, LoginMethod::kSm3,
     "228113ac03e0c1df4528d0ea811759c6cd4f73b24f568dbf61d9562791f2f714"},
    {"Sm3OfDefaultCost", pg::Sm3Request(10000), kPassword, LoginMethod::kSm3,
     "4c824da59a9c22f83b74bd6cd4667c0e683b07bca40c6ab6e26776e99f35cc99"},
    {"Md5Sha256", pg::Md5Sha256Request(), kPassword, LoginMethod::kMd5Sha256,
     "md52c9737dbb8598a24bdfc7489129e454c"},
    {"Sha256OfMd5", pg::Sha256OfMd5Request(), kPassword, LoginMethod::kMd5,
     "sha256ca6d3ea9d42105f552a1941fbeb94c2c72f603cc263826b8876672b8492cce05"},
    {"Md5", pg::Md5Request(), kPassword, LoginMethod::kMd5, "md50deaa34d39d4741d855458a579431ffc"},
    {"Password", pg::PasswordRequest(), kPassword, LoginMethod::kPassword, kPassword},
};

class GaussdbVectorTest : public ::testing::TestWithParam<Vector> {};

TEST_P(GaussdbVectorTest, IsAnsweredAsByTheVendorsDrivers) {
  const Vector& vector = GetParam();
  const auto challenge = ParseLoginChallenge(vector.request);
  ASSERT_THAT(challenge, IsOk());
  EXPECT_EQ(challenge->method, vector.method);
  EXPECT_EQ(Answer(*challenge, vector.password), vector.answer);
}

TEST_P(GaussdbVectorTest, HasOneLengthOnly) {
  const std::string& request = GetParam().request;
  for (size_t length = 0; length < request.size(); ++length)
    EXPECT_THAT(ParseLoginChallenge(request.substr(0, length)), IsError("bad_login_request"))
        << length << " bytes";
  for (const char more : {'\0', '0', 'a'})
    EXPECT_THAT(ParseLoginChallenge(request + more), IsError("bad_login_request"));
}

INSTANTIATE_TEST_SUITE_P(All, GaussdbVectorTest, ::testing::ValuesIn(kVectors),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(GaussdbLoginTest, EachDigitOfSaltAndTokenMustBeOne) {
  for (const std::string& request :
       {pg::Sha256Request(), pg::Sm3Request(), pg::Md5Sha256Request()}) {
    const size_t begin = request.find(pg::kSalt);
    const size_t token = request.find(pg::kToken);
    const size_t end = (token == std::string::npos ? begin + pg::kSalt.size() : token + 8);
    for (size_t at = begin; at < end; ++at) {
      for (const char wrong : {'g', 'G', '/', ':', '@', '`', ' ', '\0', '\xFF'}) {
        std::string damaged = request;
        damaged[at] = wrong;
        EXPECT_THAT(ParseLoginChallenge(damaged), IsError("bad_login_request")) << at;
      }
    }
  }
}

TEST(GaussdbLoginTest, DigitsMayBeInUpperCase) {
  std::string upper(pg::kSalt);
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  const auto challenge = ParseLoginChallenge(pg::KeyRequest(10, 2, 2048, upper, "A1B2C3D4"));
  ASSERT_THAT(challenge, IsOk());
  EXPECT_EQ(Answer(*challenge), kVectors[0].answer);
}

TEST(GaussdbLoginTest, FormsOfStorageAreThoseOfTheRequest) {
  for (const uint32_t stored : {0U, 2U})
    EXPECT_THAT(ParseLoginChallenge(pg::KeyRequest(10, stored, 2048)), IsOk());
  for (const uint32_t stored : {0U, 3U})
    EXPECT_THAT(ParseLoginChallenge(pg::KeyRequest(13, stored, 2048)), IsOk());
  for (const uint32_t stored : {1U, 3U, 4U, 0x02000000U, 0xFFFFFFFFU})
    EXPECT_THAT(ParseLoginChallenge(pg::KeyRequest(10, stored, 2048)),
                IsError("bad_login_request"));
  for (const uint32_t stored : {1U, 2U, 4U, 0x03000000U, 0xFFFFFFFFU})
    EXPECT_THAT(ParseLoginChallenge(pg::KeyRequest(13, stored, 2048)),
                IsError("bad_login_request"));
  EXPECT_THAT(ParseLoginChallenge(pg::Number(13) + pg::Number(1) + std::string(pg::kMd5Salt)),
              IsError("bad_login_request"));
}

TEST(GaussdbLoginTest, WhatAServerMayHaveOneComputeIsBounded) {
  for (const uint32_t request : {10U, 13U}) {
    const uint32_t stored = request == 10 ? 2 : 3;
    for (const uint32_t iterations : {2048U, 10'000'000U}) {
      const auto challenge = ParseLoginChallenge(pg::KeyRequest(request, stored, iterations));
      ASSERT_THAT(challenge, IsOk());
      EXPECT_EQ(challenge->iterations, iterations);
    }
    for (const uint32_t iterations : {0U, 1U, 2047U, 10'000'001U, 0x80000000U, 0xFFFFFFFFU}) {
      const auto challenge = ParseLoginChallenge(pg::KeyRequest(request, stored, iterations));
      ASSERT_THAT(challenge, IsError("login_cost"));
      EXPECT_THAT(challenge.error().message, HasSubstr(std::to_string(iterations)));
    }
  }
}

TEST(GaussdbLoginTest, RequestsThatAreNoQuestionForAPasswordAreNamed) {
  for (uint32_t request = 0; request <= 20; ++request) {
    const bool known =
        request == 3 || request == 5 || request == 10 || request == 11 || request == 13;
    const auto challenge = ParseLoginChallenge(pg::Number(request) + "something");
    EXPECT_THAT(challenge, IsError(known ? "bad_login_request" : "unsupported_login")) << request;
    if (known || challenge) continue;
    EXPECT_EQ(challenge.error().kind, ErrorKind::kUnsupported);
    const bool kerberos = request >= 7 && request <= 9;
    EXPECT_THAT(challenge.error().message,
                HasSubstr(kerberos ? "Kerberos" : "login request " + std::to_string(request)));
    EXPECT_THAT(challenge.error().advice, HasSubstr("pg_hba.conf"));
  }
}

TEST(GaussdbLoginTest, PostgresqlIsRecognised) {
  for (const std::string& request : {pg::ScramRequest(), pg::Number(10) + "SCRAM-"}) {
    const auto challenge = ParseLoginChallenge(request);
    ASSERT_THAT(challenge, IsError("unsupported_login"));
    EXPECT_THAT(challenge.error().advice, HasSubstr("jdbc:postgresql://"));
  }
}

TEST(GaussdbLoginTest, NoErrorRepeatsWhatTheServerSent) {
  const std::string salt(64, 'x');
  const auto challenge = ParseLoginChallenge(pg::KeyRequest(10, 2, 2048, salt, "\x1b[2J1234"));
  ASSERT_THAT(challenge, IsError("bad_login_request"));
  EXPECT_THAT(challenge.error().message, Not(HasSubstr("xx")));
  EXPECT_THAT(challenge.error().message, Not(HasSubstr("\x1b")));
}

TEST(GaussdbLoginTest, AnswersDependOnTheChallengeOfTheConnection) {
  const auto one = ParseLoginChallenge(pg::Sha256Request());
  const auto other = ParseLoginChallenge(pg::KeyRequest(10, 2, 2048, pg::kSalt, "a1b2c3d5"));
  ASSERT_THAT(one, IsOk());
  ASSERT_THAT(other, IsOk());
  EXPECT_NE(Answer(*one), Answer(*other));
}

// With an algorithm missing, what is left of the computation would give the key away.
TEST(GaussdbLoginTest, NothingIsAnsweredWhenThisMachineForbidsTheAlgorithm) {
  ASSERT_EQ(EVP_set_default_properties(nullptr, "provider=none"), 1);
  for (const Vector& vector : kVectors) {
    if (vector.method == LoginMethod::kPassword) continue;
    const auto challenge = ParseLoginChallenge(vector.request);
    ASSERT_THAT(challenge, IsOk());
    const auto answer = AnswerLoginChallenge(*challenge, kUser, Secret(kPassword));
    EXPECT_THAT(answer, IsError("unsupported_login")) << vector.name;
  }
  ASSERT_EQ(EVP_set_default_properties(nullptr, ""), 1);
}

TEST(LoginMethodsTest, WithoutAWordTheStrongOnesAreAllowed) {
  const LoginMethods methods;
  EXPECT_TRUE(methods.Has(LoginMethod::kSha256));
  EXPECT_TRUE(methods.Has(LoginMethod::kSm3));
  for (const LoginMethod weak :
       {LoginMethod::kMd5Sha256, LoginMethod::kMd5, LoginMethod::kPassword})
    EXPECT_FALSE(methods.Has(weak)) << ToString(weak);
}

TEST(LoginMethodsTest, ExactlyTheWordsAreAllowed) {
  constexpr LoginMethod kAll[] = {LoginMethod::kSha256, LoginMethod::kSm3, LoginMethod::kMd5Sha256,
                                  LoginMethod::kMd5, LoginMethod::kPassword};
  for (const LoginMethod allowed : kAll) {
    const auto methods = LoginMethods::Parse(ToString(allowed));
    ASSERT_THAT(methods, IsOk());
    for (const LoginMethod method : kAll) EXPECT_EQ(methods->Has(method), method == allowed);
  }
  const auto two = LoginMethods::Parse("md5,sha256");
  ASSERT_THAT(two, IsOk());
  EXPECT_TRUE(two->Has(LoginMethod::kMd5) && two->Has(LoginMethod::kSha256));
  EXPECT_FALSE(two->Has(LoginMethod::kSm3) || two->Has(LoginMethod::kMd5Sha256));
}

TEST(LoginMethodsTest, AnyOtherWordIsWrong) {
  for (const char* text : {"scram-sha-256", "SHA256", "sha", "sha256 ", " md5", "md5,,sha256",
                           ",md5", "md5;sha256", "none", "!password", "p4ssw0rd"}) {
    const auto methods = LoginMethods::Parse(text);
    ASSERT_THAT(methods, IsError("bad_login_method")) << text;
    EXPECT_EQ(methods.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(methods.error().message, Not(HasSubstr("p4ssw0rd")))
        << "it might be a password in the wrong place";
  }
}

}  // namespace
}  // namespace metaferry
