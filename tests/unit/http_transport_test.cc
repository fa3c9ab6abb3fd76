#include "connectors/http/http_transport.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/support/loopback_server.h"
#include "tests/unit/support/temporary_folder.h"

namespace metaferry {
namespace {

using Cause = HttpFailure::Cause;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Lt;
using ::testing::Not;

class HttpTransportTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) unsetenv(name);
    options_.stall_time = seconds(1);
    options_.connect_time = seconds(2);
    options_.signing = {"eu-test-1", "s3", &access_key_, &secret_key_};
    options_.stop = &stop_;
  }
  tl::expected<HttpAnswer, HttpFailure> Send(const HttpRequest& request) {
    return MakeCurlTransport(options_)->Send(request);
  }
  Cause CauseOf(const HttpRequest& request) {
    const auto answer = Send(request);
    EXPECT_FALSE(answer.has_value());
    if (!answer) {
      EXPECT_THAT(answer.error().message, Not(HasSubstr("secret of the test")));
    }
    return answer ? Cause::kFile : answer.error().cause;
  }

  const Secret access_key_{"AKTEST"}, secret_key_{"secret of the test"};
  std::atomic<bool> stop_ = false;
  HttpOptions options_;
};

TEST_F(HttpTransportTest, SendsAndSignsWhatItIsGiven) {
  const Secret token("tok");
  std::string head, body;
  LoopbackServer server([&](int connection, int) {
    head = LoopbackServer::ReadUntil(connection, "\r\n\r\n");
    LoopbackServer::Write(connection, "HTTP/1.1 100 Continue\r\nETag: interim\r\n\r\n");
    body = LoopbackServer::ReadUntil(connection, "end");
    LoopbackServer::Write(connection,
                          "HTTP/1.1 200 OK\r\nETAG:  \"abc\" \r\nContent-Length: 2\r\n"
                          "Date: Sat, 21 Nov 2026 09:30:05 GMT\r\n\r\nok");
  });
  const auto answer = Send({.method = "PUT",
                            .url = server.Url() + "/%C3%BC/../a%2Bb?partNumber=1&uploadId=x",
                            .headers = {"x-amz-content-sha256: 0123"},
                            .secret_headers = {{"x-amz-security-token", &token}},
                            .body = HttpBody::Of("to the end")});
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "ok");
  EXPECT_EQ(answer->headers.at("etag"), "\"abc\"");
  EXPECT_EQ(answer->date, 1795253405);
  EXPECT_EQ(body, "to the end");
  EXPECT_THAT(head, HasSubstr("PUT /bucket/key/%C3%BC/../a%2Bb?partNumber=1&uploadId=x HTTP/1.1"));
  EXPECT_THAT(head, HasSubstr("Content-Length: 10\r\n"));
  EXPECT_THAT(head, HasSubstr("x-amz-security-token: tok\r\n"));
  EXPECT_THAT(head, HasSubstr("Credential=AKTEST/"));
  EXPECT_THAT(head, HasSubstr("/eu-test-1/s3/aws4_request"));
  EXPECT_THAT(head, HasSubstr("host;x-amz-content-sha256;x-amz-date;x-amz-security-token"));
}

TEST_F(HttpTransportTest, SendsAPieceOfAFile) {
  const TemporaryFolder folder;
  WriteFile(folder / "file", "0123456789");
  const int file = open((folder / "file").c_str(), O_RDONLY | O_CLOEXEC);
  std::string body;
  LoopbackServer server([&](int connection, int) {
    LoopbackServer::ReadUntil(connection, "\r\n\r\n");
    LoopbackServer::Write(connection, "HTTP/1.1 100 Continue\r\n\r\n");
    body = LoopbackServer::ReadUntil(connection, "6");
    LoopbackServer::Write(connection, "HTTP/1.1 204 No Content\r\n\r\n");
  });
  EXPECT_TRUE(Send({.method = "PUT", .url = server.Url(), .body = {{}, file, 3, 4}}).has_value());
  EXPECT_EQ(body, "3456");
  EXPECT_EQ(CauseOf({.method = "PUT", .url = server.Url(), .body = {{}, file, 3, 400}}),
            Cause::kFile);
  close(file);
}

TEST_F(HttpTransportTest, FollowsNoRedirect) {
  std::atomic<int> connections = 0;
  LoopbackServer other([&](int, int) { ++connections; });
  LoopbackServer server([&](int connection, int) {
    LoopbackServer::ReadUntil(connection, "\r\n\r\n");
    LoopbackServer::Write(connection, "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " +
                                          other.Url() + "\r\n\r\n");
  });
  const auto answer = Send({.method = "DELETE", .url = server.Url()});
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 302);
  EXPECT_EQ(connections, 0);
}

TEST_F(HttpTransportTest, SpeaksHttpOnly) {
  for (const char* url : {"file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x"})
    EXPECT_EQ(CauseOf({.method = "DELETE", .url = url}), Cause::kMalformed) << url;
}

TEST_F(HttpTransportTest, KeepsTheBeginningOfALongErrorAndRefusesALongSuccess) {
  options_.longest_answer = 1000;
  std::string status = "403 Forbidden";
  LoopbackServer server([&](int connection, int) {
    LoopbackServer::ReadUntil(connection, "\r\n\r\n");
    LoopbackServer::Write(connection,
                          "HTTP/1.1 " + status + "\r\nContent-Length: 1073741824\r\n\r\n");
    while (LoopbackServer::Write(connection, std::string(1 << 16, '<'))) {
    }
  });
  const auto answer = Send({.method = "DELETE", .url = server.Url()});
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 403);
  EXPECT_EQ(answer->body.size(), 1000u);
  status = "200 OK";
  EXPECT_EQ(CauseOf({.method = "DELETE", .url = server.Url()}), Cause::kTooLong);
}

/// What servers do that never come to an end; each must be left after about a second.
class StallingTest : public HttpTransportTest, public ::testing::WithParamInterface<std::string> {};

TEST_P(StallingTest, IsLeftInTime) {
  const std::atomic<bool>* closing = nullptr;
  LoopbackServer server([&](int connection, int) {
    LoopbackServer::ReadUntil(connection, "\r\n\r\n");
    LoopbackServer::Write(connection, GetParam());
    while (!*closing && LoopbackServer::Write(connection, GetParam().empty() ? "" : "x"))
      std::this_thread::sleep_for(milliseconds(50));
  });
  closing = &server.closing();
  const auto start = Clock::now();
  EXPECT_EQ(CauseOf({.method = "DELETE", .url = server.Url()}), Cause::kStalled);
  EXPECT_THAT(Clock::now() - start, Lt(seconds(5)));
}

INSTANTIATE_TEST_SUITE_P(Servers, StallingTest,
                         ::testing::Values("", "HTTP/1.1 200 OK\r\nX-Slow: ",
                                           "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"));

TEST_F(HttpTransportTest, EndsARequestAfterItsOwnTime) {
  options_.stall_time = seconds(60);
  const std::atomic<bool>* closing = nullptr;
  LoopbackServer server([&](int connection, int) {
    LoopbackServer::ReadUntil(connection, "\r\n\r\n");
    while (!*closing && LoopbackServer::Write(connection, ""))
      std::this_thread::sleep_for(milliseconds(20));
  });
  closing = &server.closing();
  EXPECT_EQ(CauseOf({.method = "DELETE", .url = server.Url(), .at_most = seconds(1)}),
            Cause::kStalled);
}

TEST_F(HttpTransportTest, StopsWhenAskedToUnlessItMustNot) {
  options_.stall_time = seconds(60);
  LoopbackServer server([&](int connection, int number) {
    LoopbackServer::ReadUntil(connection, "\r\n\r\n");
    if (number == 1) {
      stop_ = true;
      LoopbackServer::ReadUntil(connection, "never");
    } else {
      LoopbackServer::Write(connection, "HTTP/1.1 204 No Content\r\n\r\n");
    }
  });
  EXPECT_EQ(CauseOf({.method = "DELETE", .url = server.Url()}), Cause::kStopped);
  EXPECT_EQ(CauseOf({.method = "DELETE", .url = server.Url()}), Cause::kStopped);
  EXPECT_TRUE(Send({.method = "DELETE", .url = server.Url(), .heeds_stop = false}).has_value());
}

TEST_F(HttpTransportTest, TellsWhatIsNoHttpAndWhoIsNotThere) {
  std::string url;
  {
    LoopbackServer server([](int connection, int) {
      LoopbackServer::ReadUntil(connection, "\r\n\r\n");
      LoopbackServer::Write(connection, "220 mail.example.com ESMTP\r\n");
    });
    url = server.Url();
    EXPECT_EQ(CauseOf({.method = "DELETE", .url = url}), Cause::kMalformed);
  }
  EXPECT_EQ(CauseOf({.method = "DELETE", .url = url}), Cause::kUnreachable);
  EXPECT_EQ(CauseOf({.method = "DELETE", .url = "http://no-such-host.invalid/x"}),
            Cause::kUnreachable);
}

}  // namespace
}  // namespace metaferry
