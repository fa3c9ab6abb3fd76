// Three lines: a rule's key, its value, a location. What is written must be the value with an
// unchanged tail that starts on a component boundary.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

#include "rules/location_matcher.h"

namespace {

std::string_view TakeLine(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

void Check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string key(TakeLine(text));
  std::string value(TakeLine(text));
  metaferry::LocationMatcher matcher({{key, "obs://" + value + "/x"}}, {});
  const metaferry::Match match = matcher.Find(text);
  Check(matcher.RuleFor(text) == match.rule);
  if (match.rule < 0) {
    Check(match.rewritten.empty());
    return 0;
  }
  value = "obs://" + value + "/x";
  Check(match.rewritten.starts_with(value));
  const std::string_view tail = std::string_view(match.rewritten).substr(value.size());
  Check(text.ends_with(tail));
  Check(tail.empty() || tail.front() == '/');
  return 0;
}
