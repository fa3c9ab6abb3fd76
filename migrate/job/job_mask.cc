#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "metaferry/connection_url.h"
#include "metaferry/secret.h"
#include "metaferry/text.h"
#include "migrate/job/job_parts.h"
#include "migrate/job/job_schema.h"
#include "migrate/job/reference.h"

namespace metaferry {
namespace {

using nlohmann::json;

constexpr const char* kHidden = "(hidden)";

bool IsSecretName(std::string_view name) {
  const std::string key = Lower(name);
  constexpr std::array<std::string_view, 5> kWords = {"user", "password", "secret", "token", "key"};
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return key.find(word) != std::string::npos; });
}

bool IsReference(std::string_view text) {
  return !text.empty() && ReferenceEnd(text, 0) == text.size();
}

std::string MaskedUrl(const std::string& url) {
  if (IsReference(url)) return url;
  const auto parts = ParseConnectionUrl(url);
  if (!parts) return kHidden;
  std::string text = parts->Display();
  // Files have no properties: who writes some has mistaken the kind of URL.
  if (const size_t query = text.find('?'); query != std::string::npos)
    text.replace(query + 1, std::string::npos, kHidden);
  char mark = '?';
  for (const auto& [key, value] : parts->properties) {
    const bool hide = IsSecretName(key) && !IsReference(value);
    text += fmt::format("{}{}={}", mark, key, hide ? kHidden : value);
    mark = '&';
  }
  return text;
}

void MaskObject(const JobShape& shape, json& object) {
  if (!object.is_object()) return;
  for (const JobField& field : shape.fields) {
    const auto found = object.find(field.name);
    if (found == object.end()) continue;
    if (field.holds == JobHolds::kSecret &&
        !(found->is_string() && IsReference(found->get_ref<const std::string&>()))) {
      *found = kHidden;
    } else if (field.holds == JobHolds::kUrl && found->is_string()) {
      *found = MaskedUrl(found->get<std::string>());
    } else if (field.shape != nullptr) {
      MaskObject(*field.shape, *found);
    }
  }
}

}  // namespace

std::string MaskedJob(json document) {
  MaskObject(JobFileShape(), document);
  // Parameters of other types of jobs are not looked into: what is secret there is not known.
  if (json& parameter = document["parameter"]; parameter.is_object())
    for (const char* other : {"permission_migration_parameter", "metadata_discovery_parameter"})
      if (parameter.contains(other)) parameter[other] = kHidden;
  return document.dump(2, ' ', false, json::error_handler_t::replace);
}

}  // namespace metaferry
