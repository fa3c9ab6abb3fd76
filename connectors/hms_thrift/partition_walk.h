/// \file
/// Partitions of a metastore service, table by table. Of one table at a time, the names are held in
/// memory; nothing else grows with the number of partitions.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/hms_thrift/object_facts.h"
#include "connectors/hms_thrift/service_reader.h"
#include "connectors/partition_sieve.h"
#include "metaferry/source.h"

namespace metaferry {

/// An object of the source whose Read has neither object nor problem: it was dropped since the
/// names were listed. The run's books count it as filtered.
inline constexpr std::string_view kGoneReason = "gone";
/// The service has the object but does not give it, or not all of it.
inline constexpr std::string_view kNotAnsweredReason = "not_answered";

/// A table as the walk needs it.
struct ServiceTable {
  enum class State {
    kUnread,
    kRead,
    kGone,
    kNotGiven,  ///< the service does not give it
  };
  size_t database = 0;  ///< index into the source's databases
  std::string name;
  Membership membership = Membership::kIn;
  PartitionMembership partitions;
  State state = State::kUnread;
  bool is_view = false;
  bool partition_privileges = false;  ///< its partitions have privileges of their own
  /// Names of the partition keys, shared between tables with the same; null until it is read.
  std::shared_ptr<const std::vector<std::string>> keys;
  SharedTableFilter filter;  ///< of its partitions; null: none
  bool is_split = false;     ///< each shard takes a part of its partitions
};

/// Takes from a table that was read what the walk needs of it.
class TableNotes {
 public:
  void Take(const Read<Table>& read, ServiceTable& table);

 private:
  std::map<std::vector<std::string>, std::shared_ptr<const std::vector<std::string>>> keys_;
};

/// One thread.
class PartitionWalk {
 public:
  /// All outlive it. `databases` are the names that ServiceTable::database counts.
  PartitionWalk(ServiceReader& reader, ObjectFacts& facts, const Selection& selection,
                const std::vector<std::string>& databases, std::vector<ServiceTable>& tables,
                TableNotes& notes)
      : reader_(reader),
        facts_(facts),
        selection_(selection),
        databases_(databases),
        tables_(tables),
        notes_(notes) {}

  /// The next batch, nullopt when there are no more.
  Result<std::optional<Batch>> Next();

 private:
  struct Reading;
  Status Start(Batch& batch);
  Status Skip(Batch& batch);
  Status ReadSome(Batch& batch);
  Status RefuseSome(Batch& batch);
  std::vector<std::string> Choose(Batch& batch);
  void Finish(Read<Partition>&& read, const std::string& name, Batch& batch);
  ObjectId IdOf(const ServiceTable& table, const std::string& partition = {}) const;
  const std::string& DatabaseOf(const ServiceTable& table) const {
    return databases_[table.database];
  }
  void Leave(Batch& batch);

  ServiceReader& reader_;
  ObjectFacts& facts_;
  const Selection& selection_;
  const std::vector<std::string>& databases_;
  std::vector<ServiceTable>& tables_;
  TableNotes& notes_;
  size_t at_ = 0;  ///< of tables_
  std::vector<std::string> names_;
  size_t next_name_ = 0;
  std::optional<PartitionSieve> sieve_;  ///< of the table that is being read
  size_t page_ = 250;
  size_t looked_at_ = 0, bytes_ = 0;  ///< for the present batch
};

}  // namespace metaferry
