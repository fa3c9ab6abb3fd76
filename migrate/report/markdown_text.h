/// \file
/// Metadata within Markdown: shown as it is, never as markup.
#pragma once

#include <string>
#include <string_view>

namespace metaferry {

/// `text` as a code span of GitHub-flavoured Markdown, with a fence of more backticks than it
/// holds; nothing in it is a link, a mention, markup or HTML. Made printable and cut to `limit`
/// characters unless that is 0. A blank text becomes `(empty)` without a span.
std::string MarkdownCode(std::string_view text, size_t limit = 0);

/// The same for a cell of a table, where pipes count even within code.
std::string MarkdownCell(std::string_view text, size_t limit = 0);

}  // namespace metaferry
