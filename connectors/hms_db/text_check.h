/// \file
/// UTF-8 that was stored through a latin1 connection: `Ã¼` where `ü` was meant.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace metaferry {

/// `text` (UTF-8 of what a latin1 column holds) taken back to the column's bytes (MySQL's latin1
/// is cp1252 plus the five C1 controls it leaves open) and read as UTF-8. nullopt when it has only
/// ASCII, does not fit cp1252, or is not UTF-8 then: in all those cases it is what it seems.
std::optional<std::string> UndoMojibake(std::string_view text);

}  // namespace metaferry
