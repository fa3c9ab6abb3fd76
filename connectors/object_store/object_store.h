/// \file
/// A bucket behind the S3 interface, as far as writing logs needs it: put, in parts when large, and
/// delete. Every answer that is no success becomes an error with a code of its own, the place as
/// `s3://` or `obs://` URL and what to do; no error holds a key or a signature.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "connectors/http/http_transport.h"
#include "metaferry/object_location.h"

namespace metaferry {

/// Sizes in bytes.
struct ObjectStoreLimits {
  uint64_t single_put = uint64_t{16} << 20;  ///< files up to here go in one request
  uint64_t part = uint64_t{16} << 20;        ///< grows with files above 10,000 such parts
  int tries = 5;                             ///< of a request whose failure may pass
  int stalls = 2;                            ///< of those tries, as each of them takes long
};

/// One thread at a time.
class ObjectStore {
 public:
  /// Waits; returns false, at once, when a stop is asked for.
  using Pause = std::function<bool(std::chrono::milliseconds)>;

  /// `keys` are those that the transport signs with. A server that repeats one of them is not
  /// quoted.
  ObjectStore(ObjectLocation place, ObjectStoreSettings settings,
              std::shared_ptr<const ObjectStoreKeys> keys, std::unique_ptr<HttpTransport> transport,
              Pause pause, ObjectStoreLimits limits = {});

  /// Keys are below the bucket: the path of the place is not put in front of them.
  Status Put(const std::string& key, std::string_view bytes, std::string_view content_type);
  /// Memory does not grow with the file, which must stay as it is meanwhile. When it goes in parts
  /// and one fails, those that arrived are taken back.
  Status PutFile(const std::string& key, const std::string& path, std::string_view content_type);
  Status Delete(const std::string& key);

  /// By how many seconds the store's clock is ahead of ours, going by its last answer.
  std::optional<int64_t> clock_difference() const { return clock_difference_; }

 private:
  struct Request {
    std::string method;
    const std::string& key;
    std::string query;  ///< sorted and encoded
    HttpBody body;
    std::string_view content_type;
    bool is_abort = false;  ///< tried once, briefly, and even after a stop
  };

  Result<HttpAnswer> Send(const Request& request);
  Result<HttpRequest> ToHttp(const Request& request) const;
  Result<std::string> SendForETag(const Request& request);
  Status PutParts(const std::string& key, int file, uint64_t size, std::string_view content_type);
  Result<std::string> BeginParts(const std::string& key, std::string_view content_type);
  Status SendParts(const std::string& key, const std::string& upload, int file, uint64_t size);
  Unexpected Explained(const HttpAnswer& answer, const std::string& key) const;
  std::string Where(const std::string& key) const;

  ObjectLocation place_;
  ObjectStoreSettings settings_;
  std::shared_ptr<const ObjectStoreKeys> keys_;
  std::unique_ptr<HttpTransport> transport_;
  Pause pause_;
  ObjectStoreLimits limits_;
  std::optional<int64_t> clock_difference_;
};

}  // namespace metaferry
