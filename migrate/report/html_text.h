/// \file
/// Metadata within an HTML document: text stays text, in the markup and in the data of its script.
#pragma once

#include <string>
#include <string_view>

namespace metaferry {

/// `text` made printable (text_style.h) and escaped for elements and quoted attributes; cut to
/// `limit` characters unless that is 0.
std::string Html(std::string_view text, size_t limit = 0);

/// Appends `text`, which is printable, as a JSON string for a `<script>` element: no `<` is in it,
/// so nothing can end the element or begin another.
void AppendScriptString(std::string_view text, std::string& out);

/// The fragment that leads to an object: `table:sales.orders`, percent-encoded. `display` is
/// printable.
std::string Anchor(std::string_view kind, std::string_view display);

/// `'sha256-...'`: how a Content-Security-Policy names an inline style or script.
std::string PolicyHash(std::string_view text);

}  // namespace metaferry
