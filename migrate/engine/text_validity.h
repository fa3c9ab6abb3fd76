/// \file
/// Text that is not UTF-8 cannot be shown, written as JSON, or stored by most targets.
#pragma once

#include <optional>
#include <string>

#include "metaferry/model.h"

namespace metaferry {

/// One worker's checker; remembers the storage format it saw last.
class TextValidity {
 public:
  /// The first field that holds invalid UTF-8, nullopt when all is well.
  std::optional<std::string> InvalidField(const MetadataObject& object);

 private:
  SharedFormat last_valid_;
};

}  // namespace metaferry
