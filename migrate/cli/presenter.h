/// \file
/// What goes to standard output, in the format that was asked for.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "migrate/report/html_report.h"
#include "migrate/report/markdown_report.h"
#include "migrate/report/text_report.h"

namespace metaferry {

/// In the order of --format's words: text, json, md, html.
enum class Format { kText, kJson, kMarkdown, kHtml };

/// Text, Markdown or HTML; a JSON document is PrintSummaryJson's (summary_json.h).
class Presenter {
 public:
  /// `facts` lives as long as this; `before_print` is called when something is printed while the
  /// run goes on. REQUIRES: not kJson.
  Presenter(
      Format format, bool verbose, const RunFacts& facts,
      std::function<void()> before_print = [] {});
  /// Is to be told of the run.
  RunObserver& observer() { return *observer_; }
  /// What is left to print when the run has ended.
  Status Print();

 private:
  std::optional<TextReport> text_;
  std::optional<MarkdownReport> markdown_;
  std::optional<HtmlReport> html_;
  RunObserver* observer_ = nullptr;
};

}  // namespace metaferry
