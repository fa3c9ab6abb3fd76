#include "connectors/hms_db/id_allocator.h"

#include <fmt/format.h>

#include <algorithm>

namespace metaferry {
namespace {

/// As DataNucleus names them, with the table and column whose ids they give.
struct Sequence {
  std::string_view model;
  std::string_view table;
  std::string_view column;
};
constexpr Sequence kSequences[kHmsSequences] = {
    {"MCatalog", "CTLGS", "CTLG_ID"},
    {"MDatabase", "DBS", "DB_ID"},
    {"MFunction", "FUNCS", "FUNC_ID"},
    {"MTable", "TBLS", "TBL_ID"},
    {"MPartition", "PARTITIONS", "PART_ID"},
    {"MStorageDescriptor", "SDS", "SD_ID"},
    {"MSerDeInfo", "SERDES", "SERDE_ID"},
    {"MColumnDescriptor", "CDS", "CD_ID"},
    {"MStringList", "SKEWED_STRING_LIST", "STRING_LIST_ID"},
    {"MDBPrivilege", "DB_PRIVS", "DB_GRANT_ID"},
    {"MTablePrivilege", "TBL_PRIVS", "TBL_GRANT_ID"},
    {"MTableColumnPrivilege", "TBL_COL_PRIVS", "TBL_COLUMN_GRANT_ID"},
    {"MPartitionPrivilege", "PART_PRIVS", "PART_GRANT_ID"},
    {"MPartitionColumnPrivilege", "PART_COL_PRIVS", "PART_COLUMN_GRANT_ID"},
    {"MTableColumnStatistics", "TAB_COL_STATS", "CS_ID"},
    {"MPartitionColumnStatistics", "PART_COL_STATS", "CS_ID"},
    {"MCreationMetadata", "MV_CREATION_METADATA", "MV_CREATION_METADATA_ID"},
};
constexpr int kBlockTries = 5;
constexpr const char* kSequenceRepairedReason = "sequence_repaired";

std::string NameOf(size_t sequence) {
  return "org.apache.hadoop.hive.metastore.model." + std::string(kSequences[sequence].model);
}

}  // namespace

Status IdAllocator::Reserve(const std::array<int64_t, kHmsSequences>& counts) {
  for (size_t i = 0; i < kHmsSequences; ++i) {
    const Block& block = blocks_[i];
    if (counts[i] > block.end - block.next) MF_RETURN_IF_ERROR(ReserveBlock(i, counts[i]));
  }
  return {};
}

Status IdAllocator::ReserveBlock(size_t sequence, int64_t count) {
  for (int attempt = 1;; ++attempt) {
    MF_RETURN_IF_ERROR(writer_.Begin());
    auto first = TakeBlock(sequence, count);
    const Status committed = first ? writer_.Commit() : Status{};
    if (first && committed) {
      if (repaired_) warn_(std::move(*repaired_));
      repaired_.reset();
      blocks_[sequence] = {*first, *first + count};
      return {};
    }
    writer_.Rollback();
    Error error = first ? committed.error() : first.error();
    // A metastore that made the row at the same moment, or that holds it.
    if (error.kind != ErrorKind::kConflict || attempt == kBlockTries)
      return Unexpected(std::move(error).Within("cannot take ids from SEQUENCE_TABLE"));
  }
}

Result<int64_t> IdAllocator::TakeBlock(size_t sequence, int64_t count) {
  const std::string table = schema_.Table("SEQUENCE_TABLE");
  const std::string name = schema_.Quoted("SEQUENCE_TABLE", "SEQUENCE_NAME");
  const std::string next = schema_.Quoted("SEQUENCE_TABLE", "NEXT_VAL");
  const std::string key = NameOf(sequence);
  const SqlValue key_value = SqlValue::Text(key);
  // SQLite locks the whole file as the transaction begins.
  const char* lock = schema_.engine() == SqlEngine::kSqlite ? "" : " FOR UPDATE";
  MF_ASSIGN(auto rows,
            writer_.Ask("SELECT " + next + " FROM " + table + " WHERE " + name + " = ?" + lock,
                        std::span(&key_value, 1)));
  MF_ASSIGN(const bool there, rows->Next());
  int64_t first = there ? rows->Int(0) : 0;
  rows.reset();
  if (!there || !checked_[sequence]) {
    MF_ASSIGN(const int64_t greatest, GreatestId(sequence));
    // Hive's own scripts make the first catalog without a sequence.
    const bool as_shipped =
        !there && static_cast<HmsSequence>(sequence) == HmsSequence::kCatalog && greatest == 1;
    if (greatest >= std::max<int64_t>(first, 1) && !as_shipped)
      repaired_ = fmt::format(
          "{}: SEQUENCE_TABLE stood at {} for {} although id {} was taken, and has been moved past "
          "it",
          kSequenceRepairedReason, there ? fmt::to_string(first) : "nothing",
          kSequences[sequence].model, greatest);
    first = std::max({first, greatest + 1, int64_t{1}});
    checked_[sequence] = true;
  }
  if (there) {
    const SqlValue values[] = {SqlValue::Int(first + count), key_value};
    MF_ASSIGN(
        [[maybe_unused]] const uint64_t changed,
        writer_.Run("UPDATE " + table + " SET " + next + " = ? WHERE " + name + " = ?", values));
  } else {
    const SqlValue values[] = {key_value, SqlValue::Int(first + count)};
    MF_ASSIGN([[maybe_unused]] const uint64_t added,
              writer_.Run("INSERT INTO " + table + " (" + name + ", " + next + ") VALUES (?, ?)",
                          values));
  }
  return first;
}

Result<int64_t> IdAllocator::GreatestId(size_t sequence) {
  const Sequence& of = kSequences[sequence];
  if (!schema_.Has(of.table, of.column)) return 0;
  MF_ASSIGN(auto rows, writer_.Ask("SELECT MAX(" + schema_.Column("T", of.table, of.column) +
                                       ") FROM " + schema_.Table(of.table) + " T",
                                   {}));
  MF_ASSIGN(const bool any, rows->Next());
  return any ? rows->Int(0) : 0;
}

}  // namespace metaferry
