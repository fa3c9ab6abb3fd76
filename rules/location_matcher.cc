#include "rules/location_matcher.h"

#include <algorithm>

#include "metaferry/text.h"

namespace metaferry {
namespace {

bool IsLetter(char c) { return Lower(c) >= 'a' && Lower(c) <= 'z'; }
bool EqualNoCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return x == y || Lower(x) == Lower(y);
         });
}

bool InOneGroup(std::string_view a, std::string_view b,
                const std::vector<std::vector<std::string>>& groups) {
  const auto holds = [](const std::vector<std::string>& group, std::string_view name) {
    return std::any_of(group.begin(), group.end(),
                       [name](const std::string& alias) { return EqualNoCase(alias, name); });
  };
  return std::any_of(groups.begin(), groups.end(),
                     [&](const auto& group) { return holds(group, a) && holds(group, b); });
}

/// `/a` is a prefix of `/a` and `/a/b`, not of `/ab`; the root (empty) of absolute paths only.
bool IsPathPrefix(std::string_view prefix, std::string_view path) {
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

/// Dots are rarer than slashes, so they are what is searched for.
bool HasDotSegment(std::string_view path) {
  for (size_t i = path.find('.'); i != std::string_view::npos; i = path.find('.', i + 1)) {
    if (i > 0 && path[i - 1] != '/') continue;
    size_t end = i + 1;
    if (end < path.size() && path[end] == '.') ++end;
    if (end == path.size() || path[end] == '/') return true;
  }
  return false;
}

/// The path a file system would go to: single slashes, dots followed. Only to see whether a rule
/// would match it, never to write it.
void NormalizeInto(std::string_view path, std::string& normal) {
  normal.clear();
  const bool absolute = path.starts_with('/');
  while (!path.empty()) {
    const size_t end = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (segment.empty() || segment == ".") continue;
    if (segment == "..") {
      const size_t parent = normal.rfind('/');
      normal.resize(parent == std::string::npos ? 0 : parent);
      continue;
    }
    if (absolute || !normal.empty()) normal += '/';
    normal += segment;
  }
}

std::string_view WithoutPort(std::string_view authority) {
  const size_t colon = authority.rfind(':');
  if (colon == std::string_view::npos) return authority;
  const std::string_view port = authority.substr(colon + 1);
  return std::all_of(port.begin(), port.end(), IsDigit) ? authority.substr(0, colon) : authority;
}

std::string_view WithoutFinalSlashes(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

}  // namespace

LocationParts SplitLocation(std::string_view location) {
  LocationParts parts;
  size_t end = 0;
  if (!location.empty() && IsLetter(location[0])) {
    while (end < location.size() &&
           (IsLetter(location[end]) || IsDigit(location[end]) || location[end] == '+' ||
            location[end] == '-' || location[end] == '.')) {
      ++end;
    }
  }
  parts.path = location;
  if (end == 0 || end == location.size() || location[end] != ':') return parts;
  parts.scheme = location.substr(0, end);
  parts.path = location.substr(end + 1);
  if (!parts.path.starts_with("//")) return parts;
  parts.has_authority = true;
  const size_t slash = std::min(parts.path.find('/', 2), parts.path.size());
  parts.authority = parts.path.substr(2, slash - 2);
  parts.path.remove_prefix(slash);
  return parts;
}

std::string_view ToString(NearMiss reason) {
  switch (reason) {
    case NearMiss::kNone:
      return "nothing";
    case NearMiss::kDotSegments:
      return "a . or .. in the path";
    case NearMiss::kSlashes:
      return "doubled slashes";
    case NearMiss::kPort:
      return "the port";
    case NearMiss::kScheme:
      return "the scheme";
    case NearMiss::kAuthority:
      return "the host or bucket, which only one of them names";
  }
  return "";
}

LocationMatcher::Compiled LocationMatcher::Compile(const LocationReplaceRule& rule, int index) {
  const LocationParts key = SplitLocation(rule.key);
  const LocationParts value = SplitLocation(rule.value);
  const std::string_view value_path = WithoutFinalSlashes(value.path);
  const size_t slashes = value.path.size() - value_path.size();
  return {.scheme = std::string(key.scheme),
          .has_authority = key.has_authority,
          .authority = std::string(key.authority),
          .path = std::string(WithoutFinalSlashes(key.path)),
          .value = rule.value.substr(0, rule.value.size() - slashes),
          .value_needs_slash = slashes > 0 && value_path.empty() && value.authority.empty(),
          .index = index};
}

LocationMatcher::LocationMatcher(const std::vector<LocationReplaceRule>& rules,
                                 const LocationRuleOptions& options)
    : scheme_aliases_(options.scheme_aliases), authority_aliases_(options.authority_aliases) {
  for (const LocationReplaceRule& rule : rules) {
    rules_.push_back(Compile(rule, static_cast<int>(rules_.size())));
  }
  // Within one root the longer path is the longer prefix; across roots the order does not matter.
  std::stable_sort(rules_.begin(), rules_.end(), [](const Compiled& a, const Compiled& b) {
    return a.path.size() > b.path.size();
  });
  for (Root& root : roots_) root.rules.reserve(rules_.size());
}

bool LocationMatcher::SameScheme(std::string_view a, std::string_view b) const {
  return EqualNoCase(a, b) || (!a.empty() && !b.empty() && InOneGroup(a, b, scheme_aliases_));
}

bool LocationMatcher::SameAuthority(const Compiled& rule, const LocationParts& parts) const {
  if (EqualNoCase(rule.authority, parts.authority)) {
    // file:/a and file:///a are one; hdfs:/a and hdfs:///a are left to their writer.
    return rule.has_authority == parts.has_authority || EqualNoCase(rule.scheme, "file");
  }
  return InOneGroup(rule.authority, parts.authority, authority_aliases_);
}

const LocationMatcher::Root& LocationMatcher::RootOf(std::string_view location,
                                                     const LocationParts& parts) {
  const std::string_view text = location.substr(0, location.size() - parts.path.size());
  for (const Root& root : roots_) {
    if (root.used && root.text == text) return root;
  }
  Root& root = roots_[next_root_];
  next_root_ = (next_root_ + 1) % roots_.size();
  root.used = true;
  root.text = text;
  root.rules.clear();
  for (const Compiled& rule : rules_) {
    if (SameScheme(rule.scheme, parts.scheme) && SameAuthority(rule, parts)) {
      root.rules.push_back(&rule);
    }
  }
  return root;
}

const LocationMatcher::Compiled* LocationMatcher::Matching(std::string_view location,
                                                           const LocationParts& parts) {
  for (const Compiled* rule : RootOf(location, parts).rules) {
    if (!IsPathPrefix(rule->path, parts.path)) continue;
    return HasDotSegment(parts.path) ? nullptr : rule;
  }
  return nullptr;
}

int LocationMatcher::RuleFor(std::string_view location) {
  if (location.empty() || rules_.empty()) return -1;
  const Compiled* rule = Matching(location, SplitLocation(location));
  return rule == nullptr ? -1 : rule->index;
}

Match LocationMatcher::Find(std::string_view location) {
  Match match;
  if (location.empty() || rules_.empty()) return match;
  const LocationParts parts = SplitLocation(location);
  const Compiled* rule = Matching(location, parts);
  if (rule == nullptr) {
    LookForNearMiss(location, parts, match);
    return match;
  }
  const std::string_view tail = parts.path.substr(rule->path.size());
  match.rule = rule->index;
  match.rewritten.reserve(rule->value.size() + tail.size() + 1);
  match.rewritten = rule->value;
  match.rewritten += tail;
  if (tail.empty() && rule->value_needs_slash) match.rewritten += '/';
  return match;
}

void LocationMatcher::LookForNearMiss(std::string_view location, const LocationParts& parts,
                                      Match& match) {
  const bool dots = HasDotSegment(parts.path);
  if (dots || parts.path.find("//") != std::string_view::npos) {
    NormalizeInto(parts.path, scratch_);
    for (const Compiled* rule : RootOf(location, parts).rules) {
      if (!IsPathPrefix(rule->path, scratch_) && !IsPathPrefix(rule->path, parts.path)) continue;
      match.near_miss = dots ? NearMiss::kDotSegments : NearMiss::kSlashes;
      match.near_rule = rule->index;
      return;
    }
  }
  for (const Compiled& rule : rules_) {
    if (!IsPathPrefix(rule.path, parts.path)) continue;
    match.near_miss = DifferenceOfRoots(rule, parts);
    if (match.near_miss == NearMiss::kNone) continue;
    match.near_rule = rule.index;
    return;
  }
}

/// Looked at only when the paths fit, and the roots do not.
NearMiss LocationMatcher::DifferenceOfRoots(const Compiled& rule,
                                            const LocationParts& parts) const {
  if (rule.scheme.empty() || parts.scheme.empty()) {
    // A rule for a whole root would be near to everything.
    const bool differs = rule.scheme.empty() != parts.scheme.empty();
    return differs && !rule.path.empty() ? NearMiss::kScheme : NearMiss::kNone;
  }
  if (!SameScheme(rule.scheme, parts.scheme)) {
    const bool same = !parts.authority.empty() && SameAuthority(rule, parts);
    return same ? NearMiss::kScheme : NearMiss::kNone;
  }
  if (rule.authority.empty() || parts.authority.empty()) return NearMiss::kAuthority;
  const bool same_host = EqualNoCase(WithoutPort(rule.authority), WithoutPort(parts.authority));
  return same_host ? NearMiss::kPort : NearMiss::kNone;
}

}  // namespace metaferry
