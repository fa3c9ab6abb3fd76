/// \file
/// Databases, functions and tables of a metastore, a batch at a time.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "connectors/hms_db/format_builder.h"
#include "connectors/hms_db/inventory.h"
#include "connectors/hms_db/table_extras.h"
#include "metaferry/source.h"

namespace metaferry {

/// Reads parameter rows of `parents` from `table` and calls `sink(position, key, value)`.
template <class F>
Status ReadParameters(const ReaderContext& context, const ParentSet& parents,
                      const std::string& table, std::vector<Findings>& findings, F&& sink) {
  Select s(context);
  const int id = s.Add("T", table, parents.id);
  const int key = s.Add("T", table, "PARAM_KEY"), value = s.Add("T", table, "PARAM_VALUE");
  return ForEachRow(context,
                    "SELECT " + s.list() + " FROM " + context.schema.Table(table) + " T WHERE " +
                        parents.predicate,
                    [&](const SqlRows& r) {
                      const int at = parents.Find(r.Int(id));
                      // HMS drops parameters whose value is NULL as it reads them; so they are no
                      // content.
                      if (at < 0 || r.IsNull(key) || s.IsAbsent(r, value)) return;
                      Findings* notes = &findings[static_cast<size_t>(at)];
                      sink(static_cast<size_t>(at), s.Text(r, key, notes), s.Text(r, value, notes));
                    });
}

/// The refusal a descriptor's state calls for, if any. `is_view`: views may lack SerDe and
/// columns.
struct DescriptorFault {
  std::string reason, message;
};
std::optional<DescriptorFault> FaultOf(const DescriptorDraft& draft, bool is_view);

/// Each Next* gives the next batch of its kind, nullopt when there are no more.
class ObjectReader {
 public:
  ObjectReader(const ReaderContext& context, const Inventory& inventory, const Selection& selection,
               std::string catalog, FormatBuilder& formats)
      : context_(context),
        inventory_(inventory),
        selection_(selection),
        catalog_(std::move(catalog)),
        formats_(formats) {}

  Result<std::optional<Batch>> NextDatabases();
  Result<std::optional<Batch>> NextFunctions();
  Result<std::optional<Batch>> NextTables();

 private:
  struct TablePage;
  Status ReadTableRows(TablePage& page);
  Status ReadTableParts(TablePage& page);
  void FinishTable(TablePage& page, size_t at, Batch& batch);
  void RefuseOrphan(std::string name, int64_t database, Batch& batch) const;
  Status ReadDatabaseParts(std::vector<Database>& databases, const ParentSet& parents,
                           std::vector<Findings>& findings);

  const ReaderContext& context_;
  const Inventory& inventory_;
  const Selection& selection_;
  std::string catalog_;
  FormatBuilder& formats_;
  size_t next_database_ = 0;
  std::optional<int64_t> last_function_;
  bool functions_done_ = false;
  size_t next_table_ = 0;
  size_t table_page_ = 64;
  std::optional<std::map<std::string, CreationMetadata>> views_;
};

}  // namespace metaferry
