/// \file
/// Places in an S3-compatible object store: `s3://BUCKET/PATH`, `obs://BUCKET/PATH`.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "metaferry/result.h"
#include "metaferry/secret.h"

namespace metaferry {

/// A bucket and a folder in it. The path is taken as it is written: nothing in it is decoded.
struct ObjectLocation {
  std::string scheme;  ///< "s3" or "obs"
  std::string bucket;
  std::string path;  ///< UTF-8 without a slash at its ends; empty: the bucket itself

  /// kUsage, bad_log_location or unsupported_log_location, without a place: no such scheme, a name
  /// no bucket can have, or a path with empty or dot folders or control characters.
  static Result<ObjectLocation> Parse(std::string_view url);

  /// `scheme://bucket/path`
  std::string Url() const;
};

/// How a store is reached: `metaferry.object_store` of a job, checked and with defaults.
struct ObjectStoreSettings {
  std::string endpoint;  ///< `http[s]://HOST[:PORT]`; empty: the job has no use for a store
  std::string region;
  /// All three possibly `${env:}` / `${file:}` references.
  std::string access_key, secret_key, security_token;
  bool path_style = false;        ///< the bucket stands in the path, not before the host's name
  std::filesystem::path ca_file;  ///< trusted in place of the system's; empty: those
};

/// What the references stand for.
struct ObjectStoreKeys {
  Secret access_key, secret_key;
  Secret security_token;  ///< may be empty
};

/// kUsage with a JSON pointer when a reference cannot be resolved or a key is empty or no key.
Result<ObjectStoreKeys> ResolveKeys(const ObjectStoreSettings& settings,
                                    const std::filesystem::path& base);

}  // namespace metaferry
