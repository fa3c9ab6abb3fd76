#include "migrate/report/reason_advice.h"

#include <algorithm>
#include <array>

namespace metaferry {
namespace {

struct Advice {
  std::string_view reason;
  std::string_view text;
};

constexpr auto kAdvice = std::to_array<Advice>({
    {"include", "nothing, if it is meant to stay out; else widen metaferry.include"},
    {"exclude", "nothing, if it is meant to stay out; else narrow metaferry.exclude"},
    {"object_list", "nothing, if it is meant to stay out; else add it to the list of objects"},
    {"partition_filter",
     "nothing, if it is meant to stay out; else widen its table's filter in metaferry.partitions"},
    {"gone", "nothing: it was dropped while the run went on"},
    {"not_answered",
     "look into the metastore service's log for what its message names, or exclude it; skip in the "
     "URL does without privileges, constraints or statistics"},
    {"conflict_strategy",
     "nothing, if the target's state is to stay; conflict_strategy UPSERT creates and updates"},
    {"parent_missing",
     "take the database or table into the job (include, sync_objects) or make it in the target; "
     "where the parent was refused itself, mend that first"},
    {"missing_storage_descriptor",
     "the metastore has lost the descriptor: drop the object in Hive or make it anew, or exclude "
     "it"},
    {"missing_columns",
     "the metastore has lost the column list: make the object anew in Hive, or exclude it"},
    {"missing_serde",
     "the metastore has lost the SerDe: set it again in Hive (ALTER TABLE ... SET SERDE), or "
     "exclude it"},
    {"missing_name", "a row without a name: remove it from the metastore, no engine can use it"},
    {"missing_database",
     "its database is gone from the metastore: remove the row, no engine can use it"},
    {"orphan_partition",
     "its table is gone from the metastore: remove the row, no engine can use it"},
    {"duplicate_name",
     "two names differ by case alone, and Hive finds the lower-case one: rename or drop the other"},
    {"partition_filter_undecided",
     "correct the partition's value or its key's type, or write the filter so that it does not "
     "hang "
     "on it (LIKE looks at the text)"},
    {"value_count_mismatch",
     "drop the partition and add it again with a value for each key (MSCK REPAIR TABLE finds its "
     "directory)"},
    {"invalid_utf8",
     "write the named field anew in Hive with text that is UTF-8; text_repair mends UTF-8 that was "
     "stored as latin1"},
    {"name_collision", "give one of the two another name in metaferry.renames, or exclude it"},
    {"merged_database",
     "nothing, if the databases are to become one; else give it a name of its own in "
     "metaferry.renames"},
    {"name_too_long", "make the new name shorter in metaferry.renames"},
    {"unmatched_location",
     "add a rule for its location, or set unmatched_locations to warn to let it move as it is"},
    {"location_too_long",
     "shorten the rule's value: a metastore holds locations of 4000 characters at most"},
    {"acid_table",
     "copy its data into a table of the target, or exclude it: a transactional table is more than "
     "its metadata"},
    {"value_too_long",
     "upgrade the target's schema or widen the column that the message names, or shorten the text"},
    {"text_not_in_charset",
     "alter the column that the message names to utf8mb4 in the target, or change the text"},
    {"partition_name_not_kept",
     "write into the service's database instead, which keeps the name, or rename the partition in "
     "Hive first"},
    {"changed_by_service",
     "run verify to see the fields; look at the service's hooks and transformer, and at the "
     "columns "
     "of its database"},
    {"broken_target_object",
     "the target has lost rows of it: drop it there, and the next run makes it anew"},
    {"duplicate_row",
     "the target takes its name for another's, which differs by trailing spaces or case: rename or "
     "drop one of the two"},
    {"duplicate_object",
     "the target already has an object of that name in other form: compare the two, remove one"},
    {"drifted", "the target or the source has changed since the plan was made: make a new plan"},
    {"not_in_plan", "it appeared after the plan was made: make a new plan to take it along"},
});

}  // namespace

std::string_view AdviceFor(std::string_view reason) {
  const auto* found = std::find_if(kAdvice.begin(), kAdvice.end(),
                                   [&](const Advice& a) { return a.reason == reason; });
  return found == kAdvice.end() ? "the target did not take it: see its message, mend the cause and "
                                  "run the job again"
                                : found->text;
}

}  // namespace metaferry
