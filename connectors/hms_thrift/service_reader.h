/// \file
/// Objects of a metastore service, by name and many at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "connectors/hms_thrift/metastore_client.h"
#include "connectors/hms_thrift/to_model.h"
#include "metaferry/model.h"
#include "metaferry/result.h"

namespace metaferry {

/// What came of one name. Without object and problem: there is no such object (any more).
template <class T>
struct Read {
  std::optional<T> object;
  std::string problem;  ///< why the service does not give an object that it has

  bool is_given() const { return object && problem.empty(); }
  /// What could not be asked about the object. What is gone now was there a moment ago, and has no
  /// such thing to tell; the first problem stays.
  void Note(const std::optional<Error>& error) {
    if (error && error->kind != ErrorKind::kNotFound && problem.empty()) problem = error->message;
  }
};
/// In the order of the names that were asked for.
template <class T>
using Reads = std::vector<Read<T>>;

/// Errors are those of connections; what concerns single objects is in their Reads. Databases,
/// functions and tables come without what table_facts.h adds. One thread.
class ServiceReader {
 public:
  /// `client` outlives it.
  ServiceReader(MetastoreClient& client, std::string catalog)
      : client_(client), catalog_(std::move(catalog)) {}

  /// Of the catalog, in byte order, as all names here.
  Result<std::vector<std::string>> DatabaseNames();
  /// These are empty when there is no such parent.
  Result<std::vector<std::string>> FunctionNames(const std::string& database);
  Result<std::vector<std::string>> TableNames(const std::string& database);
  Result<std::vector<std::string>> PartitionNames(const std::string& database,
                                                  const std::string& table);
  /// How many partitions each table of a database has.
  Result<std::vector<uint64_t>> CountPartitions(const std::string& database,
                                                std::span<const std::string> tables);

  Result<Reads<Database>> Databases(std::span<const std::string> names);
  Result<Reads<Function>> Functions(const std::string& database,
                                    std::span<const std::string> names);
  /// In one call, or in several when the service cannot give them together.
  Result<Reads<Table>> Tables(const std::string& database, std::span<const std::string> names);
  /// The same. `keys` are the table's.
  Result<Reads<Partition>> Partitions(const std::string& database, const std::string& table,
                                      const std::vector<std::string>& keys,
                                      std::span<const std::string> names);

  MetastoreClient& client() { return client_; }
  const std::string& catalog() const { return catalog_; }
  /// As most calls take the name of a database.
  std::string Qualified(const std::string& database) const {
    return QualifiedDatabase(client_.features(), catalog_, database);
  }

 private:
  Result<std::vector<hive::Table>> CallTables(const std::string& database,
                                              std::span<const std::string> names);
  Result<Read<Table>> OneTable(const std::string& database, const std::string& name);
  Result<std::vector<hive::Partition>> CallPartitions(const std::string& database,
                                                      const std::string& table,
                                                      std::span<const std::string> names);
  Status TakePartitions(const std::string& database, const std::string& table,
                        const std::vector<std::string>& keys, std::span<const std::string> names,
                        std::span<Read<Partition>> reads);
  Status TakeMissing(const std::string& database, const std::string& table,
                     const std::vector<std::string>& keys, std::span<const std::string> names,
                     std::span<Read<Partition>> reads);
  Status TakeTables(const std::string& database, std::span<const std::string> names,
                    std::span<Read<Table>> reads);

  MetastoreClient& client_;
  std::string catalog_;
  DescriptorPool pool_;
};

/// For requests of 4.0+: who asks, and that what is stored shall be answered as it is. By default
/// such a service answers what it makes of it for a client that is thought to understand less.
std::vector<std::string> ProcessorCapabilities();
inline constexpr const char* kProcessorIdentifier = "metaferry";

}  // namespace metaferry
