#include <fmt/format.h>
#include <unistd.h>

#include <charconv>

#include "metaferry/secret.h"
#include "migrate/job/job_document.h"
#include "migrate/job/job_parts.h"

namespace metaferry {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::string_view kFile = "file:";
constexpr std::string_view kStorePointer = "/metaferry/object_store";
/// What services without regions of their own sign with.
constexpr const char* kUsualRegion = "us-east-1";
/// A key has 1,024 bytes. This is for `/<run id>/<file name>` and both slashes around the job.
constexpr size_t kLongestKey = 1024, kRoomForNames = 64;

Unexpected BadFolder(std::string message, std::string advice) {
  return Fail(ErrorKind::kUsage, "bad_log_location", std::move(message),
              fmt::format("{}/log_location", kMigrationPointer), std::move(advice));
}

Unexpected BadStore(std::string_view key, std::string code, std::string message,
                    std::string advice) {
  return Fail(ErrorKind::kUsage, std::move(code), std::move(message), PointerTo(kStorePointer, key),
              std::move(advice));
}

Status FillFolder(std::string location, JobSpec& spec) {
  location.erase(0, kFile.size());
  if (location.starts_with("///")) location.erase(0, 2);
  if (location.starts_with("//")) {
    return BadFolder("a file: location names no host", "write file:DIRECTORY or file:///DIRECTORY");
  }
  if (location.empty()) return BadFolder("names no directory", "write file:DIRECTORY");
  spec.log_location = std::string(kFile) + AbsolutePath(spec, location).string();
  return {};
}

bool IsHost(std::string_view host) {
  const auto all_of = [](std::string_view text, std::string_view allowed) {
    return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
  };
  if (host.starts_with('[') && host.ends_with(']'))
    return all_of(host.substr(1, host.size() - 2), "0123456789abcdefABCDEF:.");
  return all_of(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");
}

bool IsPort(std::string_view port) {
  uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  return error == std::errc() && end == port.data() + port.size() && number > 0;
}

struct Endpoint {
  std::string_view host;
  std::string_view port;  ///< empty: the scheme's own
};

/// Of `http[s]://HOST[:PORT]`. The error repeats nothing, as a password may stand in it.
Result<Endpoint> SplitEndpoint(std::string_view url) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!url.starts_with(scheme)) continue;
    url.remove_prefix(scheme.size());
    const size_t bracket = url.find(']');
    const size_t colon = url.find(':', bracket == std::string_view::npos ? 0 : bracket);
    const Endpoint parts{url.substr(0, colon),
                         colon == std::string_view::npos ? "" : url.substr(colon + 1)};
    const bool good_port = colon == std::string_view::npos || IsPort(parts.port);
    if (IsHost(parts.host) && good_port) return parts;
  }
  return BadStore("endpoint", "bad_endpoint", "is not of the form https://HOST[:PORT]",
                  "write it without user, path and query; the bucket stands in log_location");
}

std::string EndpointOf(const json& store) {
  std::string endpoint = Text(store, "endpoint");
  if (endpoint.ends_with('/')) endpoint.pop_back();
  return endpoint;
}

bool IsAddress(std::string_view host) {
  return host.starts_with('[') || host.find_first_not_of("0123456789.") == std::string_view::npos;
}

Status FillEndpoint(const json& store, const ObjectLocation& place, JobSpec& spec) {
  ObjectStoreSettings& settings = spec.object_store;
  settings.endpoint = EndpointOf(store);
  if (settings.endpoint.empty()) {
    if (settings.region.empty()) {
      return BadStore("region", "missing_key",
                      "neither endpoint nor region says where the bucket is",
                      "add the region, or the endpoint of a store elsewhere");
    }
    settings.endpoint = place.scheme == "obs"
                            ? fmt::format("https://obs.{}.myhuaweicloud.com", settings.region)
                            : fmt::format("https://s3.{}.amazonaws.com", settings.region);
  }
  if (settings.region.empty()) settings.region = kUsualRegion;
  MF_ASSIGN(const Endpoint parts, SplitEndpoint(settings.endpoint));
  if (!settings.path_style && IsAddress(parts.host)) {
    return BadStore("path_style", "bad_endpoint", "an IP address cannot have the bucket in front",
                    "set path_style to true, or name the endpoint's host");
  }
  if (parts.host.starts_with(place.bucket + ".")) {
    return BadStore("endpoint", "bad_endpoint", "the endpoint's host starts with the bucket",
                    "leave the bucket out: it is taken from log_location");
  }
  if (settings.endpoint.starts_with("http:")) {
    spec.notes.push_back(
        fmt::format("plain_http: logs, and a security token, travel to {} in clear: use https "
                    "where it can be had",
                    settings.endpoint));
  }
  return {};
}

Status FillCertificates(const json& store, JobSpec& spec) {
  const std::string file = Text(store, "ca_file");
  if (file.empty()) return {};
  spec.object_store.ca_file = AbsolutePath(spec, file);
  if (access(spec.object_store.ca_file.c_str(), R_OK) == 0) return {};
  return BadStore("ca_file", "ca_file_unreadable",
                  "cannot read " + spec.object_store.ca_file.string(),
                  "name a file of PEM certificates; a relative path starts at the job file");
}

Status FillStore(const json& store, JobSpec& spec) {
  const std::string where = fmt::format("{}/log_location", kMigrationPointer);
  auto place = ObjectLocation::Parse(spec.log_location);
  if (!place) return Unexpected(std::move(place).error().At(where));
  if (place->path.size() + spec.name.size() + kRoomForNames > kLongestKey) {
    return BadFolder(
        "the path is too long: with job, run and file name a key would exceed 1,024 bytes",
        "shorten it");
  }
  spec.log_location = place->Url();
  ObjectStoreSettings& settings = spec.object_store;
  settings.region = Text(store, "region");
  if (settings.region.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") !=
      std::string::npos) {
    return BadStore("region", "bad_value", "is no name of a region",
                    "write it as the service does, like eu-west-101 or us-east-1");
  }
  settings.access_key = Text(store, "access_key");
  settings.secret_key = Text(store, "secret_key");
  settings.security_token = Text(store, "security_token");
  const json& path_style = Child(store, "path_style");
  settings.path_style = path_style.is_boolean() && path_style.get<bool>();
  MF_RETURN_IF_ERROR(FillEndpoint(store, *place, spec));
  MF_RETURN_IF_ERROR(FillCertificates(store, spec));
  return ResolveKeys(settings, spec.file.parent_path()).map([](const auto&) {});
}

}  // namespace

Status FillLogLocation(const json& document, JobSpec& spec) {
  const json& store = Child(Child(document, "metaferry"), "object_store");
  spec.log_location =
      Text(Child(Child(document, "parameter"), "metadata_migration_parameter"), "log_location");
  if (!spec.log_location.starts_with(kFile)) return FillStore(store, spec);
  // Reports repeat the job file: a password must not come in that way, used or not.
  if (const std::string unused = EndpointOf(store); unused.find('@') != std::string::npos)
    MF_RETURN_IF_ERROR(SplitEndpoint(unused));
  if (!store.is_null())
    spec.notes.emplace_back("object_store is ignored: log_location is in no object store");
  return FillFolder(spec.log_location, spec);
}

}  // namespace metaferry
