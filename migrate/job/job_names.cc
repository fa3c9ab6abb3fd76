#include <fmt/format.h>

#include <utility>
#include <vector>

#include "metaferry/name_map.h"
#include "migrate/job/job_document.h"
#include "migrate/job/job_parts.h"

namespace metaferry {

Status FillNames(const nlohmann::json& document, JobSpec& spec) {
  const nlohmann::json& metaferry = Child(document, "metaferry");
  std::vector<RenameEntry> entries;
  for (const auto& entry : Child(metaferry, "renames"))
    entries.push_back({Text(entry, "key"), Text(entry, "value")});
  auto names = NameMap::Make(std::move(entries));
  if (!names) {
    Error error = std::move(names).error();
    error.where = "/metaferry/renames" + error.where;
    return Unexpected(std::move(error));
  }
  spec.renames = *std::move(names);
  if (Text(metaferry, "view_text") == "rewrite") spec.view_text = ViewText::kRewrite;
  return {};
}

}  // namespace metaferry
