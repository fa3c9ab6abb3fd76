/// \file
/// Changes that look alike, gathered while they come: thousands of partitions as one line with the
/// part that differs. What text, Markdown and HTML reports show of single objects comes from here.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "metaferry/fingerprint.h"
#include "metaferry/run_observer.h"

namespace metaferry {

/// One line below an object: a field, and what it was and becomes. All of it is printable.
struct ShownField {
  std::string_view path;
  int rule = -1;            ///< the location rule that moved it
  std::string_view before;  ///< empty: absent
  std::string_view after;   ///< empty: absent
};

/// One result as reports show it. A created object shows the locations that rules moved, an updated
/// one its changes; any other outcome shows one field without path, whose `after` says why.
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

/// What a number of texts have in common: they begin and end alike and differ in between.
class CommonText {
 public:
  void Add(std::string_view text);

  bool same() const { return same_; }  ///< all texts were equal
  const std::string& first() const { return first_; }
  /// The common ends, back to whole characters and to a `/`, `=` or the like; the differing part of
  /// the first text. The three make up first(); when all are the same, prefix() is all of it.
  std::string_view prefix() const { return std::string_view(first_).substr(0, PrefixLength()); }
  std::string_view middle() const;
  std::string_view suffix() const;
  size_t PrefixLength() const;
  size_t SuffixLength() const;

 private:
  std::string first_;
  size_t prefix_ = 0, suffix_ = 0;  ///< in bytes, before they are brought back to whole characters
  size_t shortest_ = 0;
  bool any_ = false, same_ = true;
};

/// Changes of one kind at one place with one outcome, that change the same fields by the same
/// rules.
struct ChangeGroup {
  struct Field {
    std::string path;
    int rule = -1;
    CommonText before, after;
    /// In every object the differing part is the same before and after: a directory that moves.
    bool SameMiddle() const;
    size_t before_head = 0, after_head = 0;  ///< longest part not shared with the other side
  };
  struct Example {
    std::string name;
    std::vector<std::pair<std::string, std::string>> values;  ///< in the order of `fields`
  };
  uint32_t number = 0;      ///< in the order in which groups came up, from 0
  uint64_t count = 0;       ///< objects
  std::string first, last;  ///< names, the least and the greatest
  std::vector<Field> fields;
  size_t more_fields = 0;
  std::vector<Example> examples;  ///< the first few
};

class ChangeGroups {
 public:
  /// What makes changes alike.
  struct Key {
    std::string database;
    ObjectKind kind = ObjectKind::kDatabase;
    std::string table;  ///< of partitions
    Outcome outcome = Outcome::kCreated;
    std::string reason;  ///< of what was filtered, refused or failed
    Fingerprint fields;  ///< of paths and rules
    auto operator<=>(const Key&) const = default;
  };
  static constexpr size_t kMaxGroups = 20000;
  static constexpr size_t kMaxBytes = size_t{24} << 20;

  /// Keeps the first `examples` objects of each group, with their values cut to 400 bytes.
  explicit ChangeGroups(size_t examples) : examples_(examples) {}

  /// Adds `result`, of which `shown` has been made. Null when it would need a group beyond the
  /// bounds: it is counted as hidden then. The group lives as long as this object.
  const ChangeGroup* Add(const ObjectResult& result, const ShownChange& shown);

  using Entry = std::map<Key, ChangeGroup>::value_type;
  const std::map<Key, ChangeGroup>& groups() const { return groups_; }
  /// As people look for them: by database, kind, table, name.
  std::vector<const Entry*> Sorted() const;
  uint64_t hidden() const { return hidden_; }  ///< objects that are in no group

 private:
  static bool BelongsTo(const Entry& entry, const ObjectResult& result, const ShownChange& shown);
  Entry* FindOrMake(const ObjectResult& result, const ShownChange& shown);
  void AddExample(ChangeGroup& group, const ShownChange& shown);

  size_t examples_;
  std::map<Key, ChangeGroup> groups_;
  Entry* last_ = nullptr;  ///< objects come in runs
  size_t bytes_ = 0;
  uint64_t hidden_ = 0;
};

/// "2,920 partitions of sales.orders", "12 tables of sales", "7 databases"; printable.
std::string GroupTitle(const ChangeGroups::Key& key, uint64_t count);
/// `sales.orders/` or `sales.`: what stands before the names of a group; printable.
std::string NamePrefix(const ChangeGroups::Key& key);
/// A group of this size is shown object by object.
bool IsShownSingly(ObjectKind kind, uint64_t count);

}  // namespace metaferry
