#include "metaferry/object_list.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "metaferry/text.h"

namespace metaferry {
namespace {

using nlohmann::json;

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

Unexpected BadListLine(std::string message) {
  return Fail(ErrorKind::kUsage, "bad_object_line", std::move(message), {},
              "write database, database.table, database.function or "
              "database.table/key=value/key=value, or the JSON line of an object");
}

/// The string `key` of `object`, or empty.
std::string TextOf(const json& object, const char* key) {
  if (!object.is_object()) return {};
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// `{"kind":"PARTITION","object":{...}}` as export, plans and runs write it: export has a
/// partition's name in `hive`, the log of a run in `object`. Choosing is the source's part: where
/// an object has another name there, that is the one.
Result<std::optional<ListedName>> ParseJson(std::string_view line) {
  const json document = json::parse(line, nullptr, false);
  if (!document.is_object()) return BadListLine("the line begins like JSON and is none");
  const std::string kind_name = TextOf(document, "kind");
  if (kind_name == "PLAN" || kind_name == "SUMMARY" || kind_name == "END") return std::nullopt;
  const auto kind = ObjectKindFrom(kind_name);
  const auto object = document.find("object");
  if (!kind || object == document.end())
    return BadListLine("the JSON line is not that of an object");
  ListedName listed;
  listed.outcome = TextOf(document, "outcome");
  ObjectId& id = listed.id;
  id.kind = *kind;
  const auto source = document.find("source");
  const json& names = source != document.end() && source->is_object() ? *source : *object;
  id.database = Lower(TextOf(names, "database_name"));
  if (*kind != ObjectKind::kDatabase)
    id.name = Lower(TextOf(names, *kind == ObjectKind::kFunction ? "function_name" : "table_name"));
  if (*kind == ObjectKind::kPartition) {
    id.partition = TextOf(*object, "partition_name");
    if (id.partition.empty())
      id.partition = TextOf(document.value("hive", json::object()), "part_name");
    if (id.partition.empty() && document.contains("count")) return std::nullopt;
  }
  // A run refuses what has no name, and its log says so: such a line is right, and met by nothing.
  if (!listed.outcome.empty()) return listed;
  if (id.database.empty() || (*kind != ObjectKind::kDatabase && id.name.empty()) ||
      (*kind == ObjectKind::kPartition && id.partition.empty()))
    return BadListLine("the JSON line does not name its object");
  return listed;
}

Result<std::optional<ListedName>> ParseText(std::string_view line) {
  ListedName listed;
  ObjectId& id = listed.id;
  const size_t slash = line.find('/');
  const std::string_view object = line.substr(0, slash);
  const size_t dot = object.find('.');
  id.database = Lower(object.substr(0, dot));
  if (id.database.empty()) return BadListLine("the line names no database");
  if (dot == std::string_view::npos) {
    if (slash != std::string_view::npos) return BadListLine("a partition without a table");
    return listed;
  }
  id.kind = ObjectKind::kTable;
  id.name = Lower(object.substr(dot + 1));
  listed.or_function = slash == std::string_view::npos;
  if (id.name.empty()) return BadListLine("nothing stands behind the dot");
  if (slash == std::string_view::npos) return listed;
  id.kind = ObjectKind::kPartition;
  id.partition = line.substr(slash + 1);
  if (id.partition.find('=') == std::string::npos)
    return BadListLine("a partition is named key=value");
  return listed;
}

Fingerprint EntryKey(ObjectKind kind, std::string_view database, std::string_view name = {},
                     std::string_view partition = {}) {
  return HashOf({kind, {}, std::string(database), std::string(name), std::string(partition)});
}

/// What may be a table or a function has the key of a database with a name, which nothing else has.
Fingerprint KeyOfEither(std::string_view database, std::string_view name) {
  return EntryKey(ObjectKind::kDatabase, database, name);
}

}  // namespace

Result<std::optional<ListedName>> ParseListLine(std::string_view line) {
  line = Trimmed(line);
  if (line.empty() || line.front() == '#') return std::nullopt;
  return line.front() == '{' ? ParseJson(line) : ParseText(line);
}

void ObjectList::Add(const ListedName& name, uint32_t line) {
  const ObjectId& id = name.id;
  databases_.insert(id.database);
  if (id.kind == ObjectKind::kPartition) with_partitions_.insert(HashOf(id.Parent()));
  entries_.push_back({name.or_function ? KeyOfEither(id.database, id.name) : HashOf(id), line});
}

void ObjectList::Seal() {
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return a.key != b.key ? a.key < b.key : a.line < b.line;
  });
  entries_.erase(std::unique(entries_.begin(), entries_.end(),
                             [](const Entry& a, const Entry& b) { return a.key == b.key; }),
                 entries_.end());
  met_ = std::make_unique<std::atomic<bool>[]>(entries_.size());
}

bool ObjectList::Ask(const Fingerprint& key) const {
  const auto found =
      std::lower_bound(entries_.begin(), entries_.end(), key,
                       [](const Entry& entry, const Fingerprint& k) { return entry.key < k; });
  if (found == entries_.end() || found->key != key) return false;
  met_[static_cast<size_t>(found - entries_.begin())].store(true, std::memory_order_relaxed);
  return true;
}

bool ObjectList::Names(std::string_view database) const { return databases_.count(database) > 0; }

bool ObjectList::HasDatabase(std::string_view database) const {
  return Ask(EntryKey(ObjectKind::kDatabase, database));
}

bool ObjectList::HasFunction(std::string_view database, std::string_view name) const {
  const bool function = Ask(EntryKey(ObjectKind::kFunction, database, name));
  return Ask(KeyOfEither(database, name)) || function;
}

bool ObjectList::HasTable(std::string_view database, std::string_view name) const {
  const bool table = Ask(EntryKey(ObjectKind::kTable, database, name));
  return Ask(KeyOfEither(database, name)) || table;
}

bool ObjectList::HasPartition(std::string_view database, std::string_view table,
                              std::string_view partition) const {
  return Ask(EntryKey(ObjectKind::kPartition, database, table, partition));
}

bool ObjectList::HasPartitionsOf(std::string_view database, std::string_view table) const {
  return with_partitions_.count(EntryKey(ObjectKind::kTable, database, table)) > 0;
}

uint64_t ObjectList::Unmet() const {
  uint64_t count = 0;
  for (size_t i = 0; i < entries_.size(); ++i)
    if (!met_[i].load(std::memory_order_relaxed)) ++count;
  return count;
}

std::vector<uint32_t> ObjectList::UnmetLines(size_t most) const {
  std::vector<uint32_t> lines;
  for (size_t i = 0; i < entries_.size(); ++i)
    if (!met_[i].load(std::memory_order_relaxed)) lines.push_back(entries_[i].line);
  const size_t shown = std::min(most, lines.size());
  std::partial_sort(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(shown), lines.end());
  lines.resize(shown);
  return lines;
}

}  // namespace metaferry
