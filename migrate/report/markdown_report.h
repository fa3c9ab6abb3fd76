/// \file
/// What a run shows in a merge request: one Markdown document that fits into a comment.
#pragma once

#include <string>
#include <string_view>

#include "migrate/report/change_groups.h"
#include "migrate/report/run_facts.h"

namespace metaferry {

/// Gathers changes as they come and shows those that are alike as one. The document takes 60,000
/// bytes at most; what is left out is counted, with the place where it can be found.
class MarkdownReport final : public RunObserver {
 public:
  static constexpr size_t kMaxBytes = 60000;

  /// `facts` is filled by a FactCollector that is told first.
  explicit MarkdownReport(const RunFacts& facts);

  Status OnStart(const SourceInfo&, const TargetInfo&) override { return {}; }
  Status OnBatch(const BatchResult& batch) override;
  /// The document, once the run has ended.
  std::string Text() const;

 private:
  std::string Head() const;
  std::string BooksTable() const;
  std::string Renames(size_t limit) const;
  std::string Rules(size_t limit) const;
  std::string Refused(size_t limit) const;
  std::string Findings(size_t limit) const;
  std::string Warnings(size_t limit) const;
  std::string End() const;
  std::string Changes(size_t limit) const;
  std::string Group(const ChangeGroup& group) const;
  std::string Rule(int rule) const;
  std::string Where(std::string_view file) const;

  const RunFacts& facts_;
  ChangeGroups groups_;
  ShownChange shown_;
};

}  // namespace metaferry
