#include "metaferry/object_location.h"

#include <fmt/format.h>

#include <algorithm>

#include "metaferry/json_line.h"

namespace metaferry {
namespace {

constexpr std::string_view kForm = "write obs://BUCKET/PATH or s3://BUCKET/PATH";

Unexpected Bad(std::string message, std::string_view advice = kForm) {
  return Fail(ErrorKind::kUsage, "bad_log_location", std::move(message), {}, std::string(advice));
}

bool IsLowerOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/// What both services ask of a bucket's name.
bool IsBucketName(std::string_view name) {
  if (name.size() < 3 || name.size() > 63) return false;
  if (!IsLowerOrDigit(name.front()) || !IsLowerOrDigit(name.back())) return false;
  const bool characters = std::all_of(
      name.begin(), name.end(), [](char c) { return IsLowerOrDigit(c) || c == '-' || c == '.'; });
  const bool address = name.find_first_not_of("0123456789.") == std::string_view::npos;
  return characters && !address && name.find("..") == std::string_view::npos;
}

Status CheckPath(std::string_view path) {
  if (std::any_of(path.begin(), path.end(),
                  [](unsigned char c) { return c < 0x20 || c == 0x7F; })) {
    return Bad("the path holds a control character", "remove it");
  }
  if (path.empty()) return {};
  for (size_t start = 0, end = 0; start <= path.size(); start = end + 1) {
    end = std::min(path.find('/', start), path.size());
    const std::string_view folder = path.substr(start, end - start);
    if (folder.empty() || folder == "." || folder == "..") {
      return Bad(fmt::format("the path holds a folder named \"{}\"", folder),
                 "an object store takes names as they are: leave such folders out");
    }
  }
  return {};
}

/// Visible ASCII, as a key is sent in a header.
bool IsKey(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

Result<Secret> ResolveKey(const std::string& text, const std::filesystem::path& base,
                          std::string_view name) {
  const std::string where = fmt::format("/metaferry/object_store/{}", name);
  MF_ASSIGN(Secret key, ResolveReferences(text, base, where));
  if (!IsKey(key.Reveal())) {
    return Fail(ErrorKind::kUsage, "bad_value", "a key holds a blank or no ASCII", where,
                "write nothing but the key; a ${file:} may end in one line end");
  }
  return key;
}

Status MustBeFilled(const Secret& key, std::string_view name) {
  if (!key.empty()) return {};
  return Fail(ErrorKind::kUsage, "missing_key", fmt::format("\"{}\" is missing or empty", name),
              fmt::format("/metaferry/object_store/{}", name),
              "a log location in an object store needs it: ${env:NAME} or ${file:PATH}");
}

}  // namespace

Result<ObjectLocation> ObjectLocation::Parse(std::string_view url) {
  const size_t colon = url.find("://");
  if (colon == std::string_view::npos) return Bad("a log location starts with a scheme");
  ObjectLocation place;
  place.scheme = url.substr(0, colon);
  if (place.scheme == "s3a" || place.scheme == "s3n") {
    return Fail(ErrorKind::kUsage, "unsupported_log_location",
                place.scheme + "://, a scheme of Hadoop's, is no log location", {},
                "did you mean s3://?");
  }
  if (place.scheme != "s3" && place.scheme != "obs") {
    return Fail(ErrorKind::kUsage, "unsupported_log_location", "logs cannot go to such a place", {},
                "write file:DIRECTORY, obs://BUCKET/PATH or s3://BUCKET/PATH");
  }
  url.remove_prefix(colon + 3);
  const size_t slash = std::min(url.find('/'), url.size());
  place.bucket = url.substr(0, slash);
  if (!IsBucketName(place.bucket)) {
    return Bad("no bucket can have the name that stands behind ://",
               "a bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens");
  }
  url.remove_prefix(std::min(slash + 1, url.size()));
  if (url.size() > 1 && url.ends_with('/')) url.remove_suffix(1);
  MF_RETURN_IF_ERROR(CheckPath(url));
  place.path = url;
  return place;
}

std::string ObjectLocation::Url() const {
  return fmt::format("{}://{}{}{}", scheme, bucket, path.empty() ? "" : "/", path);
}

Result<ObjectStoreKeys> ResolveKeys(const ObjectStoreSettings& settings,
                                    const std::filesystem::path& base) {
  ObjectStoreKeys keys;
  MF_ASSIGN(keys.access_key, ResolveKey(settings.access_key, base, "access_key"));
  MF_ASSIGN(keys.secret_key, ResolveKey(settings.secret_key, base, "secret_key"));
  MF_ASSIGN(keys.security_token, ResolveKey(settings.security_token, base, "security_token"));
  MF_RETURN_IF_ERROR(MustBeFilled(keys.access_key, "access_key"));
  MF_RETURN_IF_ERROR(MustBeFilled(keys.secret_key, "secret_key"));
  return keys;
}

}  // namespace metaferry
