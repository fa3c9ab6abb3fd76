// Lines: the type of the key k, its value, the value of the text key s, and an expression. What
// parses is asked, and its negation must say the opposite of what is decided and not NULL.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "metaferry/partition_filter.h"

namespace {

using metaferry::PartitionVerdict;

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
  const std::string type(TakeLine(text));
  const std::vector<std::string> values = {std::string(TakeLine(text)),
                                           std::string(TakeLine(text))};
  const std::vector<metaferry::FieldSchema> keys = {{"k", type, ""}, {"s", "string", ""}};
  const auto filter = metaferry::PartitionFilter::Parse(text, std::chrono::sys_days{});
  if (!filter) {
    Check(filter.error().code == "bad_partition_filter" && !filter.error().advice.empty());
    return 0;
  }
  const auto bound = filter->Bind(keys);
  if (!bound) return 0;
  const PartitionVerdict verdict = bound->Decide(values);
  if (verdict == PartitionVerdict::kUndecided) Check(!bound->WhyUndecided(values).empty());
  const auto negated = metaferry::PartitionFilter::Parse("NOT (" + std::string(text) + "\n)", {});
  if (!negated) return 0;  // nested too deep
  const PartitionVerdict opposite = negated->Bind(keys)->Decide(values);
  // Both false: NULL. Both undecided, or one: it hangs on what cannot be read.
  Check(!(verdict == PartitionVerdict::kTaken && opposite != PartitionVerdict::kFiltered));
  Check(!(opposite == PartitionVerdict::kTaken && verdict != PartitionVerdict::kFiltered));
  return 0;
}
