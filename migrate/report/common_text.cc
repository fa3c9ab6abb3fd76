#include "migrate/report/common_text.h"

#include <algorithm>

namespace metaferry {
namespace {

bool Separates(char c) {
  return std::string_view("/=\",;:|&? ([{}])").find(c) != std::string_view::npos;
}

}  // namespace

size_t CommonPrefix(std::string_view a, std::string_view b) {
  const size_t n = std::min(a.size(), b.size());
  size_t i = 0;
  while (i < n && a[i] == b[i]) ++i;
  return i;
}

size_t CommonSuffix(std::string_view a, std::string_view b) {
  const size_t n = std::min(a.size(), b.size());
  size_t i = 0;
  while (i < n && a[a.size() - 1 - i] == b[b.size() - 1 - i]) ++i;
  return i;
}

void CommonText::Add(std::string_view text) {
  if (!any_) {
    any_ = true;
    first_ = text;
    prefix_ = suffix_ = shortest_ = text.size();
    return;
  }
  if (same_ && text == first_) return;
  same_ = false;
  // After a few texts the ends seldom get any shorter; to see that is quick.
  const std::string_view first = first_;
  if (!text.starts_with(first.substr(0, prefix_))) prefix_ = CommonPrefix(first, text);
  if (!text.ends_with(first.substr(first.size() - suffix_))) suffix_ = CommonSuffix(first, text);
  shortest_ = std::min(shortest_, text.size());
}

size_t CommonText::PrefixLength() const {
  if (same_) return first_.size();
  size_t length = prefix_;
  while (length > 0 && !Separates(first_[length - 1])) --length;
  return length;
}

size_t CommonText::SuffixLength() const {
  if (same_) return 0;
  size_t length = std::min(suffix_, shortest_ - PrefixLength());
  while (length > 0 && !Separates(first_[first_.size() - length])) --length;
  return length;
}

std::string_view CommonText::middle() const {
  const size_t prefix = PrefixLength();
  return std::string_view(first_).substr(prefix, first_.size() - prefix - SuffixLength());
}

std::string_view CommonText::suffix() const {
  return std::string_view(first_).substr(first_.size() - SuffixLength());
}

}  // namespace metaferry
