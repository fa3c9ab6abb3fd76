/// \file
/// The SDS / SERDES / CDS family: what Thrift calls a StorageDescriptor, less its location.
/// Thousands of partitions repeat the same one, so it is gathered as raw pieces and looked up;
/// only a new combination is built.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "connectors/hms_db/select.h"
#include "metaferry/model.h"

namespace metaferry {

/// One parent's descriptor on its way to a StorageDescriptor.
struct DescriptorDraft {
  bool has_sd = false;  ///< SD_ID is set and its row exists
  bool sd_null = true;  ///< SD_ID itself is NULL
  bool has_serde = false;
  bool serde_null = true;
  bool has_cd = false;  ///< CD_ID is set and its row exists
  bool cd_null = true;
  int64_t sd_id = 0, serde_id = 0, cd_id = 0;
  std::string location;
  std::string pieces;  ///< tagged, length-prefixed; see format_builder.cc
};

/// The columns of SDS and SERDES, for a query that has the parent as T.
class DescriptorColumns {
 public:
  /// Adds its columns to `select`.
  DescriptorColumns(const ReaderContext& context, Select& select, const std::string& parent_table);
  /// What joins them to T.
  const std::string& joins() const { return joins_; }
  void Read(const SqlRows& row, DescriptorDraft& draft, Findings* notes) const;

 private:
  const Select& select_;
  std::string joins_;
  int owner_sd_, sd_, cd_, sd_serde_, serde_, location_, input_, output_, compressed_, sub_;
  int buckets_, lib_, description_, serializer_, deserializer_;
};

class FormatBuilder {
 public:
  explicit FormatBuilder(const ReaderContext& context) : context_(context) {}

  /// Completes descriptors whose columns have been read: lists, parameters, column lists. `drafts`
  /// and `findings` have one entry for each of `parents`, in order.
  Status Complete(const ParentSet& parents, std::vector<DescriptorDraft>& drafts,
                  std::vector<Findings>& findings);

  /// The finished descriptor. REQUIRES: the last Complete was about `draft`, and has_sd.
  StorageDescriptor Build(DescriptorDraft&& draft);

 private:
  struct PieceQuery;
  Status ReadLists(const ParentSet&, std::vector<DescriptorDraft>&, std::vector<Findings>&);
  Status ReadPieces(const ParentSet&, const PieceQuery&, std::vector<DescriptorDraft>&,
                    std::vector<Findings>&);
  std::optional<std::string> DirectRange(const PieceQuery&, const std::vector<DescriptorDraft>&);
  Status ReadSkewed(const ParentSet&, std::vector<DescriptorDraft>&, std::vector<Findings>&);
  Status ReadColumns(std::vector<DescriptorDraft>&, std::vector<Findings>&);
  Status EraseExistingDescriptors(std::set<int64_t>& ids);

  const ReaderContext& context_;
  std::unordered_map<int64_t, SharedColumns> columns_;  ///< null: CD_ID without a CDS row
  size_t column_bytes_ = 0;
  std::unordered_map<std::string, SharedFormat> formats_;
  size_t format_bytes_ = 0;
  /// SD_ID or SERDE_ID of the batch with the position of its draft; see DirectRange.
  std::vector<std::pair<int64_t, size_t>> positions_;
};

}  // namespace metaferry
