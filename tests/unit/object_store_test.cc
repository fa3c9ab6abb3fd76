#include "connectors/object_store/object_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <deque>
#include <variant>

#include "connectors/object_store/s3_text.h"
#include "connectors/object_store/store_errors.h"
#include "migrate/files/sha256.h"
#include "tests/unit/matchers.h"
#include "tests/unit/support/temporary_folder.h"

namespace metaferry {
namespace {

using Cause = HttpFailure::Cause;
using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

using Reply = std::variant<HttpAnswer, HttpFailure>;

HttpAnswer Answer(int status, std::string body = {}) { return {status, {}, 0, std::move(body)}; }
HttpAnswer WithETag(std::string etag = "\"e\"") { return {200, {{"etag", etag}}, 0, {}}; }
HttpAnswer S3Refusal(int status, const std::string& code, const std::string& message = "words") {
  return Answer(status, "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>" +
                            message + "</Message></Error>");
}

/// Gives the replies one by one, the last for ever, and remembers what was asked.
struct Wire {
  std::deque<Reply> replies;
  std::vector<std::string> lines;    ///< "PUT http://..."
  std::vector<std::string> bodies;   ///< files are read
  std::vector<std::string> secrets;  ///< secret headers
  std::vector<HttpRequest> requests;
  std::vector<milliseconds> pauses;
  bool stop_in_pause = false;
};

std::string BodyOf(const HttpBody& body) {
  if (body.file < 0) return std::string(body.bytes);
  std::string text(body.size, '\0');
  EXPECT_EQ(pread(body.file, text.data(), text.size(), static_cast<off_t>(body.offset)),
            static_cast<ssize_t>(text.size()));
  return text;
}

class FakeTransport final : public HttpTransport {
 public:
  explicit FakeTransport(Wire& wire) : wire_(wire) {}
  tl::expected<HttpAnswer, HttpFailure> Send(const HttpRequest& request) override {
    wire_.lines.push_back(request.method + " " + request.url);
    wire_.bodies.push_back(BodyOf(request.body));
    for (const auto& [name, value] : request.secret_headers)
      wire_.secrets.push_back(std::string(name) + ": " + value->Reveal());
    wire_.requests.push_back(request);
    const Reply reply = wire_.replies.front();
    if (wire_.replies.size() > 1) wire_.replies.pop_front();
    if (const auto* failure = std::get_if<HttpFailure>(&reply))
      return tl::unexpected<HttpFailure>(*failure);
    return std::get<HttpAnswer>(reply);
  }

 private:
  Wire& wire_;
};

class ObjectStoreTest : public ::testing::Test {
 protected:
  /// A store whose other end gives these replies.
  ObjectStore Store(std::deque<Reply> replies) {
    wire_.replies = std::move(replies);
    auto keys = std::make_shared<ObjectStoreKeys>();
    keys->access_key = Secret("ACCESSKEY");
    keys->secret_key = Secret("SECRETKEY");
    keys->security_token = Secret(token_);
    return {{"obs", "logs", "a"},
            settings_,
            std::move(keys),
            std::make_unique<FakeTransport>(wire_),
            [this](milliseconds time) {
              wire_.pauses.push_back(time);
              return !wire_.stop_in_pause;
            },
            limits_};
  }
  /// The error that an answer to a put leads to.
  Error ErrorOf(Reply reply) {
    const Status status = Store({std::move(reply)}).Put("a/b", "text", "text/plain");
    EXPECT_FALSE(status.has_value());
    return status ? Error{} : status.error();
  }

  Wire wire_;
  std::string token_;
  ObjectStoreSettings settings_{"http://store:90", "eu-1", "", "", "", true, ""};
  ObjectStoreLimits limits_;
};

TEST(S3Text, EncodesAsAwsDoes) {
  EXPECT_EQ(UriEncoded("AZaz09-._~/", true), "AZaz09-._~/");
  EXPECT_EQ(UriEncoded("AZaz09-._~/", false), "AZaz09-._~%2F");
  EXPECT_EQ(UriEncoded("a b+c=d%41&'()*!?#ü", true),
            "a%20b%2Bc%3Dd%2541%26%27%28%29%2A%21%3F%23%C3%BC");
}

TEST(S3Text, PutsTheBucketInTheHostOrInThePath) {
  ObjectStoreSettings settings{"https://obs.eu-1.example.com:444", "", "", "", "", false, ""};
  EXPECT_EQ(ObjectUrl(settings, "logs", "a b/c"), "https://logs.obs.eu-1.example.com:444/a%20b/c");
  settings.path_style = true;
  EXPECT_EQ(ObjectUrl(settings, "logs", "a b/c"), "https://obs.eu-1.example.com:444/logs/a%20b/c");
}

TEST(S3Text, ReadsErrorsWithCare) {
  EXPECT_EQ(ParseS3Error("<Error><Code>NoSuchBucket</Code></Error>").code, "NoSuchBucket");
  const S3Error odd = ParseS3Error("<Error><Code>A\n<b/>B</Code><Message>" + std::string(299, 'x') +
                                   "üü\r\ny</Message></Error>");
  EXPECT_EQ(odd.code, "A");
  EXPECT_EQ(odd.message, std::string(299, 'x') + "…");
  EXPECT_EQ(ParseS3Error("<Error><Message>a\r\n\x1b[31mb</Message></Error>").message, "a  [31mb");
  for (const std::string body :
       {"", "<html>no</html>", "<Error><Code>Cut", "\xff\xfe", "{\"Code\": \"x\"}"})
    EXPECT_EQ(ParseS3Error(body).code, "") << body;
}

TEST(S3Text, ReadsNoEntitiesAndNoLargeDocuments) {
  const std::string bomb =
      "<!DOCTYPE l [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;\"><!ENTITY c SYSTEM "
      "\"file:///etc/passwd\">]><Error><Code>X</Code><Message>&b;&c;</Message></Error>";
  EXPECT_EQ(ParseS3Error(bomb).message, "&b;&c;");
  EXPECT_EQ(ParseS3Error("<Error><Code>X</Code>" + std::string(70000, ' ') + "</Error>").code, "");
  std::string deep;
  for (int i = 0; i < 16000; ++i) deep += "<a>";
  EXPECT_EQ(ParseS3Error(deep).code, "");
}

TEST(S3Text, WritesTheListOfParts) {
  EXPECT_EQ(CompleteXml({"\"a\"", "<&"}),
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"a\"</ETag></Part>"
            "<Part><PartNumber>2</PartNumber><ETag>&lt;&amp;</ETag></Part>"
            "</CompleteMultipartUpload>");
}

TEST_F(ObjectStoreTest, PutsWithDigestTypeAndToken) {
  token_ = "TOKEN";
  ASSERT_THAT(Store({WithETag()}).Put("a/b", "text", "text/plain"), IsOk());
  EXPECT_THAT(wire_.lines, ElementsAre("PUT http://store:90/logs/a/b"));
  EXPECT_THAT(wire_.requests[0].headers, ElementsAre("x-amz-content-sha256: " + Sha256Hex("text"),
                                                     "Content-Type: text/plain"));
  EXPECT_THAT(wire_.secrets, ElementsAre("x-amz-security-token: TOKEN"));
  ASSERT_THAT(Store({Answer(204)}).Delete("a/b"), IsOk());
  EXPECT_EQ(wire_.lines.back(), "DELETE http://store:90/logs/a/b");
  EXPECT_THAT(wire_.requests.back().headers, Contains("x-amz-content-sha256: " + Sha256Hex("")));
}

TEST_F(ObjectStoreTest, TriesAgainWhatMayPass) {
  const std::vector<Reply> passing = {Answer(500),
                                      Answer(503),
                                      Answer(429),
                                      Answer(504),
                                      S3Refusal(503, "SlowDown"),
                                      S3Refusal(400, "RequestTimeout"),
                                      S3Refusal(200, "InternalError"),
                                      HttpFailure{Cause::kUnreachable, "reset"},
                                      HttpFailure{Cause::kStalled, "slow"}};
  for (const Reply& reply : passing) {
    wire_ = {};
    EXPECT_THAT(Store({reply, WithETag()}).Put("a", "text", ""), IsOk()) << reply.index();
    EXPECT_THAT(wire_.bodies, ElementsAre("text", "text"));
    EXPECT_THAT(wire_.pauses, SizeIs(1));
  }
}

TEST_F(ObjectStoreTest, TriesFiveTimesEachAfterALongerPause) {
  EXPECT_EQ(ErrorOf(Answer(503)).code, "object_store_busy");
  EXPECT_THAT(wire_.lines, SizeIs(5));
  ASSERT_THAT(wire_.pauses, SizeIs(4));
  for (int i = 0; i < 4; ++i)
    EXPECT_THAT(wire_.pauses[i],
                AllOf(Ge(milliseconds(250) * (1 << i)), Le(milliseconds(500) * (1 << i))));
}

TEST_F(ObjectStoreTest, TriesAStalledServerTwice) {
  EXPECT_EQ(ErrorOf(HttpFailure{Cause::kStalled, "slow"}).code, "object_store_stalled");
  EXPECT_THAT(wire_.lines, SizeIs(2));
}

TEST_F(ObjectStoreTest, DoesNotRepeatWhatWillNotChange) {
  const std::vector<Reply> final = {Answer(403),
                                    Answer(404),
                                    Answer(301),
                                    Answer(501),
                                    S3Refusal(400, "BadDigest"),
                                    Answer(200),
                                    HttpFailure{Cause::kTls, "expired"},
                                    HttpFailure{Cause::kMalformed, "no HTTP"},
                                    HttpFailure{Cause::kTooLong, "long"},
                                    HttpFailure{Cause::kStopped, "stopped"}};
  for (const Reply& reply : final) {
    wire_ = {};
    ErrorOf(reply);
    EXPECT_THAT(wire_.lines, SizeIs(1));
  }
}

TEST_F(ObjectStoreTest, StopsBetweenTries) {
  wire_.stop_in_pause = true;
  const Error error = ErrorOf(Answer(503));
  EXPECT_EQ(error.kind, ErrorKind::kCancelled);
  EXPECT_THAT(wire_.lines, SizeIs(1));
}

TEST_F(ObjectStoreTest, ExplainsEveryRefusal) {
  const std::vector<std::pair<Reply, std::string>> cases = {
      {S3Refusal(403, "AccessDenied"), "object_store_denied"},
      {Answer(403), "object_store_denied"},
      {S3Refusal(403, "InvalidAccessKeyId"), "object_store_bad_credentials"},
      {S3Refusal(403, "SignatureDoesNotMatch"), "object_store_bad_credentials"},
      {S3Refusal(400, "ExpiredToken"), "object_store_bad_credentials"},
      {S3Refusal(404, "NoSuchBucket"), "object_store_no_bucket"},
      {S3Refusal(301, "PermanentRedirect"), "object_store_wrong_region"},
      {S3Refusal(400, "AuthorizationHeaderMalformed"), "object_store_wrong_region"},
      {Answer(302), "object_store_redirect"},
      {S3Refusal(403, "RequestTimeTooSkewed"), "object_store_clock_skew"},
      {S3Refusal(400, "EntityTooLarge"), "object_store_failed"},
      {S3Refusal(200, "EntityTooLarge"), "object_store_failed"},
      {Answer(404, "<html>"), "object_store_bad_answer"},
      {Answer(200, "<html>welcome"), "object_store_bad_answer"},
      {HttpFailure{Cause::kUnreachable, "refused"}, "object_store_unreachable"},
      {HttpFailure{Cause::kTls, "expired"}, "object_store_tls"},
      {HttpFailure{Cause::kFile, "gone"}, "cannot_read_file"},
  };
  for (const auto& [reply, code] : cases) {
    const Error error = ErrorOf(reply);
    EXPECT_EQ(error.code, code);
    EXPECT_EQ(error.where, "obs://logs/a/b");
    EXPECT_THAT(error.advice, Not(IsEmpty())) << code;
    EXPECT_NE(error.kind, ErrorKind::kUsage) << "the job is not to blame at run time";
  }
}

TEST_F(ObjectStoreTest, TellsRegionAndClock) {
  HttpAnswer moved = S3Refusal(301, "PermanentRedirect");
  moved.headers["x-amz-bucket-region"] = "eu-9";
  EXPECT_THAT(ErrorOf(moved).message, HasSubstr("another region, eu-9"));
  HttpAnswer skewed = S3Refusal(403, "RequestTimeTooSkewed");
  skewed.date = std::time(nullptr) - 4000;
  EXPECT_THAT(ErrorOf(skewed).message, HasSubstr("disagree by 400"));
  HttpAnswer good = WithETag();
  good.date = std::time(nullptr) + 100;
  ObjectStore store = Store({good});
  EXPECT_EQ(store.clock_difference(), std::nullopt);
  ASSERT_THAT(store.Put("a", "", ""), IsOk());
  EXPECT_THAT(store.clock_difference().value_or(0), AllOf(Ge(98), Le(100)));
}

TEST_F(ObjectStoreTest, QuotesNoServerThatRepeatsAKey) {
  token_ = "TOKEN";
  for (const char* key : {"ACCESSKEY", "SECRETKEY", "TOKEN"}) {
    const Error error = ErrorOf(S3Refusal(403, "AccessDenied", std::string("no ") + key + "!"));
    EXPECT_THAT(error.message, Not(HasSubstr(key)));
    EXPECT_EQ(error.code, "object_store_denied");
  }
}

/// A file of 25 bytes that goes in parts of 10.
class PartsTest : public ObjectStoreTest {
 protected:
  void SetUp() override {
    WriteFile(file_, "0123456789abcdefghijABCDE");
    limits_.single_put = 24;
    limits_.part = 10;
  }
  Status PutFile(std::deque<Reply> replies) {
    return Store(std::move(replies)).PutFile("a/b", file_, "text/plain");
  }
  static HttpAnswer Begun() {
    return Answer(200,
                  "<InitiateMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/\">"
                  "<UploadId>u/+=1</UploadId></InitiateMultipartUploadResult>");
  }
  static HttpAnswer Completed() {
    return Answer(200,
                  "<CompleteMultipartUploadResult><ETag>\"z\"</ETag>"
                  "</CompleteMultipartUploadResult>");
  }

  TemporaryFolder folder_;
  const std::string file_ = folder_ / "file";
  const std::string id_ = "uploadId=u%2F%2B%3D1";
  const std::string url_ = "http://store:90/logs/a/b?";
};

TEST_F(PartsTest, SendsASmallFileAtOnce) {
  limits_.single_put = 25;
  ASSERT_THAT(PutFile({WithETag()}), IsOk());
  EXPECT_THAT(wire_.lines, ElementsAre("PUT http://store:90/logs/a/b"));
  EXPECT_THAT(wire_.bodies, ElementsAre("0123456789abcdefghijABCDE"));
}

TEST_F(PartsTest, SendsALargeFileInParts) {
  ASSERT_THAT(
      PutFile({Begun(), WithETag("\"1\""), WithETag("\"2\""), WithETag("\"3\""), Completed()}),
      IsOk());
  EXPECT_THAT(wire_.lines,
              ElementsAre("POST " + url_ + "uploads=", "PUT " + url_ + "partNumber=1&" + id_,
                          "PUT " + url_ + "partNumber=2&" + id_,
                          "PUT " + url_ + "partNumber=3&" + id_, "POST " + url_ + id_));
  EXPECT_THAT(wire_.bodies, ElementsAre("", "0123456789", "abcdefghij", "ABCDE",
                                        CompleteXml({"\"1\"", "\"2\"", "\"3\""})));
  EXPECT_THAT(wire_.requests[0].headers, Contains("Content-Type: text/plain"));
  EXPECT_THAT(wire_.requests[2].headers,
              ElementsAre("x-amz-content-sha256: " + Sha256Hex("abcdefghij")));
}

TEST_F(PartsTest, GrowsPartsSoThatTheyAreNeverMoreThanTenThousand) {
  limits_ = {.single_put = 0, .part = 1};
  WriteFile(file_, std::string(10001, 'x'));
  ASSERT_THAT(PutFile({Begun(), WithETag(), Completed()}), IsOk());
  EXPECT_THAT(wire_.lines, SizeIs(3));
}

TEST_F(PartsTest, TakesBackWhatArrivedWhenAPartFails) {
  EXPECT_THAT(PutFile({Begun(), WithETag(), S3Refusal(403, "AccessDenied"), Answer(204)}),
              IsError("object_store_denied"));
  EXPECT_EQ(wire_.lines.back(), "DELETE " + url_ + id_);
  EXPECT_THAT(wire_.lines, SizeIs(4));
}

TEST_F(PartsTest, TakesItBackAfterAStopTooButOnceAndBriefly) {
  EXPECT_THAT(PutFile({Begun(), HttpFailure{Cause::kStopped, "stopped"}, Answer(503)}),
              IsError("stopped"));
  EXPECT_EQ(wire_.lines.back(), "DELETE " + url_ + id_);
  EXPECT_THAT(wire_.lines, SizeIs(3));
  EXPECT_FALSE(wire_.requests.back().heeds_stop);
  EXPECT_GT(wire_.requests.back().at_most.count(), 0);
}

TEST_F(PartsTest, BelievesNoSuccessWithAnErrorInside) {
  const HttpAnswer refused = S3Refusal(200, "InvalidPart");
  EXPECT_THAT(PutFile({Begun(), WithETag(), WithETag(), WithETag(), refused, Answer(204)}),
              IsError("object_store_failed"));
  EXPECT_THAT(PutFile({Begun(), WithETag(), WithETag(), WithETag(), Answer(200), Answer(204)}),
              IsError("object_store_bad_answer"));
  EXPECT_THAT(PutFile({Answer(200, "<html/>")}), IsError("object_store_bad_answer"));
}

TEST_F(PartsTest, NamesAFileThatCannotBeRead) {
  const Status missing = Store({WithETag()}).PutFile("a", folder_ / "missing", "");
  ASSERT_THAT(missing, IsError("cannot_read_file"));
  EXPECT_EQ(missing.error().where, folder_ / "missing");
  ASSERT_EQ(symlink(file_.c_str(), (folder_ / "link").c_str()), 0);
  EXPECT_THAT(Store({WithETag()}).PutFile("a", folder_ / "link", ""), IsError("cannot_read_file"));
  EXPECT_THAT(Store({WithETag()}).PutFile("a", folder_ / "", ""), IsError("cannot_read_file"));
  EXPECT_THAT(wire_.lines, IsEmpty());
}

}  // namespace
}  // namespace metaferry
