/// \file
/// Finds the rule for a location: longest prefix first, on whole path components, bytes of the path
/// as they are. Scheme and authority compare without case; aliases make some of them equal.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "metaferry/location_rule.h"

namespace metaferry {

/// A location cut in three; `file:/a` and `file:///a` differ in `has_authority` only.
struct LocationParts {
  std::string_view scheme;  ///< without colon; empty when there is none
  bool has_authority = false;
  std::string_view authority;
  std::string_view path;  ///< starts with a slash, or is relative, or empty
};

LocationParts SplitLocation(std::string_view location);

/// Why a location was left although a rule comes close.
enum class NearMiss : uint8_t {
  kNone,
  kDotSegments,  ///< a `.` or `..` in the location
  kSlashes,      ///< doubled slashes within what the rule's key covers
  kPort,         ///< one has a port and the other has none or another
  kScheme,       ///< another scheme, or none
  kAuthority,    ///< one names a host or bucket and the other names none
};

/// The difference in words that follow "but for".
std::string_view ToString(NearMiss reason);

struct Match {
  int rule = -1;          ///< index into the rules given; -1: none
  std::string rewritten;  ///< empty unless there is a rule
  NearMiss near_miss = NearMiss::kNone;
  int near_rule = -1;  ///< the rule that was nearly it
};

/// Holds caches: one instance per thread. Neither Find nor RuleFor allocates for a location that
/// no rule matches, once the caches are warm.
class LocationMatcher {
 public:
  /// Of two equal keys the first wins.
  LocationMatcher(const std::vector<LocationReplaceRule>& rules,
                  const LocationRuleOptions& options);
  LocationMatcher(const LocationMatcher&) = delete;
  LocationMatcher& operator=(const LocationMatcher&) = delete;

  Match Find(std::string_view location);
  /// The same decision without the new text and without looking for near misses.
  int RuleFor(std::string_view location);
  bool empty() const { return rules_.empty(); }

 private:
  using Groups = std::vector<std::vector<std::string>>;

  struct Compiled {
    std::string scheme;
    bool has_authority = false;
    std::string authority;
    std::string path;                ///< without final slashes
    std::string value;               ///< without final slashes
    bool value_needs_slash = false;  ///< `/`, `file:///`: malformed without it
    int index = -1;                  ///< as given
  };
  /// The rules of one scheme and authority, so that a run of like locations compares paths only.
  struct Root {
    bool used = false;
    std::string text;                    ///< scheme and authority as locations write them
    std::vector<const Compiled*> rules;  ///< longest path first
  };

  static Compiled Compile(const LocationReplaceRule& rule, int index);
  bool SameScheme(std::string_view a, std::string_view b) const;
  bool SameAuthority(const Compiled& rule, const LocationParts& parts) const;
  const Root& RootOf(std::string_view location, const LocationParts& parts);
  const Compiled* Matching(std::string_view location, const LocationParts& parts);
  void LookForNearMiss(std::string_view location, const LocationParts& parts, Match& match);
  NearMiss DifferenceOfRoots(const Compiled& rule, const LocationParts& parts) const;

  std::vector<Compiled> rules_;  ///< longest path first
  Groups scheme_aliases_, authority_aliases_;
  std::array<Root, 4> roots_;
  size_t next_root_ = 0;
  std::string scratch_;  ///< a normalised path; kept for its memory
};

}  // namespace metaferry
