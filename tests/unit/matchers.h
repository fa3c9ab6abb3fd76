/// \file
/// Matchers that let tests of Result<T> read as sentences.
#pragma once

#include <gmock/gmock.h>

#include "metaferry/result.h"

namespace metaferry {

MATCHER(IsOk, "is a success") {
  if (arg) return true;
  *result_listener << arg.error().code << ": " << arg.error().message << " at "
                   << arg.error().where;
  return false;
}

MATCHER_P(IsError, code, "is the error " + std::string(code)) {
  if (arg) return false;
  *result_listener << arg.error().code << ": " << arg.error().message << " at "
                   << arg.error().where;
  return arg.error().code == code;
}

}  // namespace metaferry
