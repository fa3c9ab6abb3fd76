#include <curl/curl.h>
#include <fmt/format.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <system_error>

#include "connectors/http/http_transport.h"
#include "metaferry/text.h"

namespace metaferry {
namespace {

using Cause = HttpFailure::Cause;

constexpr size_t kMostHeaders = 100;
constexpr size_t kLongestHeader = 2048;

/// Header lines for libcurl, wiped in the end. (What libcurl itself copies is beyond our reach.)
class HeaderList {
 public:
  explicit HeaderList(const HttpRequest& request) {
    for (const std::string& line : request.headers) Append(line);
    for (const auto& [name, value] : request.secret_headers) {
      std::string line;
      line.reserve(name.size() + 2 + value->Reveal().size());  // growing would leave copies
      line.append(name).append(": ").append(value->Reveal());
      const Secret secret(std::move(line));
      Append(secret.Reveal());
    }
  }
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  ~HeaderList() {
    for (curl_slist* at = list_; at != nullptr; at = at->next)
      explicit_bzero(at->data, std::strlen(at->data));
    curl_slist_free_all(list_);
  }
  curl_slist* get() const { return list_; }

 private:
  void Append(const std::string& line) {
    if (curl_slist* longer = curl_slist_append(list_, line.c_str())) list_ = longer;
  }

  curl_slist* list_ = nullptr;
};

/// What libcurl's callbacks work on during one request.
struct Exchange {
  const HttpRequest& request;
  const HttpOptions& options;
  uint64_t sent = 0;
  int file_error = 0;
  bool file_ended = false;
  bool too_long = false;
  HttpAnswer answer = {};

  bool Stopped() const { return request.heeds_stop && options.stop != nullptr && *options.stop; }
};

size_t OnRead(char* buffer, size_t size, size_t count, void* user) {
  auto& x = *static_cast<Exchange*>(user);
  const HttpBody& body = x.request.body;
  const size_t wanted = std::min<uint64_t>(size * count, body.size - x.sent);
  if (wanted == 0) return 0;
  if (body.file < 0) {
    std::memcpy(buffer, body.bytes.data() + x.sent, wanted);
    x.sent += wanted;
    return wanted;
  }
  ssize_t got = 0;
  do {
    got = pread(body.file, buffer, wanted, static_cast<off_t>(body.offset + x.sent));
  } while (got < 0 && errno == EINTR);
  if (got <= 0) {
    x.file_error = got < 0 ? errno : 0;
    x.file_ended = got == 0;
    return CURL_READFUNC_ABORT;
  }
  x.sent += static_cast<uint64_t>(got);
  return static_cast<size_t>(got);
}

/// libcurl goes back to the start when a kept connection turns out to be dead.
int OnSeek(void* user, curl_off_t offset, int origin) {
  if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_FAIL;
  static_cast<Exchange*>(user)->sent = static_cast<uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

size_t OnWrite(char* data, size_t size, size_t count, void* user) {
  auto& x = *static_cast<Exchange*>(user);
  std::string& body = x.answer.body;
  const size_t bytes = size * count;
  const size_t room = x.options.longest_answer - body.size();
  body.append(data, std::min(bytes, room));
  x.too_long = bytes > room;
  return x.too_long ? 0 : bytes;
}

std::string_view Trimmed(std::string_view text) {
  const size_t start = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  text.remove_prefix(start);
  return text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
}

size_t OnHeader(char* data, size_t size, size_t count, void* user) {
  auto& x = *static_cast<Exchange*>(user);
  auto& headers = x.answer.headers;
  const std::string_view line(data, size * count);
  if (line.starts_with("HTTP/")) headers.clear();  // those before belong to an interim answer
  const size_t colon = line.find(':');
  if (colon != std::string_view::npos && headers.size() < kMostHeaders) {
    headers[Lower(line.substr(0, colon))] =
        Trimmed(line.substr(colon + 1)).substr(0, kLongestHeader);
  }
  return line.size();
}

int OnProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Exchange*>(user)->Stopped() ? 1 : 0;
}

Cause CauseOf(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return Cause::kStalled;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
      return Cause::kTls;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_BAD_CONTENT_ENCODING:
      return Cause::kMalformed;
    default:
      return Cause::kUnreachable;
  }
}

class CurlTransport final : public HttpTransport {
 public:
  explicit CurlTransport(HttpOptions options) : options_(std::move(options)) {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    handle_.reset(curl_easy_init());
    if (handle_) SetUp();
  }

  tl::expected<HttpAnswer, HttpFailure> Send(const HttpRequest& request) override {
    if (!handle_) return Failed(Cause::kUnreachable, "libcurl cannot be set up");
    Exchange x{request, options_};
    if (x.Stopped()) return Failed(Cause::kStopped, "stopped");
    const HeaderList headers(request);
    Prepare(request, x, headers.get());
    error_[0] = '\0';
    const CURLcode code = curl_easy_perform(handle_.get());
    // Nothing in the handle may point to what ends with this call.
    Set(CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
    return Concluded(code, x);
  }

 private:
  template <class T>
  void Set(CURLoption option, T value) {
    curl_easy_setopt(handle_.get(), option, value);
  }

  /// What is the same for every request.
  void SetUp() {
    Set(CURLOPT_NOSIGNAL, 1L);
    Set(CURLOPT_ERRORBUFFER, error_.data());
    Set(CURLOPT_PROTOCOLS_STR, "http,https");
    Set(CURLOPT_FOLLOWLOCATION, 0L);
    Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    Set(CURLOPT_PATH_AS_IS, 1L);
    Set(CURLOPT_USERAGENT, "metaferry/" METAFERRY_VERSION);
    Set(CURLOPT_SSL_VERIFYPEER, 1L);
    Set(CURLOPT_SSL_VERIFYHOST, 2L);
    Set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!options_.ca_file.empty()) {
      Set(CURLOPT_CAINFO, options_.ca_file.c_str());
      Set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    }
    Set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(options_.connect_time.count()));
    Set(CURLOPT_LOW_SPEED_LIMIT, options_.least_rate);
    Set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(options_.stall_time.count()));
    Set(CURLOPT_NOPROGRESS, 0L);
    Set(CURLOPT_XFERINFOFUNCTION, &OnProgress);
    Set(CURLOPT_READFUNCTION, &OnRead);
    Set(CURLOPT_SEEKFUNCTION, &OnSeek);
    Set(CURLOPT_WRITEFUNCTION, &OnWrite);
    Set(CURLOPT_HEADERFUNCTION, &OnHeader);
    if (const AwsSigning& s = options_.signing; s.access_key != nullptr) {
      Set(CURLOPT_AWS_SIGV4, fmt::format("aws:amz:{}:{}", s.region, s.service).c_str());
      Set(CURLOPT_USERNAME, s.access_key->Reveal().c_str());
      Set(CURLOPT_PASSWORD, s.secret_key->Reveal().c_str());
    }
  }

  void Prepare(const HttpRequest& request, Exchange& x, curl_slist* headers) {
    Set(CURLOPT_URL, request.url.c_str());
    // One way for all bodies. An upload of 0 bytes says so, which a plain request would not.
    const bool sends = request.method == "PUT" || request.method == "POST";
    Set(CURLOPT_UPLOAD, sends ? 1L : 0L);
    Set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(sends ? request.body.size : 0));
    Set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    Set(CURLOPT_HTTPHEADER, headers);
    Set(CURLOPT_TIMEOUT, static_cast<long>(request.at_most.count()));
    for (const CURLoption data : {CURLOPT_READDATA, CURLOPT_SEEKDATA, CURLOPT_WRITEDATA,
                                  CURLOPT_HEADERDATA, CURLOPT_XFERINFODATA})
      Set(data, static_cast<void*>(&x));
  }

  static tl::unexpected<HttpFailure> Failed(Cause cause, std::string message) {
    return tl::unexpected<HttpFailure>(HttpFailure{cause, std::move(message)});
  }

  tl::expected<HttpAnswer, HttpFailure> Concluded(CURLcode code, Exchange& x) {
    long status = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
    x.answer.status = static_cast<int>(status);
    if (const auto date = x.answer.headers.find("date"); date != x.answer.headers.end())
      x.answer.date = std::max<int64_t>(0, curl_getdate(date->second.c_str(), nullptr));
    if (code == CURLE_OK) return std::move(x.answer);
    if (code == CURLE_ABORTED_BY_CALLBACK && x.Stopped()) return Failed(Cause::kStopped, "stopped");
    if (x.file_ended) return Failed(Cause::kFile, "the file has become shorter meanwhile");
    if (x.file_error != 0)
      return Failed(Cause::kFile, std::generic_category().message(x.file_error));
    // An error with a long text is an error all the same.
    if (x.too_long && status >= 300) return std::move(x.answer);
    if (x.too_long) return Failed(Cause::kTooLong, "the answer does not end");
    return Failed(CauseOf(code), error_[0] != '\0' ? error_.data() : curl_easy_strerror(code));
  }

  struct Cleanup {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  };
  HttpOptions options_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  std::unique_ptr<CURL, Cleanup> handle_;
};

}  // namespace

std::unique_ptr<HttpTransport> MakeCurlTransport(HttpOptions options) {
  return std::make_unique<CurlTransport>(std::move(options));
}

}  // namespace metaferry
