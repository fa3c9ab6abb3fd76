/// \file
/// One HTTP request and its answer, bounded in time and size.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "metaferry/secret.h"

namespace metaferry {

/// What is sent: bytes, or `size` bytes of an open file from `offset` on. Borrowed, never owned.
struct HttpBody {
  std::string_view bytes = {};
  int file = -1;
  uint64_t offset = 0, size = 0;

  static HttpBody Of(std::string_view text) { return {text, -1, 0, text.size()}; }
};

/// AWS Signature Version 4. The keys outlive the transport that signs with them.
struct AwsSigning {
  std::string region;
  std::string service;
  const Secret* access_key = nullptr;
  const Secret* secret_key = nullptr;
};

/// A header whose value is not left behind in memory. Borrowed.
struct SecretHeader {
  std::string_view name;
  const Secret* value = nullptr;
};

struct HttpRequest {
  std::string method;
  /// Sent and signed as it is: percent-encoded, the query sorted, each of its keys with a `=`.
  std::string url;
  std::vector<std::string> headers = {};  ///< "name: value"
  std::vector<SecretHeader> secret_headers = {};
  HttpBody body = {};
  /// From the first to the last byte; 0: as long as bytes flow.
  std::chrono::seconds at_most{0};
  bool heeds_stop = true;  ///< ends when a stop is asked for
};

struct HttpAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case
  int64_t date = 0;                            ///< its own, seconds since 1970; 0: it has none
  std::string body;                            ///< its beginning when it was longer than the limit
};

/// Why there is no answer.
struct HttpFailure {
  enum class Cause {
    kUnreachable,  ///< no such host, nobody listens, or the connection broke
    kStalled,      ///< connected, then nothing or next to nothing came
    kTls,          ///< no connection that could be trusted
    kMalformed,    ///< what came is no HTTP
    kTooLong,      ///< the answer goes on beyond the limit
    kFile,         ///< the body's file cannot be read
    kStopped,
  };
  Cause cause;
  std::string message;  ///< without credentials
};

/// One thread at a time.
class HttpTransport {
 public:
  virtual ~HttpTransport() = default;
  virtual tl::expected<HttpAnswer, HttpFailure> Send(const HttpRequest& request) = 0;
};

struct HttpOptions {
  AwsSigning signing;
  std::string ca_file;  ///< trusted in place of the system's certificates; empty: those
  std::chrono::seconds connect_time{10};
  /// Less than `least_rate` bytes a second for so long is a stall.
  std::chrono::seconds stall_time{60};
  long least_rate = 1024;
  size_t longest_answer = size_t{1} << 20;
  const std::atomic<bool>* stop = nullptr;
};

/// Over libcurl: http and https only, TLS 1.2 or later, certificates checked, redirects not
/// followed. Proxies are those of the environment (https_proxy, no_proxy).
std::unique_ptr<HttpTransport> MakeCurlTransport(HttpOptions options);

}  // namespace metaferry
