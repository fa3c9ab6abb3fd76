#include "metaferry/shard.h"

#include <fmt/format.h>

#include <charconv>

#include "metaferry/fingerprint.h"

namespace metaferry {
namespace {

/// Digits and nothing else: neither a sign nor a space.
bool ReadNumber(std::string_view text, uint32_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

uint32_t ShardOf(std::string_view name, uint32_t count) {
  const Fingerprint print = FingerprintOf(name);
  uint64_t number = 0;
  for (size_t i = 0; i < sizeof number; ++i) number = number << 8 | print.bytes[i];
  return 1 + static_cast<uint32_t>(number % count);
}

std::string ToString(const Shard& shard) { return fmt::format("{}/{}", shard.index, shard.count); }

Result<Shard> ParseShard(std::string_view text) {
  Shard shard;
  const size_t slash = text.find('/');
  const bool read = slash != std::string_view::npos &&
                    ReadNumber(text.substr(0, slash), shard.index) &&
                    ReadNumber(text.substr(slash + 1), shard.count);
  if (read && shard.index >= 1 && shard.index <= shard.count && shard.count <= kMostShards)
    return shard;
  return Fail(ErrorKind::kUsage, "bad_option", fmt::format("--shard is \"{}\"", text), {},
              fmt::format("use i/n, where n is 1 to {} and i is 1 to n: --shard 2/3", kMostShards));
}

}  // namespace metaferry
