/// \file
/// The canonical form: one byte string per object, the same whatever engine or schema version held
/// it. It ends in a tail that is kept but not compared (volatile parameters such as
/// transient_lastDdlTime); the fingerprint covers what stands before the tail.
///
/// Layout: a version byte, the fields in fixed order (varint lengths and numbers, sorted maps),
/// then the tail. Column lists and storage formats stand in it by digest, so that a million
/// partitions of one table do not repeat them. Names of catalog, database, table and partition are
/// not part of it: they are the object's id.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "metaferry/change.h"
#include "metaferry/model.h"
#include "metaferry/result.h"

namespace metaferry {

/// Of the form written here. Fingerprints of different versions cannot be compared.
inline constexpr uint64_t kCanonicalVersion = 1;

/// True for parameters that change by themselves: statistics, times of last change.
bool IsVolatileParameter(std::string_view key);

/// Brings an object to its one form: lists without an order of their own are sorted, an owner has a
/// type and no owner has none, a bucket count needs bucket columns.
void Normalize(MetadataObject& object);

/// Normalizes the object of `desired` and fills its `canonical` and `fingerprint`. Thread-safe.
void Canonicalize(Desired& desired);

/// The fingerprint of an object as it stands. Thread-safe.
Fingerprint FingerprintOf(const MetadataObject& object);

/// The canonical bytes of a shared part; stored once under its digest.
std::string EncodeColumns(const ColumnList& columns);
std::string EncodeFormat(const StorageFormat& format);

/// Finds a shared format by digest. kData when there is none.
using FormatResolver = std::function<Result<SharedFormat>(const Fingerprint&)>;
using ColumnsResolver = std::function<Result<SharedColumns>(const Fingerprint&)>;

/// Reads a column list or a format back. kData when the bytes are not ours or damaged.
Result<SharedColumns> DecodeColumns(std::string_view bytes);
Result<SharedFormat> DecodeFormat(std::string_view bytes, const ColumnsResolver& columns);

/// Reads an object back; the names come from `id`. kData when the bytes are not ours or damaged.
Result<MetadataObject> DecodeObject(const ObjectId& id, std::string_view canonical,
                                    const FormatResolver& formats);

}  // namespace metaferry
