#include "connectors/hms_thrift/object_facts.h"

#include "connectors/hms_thrift/object_statistics.h"

namespace metaferry {
namespace {

using Api = MetastoreClient::Api;

/// Asks for everybody's grants: with no principal at all, which the generated call cannot say.
void SendListPrivileges(Api& api, const hive::HiveObjectRef& reference) {
  namespace protocol = apache::thrift::protocol;
  const auto out = api.getOutputProtocol();
  out->writeMessageBegin("list_privileges", protocol::T_CALL, 0);
  out->writeStructBegin("list_privileges_args");
  out->writeFieldBegin("hiveObject", protocol::T_STRUCT, 3);
  reference.write(out.get());
  out->writeFieldEnd();
  out->writeFieldStop();
  out->writeStructEnd();
  out->writeMessageEnd();
  out->getTransport()->writeEnd();
  out->getTransport()->flush();
}

/// Whose grants are asked for.
template <class T>
struct Granted {
  hive::HiveObjectRef reference;
  Read<T>* holder;
};

hive::HiveObjectRef Reference(hive::HiveObjectType::type type, const std::string& catalog,
                              const std::string& database, const std::string& object = {}) {
  hive::HiveObjectRef reference;
  reference.__set_objectType(type);
  reference.__set_dbName(database);
  reference.__set_objectName(object);
  reference.__set_catName(catalog);
  return reference;
}

template <class T>
Status AddPrivileges(MetastoreClient& client, const std::vector<Granted<T>>& granted) {
  MF_ASSIGN(const auto errors,
            client.CallMany(
                "list_privileges", granted.size(),
                [&](Api& api, size_t i) { SendListPrivileges(api, granted[i].reference); },
                [&](Api& api, size_t i) {
                  std::vector<hive::HiveObjectPrivilege> answer;
                  api.recv_list_privileges(answer);
                  for (hive::HiveObjectPrivilege& privilege : answer)
                    granted[i].holder->object->privileges.push_back(ToModel(std::move(privilege)));
                }));
  for (size_t i = 0; i < granted.size(); ++i) granted[i].holder->Note(errors[i]);
  return {};
}

/// Asks one kind of constraints of all tables; `answers` are gathered over the kinds.
template <class Send, class Receive>
Status AskConstraints(MetastoreClient& client, const char* call, std::span<Read<Table>*> tables,
                      std::vector<hive::SQLAllTableConstraints>& answers, Send&& send,
                      Receive&& receive) {
  MF_ASSIGN(const auto errors,
            client.CallMany(
                call, tables.size(), [&](Api& api, size_t i) { send(api, *tables[i]->object); },
                [&](Api& api, size_t i) { receive(api, answers[i]); }));
  for (size_t i = 0; i < tables.size(); ++i) tables[i]->Note(errors[i]);
  return {};
}

template <class Request>
Request RequestFor(const std::string& catalog, const Table& table) {
  Request request;
  request.__set_catName(catalog);
  request.__set_db_name(table.db_name);
  request.__set_tbl_name(table.table_name);
  return request;
}

/// Views have none, and most services do not look for any.
std::vector<Read<Table>*> WithConstraints(std::span<Read<Table>> tables) {
  std::vector<Read<Table>*> wanted;
  for (Read<Table>& table : tables)
    if (table.is_given() && table.object->table_type != "VIRTUAL_VIEW") wanted.push_back(&table);
  return wanted;
}

void Give(std::span<Read<Table>*> tables,
          const std::vector<hive::SQLAllTableConstraints>& answers) {
  for (size_t i = 0; i < tables.size(); ++i) tables[i]->object->constraints = ToModel(answers[i]);
}

/// Each kind has its call, and 2.3 knows two of them.
Status AskByKind(ServiceReader& reader, std::span<Read<Table>*> tables,
                 std::vector<hive::SQLAllTableConstraints>& answers) {
  const std::string& catalog = reader.catalog();
  const auto ask = [&](const char* call, auto&& send, auto&& receive) {
    return AskConstraints(reader.client(), call, tables, answers, send, receive);
  };
  MF_RETURN_IF_ERROR(ask(
      "get_primary_keys",
      [&](Api& api, const Table& table) {
        api.send_get_primary_keys(RequestFor<hive::PrimaryKeysRequest>(catalog, table));
      },
      [](Api& api, hive::SQLAllTableConstraints& answer) {
        hive::PrimaryKeysResponse response;
        api.recv_get_primary_keys(response);
        answer.primaryKeys = std::move(response.primaryKeys);
      }));
  MF_RETURN_IF_ERROR(ask(
      "get_foreign_keys",
      [&](Api& api, const Table& table) {
        hive::ForeignKeysRequest request;
        request.__set_foreign_db_name(table.db_name);
        request.__set_foreign_tbl_name(table.table_name);
        request.__set_catName(catalog);
        api.send_get_foreign_keys(request);
      },
      [](Api& api, hive::SQLAllTableConstraints& answer) {
        hive::ForeignKeysResponse response;
        api.recv_get_foreign_keys(response);
        answer.foreignKeys = std::move(response.foreignKeys);
      }));
  if (!reader.client().features().has_all_constraints) return {};
  MF_RETURN_IF_ERROR(ask(
      "get_unique_constraints",
      [&](Api& api, const Table& table) {
        api.send_get_unique_constraints(RequestFor<hive::UniqueConstraintsRequest>(catalog, table));
      },
      [](Api& api, hive::SQLAllTableConstraints& answer) {
        hive::UniqueConstraintsResponse response;
        api.recv_get_unique_constraints(response);
        answer.uniqueConstraints = std::move(response.uniqueConstraints);
      }));
  MF_RETURN_IF_ERROR(ask(
      "get_not_null_constraints",
      [&](Api& api, const Table& table) {
        api.send_get_not_null_constraints(
            RequestFor<hive::NotNullConstraintsRequest>(catalog, table));
      },
      [](Api& api, hive::SQLAllTableConstraints& answer) {
        hive::NotNullConstraintsResponse response;
        api.recv_get_not_null_constraints(response);
        answer.notNullConstraints = std::move(response.notNullConstraints);
      }));
  MF_RETURN_IF_ERROR(ask(
      "get_default_constraints",
      [&](Api& api, const Table& table) {
        api.send_get_default_constraints(
            RequestFor<hive::DefaultConstraintsRequest>(catalog, table));
      },
      [](Api& api, hive::SQLAllTableConstraints& answer) {
        hive::DefaultConstraintsResponse response;
        api.recv_get_default_constraints(response);
        answer.defaultConstraints = std::move(response.defaultConstraints);
      }));
  return ask(
      "get_check_constraints",
      [&](Api& api, const Table& table) {
        api.send_get_check_constraints(RequestFor<hive::CheckConstraintsRequest>(catalog, table));
      },
      [](Api& api, hive::SQLAllTableConstraints& answer) {
        hive::CheckConstraintsResponse response;
        api.recv_get_check_constraints(response);
        answer.checkConstraints = std::move(response.checkConstraints);
      });
}

/// One call a table, in 4.0+. False when the service does not know it.
Result<bool> AskAtOnce(ServiceReader& reader, std::span<Read<Table>*> tables,
                       std::vector<hive::SQLAllTableConstraints>& answers) {
  MF_ASSIGN(const auto errors, reader.client().CallMany(
                                   "get_all_table_constraints", tables.size(),
                                   [&](Api& api, size_t i) {
                                     hive::AllTableConstraintsRequest request;
                                     request.catName = reader.catalog();
                                     request.dbName = tables[i]->object->db_name;
                                     request.tblName = tables[i]->object->table_name;
                                     api.send_get_all_table_constraints(request);
                                   },
                                   [&](Api& api, size_t i) {
                                     hive::AllTableConstraintsResponse response;
                                     api.recv_get_all_table_constraints(response);
                                     answers[i] = std::move(response.allTableConstraints);
                                   }));
  for (size_t i = 0; i < tables.size(); ++i) {
    if (errors[i] && IsUnknownMethod(*errors[i])) return false;
    tables[i]->Note(errors[i]);
  }
  return true;
}

}  // namespace

Status ObjectFacts::AddConstraints(std::span<Read<Table>> tables) {
  std::vector<Read<Table>*> wanted = WithConstraints(tables);
  std::vector<hive::SQLAllTableConstraints> answers(wanted.size());
  if (constraints_at_once_ && reader_.client().features().has_requests) {
    MF_ASSIGN(constraints_at_once_, AskAtOnce(reader_, wanted, answers));
  } else {
    constraints_at_once_ = false;
  }
  if (!constraints_at_once_) MF_RETURN_IF_ERROR(AskByKind(reader_, wanted, answers));
  Give(wanted, answers);
  return {};
}

Status ObjectFacts::AddTo(std::span<Read<Database>> databases) {
  if (skips_.privileges) return {};
  std::vector<Granted<Database>> granted;
  for (Read<Database>& database : databases)
    if (database.is_given())
      granted.push_back(
          {Reference(hive::HiveObjectType::DATABASE, reader_.catalog(), database.object->name),
           &database});
  return AddPrivileges(reader_.client(), granted);
}

Status ObjectFacts::AddTo(std::span<Read<Table>> tables) {
  if (!skips_.constraints) MF_RETURN_IF_ERROR(AddConstraints(tables));
  std::vector<Granted<Table>> granted;
  for (Read<Table>& read : tables) {
    if (!read.is_given() || skips_.privileges) continue;
    const Table& table = *read.object;
    granted.push_back(
        {Reference(hive::HiveObjectType::TABLE, reader_.catalog(), table.db_name, table.table_name),
         &read});
    if (skips_.column_privileges) continue;
    const auto add = [&](const FieldSchema& column) {
      granted.push_back({granted.back().reference, &read});
      granted.back().reference.__set_objectType(hive::HiveObjectType::COLUMN);
      granted.back().reference.__set_columnName(column.name);
    };
    for (const FieldSchema& column : table.sd.format->cols->columns) add(column);
    for (const FieldSchema& key : table.partition_keys) add(key);
  }
  MF_RETURN_IF_ERROR(AddPrivileges(reader_.client(), granted));
  if (skips_.column_statistics) return {};
  return AddStatistics(reader_, tables);
}

Status ObjectFacts::AddTo(bool with_privileges, std::span<Read<Partition>> partitions) {
  if (with_privileges && !skips_.privileges) {
    std::vector<Granted<Partition>> granted;
    for (Read<Partition>& read : partitions) {
      if (!read.is_given()) continue;
      const Partition& partition = *read.object;
      granted.push_back({Reference(hive::HiveObjectType::PARTITION, reader_.catalog(),
                                   partition.db_name, partition.table_name),
                         &read});
      granted.back().reference.__set_partValues(partition.values);
    }
    MF_RETURN_IF_ERROR(AddPrivileges(reader_.client(), granted));
  }
  if (skips_.column_statistics) return {};
  return AddStatistics(reader_, partitions);
}

}  // namespace metaferry
