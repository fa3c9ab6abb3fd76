#include "migrate/report/change_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "migrate/report/text_style.h"

namespace metaferry {
namespace {

constexpr size_t kExampleValue = 400;
constexpr size_t kGroupOverhead = 400;

bool IsContinuation(char c) { return (c & 0xC0) == 0x80; }

/// `text` cut to at most `bytes`, at a character's end.
std::string_view Cut(std::string_view text, size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && IsContinuation(text[bytes])) --bytes;
  return text.substr(0, bytes);
}

std::string CutWithMark(std::string_view text, size_t bytes) {
  std::string out(Cut(text, bytes));
  if (out.size() < text.size()) out += "…";
  return out;
}

size_t CommonPrefix(std::string_view a, std::string_view b) {
  const size_t n = std::min(a.size(), b.size());
  return static_cast<size_t>(
      std::mismatch(a.begin(), a.begin() + static_cast<ptrdiff_t>(n), b.begin()).first - a.begin());
}

size_t CommonSuffix(std::string_view a, std::string_view b) {
  const size_t n = std::min(a.size(), b.size());
  return static_cast<size_t>(
      std::mismatch(a.rbegin(), a.rbegin() + static_cast<ptrdiff_t>(n), b.rbegin()).first -
      a.rbegin());
}

bool Separates(char c) {
  return std::string_view("/=\",;:|&? ([{}])").find(c) != std::string_view::npos;
}

std::string_view NameWithin(const ObjectId& id) {
  switch (id.kind) {
    case ObjectKind::kDatabase:
      return id.database;
    case ObjectKind::kPartition:
      return id.partition;
    default:
      return id.name;
  }
}

/// The rule that made `after` of this field, if one did.
int RuleOf(const ObjectResult& result, const FieldChange& change) {
  if (result.desired)
    for (const LocationFate& fate : result.desired->locations)
      if (fate.rule >= 0 && fate.field == change.path) return fate.rule;
  return -1;
}

}  // namespace

std::string_view ShownChange::Text(std::string_view text) {
  if (text.size() <= kMaxValue && IsPlain(text)) return text;
  const std::string_view cut = Cut(text, kMaxValue);
  std::string shown = Printable(cut);
  if (cut.size() < text.size()) shown += "…";
  return owned_.emplace_back(std::move(shown));
}

void ShownChange::Show(const ObjectResult& r) {
  fields_.clear();
  owned_.clear();
  more_fields_ = 0;
  name_ = Text(NameWithin(r.id));
  const auto add = [&](const std::string& path, int rule, std::string_view before,
                       std::string_view after) {
    if (fields_.size() == kMaxFields)
      ++more_fields_;
    else
      fields_.push_back({Text(path), rule, Text(before), Text(after)});
  };
  if (r.outcome == Outcome::kUpdated) {
    for (const FieldChange& c : r.changes) add(c.path, RuleOf(r, c), c.before, c.after);
  } else if (r.outcome == Outcome::kCreated) {
    if (!r.desired) return;
    for (const LocationFate& fate : r.desired->locations)
      if (fate.rule >= 0) add(fate.field, fate.rule, fate.from, fate.to);
  } else {
    const std::string many = r.count == 1
                                 ? std::string()
                                 : CountOf(r.count, r.id.kind) + (r.message.empty() ? "" : ": ");
    add({}, -1, {}, owned_.emplace_back(many + r.message));
  }
}

void CommonText::Add(std::string_view text) {
  if (!any_) {
    any_ = true;
    first_ = text;
    prefix_ = suffix_ = shortest_ = text.size();
    return;
  }
  if (text == first_) return;
  same_ = false;
  prefix_ = std::min(prefix_, CommonPrefix(first_, text));
  suffix_ = std::min(suffix_, CommonSuffix(first_, text));
  shortest_ = std::min(shortest_, text.size());
}

size_t CommonText::PrefixLength() const {
  if (same_) return first_.size();
  size_t length = prefix_;
  while (length > 0 && !Separates(first_[length - 1])) --length;
  return length;
}

size_t CommonText::SuffixLength() const {
  if (same_) return 0;
  size_t length = std::min(suffix_, shortest_ - PrefixLength());
  while (length > 0 && !Separates(first_[first_.size() - length])) --length;
  return length;
}

std::string_view CommonText::middle() const {
  const size_t prefix = PrefixLength();
  return std::string_view(first_).substr(prefix, first_.size() - prefix - SuffixLength());
}

std::string_view CommonText::suffix() const {
  return std::string_view(first_).substr(first_.size() - SuffixLength());
}

bool ChangeGroup::Field::SameMiddle() const {
  return !before.same() && !after.same() && before_head <= before.PrefixLength() &&
         after_head <= after.PrefixLength() && before.middle() == after.middle();
}

bool ChangeGroups::BelongsTo(const Entry& entry, const ObjectResult& r, const ShownChange& shown) {
  const auto& [key, group] = entry;
  return key.kind == r.id.kind && key.outcome == r.outcome && key.database == r.id.database &&
         (key.kind != ObjectKind::kPartition || key.table == r.id.name) && key.reason == r.reason &&
         group.more_fields == 0 && shown.more_fields() == 0 &&
         std::equal(group.fields.begin(), group.fields.end(), shown.fields().begin(),
                    shown.fields().end(), [](const ChangeGroup::Field& a, const ShownField& b) {
                      return a.rule == b.rule && a.path == b.path;
                    });
}

ChangeGroups::Entry* ChangeGroups::FindOrMake(const ObjectResult& r, const ShownChange& shown) {
  std::string fields = std::to_string(shown.more_fields());
  for (const ShownField& f : shown.fields()) fields += fmt::format("\n{} {}", f.rule, f.path);
  Key key{r.id.database, r.id.kind, {}, r.outcome, r.reason, FingerprintOf(fields)};
  if (r.id.kind == ObjectKind::kPartition) key.table = r.id.name;
  if (const auto found = groups_.find(key); found != groups_.end()) return &*found;
  // A group holds its paths, and as many values again: what those take is known by its first.
  size_t bytes = kGroupOverhead + fields.size() + key.database.size() + key.table.size();
  for (const ShownField& f : shown.fields()) bytes += f.before.size() + f.after.size();
  if (groups_.size() >= kMaxGroups || bytes_ + bytes > kMaxBytes) return nullptr;
  bytes_ += bytes;
  Entry* entry = &*groups_.emplace(std::move(key), ChangeGroup{}).first;
  entry->second.number = static_cast<uint32_t>(groups_.size() - 1);
  for (const ShownField& f : shown.fields())
    entry->second.fields.push_back({std::string(f.path), f.rule, {}, {}});
  entry->second.more_fields = shown.more_fields();
  return entry;
}

const ChangeGroup* ChangeGroups::Add(const ObjectResult& r, const ShownChange& shown) {
  if (!last_ || !BelongsTo(*last_, r, shown)) {
    Entry* entry = FindOrMake(r, shown);
    if (!entry) {
      hidden_ += r.count;
      return nullptr;
    }
    last_ = entry;
  }
  ChangeGroup& group = last_->second;
  if (group.count == 0 || shown.name() < group.first) group.first = shown.name();
  if (shown.name() > group.last) group.last = shown.name();
  group.count += r.count;
  for (size_t i = 0; i < group.fields.size(); ++i) {
    ChangeGroup::Field& field = group.fields[i];
    const ShownField& f = shown.fields()[i];
    const size_t common = CommonSuffix(f.before, f.after);
    field.before_head = std::max(field.before_head, f.before.size() - common);
    field.after_head = std::max(field.after_head, f.after.size() - common);
    field.before.Add(f.before);
    field.after.Add(f.after);
  }
  if (group.examples.size() < examples_) AddExample(group, shown);
  return &group;
}

std::vector<const ChangeGroups::Entry*> ChangeGroups::Sorted() const {
  std::vector<const Entry*> sorted;
  sorted.reserve(groups_.size());
  for (const Entry& entry : groups_) sorted.push_back(&entry);
  const auto place = [](const Entry* e) {
    return std::tie(e->first.database, e->first.kind, e->first.table, e->second.first,
                    e->first.outcome, e->second.number);
  };
  std::sort(sorted.begin(), sorted.end(),
            [&](const Entry* a, const Entry* b) { return place(a) < place(b); });
  return sorted;
}

void ChangeGroups::AddExample(ChangeGroup& group, const ShownChange& shown) {
  if (bytes_ > kMaxBytes) return;
  ChangeGroup::Example& example = group.examples.emplace_back();
  example.name = shown.name();
  bytes_ += example.name.size();
  for (const ShownField& f : shown.fields()) {
    const auto& [before, after] = example.values.emplace_back(CutWithMark(f.before, kExampleValue),
                                                              CutWithMark(f.after, kExampleValue));
    bytes_ += before.size() + after.size();
  }
}

std::string GroupTitle(const ChangeGroups::Key& key, uint64_t count) {
  std::string title = CountOf(count, key.kind);
  if (key.kind == ObjectKind::kDatabase) return title;
  title += " of " + Printable(key.database);
  if (key.kind == ObjectKind::kPartition) title += "." + Printable(key.table);
  return title;
}

std::string NamePrefix(const ChangeGroups::Key& key) {
  if (key.kind == ObjectKind::kDatabase) return {};
  std::string prefix = Printable(key.database) + ".";
  if (key.kind == ObjectKind::kPartition) prefix += Printable(key.table) + "/";
  return prefix;
}

bool IsShownSingly(ObjectKind kind, uint64_t count) {
  constexpr uint64_t kFewObjects = 8, kFewPartitions = 2;
  return count <= (kind == ObjectKind::kPartition ? kFewPartitions : kFewObjects);
}

}  // namespace metaferry
