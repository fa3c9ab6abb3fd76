#include "connectors/object_store/store_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <optional>

namespace metaferry {
namespace {

constexpr std::string_view kKeyAdvice =
    "check access_key, secret_key and security_token of metaferry.object_store";

/// What a code of S3 is here.
struct Known {
  std::string_view s3_code;
  ErrorKind kind;
  std::string_view code;
  std::string_view what;
  std::string_view advice;
};

constexpr Known kDenied{"AccessDenied", ErrorKind::kPermission, "object_store_denied",
                        "the object store refuses it",
                        "give the key the right to put objects below this path"};
constexpr Known kBadKeys{"SignatureDoesNotMatch", ErrorKind::kAuthentication,
                         "object_store_bad_credentials",
                         "the object store does not accept the credentials", kKeyAdvice};
constexpr Known kNoBucket{"NoSuchBucket", ErrorKind::kNotFound, "object_store_no_bucket",
                          "there is no such bucket",
                          "check the bucket's name in log_location, the endpoint and path_style, "
                          "or make the bucket"};
constexpr Known kBusy{"SlowDown", ErrorKind::kConnection, "object_store_busy",
                      "the object store cannot answer now",
                      "try again later; the store's own status page may say more"};
constexpr Known kWrongRegion{"AuthorizationHeaderMalformed", ErrorKind::kConnection,
                             "object_store_wrong_region", "the bucket is in another region",
                             "correct region and endpoint of metaferry.object_store"};
constexpr Known kSkewed{"RequestTimeTooSkewed", ErrorKind::kAuthentication,
                        "object_store_clock_skew",
                        "the clocks of this machine and of the object store disagree",
                        "set this machine's clock, by NTP if possible"};

constexpr std::array kSameAs = {
    std::pair{std::string_view("AccessDenied"), &kDenied},
    std::pair{std::string_view("AllAccessDisabled"), &kDenied},
    std::pair{std::string_view("AccountProblem"), &kDenied},
    std::pair{std::string_view("InvalidAccessKeyId"), &kBadKeys},
    std::pair{std::string_view("SignatureDoesNotMatch"), &kBadKeys},
    std::pair{std::string_view("InvalidToken"), &kBadKeys},
    std::pair{std::string_view("ExpiredToken"), &kBadKeys},
    std::pair{std::string_view("InvalidSecurity"), &kBadKeys},
    std::pair{std::string_view("NoSuchBucket"), &kNoBucket},
    std::pair{std::string_view("AuthorizationHeaderMalformed"), &kWrongRegion},
    std::pair{std::string_view("PermanentRedirect"), &kWrongRegion},
    std::pair{std::string_view("TemporaryRedirect"), &kWrongRegion},
    std::pair{std::string_view("RequestTimeTooSkewed"), &kSkewed},
    std::pair{std::string_view("SlowDown"), &kBusy},
    std::pair{std::string_view("ServiceUnavailable"), &kBusy},
    std::pair{std::string_view("InternalError"), &kBusy},
    std::pair{std::string_view("RequestTimeout"), &kBusy},
};

const Known* Find(std::string_view s3_code) {
  const auto* found = std::find_if(kSameAs.begin(), kSameAs.end(),
                                   [&](const auto& pair) { return pair.first == s3_code; });
  return found == kSameAs.end() ? nullptr : found->second;
}

/// For answers without a body that says more.
const Known* Find(int status) {
  if (status == 401) return &kBadKeys;
  if (status == 403) return &kDenied;
  if (status == 429 || status >= 500) return &kBusy;
  return nullptr;
}

std::string Header(const HttpAnswer& answer, const std::string& name) {
  const auto found = answer.headers.find(name);
  return found == answer.headers.end() ? std::string() : found->second;
}

std::string Said(const HttpAnswer& answer, const S3Error& error) {
  std::string said = fmt::format("HTTP {}", answer.status);
  if (!error.code.empty()) said += " " + error.code;
  if (!error.message.empty()) said += ": " + error.message;
  return said;
}

/// What is known beyond the store's own words.
std::string Addition(const Known& known, const HttpAnswer& answer) {
  if (&known == &kSkewed) {
    if (const auto difference = ClockDifference(answer))
      return fmt::format(" by {} seconds", std::abs(*difference));
  }
  if (&known == &kWrongRegion) {
    const std::string region = Header(answer, "x-amz-bucket-region");
    if (!region.empty()) return fmt::format(", {}", region.substr(0, 64));
  }
  return {};
}

Error Make(const Known& known, const HttpAnswer& answer, const S3Error& error, std::string where) {
  return {known.kind,
          std::string(known.code),
          fmt::format("{}{} ({})", known.what, Addition(known, answer), Said(answer, error)),
          std::move(where),
          std::string(known.advice),
          std::to_string(answer.status)};
}

}  // namespace

std::optional<int64_t> ClockDifference(const HttpAnswer& answer) {
  if (answer.date == 0) return std::nullopt;
  return answer.date - static_cast<int64_t>(std::time(nullptr));
}

bool MayPass(const HttpAnswer& answer) {
  if (answer.status == 429 || answer.status == 500 ||
      (answer.status >= 502 && answer.status <= 504))
    return true;
  return Find(ParseS3Error(answer.body).code) == &kBusy;
}

bool MayPass(const HttpFailure& failure) {
  return failure.cause == HttpFailure::Cause::kUnreachable ||
         failure.cause == HttpFailure::Cause::kStalled;
}

bool Succeeded(const HttpAnswer& answer) {
  return answer.status / 100 == 2 && ParseS3Error(answer.body).code.empty();
}

Error NotAStore(std::string what, const ObjectStoreSettings& settings, std::string where) {
  return {ErrorKind::kForeign,
          "object_store_bad_answer",
          fmt::format("{} answers like no object store: {}", settings.endpoint, what),
          std::move(where),
          "check endpoint and path_style of metaferry.object_store, and proxies on the way",
          {}};
}

Error ExplainedAnswer(const HttpAnswer& answer, const ObjectStoreSettings& settings,
                      std::string where) {
  const S3Error error = ParseS3Error(answer.body);
  if (const Known* known = Find(error.code)) return Make(*known, answer, error, std::move(where));
  if (answer.status >= 300 && answer.status < 400) {
    return {ErrorKind::kForeign,
            "object_store_redirect",
            fmt::format("{} answers with a redirect, which signed requests do not follow ({})",
                        settings.endpoint, Said(answer, error)),
            std::move(where),
            "name the endpoint and region that the bucket is in",
            std::to_string(answer.status)};
  }
  if (error.code.empty()) {
    if (const Known* known = Find(answer.status))
      return Make(*known, answer, error, std::move(where));
    return NotAStore(fmt::format("HTTP {}", answer.status), settings, std::move(where));
  }
  return {ErrorKind::kIo,
          "object_store_failed",
          fmt::format("the object store refuses the request ({})", Said(answer, error)),
          std::move(where),
          "see what the store's documentation says of this code",
          std::to_string(answer.status)};
}

Error ExplainedFailure(const HttpFailure& failure, const ObjectStoreSettings& settings,
                       std::string where) {
  const auto error = [&](ErrorKind kind, std::string code, std::string what, std::string advice) {
    return Error{kind, std::move(code), std::move(what), std::move(where), std::move(advice), {}};
  };
  switch (failure.cause) {
    case HttpFailure::Cause::kUnreachable:
      return error(ErrorKind::kConnection, "object_store_unreachable",
                   fmt::format("cannot reach {}: {}", settings.endpoint, failure.message),
                   "check endpoint and region of metaferry.object_store, the network and proxies");
    case HttpFailure::Cause::kStalled:
      return error(ErrorKind::kConnection, "object_store_stalled",
                   fmt::format("{} stopped answering: {}", settings.endpoint, failure.message),
                   "check the network on the way, or try again later");
    case HttpFailure::Cause::kTls:
      return error(
          ErrorKind::kConnection, "object_store_tls",
          fmt::format("no trusted connection to {}: {}", settings.endpoint, failure.message),
          "name the certificate authority in ca_file of metaferry.object_store; a bucket "
          "with dots in its name needs path_style");
    case HttpFailure::Cause::kFile:
      return error(ErrorKind::kIo, "cannot_read_file",
                   "cannot read the file that is uploaded: " + failure.message,
                   "leave the log folder as it is while it is uploaded");
    case HttpFailure::Cause::kStopped:
      return error(ErrorKind::kCancelled, "stopped", "stopped before it was done", {});
    case HttpFailure::Cause::kMalformed:
    case HttpFailure::Cause::kTooLong:
      break;
  }
  return NotAStore(failure.message, settings, std::move(where));
}

}  // namespace metaferry
