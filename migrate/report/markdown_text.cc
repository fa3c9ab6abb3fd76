#include "migrate/report/markdown_text.h"

#include <algorithm>

#include "migrate/report/text_style.h"

namespace metaferry {

std::string MarkdownCode(std::string_view text, size_t limit) {
  const std::string shown = Printable(text, limit);
  if (shown.find_first_not_of(' ') == std::string::npos) return "(empty)";
  size_t longest = 0, run = 0;
  for (const char c : shown) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  const bool pad = shown.front() == '`' || shown.back() == '`' || shown.front() == ' ';
  const std::string blank = pad ? " " : "";
  return fence + blank + shown + blank + fence;
}

std::string MarkdownCell(std::string_view text, size_t limit) {
  const std::string code = MarkdownCode(text, limit);
  std::string out;
  for (const char c : code) {
    if (c == '|') out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

}  // namespace metaferry
