/// \file
/// Globs, as job files use them: `*` is any run of characters, `?` any one character (UTF-8), `\x`
/// the character x itself.
#pragma once

#include <string_view>

namespace metaferry {

/// Whether letters A to Z count as a to z. Nothing else ever folds.
enum class GlobCase { kSensitive, kIgnored };

/// True when `pattern` matches all of `text`. Linear in time for one star, and never worse than
/// the product of both lengths. Thread-safe.
bool GlobMatches(std::string_view pattern, std::string_view text, GlobCase letters);

/// True when `pattern` has no unescaped `*` or `?`: it names one thing.
bool IsExactGlob(std::string_view pattern);

/// How many characters of `pattern` stand for themselves: the larger, the more it says.
size_t GlobLiterals(std::string_view pattern);

}  // namespace metaferry
