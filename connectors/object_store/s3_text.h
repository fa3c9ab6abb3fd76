/// \file
/// The texts of the S3 interface: addresses, and the few XML documents.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "metaferry/object_location.h"

namespace metaferry {

/// `text` as AWS encodes it: all bytes but letters, digits, `-._~` become `%XX`, slashes too unless
/// they are kept.
std::string UriEncoded(std::string_view text, bool keep_slashes);

/// The URL of an object (or of the bucket for an empty key), without a query.
std::string ObjectUrl(const ObjectStoreSettings& settings, const std::string& bucket,
                      std::string_view key);

/// What the body of a failed answer says. Both empty when it is no `<Error>`.
struct S3Error {
  std::string code;     ///< letters, digits, dots; cut at 64
  std::string message;  ///< one line, cut at 300 bytes
};
S3Error ParseS3Error(const std::string& body);

/// The text of `name`, a child of the document's root; empty when there is none.
std::string XmlChild(const std::string& body, const char* name);

/// The body of CompleteMultipartUpload; part numbers count from 1.
std::string CompleteXml(const std::vector<std::string>& etags);

}  // namespace metaferry
