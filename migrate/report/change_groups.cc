#include "migrate/report/change_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
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

/// Of a partition its table's name: that is what has changed.
std::string ShownName(const ObjectId& id) {
  return id.kind == ObjectKind::kPartition ? id.Parent().Display() : id.Display();
}

/// The rule that made `after` of this field, if one did.
int RuleOf(const ObjectResult& result, const FieldChange& change) {
  if (result.desired)
    for (const LocationFate& fate : result.desired->locations)
      if (fate.rule >= 0 && fate.field == change.path) return fate.rule;
  return -1;
}

std::string_view TableOf(const ObjectId& id) {
  return id.kind == ObjectKind::kPartition ? std::string_view(id.name) : std::string_view();
}

size_t HashOf(const ObjectResult& r, const ShownChange& shown) {
  size_t hash = shown.more_fields();
  const auto add = [&](size_t value) { hash = (hash ^ value) * 0x9E3779B97F4A7C15U; };
  const auto add_text = [&](std::string_view text) { add(std::hash<std::string_view>{}(text)); };
  add(IndexOf(r.id.kind) * kOutcomes + static_cast<size_t>(r.outcome));
  add_text(r.id.database);
  add_text(TableOf(r.id));
  add_text(r.reason);
  for (const ShownField& f : shown.fields()) {
    add(static_cast<size_t>(f.rule) + 1);
    add_text(f.path);
  }
  return hash;
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
  // First of all, so that it stands at the head of what is told of the object.
  static const std::string kNameField = "name";
  const bool change = r.outcome == Outcome::kUpdated || r.outcome == Outcome::kCreated;
  if (r.source && change)
    add(kNameField, -1, owned_.emplace_back(ShownName(*r.source)),
        owned_.emplace_back(ShownName(r.id)));
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
    const std::string whose = r.source ? r.source->Display() + ": " : std::string();
    add({}, -1, {}, owned_.emplace_back(whose + many + r.message));
  }
}

void ChangeGroup::Field::Add(std::string_view b, std::string_view a) {
  before.Add(b);
  after.Add(a);
  // Nearly always the known starts are long enough: what follows them is the same.
  if (b.size() >= before_head && a.size() >= after_head &&
      b.substr(before_head) == a.substr(after_head))
    return;
  const size_t common = CommonSuffix(b, a);
  before_head = std::max(before_head, b.size() - common);
  after_head = std::max(after_head, a.size() - common);
}

bool ChangeGroup::Field::SameMiddle() const {
  return !before.same() && !after.same() && before_head <= before.PrefixLength() &&
         after_head <= after.PrefixLength() && before.middle() == after.middle();
}

ChangeGroup* ChangeGroups::Find(size_t hash, const ObjectResult& r, const ShownChange& shown) {
  const auto alike = [&](const ChangeGroup& g) {
    return g.key.kind == r.id.kind && g.key.outcome == r.outcome &&
           g.key.database == r.id.database && g.key.table == TableOf(r.id) &&
           g.key.reason == r.reason && g.more_fields == shown.more_fields() &&
           std::equal(g.fields.begin(), g.fields.end(), shown.fields().begin(),
                      shown.fields().end(), [](const ChangeGroup::Field& a, const ShownField& b) {
                        return a.rule == b.rule && a.path == b.path;
                      });
  };
  const auto [begin, end] = by_hash_.equal_range(hash);
  const auto found = std::find_if(begin, end, [&](const auto& e) { return alike(*e.second); });
  return found == end ? nullptr : found->second;
}

ChangeGroup* ChangeGroups::Make(size_t hash, const ObjectResult& r, const ShownChange& shown) {
  // A group holds its paths and its first values.
  size_t bytes = kGroupOverhead + r.id.database.size() + r.id.name.size() + r.reason.size();
  for (const ShownField& f : shown.fields())
    bytes += f.path.size() + f.before.size() + f.after.size();
  if (groups_.size() >= kMaxGroups || bytes_ + bytes > kMaxBytes) return nullptr;
  bytes_ += bytes;
  ChangeGroup& group = groups_.emplace_back();
  group.key = {r.id.database, r.id.kind, std::string(TableOf(r.id)), r.outcome, r.reason};
  group.number = static_cast<uint32_t>(groups_.size() - 1);
  group.more_fields = shown.more_fields();
  for (const ShownField& f : shown.fields()) {
    group.fields.emplace_back().path = f.path;
    group.fields.back().rule = f.rule;
  }
  by_hash_.emplace(hash, &group);
  return &group;
}

const ChangeGroup* ChangeGroups::Add(const ObjectResult& r, const ShownChange& shown) {
  const size_t hash = HashOf(r, shown);
  ChangeGroup* group = Find(hash, r, shown);
  if (!group) group = Make(hash, r, shown);
  if (!group) {
    hidden_ += r.count;
    return nullptr;
  }
  if (group->count == 0 || shown.name() < group->first) group->first = shown.name();
  if (shown.name() > group->last) group->last = shown.name();
  group->count += r.count;
  for (size_t i = 0; i < group->fields.size(); ++i)
    group->fields[i].Add(shown.fields()[i].before, shown.fields()[i].after);
  if (group->examples.size() < examples_) AddExample(*group, shown);
  return group;
}

std::vector<const ChangeGroup*> ChangeGroups::Sorted() const {
  std::vector<const ChangeGroup*> sorted;
  sorted.reserve(groups_.size());
  for (const ChangeGroup& group : groups_) sorted.push_back(&group);
  const auto place = [](const ChangeGroup* g) {
    return std::tie(g->key.database, g->key.kind, g->key.table, g->first, g->key.outcome,
                    g->number);
  };
  std::sort(sorted.begin(), sorted.end(),
            [&](const ChangeGroup* a, const ChangeGroup* b) { return place(a) < place(b); });
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

std::string GroupTitle(const ChangeKey& key, uint64_t count) {
  std::string title = CountOf(count, key.kind);
  if (key.kind == ObjectKind::kDatabase) return title;
  title += " of " + Printable(key.database);
  if (key.kind == ObjectKind::kPartition) title += "." + Printable(key.table);
  return title;
}

std::string NamePrefix(const ChangeKey& key) {
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
