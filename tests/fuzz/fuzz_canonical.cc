// Any bytes as a stored object, column list or storage format: damage is an error or another
// object, and an object that decodes can be encoded, decoded and shown like any other.
#include <cstdlib>

#include "metaferry/canonical.h"
#include "metaferry/json_line.h"

namespace {

using namespace metaferry;

/// Every digest leads to the same small format.
Result<SharedFormat> AnyFormat(const Fingerprint&) {
  static const SharedFormat format = [] {
    StorageFormat f;
    f.cols = ShareColumns({{"id", "int", ""}});
    return ShareFormat(std::move(f));
  }();
  return format;
}

Result<SharedColumns> AnyColumns(const Fingerprint& digest) {
  return AnyFormat(digest).value()->cols;
}

void CheckObject(ObjectKind kind, std::string_view bytes) {
  const ObjectId id{kind, "c", "d", kind == ObjectKind::kDatabase ? "" : "n",
                    kind == ObjectKind::kPartition ? "k=v" : ""};
  auto object = DecodeObject(id, bytes, AnyFormat);
  if (!object) return;
  if (IdOf(*object) != id) std::abort();
  std::string line;
  AppendJsonLine(*object, line);
  Desired desired;
  desired.id = id;
  desired.object = std::move(*object);
  Canonicalize(desired);
  const auto again = DecodeObject(id, desired.canonical, AnyFormat);
  if (!again || FingerprintOf(*again) != desired.fingerprint) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const ObjectKind kind : kAllKinds) CheckObject(kind, bytes);
  if (const auto columns = DecodeColumns(bytes))
    if (!DecodeColumns(EncodeColumns(**columns))) std::abort();
  if (const auto format = DecodeFormat(bytes, AnyColumns))
    if (!DecodeFormat(EncodeFormat(**format), AnyColumns)) std::abort();
  return 0;
}
