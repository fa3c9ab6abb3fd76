#include "metaferry/selection.h"

#include <algorithm>

namespace metaferry {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

size_t CharacterLength(std::string_view text, size_t at) {
  size_t n = 1;
  while (at + n < text.size() && (text[at + n] & 0xC0) == 0x80) ++n;
  return n;
}

/// Linear-time glob: on a mismatch after a star, the star takes one character more.
bool Glob(std::string_view pattern, std::string_view text) {
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
    if (literal < pattern.size() && Lower(pattern[literal]) == Lower(text[t])) {
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

size_t FirstUnescapedDot(std::string_view pattern) {
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\')
      ++i;
    else if (pattern[i] == '.')
      return i;
  }
  return std::string_view::npos;
}

}  // namespace

Result<ObjectPattern> ObjectPattern::Parse(std::string_view pattern) {
  const size_t dot = FirstUnescapedDot(pattern);
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == pattern.size())
    return Fail(ErrorKind::kUsage, "bad_pattern",
                "\"" + std::string(pattern) + "\" is not a database.object pattern", {},
                "write it as database.object, for example sales.* or hr.emp_*");
  ObjectPattern parsed;
  parsed.text_ = pattern;
  parsed.database_ = pattern.substr(0, dot);
  parsed.object_ = pattern.substr(dot + 1);
  return parsed;
}

bool ObjectPattern::MatchesDatabase(std::string_view database) const {
  return Glob(database_, database);
}

bool ObjectPattern::Matches(std::string_view database, std::string_view object) const {
  return Glob(database_, database) && Glob(object_, object);
}

Selection::Selection(const std::vector<ObjectKind>& kinds, std::vector<ObjectPattern> include,
                     std::vector<ObjectPattern> exclude)
    : syncs_{}, include_(std::move(include)), exclude_(std::move(exclude)) {
  for (ObjectKind kind : kinds) syncs_[IndexOf(kind)] = true;
}

Membership Selection::OfDatabase(std::string_view database) const {
  const bool included =
      include_.empty() || std::any_of(include_.begin(), include_.end(),
                                      [&](const auto& p) { return p.MatchesDatabase(database); });
  if (!included) return Membership::kOutside;
  for (const ObjectPattern& p : exclude_)
    if (p.CoversDatabase() && p.MatchesDatabase(database)) return Membership::kExcluded;
  return Membership::kIn;
}

Membership Selection::OfObject(std::string_view database, std::string_view name) const {
  for (const ObjectPattern& p : exclude_)
    if (p.Matches(database, name)) return Membership::kExcluded;
  if (include_.empty()) return Membership::kIn;
  for (const ObjectPattern& p : include_)
    if (p.Matches(database, name)) return Membership::kIn;
  return Membership::kNotIncluded;
}

}  // namespace metaferry
