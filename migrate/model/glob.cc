#include "metaferry/glob.h"

#include <cstddef>

#include "metaferry/text.h"

namespace metaferry {
namespace {}  // namespace

/// On a mismatch after a star, the star takes one character more.
bool GlobMatches(std::string_view pattern, std::string_view text, GlobCase letters) {
  const auto same = [letters](char a, char b) {
    return letters == GlobCase::kIgnored ? Lower(a) == Lower(b) : a == b;
  };
  size_t p = 0, t = 0, star = std::string_view::npos, star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
      continue;
    }
    if (p < pattern.size() && pattern[p] == '?') {
      ++p;
      t += CharacterLength(text, t);
      continue;
    }
    size_t literal = p;
    if (p + 1 < pattern.size() && pattern[p] == '\\') ++literal;
    if (literal < pattern.size() && same(pattern[literal], text[t])) {
      p = literal + 1;
      ++t;
      continue;
    }
    if (star == std::string_view::npos) return false;
    p = star + 1;
    t = ++star_text;
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool IsExactGlob(std::string_view pattern) {
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\')
      ++i;
    else if (pattern[i] == '*' || pattern[i] == '?')
      return false;
  }
  return true;
}

size_t GlobLiterals(std::string_view pattern) {
  size_t count = 0;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '*' || pattern[i] == '?') continue;
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    i += CharacterLength(pattern, i) - 1;
    ++count;
  }
  return count;
}

}  // namespace metaferry
