/// \file
/// Finding `${env:NAME}` and `${file:PATH}` in text, for those who resolve them and for those who
/// must not look inside them.
#pragma once

#include <string_view>

namespace metaferry {

/// True when a reference starts at `at`, closed or not.
inline bool StartsReference(std::string_view text, size_t at) {
  const std::string_view rest = text.substr(at);
  return rest.starts_with("${env:") || rest.starts_with("${file:");
}

/// The end of the closed reference that starts at `at`; `at` itself when none does.
inline size_t ReferenceEnd(std::string_view text, size_t at) {
  if (!StartsReference(text, at)) return at;
  const size_t close = text.find('}', at);
  return close == std::string_view::npos ? at : close + 1;
}

/// The first of `wanted` at or after `from` that is not part of a reference, or npos.
inline size_t FindOutside(std::string_view text, std::string_view wanted, size_t from = 0) {
  for (size_t i = from; i < text.size();) {
    if (const size_t end = ReferenceEnd(text, i); end != i) {
      i = end;
      continue;
    }
    if (wanted.find(text[i]) != std::string_view::npos) return i;
    ++i;
  }
  return std::string_view::npos;
}

/// The last such place, or npos.
inline size_t FindLastOutside(std::string_view text, std::string_view wanted) {
  size_t last = std::string_view::npos;
  for (size_t i = FindOutside(text, wanted); i != std::string_view::npos;
       i = FindOutside(text, wanted, i + 1)) {
    last = i;
  }
  return last;
}

}  // namespace metaferry
