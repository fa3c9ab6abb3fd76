#include "connectors/hms_thrift/service_part.h"

#include <algorithm>
#include <cmath>

namespace metaferry {
namespace {

/// Hive's MySQL schema keeps four digits behind the point.
constexpr double kRounded = 0.5e-4 + 1e-9;

/// Hadoop's paths have no slash at their end.
void TakeLocation(const std::string& wanted, std::string& now) {
  if (wanted.empty())
    now.clear();
  else if (wanted.ends_with('/') && wanted.substr(0, wanted.size() - 1) == now)
    now = wanted;
}

void TakeText(const std::string& wanted, std::string& now) {
  if (wanted.empty()) now.clear();
}

void TakeOwner(const std::string& wanted, std::string& now, std::string& type) {
  if (!wanted.empty()) return;
  now.clear();
  type.clear();
}

/// A grantor has a type, even when nobody knows who it was.
bool AreSameGrant(HiveObjectPrivilege a, const HiveObjectPrivilege& b) {
  a.create_time = b.create_time;
  if (b.grantor_type.empty()) a.grantor_type.clear();
  return a == b;
}

void TakeTimes(const std::vector<HiveObjectPrivilege>& wanted,
               std::vector<HiveObjectPrivilege>& now) {
  for (HiveObjectPrivilege& p : now) {
    const auto same = std::find_if(wanted.begin(), wanted.end(), [&](const HiveObjectPrivilege& w) {
      return AreSameGrant(p, w);
    });
    if (same != wanted.end()) p = *same;
  }
}

void TakeDigits(const std::optional<double>& wanted, std::optional<double>& now) {
  if (wanted && now && std::abs(*wanted - *now) <= kRounded) now = wanted;
}

/// Most numbers of statistics are not optional in a call.
template <class T>
void TakeZero(const std::optional<T>& wanted, std::optional<T>& now) {
  if (!wanted && now && *now == T{}) now.reset();
}

void TakeStatistics(const std::vector<ColumnStatisticsObj>& wanted,
                    std::vector<ColumnStatisticsObj>& now) {
  for (ColumnStatisticsObj& s : now) {
    const auto same = std::find_if(wanted.begin(), wanted.end(), [&](const ColumnStatisticsObj& w) {
      return w.engine == s.engine && w.col_name == s.col_name;
    });
    if (same == wanted.end()) continue;
    s.last_analyzed = same->last_analyzed;
    TakeDigits(same->double_low_value, s.double_low_value);
    TakeDigits(same->double_high_value, s.double_high_value);
    TakeDigits(same->avg_col_len, s.avg_col_len);
    TakeZero(same->num_nulls, s.num_nulls);
    TakeZero(same->num_distincts, s.num_distincts);
    TakeZero(same->avg_col_len, s.avg_col_len);
    TakeZero(same->max_col_len, s.max_col_len);
    TakeZero(same->num_trues, s.num_trues);
    TakeZero(same->num_falses, s.num_falses);
  }
}

/// Asked for many partitions at a time, services leave out what few SerDes have.
void TakeSerDe(const StorageDescriptor& wanted, StorageDescriptor& now) {
  if (!wanted.format || !now.format) return;
  const SerDeInfo &serde = wanted.format->serde_info, &there = now.format->serde_info;
  const auto differs = [](const std::string& is, const std::string& untold) {
    return untold.empty() && !is.empty();
  };
  if (!differs(serde.description, there.description) &&
      !differs(serde.serializer_class, there.serializer_class) &&
      !differs(serde.deserializer_class, there.deserializer_class))
    return;
  StorageFormat format = *now.format;
  SerDeInfo& own = format.serde_info;
  if (own.description.empty()) own.description = serde.description;
  if (own.serializer_class.empty()) own.serializer_class = serde.serializer_class;
  if (own.deserializer_class.empty()) own.deserializer_class = serde.deserializer_class;
  now.format = ShareFormat(std::move(format));
}

void Take(const Database& wanted, Database& now) {
  now.create_time = wanted.create_time;
  TakeLocation(wanted.location_uri, now.location_uri);
  TakeLocation(wanted.managed_location_uri, now.managed_location_uri);
  TakeText(wanted.type, now.type);
  TakeOwner(wanted.owner_name, now.owner_name, now.owner_type);
  TakeTimes(wanted.privileges, now.privileges);
}

void Take(const Function& wanted, Function& now) {
  now.create_time = wanted.create_time;
  TakeOwner(wanted.owner_name, now.owner_name, now.owner_type);
}

void Take(const Table& wanted, Table& now) {
  now.create_time = wanted.create_time;
  now.write_id = wanted.write_id;
  TakeLocation(wanted.sd.location, now.sd.location);
  TakeOwner(wanted.owner, now.owner, now.owner_type);
  TakeTimes(wanted.privileges, now.privileges);
  TakeStatistics(wanted.column_statistics, now.column_statistics);
  if (wanted.creation_metadata && now.creation_metadata)
    now.creation_metadata->materialization_time = wanted.creation_metadata->materialization_time;
}

void Take(const Partition& wanted, Partition& now) {
  now.create_time = wanted.create_time;
  now.write_id = wanted.write_id;
  TakeLocation(wanted.sd.location, now.sd.location);
  TakeSerDe(wanted.sd, now.sd);
  // Nobody asks a service about every column of every partition.
  for (const HiveObjectPrivilege& p : wanted.privileges)
    if (!p.column_name.empty()) now.privileges.push_back(p);
  TakeTimes(wanted.privileges, now.privileges);
  TakeStatistics(wanted.column_statistics, now.column_statistics);
}

}  // namespace

void TakeServicesPart(const MetadataObject& wanted, MetadataObject& now) {
  std::visit([&](const auto& thing) { Take(thing, std::get<std::decay_t<decltype(thing)>>(now)); },
             wanted);
}

}  // namespace metaferry
