/// \file
/// Partitions of a metastore, by ranges of PART_ID: through all tables at once when the job takes
/// the whole metastore, and by groups of tables when it takes a part of it.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "connectors/hms_db/format_builder.h"
#include "connectors/hms_db/inventory.h"
#include "connectors/hms_db/partition_chooser.h"
#include "metaferry/source.h"

namespace metaferry {

class PartitionReader {
 public:
  PartitionReader(const ReaderContext& context, const Inventory& inventory,
                  const Selection& selection, std::string catalog, FormatBuilder& formats)
      : context_(context),
        inventory_(inventory),
        selection_(selection),
        catalog_(std::move(catalog)),
        formats_(formats),
        chooser_(context, inventory, selection, catalog_) {}

  /// From now on, only the partitions of these ids; called before Next.
  void Only(std::vector<int64_t> ids);
  /// The next batch, nullopt when there are no more.
  Result<std::optional<Batch>> Next();

 private:
  /// Tables whose partitions are read together; empty `tables`: all of them.
  struct Group {
    std::vector<int64_t> tables;
    uint64_t partitions = 0;  ///< of this shard, when it is split
    bool is_split = false;    ///< one table, of which each shard reads its blocks of PART_ID
  };
  struct Page;
  struct RowColumns;
  Status Plan(Batch& batch);
  Status PlanGroups(Batch& batch);
  void AddToGroups(int64_t table, uint64_t partitions);
  void AddSplit(int64_t table, uint64_t partitions);
  std::string OwnBlocks(const Group& group) const;
  size_t PageOf(const Group& group, size_t size) const;
  Status ListIds(const Group& group);
  Result<std::string> NextPage(size_t size);
  void NextGroup();
  Result<bool> ReadPage(Page& page, Batch& batch);
  Status ReadRows(Page& page);
  Result<bool> ReadChosen(Page& page, Batch& batch);
  Result<size_t> ReadCandidates(Batch& batch);
  Status ReadDescriptors(Page& page);
  Status ReadParts(Page& page);
  void Finish(Page& page, size_t at, Batch& batch);
  void Refuse(const Page& page, size_t at, std::string reason, std::string message, Batch& batch);
  double Progress() const;

  const ReaderContext& context_;
  const Inventory& inventory_;
  const Selection& selection_;
  std::string catalog_;
  FormatBuilder& formats_;
  PartitionChooser chooser_;
  std::deque<PartitionCandidate> chosen_;  ///< of the group; their descriptors are not read yet
  bool planned_ = false;
  std::vector<Group> groups_;
  size_t group_ = 0;
  bool group_started_ = false;
  std::vector<int64_t> ids_;  ///< of the group, when they are listed
  size_t next_id_ = 0;
  std::optional<ParentSet> wanted_;  ///< the page's ids, when they are listed
  int64_t last_ = INT64_MIN;
  int64_t first_id_ = 0, final_id_ = 0;
  uint64_t done_ = 0, total_ = 0;
  size_t page_size_ = 1000;
};

}  // namespace metaferry
