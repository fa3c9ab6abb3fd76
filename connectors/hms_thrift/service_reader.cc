#include "connectors/hms_thrift/service_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "metaferry/partition_name.h"

namespace metaferry {
namespace {

using Api = MetastoreClient::Api;

std::vector<std::string> Sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return names;
}

/// Names of what is in a parent that may be gone.
Result<std::vector<std::string>> NamesOrNone(Result<std::vector<std::string>> names) {
  if (names) return Sorted(std::move(*names));
  if (names.error().kind == ErrorKind::kNotFound) return std::vector<std::string>();
  return names;
}

std::vector<std::string> ListOf(std::span<const std::string> names) {
  return {names.begin(), names.end()};
}

/// What is too much for one answer, or cannot be given because of one object among many, is asked
/// for in halves. Who does not answer in time is not asked for more.
bool WorthHalving(const Error& error) {
  return error.code == "metastore_error" || error.code == "invalid_object" ||
         error.code == "bad_answer" || error.code == "connection_closed";
}

bool ConcernsObject(const Error& error) { return error.kind == ErrorKind::kData; }

}  // namespace

std::vector<std::string> ProcessorCapabilities() {
  return {"MANAGE_RAW_METADATA",
          "ACCEPTS_UNMODIFIED_METADATA",
          "EXTREAD",
          "EXTWRITE",
          "HIVEBUCKET2",
          "HIVEFULLACIDREAD",
          "HIVEFULLACIDWRITE",
          "HIVEMANAGEDINSERTREAD",
          "HIVEMANAGEDINSERTWRITE",
          "HIVESQL",
          "HIVEMQT",
          "HIVEONLYMQTWRITE",
          "HIVECACHEINVALIDATE",
          "HIVEMANAGESTATS",
          "CONNECTORREAD",
          "CONNECTORWRITE"};
}

// ---- Names -------------------------------------------------------------------------------------

Result<std::vector<std::string>> ServiceReader::DatabaseNames() {
  const std::string pattern = client_.features().has_catalogs ? "@" + catalog_ + "#*" : "*";
  MF_ASSIGN(auto names, client_.Call(
                            "get_databases",
                            [&](Api& api) {
                              std::vector<std::string> answer;
                              api.get_databases(answer, pattern);
                              return answer;
                            },
                            AnswerSize::kNames));
  return Sorted(std::move(names));
}

Result<std::vector<std::string>> ServiceReader::FunctionNames(const std::string& database) {
  return NamesOrNone(client_.Call(
      "get_functions",
      [&](Api& api) {
        std::vector<std::string> answer;
        api.get_functions(answer, Qualified(database), "*");
        return answer;
      },
      AnswerSize::kNames));
}

Result<std::vector<std::string>> ServiceReader::TableNames(const std::string& database) {
  return NamesOrNone(client_.Call(
      "get_all_tables",
      [&](Api& api) {
        std::vector<std::string> answer;
        api.get_all_tables(answer, Qualified(database));
        return answer;
      },
      AnswerSize::kNames));
}

Result<std::vector<std::string>> ServiceReader::PartitionNames(const std::string& database,
                                                               const std::string& table) {
  return NamesOrNone(client_.Call(
      "get_partition_names",
      [&](Api& api) {
        std::vector<std::string> answer;
        api.get_partition_names(answer, Qualified(database), table, -1);
        return answer;
      },
      AnswerSize::kNames));
}

Result<std::vector<uint64_t>> ServiceReader::CountPartitions(const std::string& database,
                                                             std::span<const std::string> tables) {
  std::vector<uint64_t> counts(tables.size());
  MF_ASSIGN(const auto errors,
            client_.CallMany(
                "get_num_partitions_by_filter", tables.size(),
                [&](Api& api, size_t i) {
                  api.send_get_num_partitions_by_filter(Qualified(database), tables[i], "");
                },
                [&](Api& api, size_t i) {
                  counts[i] =
                      static_cast<uint64_t>(std::max(0, api.recv_get_num_partitions_by_filter()));
                }));
  for (size_t i = 0; i < tables.size(); ++i) {
    if (!errors[i]) continue;
    // Services differ in what they take for a filter; names they all give.
    MF_ASSIGN(const auto names, PartitionNames(database, tables[i]));
    counts[i] = names.size();
  }
  return counts;
}

// ---- Databases and functions -------------------------------------------------------------------

Result<Reads<Database>> ServiceReader::Databases(std::span<const std::string> names) {
  Reads<Database> reads(names.size());
  const bool raw = client_.features().has_requests;
  const auto send = [&](Api& api, size_t i) {
    if (!raw) return api.send_get_database(Qualified(names[i]));
    hive::GetDatabaseRequest request;
    request.__set_name(names[i]);
    request.__set_catalogName(catalog_);
    request.__set_processorCapabilities(ProcessorCapabilities());
    request.__set_processorIdentifier(kProcessorIdentifier);
    api.send_get_database_req(request);
  };
  MF_ASSIGN(const auto errors,
            client_.CallMany("get_database", names.size(), send, [&](Api& api, size_t i) {
              hive::Database database;
              raw ? api.recv_get_database_req(database) : api.recv_get_database(database);
              reads[i].object = ToModel(std::move(database), catalog_);
            }));
  for (size_t i = 0; i < names.size(); ++i)
    if (errors[i] && errors[i]->kind != ErrorKind::kNotFound) reads[i].problem = errors[i]->message;
  return reads;
}

Result<Reads<Function>> ServiceReader::Functions(const std::string& database,
                                                 std::span<const std::string> names) {
  Reads<Function> reads(names.size());
  MF_ASSIGN(const auto errors,
            client_.CallMany(
                "get_function", names.size(),
                [&](Api& api, size_t i) { api.send_get_function(Qualified(database), names[i]); },
                [&](Api& api, size_t i) {
                  hive::Function function;
                  api.recv_get_function(function);
                  reads[i].object = ToModel(std::move(function), catalog_);
                }));
  for (size_t i = 0; i < names.size(); ++i)
    if (errors[i] && errors[i]->kind != ErrorKind::kNotFound) reads[i].problem = errors[i]->message;
  return reads;
}

// ---- Tables ------------------------------------------------------------------------------------

Result<std::vector<hive::Table>> ServiceReader::CallTables(const std::string& database,
                                                           std::span<const std::string> names) {
  hive::GetTablesRequest request;
  request.dbName = database;
  request.__set_tblNames(ListOf(names));
  hive::ClientCapabilities capabilities;
  capabilities.values = {hive::ClientCapability::INSERT_ONLY_TABLES};
  request.__set_capabilities(capabilities);
  request.__set_catName(catalog_);
  request.__set_processorCapabilities(ProcessorCapabilities());
  request.__set_processorIdentifier(kProcessorIdentifier);
  return client_.Call("get_table_objects_by_name_req", [&](Api& api) {
    hive::GetTablesResult answer;
    api.get_table_objects_by_name_req(answer, request);
    return std::move(answer.tables);
  });
}

/// What a call for many does not give may be gone, or may be what the service cannot read.
Result<Read<Table>> ServiceReader::OneTable(const std::string& database, const std::string& name) {
  hive::GetTableRequest request;
  request.dbName = database;
  request.tblName = name;
  hive::ClientCapabilities capabilities;
  capabilities.values = {hive::ClientCapability::INSERT_ONLY_TABLES};
  request.__set_capabilities(capabilities);
  request.__set_catName(catalog_);
  request.__set_processorCapabilities(ProcessorCapabilities());
  request.__set_processorIdentifier(kProcessorIdentifier);
  auto answer = client_.Call("get_table_req", [&](Api& api) {
    hive::GetTableResult result;
    api.get_table_req(result, request);
    return std::move(result.table);
  });
  Read<Table> read;
  if (answer) {
    read.object = ToModel(std::move(*answer), catalog_, pool_);
  } else if (ConcernsObject(answer.error())) {
    read.problem = answer.error().message;
  } else if (answer.error().kind != ErrorKind::kNotFound) {
    return Unexpected(std::move(answer).error());
  }
  return read;
}

Status ServiceReader::TakeTables(const std::string& database, std::span<const std::string> names,
                                 std::span<Read<Table>> reads) {
  auto answer = names.size() == 1 ? Result<std::vector<hive::Table>>(std::vector<hive::Table>())
                                  : CallTables(database, names);
  if (!answer && answer.error().kind == ErrorKind::kNotFound) return {};
  if (!answer) {
    if (!WorthHalving(answer.error())) return Unexpected(std::move(answer).error());
    const size_t half = names.size() / 2;
    MF_RETURN_IF_ERROR(TakeTables(database, names.first(half), reads.first(half)));
    return TakeTables(database, names.subspan(half), reads.subspan(half));
  }
  std::unordered_map<std::string_view, size_t> positions;
  for (size_t i = 0; i < names.size(); ++i) positions.emplace(names[i], i);
  for (hive::Table& table : *answer) {
    const auto at = positions.find(table.tableName);
    if (at != positions.end())
      reads[at->second].object = ToModel(std::move(table), catalog_, pool_);
  }
  for (size_t i = 0; i < names.size(); ++i) {
    if (reads[i].object) continue;
    MF_ASSIGN(reads[i], OneTable(database, names[i]));
  }
  return {};
}

Result<Reads<Table>> ServiceReader::Tables(const std::string& database,
                                           std::span<const std::string> names) {
  Reads<Table> reads(names.size());
  if (names.empty()) return reads;
  MF_RETURN_IF_ERROR(TakeTables(database, names, reads));
  return reads;
}

// ---- Partitions --------------------------------------------------------------------------------

Result<std::vector<hive::Partition>> ServiceReader::CallPartitions(
    const std::string& database, const std::string& table, std::span<const std::string> names) {
  if (!client_.features().has_requests)
    return client_.Call("get_partitions_by_names", [&](Api& api) {
      std::vector<hive::Partition> answer;
      api.get_partitions_by_names(answer, Qualified(database), table, ListOf(names));
      return answer;
    });
  hive::GetPartitionsByNamesRequest request;
  request.db_name = Qualified(database);
  request.tbl_name = table;
  request.__set_names(ListOf(names));
  request.__set_processorCapabilities(ProcessorCapabilities());
  request.__set_processorIdentifier(kProcessorIdentifier);
  return client_.Call("get_partitions_by_names_req", [&](Api& api) {
    hive::GetPartitionsByNamesResult answer;
    api.get_partitions_by_names_req(answer, request);
    return std::move(answer.partitions);
  });
}

Status ServiceReader::TakePartitions(const std::string& database, const std::string& table,
                                     const std::vector<std::string>& keys,
                                     std::span<const std::string> names,
                                     std::span<Read<Partition>> reads) {
  auto answer = CallPartitions(database, table, names);
  if (!answer && answer.error().kind == ErrorKind::kNotFound) return {};
  if (!answer) {
    if (names.size() == 1 && ConcernsObject(answer.error())) {
      reads[0].problem = answer.error().message;
      return {};
    }
    if (names.size() == 1 || !WorthHalving(answer.error()))
      return Unexpected(std::move(answer).error());
    const size_t half = names.size() / 2;
    MF_RETURN_IF_ERROR(TakePartitions(database, table, keys, names.first(half), reads.first(half)));
    return TakePartitions(database, table, keys, names.subspan(half), reads.subspan(half));
  }
  const auto give = [&](size_t at, hive::Partition&& partition) {
    reads[at].object = ToModel(std::move(partition), catalog_, pool_);
    reads[at].object->part_name = names[at];
  };
  if (names.size() == 1 && answer->size() == 1) {
    give(0, std::move(answer->front()));
    return {};
  }
  // A partition comes with its values, not with its name.
  std::unordered_map<std::string_view, size_t> positions;
  for (size_t i = 0; i < names.size(); ++i) positions.emplace(names[i], i);
  for (hive::Partition& partition : *answer) {
    if (partition.values.size() != keys.size()) continue;
    const auto at = positions.find(MakePartitionName(keys, partition.values));
    if (at != positions.end()) give(at->second, std::move(partition));
  }
  return {};
}

/// What did not come may be gone; or its name is not what its values escape to, and what comes when
/// it is asked for alone is what was meant.
Status ServiceReader::TakeMissing(const std::string& database, const std::string& table,
                                  const std::vector<std::string>& keys,
                                  std::span<const std::string> names,
                                  std::span<Read<Partition>> reads) {
  const auto is_missing = [](const Read<Partition>& read) {
    return !read.object && read.problem.empty();
  };
  if (std::none_of(reads.begin(), reads.end(), is_missing)) return {};
  MF_ASSIGN(const auto listed, PartitionNames(database, table));
  for (size_t i = 0; i < names.size(); ++i) {
    if (!is_missing(reads[i]) || !std::binary_search(listed.begin(), listed.end(), names[i]))
      continue;
    MF_RETURN_IF_ERROR(
        TakePartitions(database, table, keys, names.subspan(i, 1), reads.subspan(i, 1)));
    if (is_missing(reads[i])) reads[i].problem = "the service lists it, and does not give it";
  }
  return {};
}

Result<Reads<Partition>> ServiceReader::Partitions(const std::string& database,
                                                   const std::string& table,
                                                   const std::vector<std::string>& keys,
                                                   std::span<const std::string> names) {
  Reads<Partition> reads(names.size());
  if (names.empty()) return reads;
  MF_RETURN_IF_ERROR(TakePartitions(database, table, keys, names, reads));
  MF_RETURN_IF_ERROR(TakeMissing(database, table, keys, names, reads));
  return reads;
}

}  // namespace metaferry
