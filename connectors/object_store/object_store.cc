#include "connectors/object_store/object_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <random>
#include <system_error>
#include <vector>

#include "connectors/object_store/s3_text.h"
#include "connectors/object_store/store_errors.h"
#include "migrate/files/descriptor.h"
#include "migrate/files/sha256.h"

namespace metaferry {
namespace {

using std::chrono::milliseconds;

constexpr uint64_t kMostParts = 10000;
constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr milliseconds kFirstPause{500}, kLongestPause{8000};
constexpr std::chrono::seconds kAbortTime{10};

Unexpected Unreadable(const std::string& path, int error) {
  return Fail(ErrorKind::kIo, "cannot_read_file",
              "cannot read the file: " + std::generic_category().message(error), path,
              "check that it is there and may be read");
}

/// Nothing when the file ends early or cannot be read: sending it will tell why.
std::string Sha256Of(const HttpBody& body) {
  if (body.file < 0) return Sha256Hex(body.bytes);
  Sha256 digest;
  std::array<char, 65536> buffer{};
  for (uint64_t done = 0; done < body.size;) {
    const size_t wanted = std::min<uint64_t>(buffer.size(), body.size - done);
    const ssize_t got =
        pread(body.file, buffer.data(), wanted, static_cast<off_t>(body.offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    digest.Add({buffer.data(), static_cast<size_t>(got)});
    done += static_cast<uint64_t>(got);
  }
  return digest.Hex();
}

/// Doubled with every try, and at random between half and all of that: clients that failed
/// together do not come back together.
milliseconds PauseAfter(int tries) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const milliseconds most = std::min(kLongestPause, kFirstPause * (1 << std::min(tries - 1, 10)));
  return milliseconds(
      std::uniform_int_distribution<int64_t>(most.count() / 2, most.count())(random));
}

uint64_t PartSize(uint64_t size, uint64_t least) {
  const uint64_t needed = (size + kMostParts - 1) / kMostParts;
  return needed <= least ? least : (needed + kMiB - 1) / kMiB * kMiB;
}

}  // namespace

ObjectStore::ObjectStore(ObjectLocation place, ObjectStoreSettings settings,
                         std::shared_ptr<const ObjectStoreKeys> keys,
                         std::unique_ptr<HttpTransport> transport, Pause pause,
                         ObjectStoreLimits limits)
    : place_(std::move(place)),
      settings_(std::move(settings)),
      keys_(std::move(keys)),
      transport_(std::move(transport)),
      pause_(std::move(pause)),
      limits_(limits) {}

std::string ObjectStore::Where(const std::string& key) const {
  return ObjectLocation{place_.scheme, place_.bucket, key}.Url();
}

Unexpected ObjectStore::Explained(const HttpAnswer& answer, const std::string& key) const {
  Error error = ExplainedAnswer(answer, settings_, Where(key));
  for (const Secret* secret : {&keys_->access_key, &keys_->secret_key, &keys_->security_token}) {
    if (!secret->empty() && error.message.find(secret->Reveal()) != std::string::npos)
      error.message = fmt::format(
          "the object store's answer repeats a key and is not shown (HTTP {})", answer.status);
  }
  return Unexpected(std::move(error));
}

Result<HttpRequest> ObjectStore::ToHttp(const Request& request) const {
  HttpRequest http;
  http.method = request.method;
  http.url = ObjectUrl(settings_, place_.bucket, request.key);
  if (!request.query.empty()) http.url += "?" + request.query;
  http.body = request.body;
  http.headers.push_back("x-amz-content-sha256: " + Sha256Of(request.body));
  if (!request.content_type.empty())
    http.headers.push_back(fmt::format("Content-Type: {}", request.content_type));
  if (!keys_->security_token.empty())
    http.secret_headers.push_back({"x-amz-security-token", &keys_->security_token});
  if (request.is_abort) {
    http.at_most = kAbortTime;
    http.heeds_stop = false;
  }
  return http;
}

Result<HttpAnswer> ObjectStore::Send(const Request& request) {
  MF_ASSIGN(const HttpRequest http, ToHttp(request));
  int stalls = 0;
  for (int tries = 1;; ++tries) {
    auto answer = transport_->Send(http);
    if (answer) clock_difference_ = ClockDifference(*answer);
    if (answer && Succeeded(*answer)) return *std::move(answer);
    const bool may_pass = answer ? MayPass(*answer) : MayPass(answer.error());
    if (!answer && answer.error().cause == HttpFailure::Cause::kStalled) ++stalls;
    if (!may_pass || request.is_abort || tries >= limits_.tries || stalls >= limits_.stalls) {
      if (answer) return Explained(*answer, request.key);
      return Unexpected(ExplainedFailure(answer.error(), settings_, Where(request.key)));
    }
    if (!pause_(PauseAfter(tries)))
      return Unexpected(
          ExplainedFailure({HttpFailure::Cause::kStopped, {}}, settings_, Where(request.key)));
  }
}

/// What takes an object and names no ETag for it has not stored it.
Result<std::string> ObjectStore::SendForETag(const Request& request) {
  MF_ASSIGN(const HttpAnswer answer, Send(request));
  const auto etag = answer.headers.find("etag");
  if (etag == answer.headers.end() || etag->second.empty())
    return Unexpected(NotAStore(fmt::format("HTTP {} without an ETag", answer.status), settings_,
                                Where(request.key)));
  return etag->second;
}

Status ObjectStore::Put(const std::string& key, std::string_view bytes,
                        std::string_view content_type) {
  return SendForETag({"PUT", key, {}, HttpBody::Of(bytes), content_type}).map([](const auto&) {});
}

Status ObjectStore::PutFile(const std::string& key, const std::string& path,
                            std::string_view content_type) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat status {};
  if (file.get() < 0 || fstat(file.get(), &status) != 0) return Unreadable(path, errno);
  if (!S_ISREG(status.st_mode)) return Unreadable(path, EINVAL);
  const auto size = static_cast<uint64_t>(status.st_size);
  if (size > limits_.single_put) return PutParts(key, file.get(), size, content_type);
  return SendForETag({"PUT", key, {}, {{}, file.get(), 0, size}, content_type})
      .map([](const auto&) {});
}

Status ObjectStore::PutParts(const std::string& key, int file, uint64_t size,
                             std::string_view content_type) {
  MF_ASSIGN(const std::string upload, BeginParts(key, content_type));
  Status sent = SendParts(key, upload, file, size);
  // Parts that nobody completes cost their owner money. That this fails too is no news.
  if (!sent) static_cast<void>(Send({"DELETE", key, "uploadId=" + upload, {}, {}, true}));
  return sent;
}

/// The id of the upload, encoded.
Result<std::string> ObjectStore::BeginParts(const std::string& key, std::string_view content_type) {
  MF_ASSIGN(const HttpAnswer begun, Send({"POST", key, "uploads=", {}, content_type}));
  const std::string upload = XmlChild(begun.body, "UploadId");
  if (upload.empty())
    return Unexpected(NotAStore("an upload in parts gets no id", settings_, Where(key)));
  return UriEncoded(upload, false);
}

Status ObjectStore::SendParts(const std::string& key, const std::string& upload, int file,
                              uint64_t size) {
  const uint64_t part = PartSize(size, limits_.part);
  std::vector<std::string> etags;
  for (uint64_t offset = 0; offset < size; offset += part) {
    const std::string query = fmt::format("partNumber={}&uploadId={}", etags.size() + 1, upload);
    MF_ASSIGN(
        std::string etag,
        SendForETag({"PUT", key, query, {{}, file, offset, std::min(part, size - offset)}, {}}));
    etags.push_back(std::move(etag));
  }
  const std::string list = CompleteXml(etags);
  MF_ASSIGN(const HttpAnswer completed,
            Send({"POST", key, "uploadId=" + upload, HttpBody::Of(list), "application/xml"}));
  if (XmlChild(completed.body, "ETag").empty())
    return Unexpected(NotAStore("an upload in parts is not confirmed", settings_, Where(key)));
  return {};
}

Status ObjectStore::Delete(const std::string& key) {
  return Send({"DELETE", key, {}, {}, {}}).map([](const auto&) {});
}

}  // namespace metaferry
