#include "connectors/hms_thrift/object_statistics.h"

#include <algorithm>
#include <map>
#include <set>

namespace metaferry {
namespace {

using Api = MetastoreClient::Api;

constexpr const char* kHive = "hive";
/// Columns of partitions that are asked about in one call: each may have some kilobytes of
/// sketches.
constexpr size_t kColumnsInOneCall = 4000;

/// A column of an object that has statistics.
template <class T>
struct Analyzed {
  Read<T>* of;
  hive::ColumnStatisticsObj statistics;
  int64_t time = 0;
};

std::vector<std::string> ColumnNames(const StorageDescriptor& sd) {
  std::vector<std::string> names;
  if (sd.format)
    for (const FieldSchema& column : sd.format->cols->columns) names.push_back(column.name);
  return names;
}

/// Which columns of which tables have statistics.
Result<std::vector<Analyzed<Table>>> FindAnalyzed(ServiceReader& reader,
                                                  const std::vector<Read<Table>*>& tables,
                                                  const std::string& engine) {
  std::vector<Analyzed<Table>> found;
  MF_ASSIGN(const auto errors, reader.client().CallMany(
                                   "get_table_statistics_req", tables.size(),
                                   [&](Api& api, size_t i) {
                                     const Table& table = *tables[i]->object;
                                     hive::TableStatsRequest request;
                                     request.dbName = table.db_name;
                                     request.tblName = table.table_name;
                                     request.colNames = ColumnNames(table.sd);
                                     request.__set_catName(reader.catalog());
                                     if (!engine.empty()) request.__set_engine(engine);
                                     api.send_get_table_statistics_req(request);
                                   },
                                   [&](Api& api, size_t i) {
                                     hive::TableStatsResult answer;
                                     api.recv_get_table_statistics_req(answer);
                                     for (auto& column : answer.tableStats)
                                       found.push_back({tables[i], std::move(column)});
                                   }));
  for (size_t i = 0; i < tables.size(); ++i) tables[i]->Note(errors[i]);
  return found;
}

/// As long as the service is asked about whole tables it does not say when it was that a column was
/// analyzed. About single columns it can be asked for Hive's own statistics only.
template <class T, class Send, class Receive>
Status AskSingly(ServiceReader& reader, std::string_view call, std::vector<Analyzed<T>>& analyzed,
                 Send&& send, Receive&& receive) {
  std::vector<bool> gone(analyzed.size(), true);
  MF_ASSIGN(const auto errors,
            reader.client().CallMany(
                call, analyzed.size(), [&](Api& api, size_t i) { send(api, analyzed[i]); },
                [&](Api& api, size_t i) {
                  hive::ColumnStatistics answer;
                  receive(api, answer);
                  if (answer.statsObj.empty()) return;
                  gone[i] = false;
                  analyzed[i].time = answer.statsDesc.lastAnalyzed;
                  analyzed[i].statistics = std::move(answer.statsObj.front());
                }));
  size_t kept = 0;
  for (size_t i = 0; i < analyzed.size(); ++i) {
    analyzed[i].of->Note(errors[i]);
    if (!gone[i]) std::swap(analyzed[kept++], analyzed[i]);
  }
  analyzed.resize(kept);
  return {};
}

/// Other engines' times: one for the whole table, the earliest.
Status TakeTimes(ServiceReader& reader, const std::string& engine,
                 std::vector<Analyzed<Table>>& analyzed) {
  std::map<Read<Table>*, int64_t> times;
  for (const auto& column : analyzed) times[column.of] = 0;
  std::vector<Read<Table>*> tables;
  tables.reserve(times.size());
  for (const auto& [table, time] : times) tables.push_back(table);
  MF_ASSIGN([[maybe_unused]] const auto errors,
            reader.client().CallMany(
                "get_table_req", tables.size(),
                [&](Api& api, size_t i) {
                  hive::GetTableRequest request;
                  request.dbName = tables[i]->object->db_name;
                  request.tblName = tables[i]->object->table_name;
                  request.__set_catName(reader.catalog());
                  request.__set_getColumnStats(true);
                  request.__set_engine(engine);
                  request.__set_processorCapabilities(ProcessorCapabilities());
                  request.__set_processorIdentifier(kProcessorIdentifier);
                  api.send_get_table_req(request);
                },
                [&](Api& api, size_t i) {
                  hive::GetTableResult answer;
                  api.recv_get_table_req(answer);
                  times[tables[i]] = answer.table.colStats.statsDesc.lastAnalyzed;
                }));
  for (auto& column : analyzed) column.time = times[column.of];
  return {};
}

template <class T>
void Give(const std::vector<Analyzed<T>>& analyzed, const std::string& engine) {
  for (const Analyzed<T>& column : analyzed)
    column.of->object->column_statistics.push_back(ToModel(column.statistics, engine, column.time));
}

bool IsHives(const std::string& engine) { return engine.empty() || engine == kHive; }

/// Which columns of which partitions have statistics; the partitions are few enough for one call.
Result<std::vector<Analyzed<Partition>>> FindAnalyzed(ServiceReader& reader,
                                                      std::span<Read<Partition>*> partitions,
                                                      const std::set<std::string>& columns,
                                                      const std::string& engine) {
  hive::PartitionsStatsRequest request;
  request.dbName = partitions.front()->object->db_name;
  request.tblName = partitions.front()->object->table_name;
  request.colNames.assign(columns.begin(), columns.end());
  request.__set_catName(reader.catalog());
  if (!engine.empty()) request.__set_engine(engine);
  std::map<std::string_view, Read<Partition>*> by_name;
  for (Read<Partition>* partition : partitions) {
    by_name[partition->object->part_name] = partition;
    request.partNames.push_back(partition->object->part_name);
  }
  std::vector<Analyzed<Partition>> found;
  auto answer = reader.client().Call("get_partitions_statistics_req", [&](Api& api) {
    hive::PartitionsStatsResult result;
    api.get_partitions_statistics_req(result, request);
    return std::move(result.partStats);
  });
  if (!answer) {
    if (answer.error().kind == ErrorKind::kNotFound) return found;
    if (answer.error().kind != ErrorKind::kData) return Unexpected(std::move(answer).error());
    for (Read<Partition>* partition : partitions) partition->Note(answer.error());
    return found;
  }
  for (auto& [name, analyzed] : *answer) {
    const auto of = by_name.find(name);
    if (of == by_name.end()) continue;
    for (auto& column : analyzed) found.push_back({of->second, std::move(column)});
  }
  return found;
}

Status AddToSome(ServiceReader& reader, std::span<Read<Partition>*> partitions,
                 const std::set<std::string>& columns, const std::string& engine) {
  MF_ASSIGN(auto analyzed, FindAnalyzed(reader, partitions, columns, engine));
  if (IsHives(engine))
    MF_RETURN_IF_ERROR(AskSingly(
        reader, "get_partition_column_statistics", analyzed,
        [&](Api& api, const Analyzed<Partition>& column) {
          const Partition& partition = *column.of->object;
          api.send_get_partition_column_statistics(reader.Qualified(partition.db_name),
                                                   partition.table_name, partition.part_name,
                                                   column.statistics.colName);
        },
        [](Api& api, hive::ColumnStatistics& answer) {
          api.recv_get_partition_column_statistics(answer);
        }));
  Give(analyzed, engine);
  return {};
}

}  // namespace

std::vector<std::string> StatisticsEngines(const MetastoreFeatures& features) {
  if (!features.has_requests) return {""};
  return {kHive, "impala"};
}

Status AddStatistics(ServiceReader& reader, std::span<Read<Table>> tables) {
  std::vector<Read<Table>*> wanted;
  for (Read<Table>& table : tables)
    if (table.is_given() && table.object->table_type != "VIRTUAL_VIEW" &&
        !table.object->sd.format->cols->columns.empty())
      wanted.push_back(&table);
  for (const std::string& engine : StatisticsEngines(reader.client().features())) {
    MF_ASSIGN(auto analyzed, FindAnalyzed(reader, wanted, engine));
    if (IsHives(engine)) {
      MF_RETURN_IF_ERROR(AskSingly(
          reader, "get_table_column_statistics", analyzed,
          [&](Api& api, const Analyzed<Table>& column) {
            const Table& table = *column.of->object;
            api.send_get_table_column_statistics(reader.Qualified(table.db_name), table.table_name,
                                                 column.statistics.colName);
          },
          [](Api& api, hive::ColumnStatistics& answer) {
            api.recv_get_table_column_statistics(answer);
          }));
    } else {
      MF_RETURN_IF_ERROR(TakeTimes(reader, engine, analyzed));
    }
    Give(analyzed, engine);
  }
  return {};
}

Status AddStatistics(ServiceReader& reader, std::span<Read<Partition>> partitions) {
  std::vector<Read<Partition>*> wanted;
  std::set<std::string> columns;
  const ColumnList* previous = nullptr;
  for (Read<Partition>& partition : partitions) {
    if (!partition.is_given() || !partition.object->sd.format) continue;
    wanted.push_back(&partition);
    const ColumnList* list = partition.object->sd.format->cols.get();
    if (list == previous) continue;
    previous = list;
    for (const FieldSchema& column : list->columns) columns.insert(column.name);
  }
  if (columns.empty()) return {};
  const size_t most = std::max<size_t>(1, kColumnsInOneCall / columns.size());
  for (const std::string& engine : StatisticsEngines(reader.client().features()))
    for (size_t from = 0; from < wanted.size(); from += most)
      MF_RETURN_IF_ERROR(
          AddToSome(reader, std::span(wanted).subspan(from, std::min(most, wanted.size() - from)),
                    columns, engine));
  return {};
}

}  // namespace metaferry
