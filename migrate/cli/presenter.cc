#include "migrate/cli/presenter.h"

#include <unistd.h>

namespace metaferry {

Presenter::Presenter(Format format, bool verbose, const RunFacts& facts,
                     std::function<void()> before_print) {
  if (format == Format::kMarkdown)
    observer_ = &markdown_.emplace(facts);
  else if (format == Format::kHtml)
    observer_ = &html_.emplace(facts);
  else
    observer_ =
        &text_.emplace(TextOptions{Style::ForStream(STDOUT_FILENO), TerminalWidth(STDOUT_FILENO),
                                   verbose, std::move(before_print)},
                       facts);
}

Status Presenter::Print() {
  if (html_) return html_->WriteTo(PrintOut);
  return PrintOut(markdown_ ? markdown_->Text() : text_->Text());
}

}  // namespace metaferry
