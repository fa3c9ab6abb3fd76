#include "connectors/hms_thrift/sasl_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/matchers.h"
#include "tests/unit/support/scripted_transport.h"

namespace metaferry {
namespace {

using namespace std::string_view_literals;  // their text may hold NULs
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kStart = 1, kOk = 2, kBad = 3, kErrorWord = 4, kComplete = 5;

std::string Frame(std::string_view content) {
  std::string frame;
  for (const int shift : {24, 16, 8, 0})
    frame.push_back(static_cast<char>(content.size() >> shift & 0xFF));
  return frame.append(content);
}

std::string Message(char word, std::string_view payload) { return word + Frame(payload); }

/// Asks for two answers. Wraps by a number for the order, a mark and the bytes backwards.
class TwoSteps final : public SaslMechanism {
 public:
  explicit TwoSteps(SaslProtection protection) : protection_(protection) {}

  std::string_view name() const override { return "TWOSTEPS"; }
  Result<Secret> Start() override { return Secret("hello"); }
  Result<Secret> Answer(std::string_view challenge) override {
    if (challenge == "nonsense") return Fail(ErrorKind::kForeign, "no_sense", "what is this");
    ++step_;
    return Secret("to " + std::string(challenge));
  }
  bool done() const override { return step_ == 2; }
  SaslProtection protection() const override { return protection_; }
  size_t most_at_once() const override { return 10; }
  Result<std::string> Wrap(std::string_view bytes) override { return Wrapped(sent_++, bytes); }
  Result<std::string> Unwrap(std::string_view bytes) override {
    std::string plain(bytes.substr(std::min<size_t>(bytes.size(), 2)));
    std::reverse(plain.begin(), plain.end());
    if (Wrapped(received_++, plain) != bytes)
      return Fail(ErrorKind::kForeign, "connection_tampered", "somebody changed it");
    return plain;
  }

  static std::string Wrapped(int number, std::string_view bytes) {
    std::string wrapped = {static_cast<char>('0' + number), '#'};
    wrapped.append(bytes.rbegin(), bytes.rend());
    return wrapped;
  }

 private:
  SaslProtection protection_;
  int step_ = 0, sent_ = 0, received_ = 0;
};

const std::string kAgreed = Message(kOk, "one") + Message(kOk, "two") + Message(kComplete, "");

class SaslTransportTest : public ::testing::Test {
 protected:
  /// Logs in to a server that says this.
  Result<std::shared_ptr<SaslTransport>> LogIn(std::string says,
                                               SaslProtection protection = SaslProtection::kAuth,
                                               const char* end = "connection_closed") {
    server_ = std::make_shared<ScriptedTransport>(std::move(says), end);
    return SaslTransport::LogIn(server_, std::make_unique<TwoSteps>(protection));
  }
  Result<std::shared_ptr<SaslTransport>> LogInByPassword(std::string says) {
    server_ = std::make_shared<ScriptedTransport>(std::move(says));
    return SaslTransport::LogIn(server_, *MakePlainMechanism(Secret("jo"), Secret("s3cret")));
  }
  /// Behind a login that went well; `says` comes after it.
  std::shared_ptr<SaslTransport> LoggedIn(SaslProtection protection, const std::string& says) {
    auto transport = LogIn(kAgreed + says, protection);
    EXPECT_THAT(transport, IsOk());
    server_->Forget();
    return *transport;
  }
  static std::string Read(SaslTransport& transport, uint32_t bytes) {
    std::string text(bytes, '\0');
    transport.readAll(reinterpret_cast<uint8_t*>(text.data()), bytes);
    return text;
  }
  static void Write(SaslTransport& transport, std::string_view text) {
    transport.write(reinterpret_cast<const uint8_t*>(text.data()),
                    static_cast<uint32_t>(text.size()));
  }
  /// The code with which reading fails.
  static std::string FailureOf(SaslTransport& transport) {
    try {
      Read(transport, 1);
    } catch (const TransportFailure& e) {
      return e.error().code;
    }
    return "nothing failed";
  }

  std::shared_ptr<ScriptedTransport> server_;
};

TEST_F(SaslTransportTest, GoesThroughTheStepsOfALogin) {
  ASSERT_THAT(LogIn(kAgreed), IsOk());
  EXPECT_EQ(server_->told(), Message(kStart, "TWOSTEPS") + Message(kOk, "hello") +
                                 Message(kOk, "to one") + Message(kComplete, "to two"));
  EXPECT_TRUE(server_->at_end());
}

TEST_F(SaslTransportTest, SendsAPasswordAtOnceAndWaitsForTheVerdict) {
  ASSERT_THAT(LogInByPassword(Message(kComplete, "")), IsOk());
  EXPECT_EQ(server_->told(), Message(kStart, "PLAIN") + Message(kComplete, "\0jo\0s3cret"sv));
}

TEST_F(SaslTransportTest, TellsTheServersWordsWhenItRefuses) {
  for (const char word : {kBad, kErrorWord}) {
    const auto refused = LogInByPassword(Message(word, "Invalid password\n\tat java.lang"));
    ASSERT_THAT(refused, IsError("login_refused"));
    EXPECT_EQ(refused.error().kind, ErrorKind::kAuthentication);
    EXPECT_THAT(refused.error().message,
                AllOf(HasSubstr("Invalid password"), Not(HasSubstr("java"))));
    EXPECT_THAT(refused.error().message + refused.error().advice, Not(HasSubstr("s3cret")));
  }
}

TEST_F(SaslTransportTest, RefusalsCountAtEveryStep) {
  EXPECT_THAT(LogIn(Message(kBad, "")), IsError("login_refused"));
  EXPECT_THAT(LogIn(Message(kOk, "one") + Message(kErrorWord, "")), IsError("login_refused"));
  EXPECT_THAT(LogIn(Message(kOk, "one") + Message(kOk, "two") + Message(kBad, "")),
              IsError("login_refused"));
}

TEST_F(SaslTransportTest, SaysWhenTheServerLacksTheMechanism) {
  const auto refused = LogInByPassword(Message(kBad, "Unsupported mechanism type PLAIN"));
  ASSERT_THAT(refused, IsError("unsupported_login"));
  EXPECT_THAT(refused.error().advice, HasSubstr("GSSAPI is Kerberos"));
}

TEST_F(SaslTransportTest, ALongRefusalIsCutShort) {
  const auto refused = LogIn(Message(kBad, std::string(100'000, 'x')));
  ASSERT_THAT(refused, IsError("login_refused"));
  EXPECT_LT(refused.error().message.size(), 500U);
}

TEST_F(SaslTransportTest, NobodySkipsTheProofByCallingTheLoginComplete) {
  for (const std::string& says : {Message(kComplete, ""), Message(kComplete, "one"),
                                  Message(kOk, "one") + Message(kComplete, ""),
                                  Message(kOk, "one") + Message(kComplete, "two")}) {
    const auto early = LogIn(says + kAgreed);
    ASSERT_THAT(early, IsError("bad_sasl_message"));
    EXPECT_THAT(early.error().message, HasSubstr("before it has proved"));
  }
}

TEST_F(SaslTransportTest, AServerThatGoesOnAskingIsNotAnswered) {
  EXPECT_THAT(LogIn(Message(kOk, "one") + Message(kOk, "two") + Message(kOk, "three")),
              IsError("bad_sasl_message"));
  EXPECT_THAT(server_->told(), Not(HasSubstr("three")));
}

TEST_F(SaslTransportTest, WhatTheMechanismObjectsToEndsTheLogin) {
  EXPECT_THAT(LogIn(Message(kOk, "nonsense")), IsError("no_sense"));
}

TEST_F(SaslTransportTest, AServerWithoutLoginsIsCalledThat) {
  // It waits for more, hangs up, or answers as Thrift does.
  EXPECT_THAT(LogIn("", SaslProtection::kAuth, "timed_out"), IsError("sasl_not_spoken"));
  EXPECT_THAT(LogIn(""), IsError("sasl_not_spoken"));
  EXPECT_THAT(LogIn(std::string("\x80\x01\0\x03\0\0\0\x05"sv)), IsError("sasl_not_spoken"));
  EXPECT_THAT(LogIn(std::string(64, '\0')), IsError("sasl_not_spoken"));
}

TEST_F(SaslTransportTest, ABrokenConnectionIsOneWhenALoginHadBegun) {
  EXPECT_THAT(LogIn(Message(kOk, "one") + "\2"), IsError("connection_closed"));
  EXPECT_THAT(LogIn(Message(kOk, "one"), SaslProtection::kAuth, "timed_out"), IsError("timed_out"));
  const std::string whole = Message(kOk, "one");
  for (size_t length = 1; length < whole.size(); ++length)
    EXPECT_THAT(LogIn(whole.substr(0, length), SaslProtection::kAuth, "tls_failed"),
                IsError("tls_failed"));
}

TEST_F(SaslTransportTest, AMessageOfTwoGibibytesTakesNoMemory) {
  for (const std::string_view length : {"\x7F\xFF\xFF\xFF"sv, "\xFF\xFF\xFF\xFF"sv, "\0\x10\0\1"sv})
    for (const char word : {kOk, kBad, kComplete})
      EXPECT_THAT(LogIn(word + std::string(length)), IsError("bad_sasl_message"));
}

TEST_F(SaslTransportTest, BytesComeInFramesAndGoInFrames) {
  const auto transport =
      LoggedIn(SaslProtection::kAuth, Frame("first ") + Frame("") + Frame("and second"));
  EXPECT_EQ(Read(*transport, 3), "fir");
  EXPECT_EQ(Read(*transport, 13), "st and second");
  Write(*transport, "one ");
  Write(*transport, "request");
  EXPECT_EQ(server_->told(), "");
  transport->flush();
  EXPECT_EQ(server_->told(), Frame("one request"));
  transport->flush();
  EXPECT_EQ(server_->told(), Frame("one request"));
}

TEST_F(SaslTransportTest, ALongRequestGoesInFramesThatAServerTakes) {
  const auto transport = LoggedIn(SaslProtection::kAuth, "");
  Write(*transport, std::string(20 << 20, 'x'));
  transport->flush();
  EXPECT_EQ(server_->told().size(), (20U << 20) + 3 * 4);
  EXPECT_THAT(server_->told(), StartsWith("\0\x80\0\0x"sv));
}

TEST_F(SaslTransportTest, WrappedFramesHoldNoMoreThanTheServerTakes) {
  const auto transport =
      LoggedIn(SaslProtection::kAuthConf, Frame(TwoSteps::Wrapped(0, "first ")) +
                                              Frame(TwoSteps::Wrapped(1, "")) +
                                              Frame(TwoSteps::Wrapped(2, "second")));
  EXPECT_EQ(Read(*transport, 12), "first second");
  Write(*transport, "more than ten bytes");
  transport->flush();
  EXPECT_EQ(server_->told(),
            Frame(TwoSteps::Wrapped(0, "more than ")) + Frame(TwoSteps::Wrapped(1, "ten bytes")));
}

TEST_F(SaslTransportTest, FramesThatWereTamperedWithAreNotRead) {
  const std::string first = Frame(TwoSteps::Wrapped(0, "first"));
  const std::string second = Frame(TwoSteps::Wrapped(1, "second"));
  std::string changed = first;
  changed[4] = 'X';
  for (const std::string& says : {changed, second, Frame(""), Frame("plain text")}) {
    const auto transport = LoggedIn(SaslProtection::kAuthInt, says);
    EXPECT_EQ(FailureOf(*transport), "connection_tampered");
  }
  const auto twice = LoggedIn(SaslProtection::kAuthInt, first + first);
  EXPECT_EQ(Read(*twice, 5), "first");
  EXPECT_EQ(FailureOf(*twice), "connection_tampered");
}

TEST_F(SaslTransportTest, AFrameOfTwoGibibytesIsAnError) {
  for (const SaslProtection protection : {SaslProtection::kAuth, SaslProtection::kAuthConf})
    for (const std::string_view length : {"\x7F\xFF\xFF\xFF"sv, "\xFF\xFF\xFF\xFF"sv}) {
      const auto transport = LoggedIn(protection, std::string(length) + "abc");
      EXPECT_EQ(FailureOf(*transport), "bad_sasl_message");
    }
}

TEST_F(SaslTransportTest, AFrameTakesMemoryAsItComes) {
  // 900 MiB are promised, a few bytes come.
  const auto transport = LoggedIn(SaslProtection::kAuthConf, std::string("\x38\x40\0\0abc"sv));
  EXPECT_EQ(FailureOf(*transport), "connection_closed");
}

TEST_F(SaslTransportTest, ACutFrameIsABrokenConnection) {
  for (const SaslProtection protection : {SaslProtection::kAuth, SaslProtection::kAuthConf})
    for (const std::string_view part : {"\0\0"sv, "\0\0\0\5"sv}) {
      const auto transport = LoggedIn(protection, std::string(part));
      EXPECT_EQ(FailureOf(*transport), "connection_closed");
    }
}

}  // namespace
}  // namespace metaferry
