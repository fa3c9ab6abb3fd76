/// \file
/// What is to be done to one object, and what came of it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metaferry/finding.h"
#include "metaferry/model.h"

namespace metaferry {

/// Every object read ends as exactly one of these; the books sum them.
enum class Outcome { kCreated, kUpdated, kUnchanged, kFiltered, kRefused, kFailed };
inline constexpr size_t kOutcomes = 6;
inline constexpr std::array<Outcome, kOutcomes> kAllOutcomes = {
    Outcome::kCreated,  Outcome::kUpdated, Outcome::kUnchanged,
    Outcome::kFiltered, Outcome::kRefused, Outcome::kFailed};

/// "created", "updated", ...: the names of the summary's counts.
std::string_view ToString(Outcome outcome);
std::optional<Outcome> OutcomeFrom(std::string_view name);

/// One field that differs. Values are JSON texts; an empty string means the field is absent there.
struct FieldChange {
  std::string path;  ///< `storage_descriptor.columns[2].column_type`, `parameters["k"]`
  std::string before;
  std::string after;
  bool operator==(const FieldChange&) const = default;
};

/// What became of one location by the rules.
struct LocationFate {
  std::string field;  ///< path within the object
  int rule = -1;      ///< index into the job's locations; -1: no rule matched
  std::string from;
  std::string to;         ///< equals `from` when no rule matched
  bool directory = true;  ///< false for a file (function resource, Avro schema)
};

/// An object with its desired state, ready to be compared with the target's.
struct Desired {
  ObjectId id;
  std::optional<ObjectId> source = {};  ///< who it is at the source, where that is another name
  int rename = -1;                      ///< index of the rename that decided its name; -1: none
  MetadataObject object;
  Fingerprint fingerprint;
  std::string canonical;  ///< the canonical form the fingerprint was made of
  std::vector<LocationFate> locations;
  std::vector<Finding> findings;
};

/// Create or update one object.
struct Change {
  const Desired* desired = nullptr;  ///< outlives the change
  bool exists = false;               ///< update rather than create
};

/// The seven numbers of one kind.
struct Counts {
  uint64_t read = 0;
  std::array<uint64_t, kOutcomes> by_outcome{};

  uint64_t& operator[](Outcome o) { return by_outcome[static_cast<size_t>(o)]; }
  uint64_t operator[](Outcome o) const { return by_outcome[static_cast<size_t>(o)]; }
  uint64_t Sum() const {
    uint64_t n = 0;
    for (uint64_t c : by_outcome) n += c;
    return n;
  }
};

/// The books of a run, one row a kind.
struct Books {
  std::array<Counts, kKinds> kinds;

  Counts& operator[](ObjectKind k) { return kinds[IndexOf(k)]; }
  const Counts& operator[](ObjectKind k) const { return kinds[IndexOf(k)]; }
  uint64_t Total(Outcome o) const {
    uint64_t n = 0;
    for (const Counts& c : kinds) n += c[o];
    return n;
  }
  uint64_t Read() const {
    uint64_t n = 0;
    for (const Counts& c : kinds) n += c.read;
    return n;
  }
  /// read = the sum of all outcomes, for every kind.
  bool Balance() const {
    for (const Counts& c : kinds)
      if (c.read != c.Sum()) return false;
    return true;
  }
};

}  // namespace metaferry
