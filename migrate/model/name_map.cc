#include "metaferry/name_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "metaferry/text.h"

namespace metaferry {
namespace {

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/// A name, or the text before and after its one star.
struct NamePattern {
  bool star = false;
  std::string head, tail;

  /// What the star stands for (empty without a star); nullopt: no match.
  std::optional<std::string_view> Match(std::string_view text) const {
    if (!star) return text == head ? std::optional<std::string_view>("") : std::nullopt;
    if (text.size() < head.size() + tail.size() || !text.starts_with(head) || !text.ends_with(tail))
      return std::nullopt;
    return text.substr(head.size(), text.size() - head.size() - tail.size());
  }
  bool operator==(const NamePattern&) const = default;
  /// Whether some name matches both.
  bool Meets(const NamePattern& other) const {
    if (!star) return other.Match(head).has_value();
    if (!other.star) return Match(other.head).has_value();
    const auto either = [](const std::string& a, const std::string& b, auto starts) {
      return a.size() < b.size() ? starts(b, a) : starts(a, b);
    };
    const auto starts = [](const std::string& a, const std::string& b) { return a.starts_with(b); };
    const auto ends = [](const std::string& a, const std::string& b) { return a.ends_with(b); };
    return either(head, other.head, starts) && either(tail, other.tail, ends);
  }
  /// The larger, the more it says.
  std::pair<bool, size_t> Weight() const { return {!star, head.size() + tail.size()}; }
};

/// The literal parts of a value; a star stands between each two.
using NameTemplate = std::vector<std::string>;

struct CompiledRename {
  bool of_object = false;
  NamePattern database, name;
  NameTemplate to_database, to_name;
  int index = -1;

  auto Weight() const { return std::tuple(database.Weight(), name.Weight()); }
  bool SameKey(const CompiledRename& other) const {
    return of_object == other.of_object && database == other.database && name == other.name;
  }
  bool Meets(const CompiledRename& other) const {
    return of_object == other.of_object && database.Meets(other.database) && name.Meets(other.name);
  }
  bool IsExact() const { return !database.star && !name.star; }
};

Unexpected BadRename(size_t index, std::string_view member, std::string message,
                     std::string advice) {
  return Fail(ErrorKind::kUsage, "bad_rename", std::move(message),
              fmt::format("/{}/{}", index, member), std::move(advice));
}

/// Reads `key` up to an unescaped dot (or its end), which is taken off. nullopt: two stars, or a ?.
std::optional<NamePattern> TakePattern(std::string_view& key, bool& dot) {
  NamePattern pattern;
  dot = false;
  while (!key.empty() && !dot) {
    const char c = key.front();
    key.remove_prefix(1);
    if (c == '.') {
      dot = true;
    } else if (c == '*') {
      if (pattern.star) return std::nullopt;
      pattern.star = true;
    } else if (c == '?') {
      return std::nullopt;
    } else {
      const bool escaped = c == '\\' && !key.empty();
      (pattern.star ? pattern.tail : pattern.head).push_back(Lower(escaped ? key.front() : c));
      if (escaped) key.remove_prefix(1);
    }
  }
  return pattern;
}

bool SaysNothing(const NamePattern& p) { return !p.star && p.head.empty(); }

Status CompileKey(const RenameEntry& entry, size_t index, CompiledRename& rule) {
  const std::string advice = "write DATABASE or DATABASE.NAME, with one * at most in each part";
  std::string_view rest = entry.key;
  bool dot = false;
  for (NamePattern* part : {&rule.database, &rule.name}) {
    const auto pattern = TakePattern(rest, dot);
    if (!pattern)
      return BadRename(index, "key", "a part of a key has one * at most, and no ?", advice);
    *part = *pattern;
    if (SaysNothing(*part)) return BadRename(index, "key", "a name is empty", advice);
    if (part == &rule.database && !dot) return {};
    rule.of_object = true;
  }
  if (dot) return BadRename(index, "key", "a key has one dot at most", advice);
  return {};
}

/// `text` cut at its stars. nullopt when it holds what no name may.
std::optional<NameTemplate> TemplateOf(std::string_view text) {
  NameTemplate parts(1);
  for (const char c : text) {
    const char lower = Lower(c);
    if (c == '*')
      parts.emplace_back();
    else if (IsNameCharacter(lower))
      parts.back().push_back(lower);
    else
      return std::nullopt;
  }
  return parts;
}

size_t LiteralsOf(const NameTemplate& value) {
  size_t size = 0;
  for (const std::string& part : value) size += part.size();
  return size;
}

Status CompileValue(const RenameEntry& entry, size_t index, CompiledRename& rule) {
  const std::string_view value = entry.value;
  const size_t dot = value.find('.');
  if ((dot != std::string_view::npos) != rule.of_object)
    return BadRename(index, "value",
                     rule.of_object ? "the new name has no dot, and the key has one"
                                    : "the new name has a dot, and the key has none",
                     rule.of_object ? "write the new name as DATABASE.NAME"
                                    : "write the new name of the database alone");
  const std::string_view name = rule.of_object ? value.substr(dot + 1) : std::string_view();
  const auto to_database = TemplateOf(value.substr(0, dot)), to_name = TemplateOf(name);
  if (!to_database || !to_name || value.substr(0, dot).empty() || (rule.of_object && name.empty()))
    return BadRename(index, "value", "this is no name that Hive takes",
                     "use letters, digits and underscores");
  rule.to_database = *to_database;
  rule.to_name = *to_name;
  if (LiteralsOf(rule.to_database) > kLongestDatabaseName ||
      LiteralsOf(rule.to_name) > kLongestTableName)
    return BadRename(index, "value", "this is longer than a metastore's names may be",
                     "shorten it");
  const size_t stars = rule.to_database.size() + rule.to_name.size() - 2;
  const size_t given = size_t{rule.database.star} + size_t{rule.name.star};
  const bool merges = !rule.of_object && stars == 0;
  if (stars == given || merges) return {};
  return BadRename(index, "value",
                   fmt::format("the key has {} and the value has {} of *", given, stars),
                   "give both as many; only databases may go into one without");
}

/// The n-th star becomes the n-th of `stars`, which are taken off as they are used.
std::string Filled(const NameTemplate& value, std::vector<std::string_view>& stars) {
  std::string text = value.front();
  for (size_t i = 1; i < value.size(); ++i) {
    text.append(stars.front()).append(value[i]);
    stars.erase(stars.begin());
  }
  return text;
}

std::string KeyOf(std::string_view database, std::string_view name) {
  std::string key(database);
  key.push_back('\0');
  return key.append(name);
}

}  // namespace

struct NameMap::Rules {
  std::vector<RenameEntry> entries;
  /// By database, or by database and name.
  std::unordered_map<std::string, CompiledRename> exact_databases, exact_objects;
  std::vector<CompiledRename> databases, objects;  ///< with stars; those that win first

  Status Add(CompiledRename rule);
  void Sort();
};

Status NameMap::Rules::Add(CompiledRename rule) {
  const auto index = static_cast<size_t>(rule.index);
  const auto twice = [&](const CompiledRename& first) {
    return Fail(ErrorKind::kUsage, "duplicate_rule",
                fmt::format("/metaferry/renames/{} renames the same", first.index),
                fmt::format("/{}/key", index), "keep one of the two");
  };
  if (rule.IsExact()) {
    auto& exact = rule.of_object ? exact_objects : exact_databases;
    const std::string key =
        rule.of_object ? KeyOf(rule.database.head, rule.name.head) : rule.database.head;
    const auto [at, is_new] = exact.emplace(key, std::move(rule));
    if (!is_new) return twice(at->second);
    return {};
  }
  std::vector<CompiledRename>& globs = rule.of_object ? objects : databases;
  for (const CompiledRename& other : globs) {
    if (rule.SameKey(other)) return twice(other);
    if (rule.Weight() != other.Weight() || !rule.Meets(other)) continue;
    return Fail(ErrorKind::kUsage, "ambiguous_rename",
                fmt::format("this key and /metaferry/renames/{}/key say equally much, and match "
                            "the same names",
                            other.index),
                fmt::format("/{}/key", index), "make one of them longer, or name what they share");
  }
  globs.push_back(std::move(rule));
  return {};
}

void NameMap::Rules::Sort() {
  for (auto* globs : {&databases, &objects})
    std::sort(globs->begin(), globs->end(), [](const CompiledRename& a, const CompiledRename& b) {
      return a.Weight() != b.Weight() ? a.Weight() > b.Weight() : a.index < b.index;
    });
}

Result<NameMap> NameMap::Make(std::vector<RenameEntry> entries) {
  NameMap map;
  if (entries.empty()) return map;
  auto rules = std::make_shared<Rules>();
  for (size_t i = 0; i < entries.size(); ++i) {
    CompiledRename rule;
    rule.index = static_cast<int>(i);
    MF_RETURN_IF_ERROR(CompileKey(entries[i], i, rule));
    MF_RETURN_IF_ERROR(CompileValue(entries[i], i, rule));
    MF_RETURN_IF_ERROR(rules->Add(std::move(rule)));
  }
  rules->Sort();
  rules->entries = std::move(entries);
  map.rules_ = std::move(rules);
  return map;
}

NameMap::Named NameMap::OfDatabase(std::string_view database) const {
  Named named{std::string(database), {}, -1};
  if (!rules_) return named;
  const auto apply = [&](const CompiledRename& rule) {
    const auto star = rule.database.Match(database);
    if (!star) return false;
    std::vector<std::string_view> stars{*star};
    named.database = Filled(rule.to_database, stars);
    named.rule = rule.index;
    return true;
  };
  if (const auto exact = rules_->exact_databases.find(named.database);
      exact != rules_->exact_databases.end()) {
    apply(exact->second);
    return named;
  }
  for (const CompiledRename& rule : rules_->databases)
    if (apply(rule)) break;
  return named;
}

NameMap::Named NameMap::OfObject(std::string_view database, std::string_view name) const {
  Named named{std::string(database), std::string(name), -1};
  if (!rules_) return named;
  const auto apply = [&](const CompiledRename& rule) {
    const auto first = rule.database.Match(database), second = rule.name.Match(name);
    if (!first || !second) return false;
    std::vector<std::string_view> stars;
    if (rule.database.star) stars.push_back(*first);
    if (rule.name.star) stars.push_back(*second);
    named.database = Filled(rule.to_database, stars);
    named.name = Filled(rule.to_name, stars);
    named.rule = rule.index;
    return true;
  };
  if (!rules_->exact_objects.empty())
    if (const auto exact = rules_->exact_objects.find(KeyOf(database, name));
        exact != rules_->exact_objects.end()) {
      apply(exact->second);
      return named;
    }
  for (const CompiledRename& rule : rules_->objects)
    if (apply(rule)) return named;
  Named of_database = OfDatabase(database);
  of_database.name = name;
  return of_database;
}

ObjectId NameMap::Target(ObjectId id) const {
  if (!rules_) return id;
  Named named =
      id.kind == ObjectKind::kDatabase ? OfDatabase(id.database) : OfObject(id.database, id.name);
  id.database = std::move(named.database);
  id.name = std::move(named.name);
  return id;
}

const std::vector<RenameEntry>& NameMap::entries() const {
  static const std::vector<RenameEntry> kNone;
  return rules_ ? rules_->entries : kNone;
}

}  // namespace metaferry
