/// \file
/// What texts have in common.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace metaferry {

/// Bytes with which both texts begin, or end.
size_t CommonPrefix(std::string_view a, std::string_view b);
size_t CommonSuffix(std::string_view a, std::string_view b);

/// What a number of texts have in common: they begin and end alike and differ in between.
class CommonText {
 public:
  void Add(std::string_view text);

  bool same() const { return same_; }  ///< all texts were equal
  const std::string& first() const { return first_; }
  /// The first text in three parts: the common ends, back to a `/`, a `=` or the like and so to
  /// whole characters, and what differs. When all texts are the same, prefix() is all of it.
  std::string_view prefix() const { return std::string_view(first_).substr(0, PrefixLength()); }
  std::string_view middle() const;
  std::string_view suffix() const;
  size_t PrefixLength() const;
  size_t SuffixLength() const;

 private:
  std::string first_;
  size_t prefix_ = 0, suffix_ = 0;  ///< in bytes, before they are brought back
  size_t shortest_ = 0;
  bool any_ = false, same_ = true;
};

}  // namespace metaferry
