#include "migrate/job/nearest.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "metaferry/text.h"

namespace metaferry {
namespace {

constexpr size_t kLongest = 64;

}  // namespace

size_t EditDistance(std::string_view a, std::string_view b) {
  a = a.substr(0, kLongest);
  b = b.substr(0, kLongest);
  std::array<size_t, kLongest + 1> row{};
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (Lower(a[i - 1]) == Lower(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

std::vector<std::string_view> ByNearness(std::string_view name,
                                         std::span<const std::string_view> known) {
  std::vector<std::string_view> sorted(known.begin(), known.end());
  std::stable_sort(sorted.begin(), sorted.end(), [name](std::string_view a, std::string_view b) {
    return EditDistance(name, a) < EditDistance(name, b);
  });
  return sorted;
}

std::string_view Nearest(std::string_view name, std::span<const std::string_view> known) {
  const std::vector<std::string_view> sorted = ByNearness(name, known);
  if (sorted.empty()) return {};
  // A third of the letters may be wrong; more is another word.
  const size_t tolerated = std::max<size_t>(1, std::min(name.size(), sorted[0].size()) / 3);
  return EditDistance(name, sorted[0]) <= tolerated ? sorted[0] : std::string_view{};
}

}  // namespace metaferry
