/// \file
/// The single objects of an HTML report, on their way from the run to the document: JSON array
/// elements in a temporary file, so that memory stays small however many there are.
///
/// An object is `[group, name, before, after, before, after, ...]`, a pair for each field of its
/// group (change_groups.h). Each text is two elements, `shared, rest`: so many UTF-16 units of the
/// same text of the object before in that group, and what follows them. A `rest` of 0 is the rest
/// of the text before it in the same object: a location that ends like the partition's name.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "metaferry/result.h"
#include "migrate/report/change_groups.h"

namespace metaferry {

/// Takes a piece of a document that is written from front to back.
using TextSink = std::function<Status(std::string_view)>;

class ChangeSpool {
 public:
  static constexpr uint64_t kMaxOfGroup = 100000;
  static constexpr uint64_t kMaxObjects = 250000;
  static constexpr size_t kMaxBytes = size_t{48} << 20;

  /// kIo when there is no room for temporary files.
  Status Open();
  /// Adds one object of `group`. What the bounds do not allow, or the file system, is counted.
  void Add(const ChangeGroup& group, const ShownChange& shown);
  uint64_t kept() const { return kept_; }
  uint64_t left_out() const { return left_out_; }
  /// Gives all objects to `sink`, with commas between them; may be called again.
  Status CopyTo(const TextSink& sink);

 private:
  /// The last object of a group. So many are remembered, and of each the beginnings of the first
  /// texts: what is forgotten is written in full.
  struct Previous {
    uint32_t group = UINT32_MAX;
    std::vector<std::string> texts;
  };
  static constexpr size_t kRemembered = 2048;
  static constexpr size_t kRememberedTexts = 9;
  static constexpr size_t kRememberedBytes = 256;

  /// `previous` is null for a text beyond those remembered.
  void Put(std::string_view text, std::string* previous);

  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_{nullptr, nullptr};
  std::vector<Previous> previous_;  ///< by group number, modulo kRemembered
  std::vector<uint32_t> of_group_;
  std::string line_;            ///< the object being made
  std::string_view last_rest_;  ///< of the text before in this object
  uint64_t kept_ = 0, left_out_ = 0;
  size_t bytes_ = 0;
  bool failed_ = false;
};

}  // namespace metaferry
