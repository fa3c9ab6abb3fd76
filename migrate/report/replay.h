/// \file
/// A run that is over, told once more to those who make reports of it.
#pragma once

#include "migrate/report/run_facts.h"
#include "migrate/report/summary_json.h"

namespace metaferry {

/// Tells `observer` what `lines` hold: object lines, in batches of one kind. Objects are known by
/// their names only. `facts` are those of the summary that belongs to them.
Status Replay(const RunFacts& facts, const JsonLines& lines, RunObserver& observer);

}  // namespace metaferry
