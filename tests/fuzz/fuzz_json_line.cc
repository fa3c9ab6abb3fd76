// Any bytes as a line of a whole-catalog file: what reads is written, reads again, and is then the
// same object.
#include <cstdlib>

#include "metaferry/canonical.h"
#include "metaferry/json_line.h"

namespace {

std::string LineOf(const metaferry::MetadataObject& object) {
  std::string line;
  metaferry::AppendJsonLine(object, line);
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string quoted;
  metaferry::AppendJsonString(text, quoted);
  if (!metaferry::IsUtf8(quoted)) std::abort();
  const auto object = metaferry::ParseJsonLine(text);
  if (!object) return 0;
  const std::string line = LineOf(*object);
  const auto again = metaferry::ParseJsonLine(line);
  if (!again || LineOf(*again) != line) std::abort();
  if (metaferry::IdOf(*again) != metaferry::IdOf(*object)) std::abort();
  return 0;
}
