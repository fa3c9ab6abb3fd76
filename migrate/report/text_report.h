/// \file
/// What plan, run and verify print for people.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "migrate/report/change_groups.h"
#include "migrate/report/run_facts.h"
#include "migrate/report/text_style.h"

namespace metaferry {

/// For whom the text is.
struct TextOptions {
  Style style;
  size_t width = 0;      ///< lines are no longer than this; 0 (no terminal): as long as they are
  bool verbose = false;  ///< every change by itself, with its values in full, and all examples
  std::function<void()> before_print = [] {};  ///< takes a live line off the terminal
};

/// Gathers changes as they come and shows those that are alike as one, with the part that differs
/// in braces; memory is bounded. A verification and a verbose report are not folded: they print
/// every change as it comes.
class TextReport final : public RunObserver {
 public:
  /// `facts` is filled by a FactCollector that is told first.
  TextReport(TextOptions options, const RunFacts& facts);

  Status OnStart(const SourceInfo&, const TargetInfo&) override;
  Status OnBatch(const BatchResult& batch) override;
  /// What is left to print when the run has ended.
  std::string Text() const;

 private:
  struct FieldText {
    std::string_view path;
    std::string before, after;
    int rule;
  };
  bool Streams() const { return options_.verbose || facts_.mode == RunMode::kVerify; }
  /// Appends one line, wrapped where there is a width.
  void Put(std::string_view line, size_t indent, std::string& out) const;
  std::string Value(std::string_view text) const;
  std::string Common(const CommonText& text, bool same_as_before) const;
  std::string Rule(int rule) const;

  void AppendItem(const ChangeKey& key, std::string_view name, std::string& out) const;
  void AppendChange(const ObjectResult& result, std::string& out);
  void AppendField(const FieldText& field, std::string& out) const;
  void AppendMoreFields(size_t more, std::string& out) const;
  void AppendGroup(const ChangeGroup& group, std::string& out) const;
  void AppendChanges(std::string& out) const;
  void AppendHead(std::string& out) const;
  void AppendBooks(std::string& out) const;
  void AppendBookTable(std::string& out) const;
  void AppendBookList(std::string& out) const;
  void AppendRenames(std::string& out) const;
  void AppendRules(std::string& out) const;
  void AppendShared(std::string& out) const;
  void AppendRefused(std::string& out) const;
  void AppendFindings(std::string& out) const;
  void AppendEnd(std::string& out) const;

  TextOptions options_;
  const Style& style_ = options_.style;
  const RunFacts& facts_;
  ChangeGroups groups_;
  ShownChange shown_;
};

}  // namespace metaferry
