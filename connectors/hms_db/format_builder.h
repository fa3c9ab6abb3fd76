/// \file
/// The SDS / SERDES / CDS family: what Thrift calls a StorageDescriptor, less its location.
/// Thousands of partitions repeat the same one, so it is gathered as raw pieces and looked up;
/// only a new combination is built.
#pragma once

#include <memory>
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
  bool has_sd = false;     ///< SD_ID is set and its row exists
  bool sd_null = true;     ///< SD_ID itself is NULL
  bool has_serde = false;
  bool serde_null = true;
  bool has_cd = false;     ///< CD_ID is set and its row exists
  bool cd_null = true;
  int64_t cd_id = 0;
  std::string location;
  std::string pieces;  ///< tagged, length-prefixed; see format_builder.cc
};

class FormatBuilder {
 public:
  explicit FormatBuilder(const ReaderContext& context) : context_(context) {}

  /// Reads the descriptors of all `parents`. `drafts` gets one entry an id, in order, and
  /// `findings` one list an id.
  Status Read(const ParentSet& parents, std::vector<DescriptorDraft>& drafts,
              std::vector<Findings>& findings);

  /// The finished descriptor. REQUIRES: the last Read filled `draft`, and has_sd.
  StorageDescriptor Build(DescriptorDraft&& draft);

 private:
  struct PieceQuery;
  Status ReadScalars(const ParentSet&, std::vector<DescriptorDraft>&, std::vector<Findings>&);
  Status ReadLists(const ParentSet&, std::vector<DescriptorDraft>&, std::vector<Findings>&);
  Status ReadPieces(const ParentSet&, const PieceQuery&, std::vector<DescriptorDraft>&,
                    std::vector<Findings>&);
  Status ReadSkewed(const ParentSet&, std::vector<DescriptorDraft>&, std::vector<Findings>&);
  Status ReadColumns(std::vector<DescriptorDraft>&, std::vector<Findings>&);
  Status EraseExistingDescriptors(std::set<int64_t>& ids);

  const ReaderContext& context_;
  std::unordered_map<int64_t, SharedColumns> columns_;  ///< null: CD_ID without a CDS row
  size_t column_bytes_ = 0;
  std::unordered_map<std::string, SharedFormat> formats_;
  size_t format_bytes_ = 0;
};

}  // namespace metaferry
