/// \file
/// What plan, run and verify print for people.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "migrate/report/run_facts.h"
#include "migrate/report/text_style.h"

namespace metaferry {

/// Gathers changes as they come: one by one while they are few, by number and example where
/// thousands are alike. Memory is bounded by the number of groups. A verification is not folded:
/// it prints every difference as it is found.
class TextReport final : public RunObserver {
 public:
  /// `facts` is filled by a FactCollector that is told first.
  TextReport(Style style, const RunFacts& facts) : style_(style), facts_(facts) {}

  Status OnStart(const SourceInfo&, const TargetInfo&) override;
  Status OnBatch(const BatchResult& batch) override;
  /// What is left to print when the run has ended.
  std::string Text() const;

 private:
  /// Changes that look alike: same kind, same place, same outcome, same fields.
  struct Key {
    std::string database;
    ObjectKind kind;
    std::string table;  ///< of partitions
    Outcome outcome;
    std::string fields;
    auto operator<=>(const Key&) const = default;
  };
  struct Group {
    uint64_t count = 0;
    std::vector<std::string> items;  ///< each ready to print, the first few
    std::string first, last;         ///< names
  };
  std::string Item(const ObjectResult& result) const;
  std::string Changes(const ObjectResult& result) const;
  void AppendGroup(const Key& key, const Group& group, std::string& out) const;
  void Add(const ObjectResult& result);
  std::string Head() const;
  void AppendBooks(std::string& out) const;
  void AppendRules(std::string& out) const;
  void AppendRefused(std::string& out) const;
  void AppendFindings(std::string& out) const;
  void AppendEnd(std::string& out) const;

  Style style_;
  const RunFacts& facts_;
  std::map<Key, Group> groups_;
  uint64_t hidden_ = 0;  ///< changes beyond the bound on groups
};

}  // namespace metaferry
