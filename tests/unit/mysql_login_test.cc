#include "connectors/wire/mysql_login.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/matchers.h"
#include "tests/unit/support/loopback_server.h"
#include "tests/unit/support/scripted_stream.h"
#include "tests/unit/support/tls_peer.h"

namespace metaferry {
namespace {

using namespace std::string_literals;  // their text may hold NULs
using namespace std::string_view_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// As on the wire: three bytes of length, one of sequence.
std::string Packet(int sequence, std::string_view payload) {
  std::string bytes;
  for (int shift = 0; shift < 24; shift += 8)
    bytes.push_back(static_cast<char>(payload.size() >> shift));
  bytes.push_back(static_cast<char>(sequence));
  return bytes + std::string(payload);
}

constexpr char kWithTls = '\xFF', kWithoutTls = '\xF7';

/// What MySQL 8 greets with; `flags` is the second byte of its capabilities.
std::string Greeting(char flags) {
  return "\x0a"
         "8.0.36\0\x2a\0\0\0abcdefgh\0\xFF"s +
         flags + "\xFF\x02\0\xFF\xDF\x15\0\0\0\0\0\0\0\0\0\0ijklmnopqrst\0caching_sha2_password\0"s;
}

const std::string kHead = "\x85\xa2\x3e\0\0\0\0\x40\x2d"s + std::string(23, '\0');
const std::string kResponse = kHead + "hive\0\x20"s + std::string(32, 'p') + "hms\0plugin\0"s;

/// A client's capabilities with TLS among them.
std::string WithTls(std::string head) {
  head[1] = static_cast<char>(head[1] | 0x08);
  return head;
}

constexpr std::string_view kOk = "\0\0\0\x02\0\0\0"sv;
constexpr std::string_view kFullLogin = "\x01\x04"sv, kFastSuccess = "\x01\x03"sv;

// ---- Packets
// -------------------------------------------------------------------------------------

TEST(MysqlPacketTest, IsReadAndWrittenAsOnTheWire) {
  for (const size_t size : {0U, 1U, 255U, 256U, 65535U, 65536U}) {
    const std::string payload(size, 'x');
    ScriptedStream stream(Packet(7, payload) + "more");
    const auto packet = ReadMysqlPacket(stream);
    ASSERT_THAT(packet, IsOk());
    EXPECT_EQ(packet->sequence, 7);
    EXPECT_EQ(packet->payload, payload);
    EXPECT_FALSE(stream.at_end());
    ASSERT_THAT(WriteMysqlPacket(stream, {255, payload}), IsOk());
    EXPECT_EQ(stream.told(), Packet(255, payload));
  }
}

TEST(MysqlPacketTest, LongerThanAnyOfALoginIsRefused) {
  for (const std::string_view head : {"\x01\0\x01\0"sv, "\xFF\xFF\xFF\0"sv, "HTTP/1.1"sv}) {
    ScriptedStream stream(std::string(head) + std::string(100000, 'x'));
    EXPECT_THAT(ReadMysqlPacket(stream), IsError("not_mysql"));
  }
}

TEST(MysqlPacketTest, HangingUpAnywhereIsToldAsSuch) {
  const std::string whole = Packet(0, "payload");
  for (size_t length = 0; length < whole.size(); ++length) {
    ScriptedStream stream(whole.substr(0, length));
    EXPECT_THAT(ReadMysqlPacket(stream), IsError("connection_closed"));
  }
}

// ---- Greetings
// -----------------------------------------------------------------------------------

Result<bool> Offers(std::string_view greeting) {
  return OffersMysqlTls({0, std::string(greeting)});
}

TEST(OffersMysqlTlsTest, ReadsItInTheCapabilities) {
  auto offers = Offers(Greeting(kWithTls));
  ASSERT_THAT(offers, IsOk());
  EXPECT_TRUE(*offers);
  offers = Offers(Greeting(kWithoutTls));
  ASSERT_THAT(offers, IsOk());
  EXPECT_FALSE(*offers);
  EXPECT_THAT(Offers("\x0a\0\x2a\0\0\0abcdefgh\0\xFF\xF7"sv), IsOk()) << "a server of no version";
}

TEST(OffersMysqlTlsTest, WhatIsNoGreetingIsRefused) {
  const std::string greeting = Greeting(kWithTls);
  const size_t capabilities_end = greeting.find("abcdefgh") + 8 + 1 + 2;
  for (size_t length = 0; length < capabilities_end; ++length)
    EXPECT_THAT(Offers(greeting.substr(0, length)), IsError("not_mysql")) << length;
  EXPECT_THAT(Offers(greeting.substr(0, capabilities_end)), IsOk());
  for (const std::string_view hostile :
       {"\x09"
        "3.23\0abc"sv,
        "\x0a"sv, "\x0a no end of the version, however long it is"sv, "\0\0\0\0"sv, "E"sv,
        "\xFE\xFE\xFE"sv, "HTTP/1.1 400 Bad Request"sv})
    EXPECT_THAT(Offers(hostile), IsError("not_mysql"));
  const auto refused = Offers("E");
  EXPECT_EQ(refused.error().kind, ErrorKind::kForeign);
  EXPECT_THAT(refused.error().advice, HasSubstr("port"));
}

TEST(OffersMysqlTlsTest, AServerThatGreetsWithAnErrorIsQuoted) {
  auto refused = Offers("\xFF\x10\x04Too many connections");
  ASSERT_THAT(refused, IsError("connection_limit"));
  EXPECT_EQ(refused.error().message, "Too many connections");
  EXPECT_EQ(refused.error().server_code, "1040");
  refused = Offers("\xFF\x10\x04#08004Too many connections");
  ASSERT_THAT(refused, IsError("connection_limit"));
  EXPECT_EQ(refused.error().message, "Too many connections");
  refused = Offers("\xFF\x6a\x04Host 'h' is not allowed to connect to this MySQL server");
  ASSERT_THAT(refused, IsError("login_refused"));
  EXPECT_THAT(refused.error().message, HasSubstr("Host 'h'"));
  refused = Offers("\xFF\x69\x04Host 'h' is blocked because of many connection errors");
  ASSERT_THAT(refused, IsError("connection_failed"));
  EXPECT_THAT(refused.error().advice, HasSubstr("FLUSH HOSTS"));
}

TEST(OffersMysqlTlsTest, AnErrorMayBeCutShort) {
  const std::string error = "\xFF\x10\x04#08004";
  for (size_t length = 1; length <= error.size(); ++length)
    EXPECT_FALSE(Offers(error.substr(0, length))) << length;
}

// ---- A whole login
// -------------------------------------------------------------------------------

/// What a server of MySQL's did, from the SSLRequest on.
struct Seen {
  std::string request;   ///< in clear
  std::string response;  ///< all that came inside TLS
  bool accepted = false;
};

/// Lets a client that says `client_says` log in to a server that, once there is TLS, runs `inside`.
class PassMysqlLoginTest : public ::testing::Test {
 protected:
  using Inside = std::function<void(TlsPeer&, Seen&)>;

  Status Pass(const std::string& client_says, const Inside& inside,
              TlsMode mode = TlsMode::kRequire) {
    seen_ = {};
    Status passed;
    ScriptedStream client(client_says);
    {
      LoopbackServer server([&](int connection, int) {
        seen_.request = LoopbackServer::Read(connection, 4 + kHead.size());
        if (seen_.request.empty()) return;
        TlsPeer peer(connection);
        seen_.accepted = peer.Accept();
        if (seen_.accepted) inside(peer, seen_);
      });
      auto channel = ServerChannel::Connect(
          "127.0.0.1", server.port(), std::chrono::steady_clock::now() + std::chrono::seconds(20));
      if (!channel) return Unexpected(channel.error());
      TlsSettings settings;
      settings.mode = mode;
      settings.host = "127.0.0.1";
      passed = PassMysqlLogin(client, **channel, {0, Greeting(kWithTls)}, settings);
      protection_ = (*channel)->protection();
    }
    told_ = client.told();
    return passed;
  }
  static void ReadResponse(TlsPeer& peer, Seen& seen) {
    seen.response = peer.Read(4 + kResponse.size());
  }

  Seen seen_;
  std::string told_;
  Protection protection_;
};

const std::string kGreetingOfTheRelay = Packet(0, Greeting(kWithoutTls));

TEST_F(PassMysqlLoginTest, PutsTlsBetweenAndCorrectsTheNumbers) {
  const auto passed = Pass(Packet(1, kResponse), [](TlsPeer& peer, Seen& seen) {
    ReadResponse(peer, seen);
    peer.Write(Packet(3, kOk));
  });
  ASSERT_THAT(passed, IsOk());
  EXPECT_EQ(seen_.request, Packet(1, WithTls(kHead)));
  EXPECT_EQ(seen_.response, Packet(2, WithTls(kResponse)));
  EXPECT_EQ(told_, kGreetingOfTheRelay + Packet(2, kOk));
  EXPECT_TRUE(protection_.encrypted);
  EXPECT_FALSE(protection_.ca_verified || protection_.host_verified);
  EXPECT_EQ(protection_.protocol, "TLSv1.3");
}

TEST_F(PassMysqlLoginTest, PassesAFastLoginOn) {
  const auto passed = Pass(Packet(1, kResponse), [](TlsPeer& peer, Seen& seen) {
    ReadResponse(peer, seen);
    peer.Write(Packet(3, kFastSuccess));
    peer.Write(Packet(4, kOk));
  });
  ASSERT_THAT(passed, IsOk());
  EXPECT_EQ(told_, kGreetingOfTheRelay + Packet(2, kFastSuccess) + Packet(3, kOk));
}

TEST_F(PassMysqlLoginTest, PassesAFullLoginOnInsideTls) {
  const std::string password = "s3cret\0"s;
  const auto passed =
      Pass(Packet(1, kResponse) + Packet(3, password), [&](TlsPeer& peer, Seen& seen) {
        ReadResponse(peer, seen);
        peer.Write(Packet(3, kFullLogin));
        seen.response += peer.Read(4 + password.size());
        peer.Write(Packet(5, kOk));
      });
  ASSERT_THAT(passed, IsOk());
  EXPECT_EQ(seen_.response, Packet(2, WithTls(kResponse)) + Packet(4, password));
  EXPECT_THAT(seen_.request, Not(HasSubstr("s3cret")));
  EXPECT_EQ(told_, kGreetingOfTheRelay + Packet(2, kFullLogin) + Packet(4, kOk));
}

TEST_F(PassMysqlLoginTest, PassesAnotherMethodOn) {
  const std::string other = "\xFEmysql_native_password\0abcdefghijklmnopqrst\0"s;
  const auto passed = Pass(Packet(1, kResponse) + Packet(3, "hash") + Packet(5, ""),
                           [&](TlsPeer& peer, Seen& seen) {
                             ReadResponse(peer, seen);
                             peer.Write(Packet(3, other));
                             seen.response += peer.Read(4 + 4);
                             peer.Write(Packet(5, "\x02once more"));
                             seen.response += peer.Read(4);
                             peer.Write(Packet(7, kOk));
                           });
  ASSERT_THAT(passed, IsOk());
  EXPECT_EQ(seen_.response, Packet(2, WithTls(kResponse)) + Packet(4, "hash") + Packet(6, ""));
  EXPECT_EQ(told_,
            kGreetingOfTheRelay + Packet(2, other) + Packet(4, "\x02once more") + Packet(6, kOk));
}

TEST_F(PassMysqlLoginTest, LeavesARefusalToTheClient) {
  const std::string denied = "\xFF\x15\x04#28000Access denied for user 'hive'"s;
  const auto passed = Pass(Packet(1, kResponse), [&](TlsPeer& peer, Seen& seen) {
    ReadResponse(peer, seen);
    peer.Write(Packet(3, denied));
  });
  ASSERT_THAT(passed, IsOk());
  EXPECT_EQ(told_, kGreetingOfTheRelay + Packet(2, denied));
}

TEST_F(PassMysqlLoginTest, AServerThatNeverComesToAnEndIsLeft) {
  std::string answers = Packet(1, kResponse);
  for (int i = 0; i < 200; ++i) answers += Packet(0, "again");
  const auto passed = Pass(answers, [](TlsPeer& peer, Seen& seen) {
    ReadResponse(peer, seen);
    while (peer.Write(Packet(3, "\x02more")) && peer.Read(4 + 5).size() == 9) {
    }
  });
  EXPECT_THAT(passed, IsError("not_mysql"));
}

TEST_F(PassMysqlLoginTest, WhatIsNoPacketOfALoginIsRefused) {
  EXPECT_THAT(Pass(Packet(1, kResponse),
                   [](TlsPeer& peer, Seen& seen) {
                     ReadResponse(peer, seen);
                     peer.Write(Packet(3, ""));
                   }),
              IsError("not_mysql"));
  EXPECT_THAT(Pass(Packet(1, kResponse),
                   [](TlsPeer& peer, Seen& seen) {
                     ReadResponse(peer, seen);
                     peer.Write("\xFF\xFF\xFF\x03");
                   }),
              IsError("not_mysql"));
}

TEST_F(PassMysqlLoginTest, AClientOfTheOldProtocolIsRefusedBeforeAnythingIsSent) {
  std::string old = kResponse;
  old[1] = static_cast<char>(old[1] & ~0x02);
  for (const std::string& says :
       {Packet(1, old), Packet(1, kResponse.substr(0, 31)), Packet(1, "")}) {
    EXPECT_THAT(Pass(says, [](TlsPeer&, Seen&) {}), IsError("cannot_relay"));
    EXPECT_THAT(seen_.request, IsEmpty());
  }
}

TEST_F(PassMysqlLoginTest, HangingUpIsTold) {
  const auto leave = [](TlsPeer& peer, Seen& seen) { ReadResponse(peer, seen); };
  EXPECT_THAT(Pass(Packet(1, kResponse), leave), IsError("connection_closed"));
  EXPECT_THAT(Pass("", leave), IsError("connection_closed"));
  EXPECT_THAT(Pass(Packet(1, kResponse).substr(0, 50), leave), IsError("connection_closed"));
}

TEST_F(PassMysqlLoginTest, NothingOfTheLoginGoesToAServerThatIsNotTrusted) {
  for (const TlsMode mode : {TlsMode::kVerifyCa, TlsMode::kVerifyFull}) {
    EXPECT_THAT(Pass(Packet(1, kResponse), ReadResponse, mode), IsError("tls_untrusted"));
    EXPECT_EQ(seen_.request, Packet(1, WithTls(kHead)));
    EXPECT_THAT(seen_.response, IsEmpty());
    EXPECT_FALSE(protection_.encrypted);
  }
}

}  // namespace
}  // namespace metaferry
