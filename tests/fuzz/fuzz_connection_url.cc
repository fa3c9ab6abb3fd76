// Any bytes as a connection URL, and as a password within one: that one must never be shown.
#include <cstdlib>
#include <string>
#include <string_view>

#include "metaferry/connection_url.h"

namespace {

// A ${file:} in a port would be opened.
bool NamesAFile(std::string_view text) { return text.find("${file:") != std::string_view::npos; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (NamesAFile(text)) return 0;
  if (const auto url = metaferry::ParseConnectionUrl(text)) {
    if (url->Display().empty()) std::abort();
    for (const auto& [key, value] : url->properties) {
      if (url->Property(key) != value) std::abort();
    }
  }
  const auto known =
      metaferry::ParseConnectionUrl("jdbc:mysql://h/d?password=" + std::string(text));
  if (known && known->Display() != "jdbc:mysql://h/d") std::abort();
  return 0;
}
