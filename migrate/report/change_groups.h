/// \file
/// Changes that look alike, gathered while they come: thousands of partitions as one line with the
/// part that differs. What text, Markdown and HTML reports show of single objects comes from here.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "metaferry/run_observer.h"
#include "migrate/report/common_text.h"

namespace metaferry {

/// One line below an object: a field, and what it was and becomes. All of it is printable.
struct ShownField {
  std::string_view path;
  int rule = -1;            ///< the location rule that moved it
  std::string_view before;  ///< empty: absent
  std::string_view after;   ///< empty: absent
};

/// One result as reports show it. A created object shows the locations that rules moved, an updated
/// one its changes; where the source has it under another name, `name` is the first of them. Any
/// other outcome shows one field without path, whose `after` says why.
/// The texts live until the next Show, or as long as the result.
class ShownChange {
 public:
  /// Of the fields the first kMaxFields are kept; values are cut to kMaxValue bytes.
  static constexpr size_t kMaxFields = 100;
  static constexpr size_t kMaxValue = 4000;

  void Show(const ObjectResult& result);

  std::string_view name() const { return name_; }  ///< within its database or table
  const std::vector<ShownField>& fields() const { return fields_; }
  size_t more_fields() const { return more_fields_; }

 private:
  std::string_view Text(std::string_view text);

  std::string_view name_;
  std::vector<ShownField> fields_;
  size_t more_fields_ = 0;
  std::deque<std::string> owned_;  ///< texts that had to be made printable
};

/// What makes changes alike, besides their fields.
struct ChangeKey {
  std::string database;
  ObjectKind kind = ObjectKind::kDatabase;
  std::string table;  ///< of partitions
  Outcome outcome = Outcome::kCreated;
  std::string reason;  ///< of what was filtered, refused or failed
};

/// Changes of one kind at one place with one outcome, that change the same fields by the same
/// rules.
struct ChangeGroup {
  struct Field {
    std::string path;
    int rule = -1;
    CommonText before, after;
    size_t before_head = 0, after_head = 0;  ///< longest start that the other side does not share

    void Add(std::string_view before_text, std::string_view after_text);
    /// In every object the differing part is the same before and after: a directory that moves.
    bool SameMiddle() const;
  };
  struct Example {
    std::string name;
    std::vector<std::pair<std::string, std::string>> values;  ///< in the order of `fields`
  };
  ChangeKey key;
  uint32_t number = 0;      ///< in the order in which groups came up, from 0
  uint64_t count = 0;       ///< objects
  std::string first, last;  ///< names, the least and the greatest
  std::vector<Field> fields;
  size_t more_fields = 0;
  std::vector<Example> examples;  ///< the first few
};

class ChangeGroups {
 public:
  static constexpr size_t kMaxGroups = 20000;
  static constexpr size_t kMaxBytes = size_t{24} << 20;

  /// Keeps the first `examples` objects of each group, with their values cut to 400 bytes.
  explicit ChangeGroups(size_t examples) : examples_(examples) {}

  /// Adds `result`, of which `shown` has been made. Null when it would need a group beyond the
  /// bounds: it is counted as hidden then. The group lives as long as this object.
  const ChangeGroup* Add(const ObjectResult& result, const ShownChange& shown);

  /// By their numbers.
  const std::deque<ChangeGroup>& groups() const { return groups_; }
  /// As people look for them: by database, kind, table, name.
  std::vector<const ChangeGroup*> Sorted() const;
  uint64_t hidden() const { return hidden_; }  ///< objects that are in no group

 private:
  ChangeGroup* Find(size_t hash, const ObjectResult& result, const ShownChange& shown);
  ChangeGroup* Make(size_t hash, const ObjectResult& result, const ShownChange& shown);
  void AddExample(ChangeGroup& group, const ShownChange& shown);

  size_t examples_;
  std::deque<ChangeGroup> groups_;
  std::unordered_multimap<size_t, ChangeGroup*> by_hash_;
  size_t bytes_ = 0;
  uint64_t hidden_ = 0;
};

/// "2,920 partitions of sales.orders", "12 tables of sales", "7 databases"; printable.
std::string GroupTitle(const ChangeKey& key, uint64_t count);
/// `sales.orders/` or `sales.`: what stands before the names of a group; printable.
std::string NamePrefix(const ChangeKey& key);
/// A group of this size is shown object by object.
bool IsShownSingly(ObjectKind kind, uint64_t count);

}  // namespace metaferry
