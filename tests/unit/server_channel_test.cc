#include "connectors/wire/server_channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>

#include <fstream>

#include "connectors/wire/gaussdb_startup.h"
#include "tests/unit/matchers.h"
#include "tests/unit/support/loopback_server.h"
#include "tests/unit/support/temporary_folder.h"
#include "tests/unit/support/tls_peer.h"

namespace metaferry {
namespace {

using namespace std::string_literals;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Lt;
using ::testing::Not;

std::unique_ptr<ServerChannel> Channel(const LoopbackServer& server,
                                       Clock::duration patience = seconds(20)) {
  auto channel = ServerChannel::Connect("127.0.0.1", server.port(), Clock::now() + patience);
  EXPECT_THAT(channel, IsOk());
  return channel ? std::move(*channel) : nullptr;
}

TlsSettings Settings(TlsMode mode = TlsMode::kRequire) {
  TlsSettings settings;
  settings.mode = mode;
  settings.host = "127.0.0.1";
  return settings;
}

void WaitForHangUp(int connection) {
  char byte = 0;
  while (recv(connection, &byte, 1, 0) == 1) {
  }
}

/// Is silent until the client goes.
void Silence(int connection, int) { WaitForHangUp(connection); }

// ---- TCP
// -----------------------------------------------------------------------------------------

TEST(ServerChannelTest, AHostThatIsNoneIsUnknown) {
  const auto channel = ServerChannel::Connect("no-such-host.invalid", 1, Clock::now() + seconds(5));
  ASSERT_THAT(channel, IsError("unknown_host"));
  EXPECT_EQ(channel.error().kind, ErrorKind::kConnection);
}

TEST(ServerChannelTest, APortWithoutServerIsRefused) {
  uint16_t port = 0;
  {
    const LoopbackServer server(Silence);
    port = server.port();
  }
  EXPECT_THAT(ServerChannel::Connect("127.0.0.1", port, Clock::now() + seconds(5)),
              IsError("connection_failed"));
}

TEST(ServerChannelTest, TriesEveryAddressOfAHost) {
  const LoopbackServer server(Silence);
  EXPECT_THAT(ServerChannel::Connect("localhost", server.port(), Clock::now() + seconds(5)), IsOk())
      << "where ::1 comes first, nobody listens there";
}

TEST(ServerChannelTest, ASilentServerIsWaitedForUntilTheDeadlineOnly) {
  const LoopbackServer server(Silence);
  const auto start = Clock::now();
  char byte = 0;
  EXPECT_THAT(Channel(server, milliseconds(200))->Read({&byte, 1}), IsError("timed_out"));
  EXPECT_THAT(Channel(server, milliseconds(200))->StartTls(Settings()), IsError("timed_out"));
  const std::string text(64 << 20, 'x');
  const LoopbackServer deaf([](int, int) { std::this_thread::sleep_for(milliseconds(600)); });
  EXPECT_THAT(Channel(deaf, milliseconds(200))->Write(text), IsError("timed_out"));
  EXPECT_THAT(Clock::now() - start, Lt(seconds(5)));
}

TEST(ServerChannelTest, AServerThatHangsUpIsToldAsSuch) {
  const LoopbackServer server([](int connection, int) { LoopbackServer::Write(connection, "ab"); });
  std::array<char, 3> text{};
  const auto read = Channel(server)->Read(text);
  ASSERT_THAT(read, IsError("connection_closed"));
  EXPECT_THAT(read.error().advice, HasSubstr("server's log"));
}

// ---- TLS
// -----------------------------------------------------------------------------------------

TEST(ServerChannelTest, SpeaksTlsOnceItIsStarted) {
  const LoopbackServer server([](int connection, int) {
    LoopbackServer::Write(connection, "clear");
    TlsPeer peer(connection);
    if (peer.Accept()) peer.Write(peer.Read(5) + "!");
  });
  const auto channel = Channel(server);
  std::array<char, 6> text{};
  ASSERT_THAT(channel->Read({text.data(), 5}), IsOk());
  EXPECT_EQ(channel->protection().Words(), "not encrypted, server not verified");
  ASSERT_THAT(channel->StartTls(Settings()), IsOk());
  EXPECT_EQ(channel->protection().Words(), "TLSv1.3, server certificate not verified");
  ASSERT_THAT(channel->Write("hello"), IsOk());
  ASSERT_THAT(channel->Read(text), IsOk());
  EXPECT_EQ(std::string(text.data(), text.size()), "hello!");
  EXPECT_THAT(channel->Read({text.data(), 1}), IsError("connection_closed"));
}

Status StartTls(const LoopbackServer::Script& script, const TlsSettings& settings) {
  const LoopbackServer server(script);
  return Channel(server)->StartTls(settings);
}

TEST(ServerChannelTest, SpeaksNoTlsThatIsOutOfDate) {
  const auto started = StartTls(
      [](int connection, int) {
        TlsPeer peer(connection);
        peer.SpeakAtMost(TLS1_1_VERSION);
        EXPECT_FALSE(peer.Accept());
        WaitForHangUp(connection);
      },
      Settings());
  ASSERT_THAT(started, IsError("tls_failed"));
  EXPECT_THAT(started.error().advice, HasSubstr("TLS 1.2"));
}

TEST(ServerChannelTest, ServersThatSpeakNoTlsAreTold) {
  EXPECT_THAT(
      StartTls([](int connection, int) { LoopbackServer::Read(connection, 1); }, Settings()),
      IsError("connection_closed"));
  EXPECT_THAT(StartTls(
                  [](int connection, int) {
                    LoopbackServer::Write(connection, "HTTP/1.1 400 Bad Request\r\n\r\n");
                    WaitForHangUp(connection);
                  },
                  Settings()),
              IsError("tls_failed"));
}

TEST(ServerChannelTest, ACertificateThatNobodyIssuedIsNotTrusted) {
  const auto accept = [](int connection, int) { TlsPeer(connection).Accept(); };
  for (const TlsMode mode : {TlsMode::kVerifyCa, TlsMode::kVerifyFull}) {
    const auto started = StartTls(accept, Settings(mode));
    ASSERT_THAT(started, IsError("tls_untrusted"));
    EXPECT_THAT(started.error().advice, HasSubstr("sslrootcert=FILE"));
  }
}

// TLS 1.3 lets the client believe that all is well; the server's word comes with the first answer.
TEST(ServerChannelTest, AServerThatWantsACertificateOfTheClientSaysSo) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const LoopbackServer server([version](int connection, int) {
      TlsPeer peer(connection);
      peer.SpeakAtMost(version);
      peer.DemandCertificate();
      EXPECT_FALSE(peer.Accept());
      WaitForHangUp(connection);
    });
    const auto channel = Channel(server);
    char byte = 0;
    Status done = channel->StartTls(Settings());
    if (done) done = channel->Read({&byte, 1});
    ASSERT_THAT(done, IsError("tls_failed"));
    EXPECT_THAT(done.error().advice, HasSubstr("sslcert=FILE"));
    EXPECT_THAT(done.error().message, HasSubstr("alert"));
  }
}

class TlsFileTest : public ::testing::Test {
 protected:
  TlsFileTest() : key_(EVP_EC_gen("P-256"), EVP_PKEY_free) {
    WriteFile(folder_ / "text", "no PEM at all");
    WriteFile(folder_ / "empty", "");
  }
  /// A private key in PEM form; with a passphrase unless that is null.
  std::string KeyFile(const char* name, const char* passphrase) {
    const std::string path = folder_ / name;
    const std::unique_ptr<BIO, int (*)(BIO*)> file(BIO_new_file(path.c_str(), "w"), BIO_free);
    PEM_write_bio_PrivateKey(file.get(), key_.get(), passphrase ? EVP_aes_256_cbc() : nullptr,
                             nullptr, 0, nullptr, const_cast<char*>(passphrase));
    return path;
  }
  /// Of the key, and signed by it.
  std::string CertificateFile() {
    const std::unique_ptr<X509, void (*)(X509*)> certificate(X509_new(), X509_free);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key_.get());
    X509_sign(certificate.get(), key_.get(), EVP_sha256());
    const std::string path = folder_ / "certificate";
    const std::unique_ptr<BIO, int (*)(BIO*)> file(BIO_new_file(path.c_str(), "w"), BIO_free);
    PEM_write_bio_X509(file.get(), certificate.get());
    return path;
  }
  void ExpectBadFile(const TlsSettings& settings, const std::string& file) {
    const LoopbackServer server(Silence);
    const auto started = Channel(server)->StartTls(settings);
    ASSERT_THAT(started, IsError("tls_bad_file"));
    EXPECT_EQ(started.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(started.error().message, HasSubstr(file));
  }

  const TemporaryFolder folder_;
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key_;
};

TEST_F(TlsFileTest, OfCasMustBeOne) {
  for (const char* name : {"missing", "text", "empty", "."}) {
    TlsSettings settings = Settings(TlsMode::kVerifyFull);
    settings.ca_file = folder_ / name;
    ExpectBadFile(settings, settings.ca_file);
  }
}

TEST_F(TlsFileTest, OfTheClientMustFitTogether) {
  TlsSettings settings = Settings();
  for (const char* name : {"missing", "text", "empty"}) {
    settings.cert_file = folder_ / name;
    ExpectBadFile(settings, settings.cert_file);
  }
  settings.cert_file = CertificateFile();
  ExpectBadFile(settings, settings.cert_file);
  for (const char* name : {"missing", "text", "certificate"}) {
    settings.key_file = folder_ / name;
    ExpectBadFile(settings, settings.key_file);
  }
  settings.key_file = KeyFile("key", nullptr);
  EXPECT_THAT(StartTls([](int connection, int) { TlsPeer(connection).Accept(); }, settings),
              IsOk());
}

TEST_F(TlsFileTest, AServerThatHangsUpOnOurCertificateIsToldAsSuch) {
  TlsSettings settings = Settings();
  settings.cert_file = CertificateFile();
  settings.key_file = KeyFile("key", nullptr);
  const LoopbackServer server([](int connection, int) {
    TlsPeer peer(connection);
    if (!peer.Accept()) return;
    // Without a word.
    const linger at_once{1, 0};
    setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    shutdown(connection, SHUT_RDWR);
  });
  char byte = 0;
  auto channel = Channel(server);
  ASSERT_THAT(channel->StartTls(settings), IsOk());
  EXPECT_THAT(channel->Read({&byte, 1}), IsError("tls_failed"));
  channel = Channel(server);
  ASSERT_THAT(channel->StartTls(Settings()), IsOk());
  EXPECT_THAT(channel->Read({&byte, 1}), IsError("connection_closed")) << "there was none";
}

// OpenSSL would ask at the terminal; a test has none, and would be asked on standard input.
TEST_F(TlsFileTest, NobodyIsAskedForAPassphrase) {
  TlsSettings settings = Settings();
  settings.cert_file = CertificateFile();
  settings.key_file = KeyFile("locked", "passphrase");
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  ExpectBadFile(settings, settings.key_file);
  EXPECT_THAT(testing::internal::GetCapturedStderr() + testing::internal::GetCapturedStdout(),
              Not(HasSubstr("pass phrase")));
}

// ---- PostgreSQL's way to ask for TLS
// -------------------------------------------------------------

const std::string kSslRequest = "\0\0\0\x08\x04\xd2\x16\x2f"s;

Status Negotiate(std::string_view answer, TlsMode mode, std::string& request) {
  const LoopbackServer server([&](int connection, int) {
    request = LoopbackServer::Read(connection, 8);
    LoopbackServer::Write(connection, answer);
    if (answer == "S") TlsPeer(connection).Accept();
  });
  const auto channel = Channel(server);
  Status done = NegotiatePostgresqlTls(*channel, Settings(mode));
  EXPECT_EQ(channel->protection().encrypted, done && answer == "S");
  return done;
}

TEST(NegotiatePostgresqlTlsTest, AsksAndStarts) {
  for (const TlsMode mode : {TlsMode::kPrefer, TlsMode::kRequire}) {
    std::string request;
    EXPECT_THAT(Negotiate("S", mode, request), IsOk());
    EXPECT_EQ(request, kSslRequest);
  }
}

TEST(NegotiatePostgresqlTlsTest, GoesWithoutOnlyWhereThatIsAllowed) {
  std::string request;
  EXPECT_THAT(Negotiate("N", TlsMode::kPrefer, request), IsOk());
  for (const TlsMode mode : {TlsMode::kRequire, TlsMode::kVerifyCa, TlsMode::kVerifyFull})
    EXPECT_THAT(Negotiate("N", mode, request), IsError("tls_not_offered"));
}

TEST(NegotiatePostgresqlTlsTest, DoesNotAskWhenTlsIsOff) {
  const LoopbackServer server(Silence);
  EXPECT_THAT(NegotiatePostgresqlTls(*Channel(server, milliseconds(500)), Settings(TlsMode::kOff)),
              IsOk());
}

TEST(NegotiatePostgresqlTlsTest, AnyOtherAnswerIsNoPostgresql) {
  std::string request;
  for (const char* answer : {"E", "H", "s", "\n"})
    EXPECT_THAT(Negotiate(answer, TlsMode::kPrefer, request), IsError("bad_login_request"));
  EXPECT_THAT(Negotiate("", TlsMode::kPrefer, request), IsError("connection_closed"));
}

// What somebody on the way puts behind the server's S must not count as said inside TLS.
TEST(NegotiatePostgresqlTlsTest, WhatComesBeforeTlsIsNotTakenForInsideIt) {
  const LoopbackServer server([&](int connection, int) {
    LoopbackServer::Read(connection, 8);
    LoopbackServer::Write(connection, "SR\0\0\0\x08\0\0\0\0"s);
    WaitForHangUp(connection);
  });
  EXPECT_THAT(NegotiatePostgresqlTls(*Channel(server), Settings()), IsError("tls_failed"));
}

}  // namespace
}  // namespace metaferry
