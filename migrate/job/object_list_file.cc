#include "migrate/job/object_list_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <system_error>
#include <vector>

#include "migrate/files/line_file.h"

namespace metaferry {
namespace {

constexpr size_t kNamed = 5;

using Visit = std::function<Status(const ListedName& name, uint32_t line)>;

/// A list that cannot be read is the caller's to correct, whatever is wrong with it.
Unexpected UnreadableList(const Error& error, const std::string& path) {
  return Fail(ErrorKind::kUsage, "objects_file_unreadable",
              "cannot read the list of objects: " + error.message, path,
              "name a text file of objects that exists and may be read");
}

Status ForEachName(const std::string& path, const Visit& visit) {
  auto reader = LineReader::OpenAny(path);
  if (!reader) return UnreadableList(reader.error(), path);
  for (uint32_t number = 1;; ++number) {
    auto line = (*reader)->Next();
    if (!line) return UnreadableList(line.error(), path);
    if (!*line) return {};
    auto name = ParseListLine(**line);
    if (!name) {
      Error error = std::move(name).error();
      error.where = fmt::format("{}:{}", path, number);
      return Unexpected(std::move(error));
    }
    if (*name) MF_RETURN_IF_ERROR(visit(**name, number));
  }
}

}  // namespace

Result<ObjectList> ReadObjectList(const std::string& path) {
  ObjectList list;
  MF_RETURN_IF_ERROR(ForEachName(path, [&](const ListedName& name, uint32_t line) -> Status {
    list.Add(name, line);
    return {};
  }));
  list.Seal();
  if (list.size() > 0) return list;
  return Fail(ErrorKind::kUsage, "empty_object_list", "the list of objects names none", path,
              "write one object a line, or leave the list out to take all");
}

Result<ObjectList> FailedObjects(const std::string& objects_ndjson_path) {
  ObjectList list;
  MF_RETURN_IF_ERROR(
      ForEachName(objects_ndjson_path, [&](const ListedName& name, uint32_t line) -> Status {
        if (name.outcome == "failed" || name.outcome == "refused") list.Add(name, line);
        return {};
      }));
  list.Seal();
  if (list.size() > 0) return list;
  return Fail(ErrorKind::kUsage, "nothing_failed", "no object of that run was refused or failed",
              objects_ndjson_path, "there is nothing to do again");
}

std::string UnmetNames(const ObjectList& list, const std::string& path) {
  const uint64_t unmet = list.Unmet();
  if (unmet == 0) return {};
  std::string text = fmt::format(
      "unmet_objects: {} of {} listed names {} no object that this job reads from the source",
      unmet, list.size(), unmet == 1 ? "is" : "are");
  const std::vector<uint32_t> lines = list.UnmetLines(kNamed);
  // A pipe cannot be read twice, and a file that has gone or changed is no reason to keep the
  // number back.
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return text;
  std::vector<std::string> names;
  const Status ignored = ForEachName(path, [&](const ListedName& name, uint32_t line) -> Status {
    if (std::binary_search(lines.begin(), lines.end(), line))
      names.push_back(fmt::format("{} (line {})", name.id.Display(), line));
    return {};
  });
  for (size_t i = 0; i < names.size(); ++i) text += (i == 0 ? ": " : ", ") + names[i];
  if (unmet > names.size() && !names.empty()) text += ", ...";
  return text;
}

}  // namespace metaferry
