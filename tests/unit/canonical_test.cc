#include "metaferry/canonical.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "metaferry/json_line.h"
#include "tests/unit/matchers.h"
#include "tests/unit/support/every_field.h"
#include "tests/unit/support/random_objects.h"
#include "tests/unit/support/samples.h"

namespace metaferry {
namespace {

using samples::Desire;
using samples::NormalFingerprint;

/// Column lists and formats by digest, as a catalog keeps them.
class SharedParts {
 public:
  void Keep(const MetadataObject& object) {
    if (const auto* t = std::get_if<Table>(&object)) Keep(t->sd);
    if (const auto* p = std::get_if<Partition>(&object)) Keep(p->sd);
  }
  FormatResolver Formats() const {
    return [this](const Fingerprint& digest) -> Result<SharedFormat> {
      const auto it = bytes_.find(digest);
      if (it == bytes_.end()) return Missing();
      return DecodeFormat(it->second, Columns());
    };
  }
  ColumnsResolver Columns() const {
    return [this](const Fingerprint& digest) -> Result<SharedColumns> {
      const auto it = bytes_.find(digest);
      if (it == bytes_.end()) return Missing();
      return DecodeColumns(it->second);
    };
  }

 private:
  static Unexpected Missing() { return Fail(ErrorKind::kData, "missing_part", "no such part"); }
  void Keep(const StorageDescriptor& sd) {
    if (!sd.format) return;
    bytes_[sd.format->digest] = EncodeFormat(*sd.format);
    bytes_[sd.format->cols->digest] = EncodeColumns(*sd.format->cols);
  }
  std::map<Fingerprint, std::string> bytes_;
};

std::string LineOf(const MetadataObject& object) {
  std::string line;
  AppendJsonLine(object, line);
  return line;
}

template <class T, class F>
Fingerprint With(T object, F&& change) {
  change(object);
  return NormalFingerprint(std::move(object));
}

template <class T, class F>
Fingerprint WithFormat(T object, F&& change) {
  StorageFormat f = *object.sd.format;
  change(f);
  object.sd.format = ShareFormat(std::move(f));
  return NormalFingerprint(std::move(object));
}

// ---- What makes no difference ------------------------------------------------------------------

TEST(CanonicalTest, TheOrderInWhichParametersCameMakesNoDifference) {
  std::vector<std::pair<std::string, std::string>> entries = {
      {"a", "1"}, {"b", "2"}, {"B", "3"}, {"é", "4"}, {"", "5"}};
  std::set<Fingerprint> seen;
  std::sort(entries.begin(), entries.end());
  do {
    Table t = samples::RichTable();
    t.parameters.clear();
    for (const auto& [key, value] : entries) t.parameters.emplace(key, value);
    seen.insert(NormalFingerprint(t));
  } while (std::next_permutation(entries.begin(), entries.end()));
  EXPECT_EQ(seen.size(), 1u);
}

TEST(CanonicalTest, TheOrderOfListsWithoutAnOrderMakesNoDifference) {
  const Table plain = samples::RichTable();
  const Fingerprint same = NormalFingerprint(plain);
  samples::RandomObjects random(3);
  for (int i = 0; i < 50; ++i) {
    Table t = plain;
    const auto shuffle = [&](auto& list) {
      for (size_t n = list.size(); n > 1; --n) std::swap(list[n - 1], list[random.Below(n)]);
    };
    shuffle(t.constraints);
    shuffle(t.column_statistics);
    shuffle(t.creation_metadata->source_tables);
    EXPECT_EQ(NormalFingerprint(t), same);
  }
  Partition p = samples::RichPartition();
  auto other = samples::RichPrivilege();
  other.principal_name = "zoe";
  p.privileges.push_back(other);
  EXPECT_EQ(With(p, [](Partition& q) { std::swap(q.privileges[0], q.privileges[1]); }),
            NormalFingerprint(p));
}

TEST(CanonicalTest, AnOwnerTypeWithoutAnOwnerIsNoOwner) {
  Table none = samples::RichTable();
  none.owner.clear();
  none.owner_type.clear();
  for (const char* type : {"USER", "ROLE", "GROUP"})
    EXPECT_EQ(With(none, [&](Table& t) { t.owner_type = type; }), NormalFingerprint(none));
}

TEST(CanonicalTest, AnOwnerWithoutATypeIsAUser) {
  EXPECT_EQ(With(samples::RichTable(), [](Table& t) { t.owner_type.clear(); }),
            NormalFingerprint(samples::RichTable()));
  Function f = samples::RichFunction();
  f.owner_type = "USER";
  EXPECT_EQ(With(f, [](Function& g) { g.owner_type.clear(); }), NormalFingerprint(f));
}

TEST(CanonicalTest, ADatabaseWithoutATypeIsNative) {
  Database d = samples::MakeDatabase("sales");
  EXPECT_EQ(With(d, [](Database& e) { e.type = "NATIVE"; }), NormalFingerprint(d));
  EXPECT_NE(With(d, [](Database& e) { e.type = "REMOTE"; }), NormalFingerprint(d));
}

TEST(CanonicalTest, ANumberOfBucketsWithoutBucketColumnsMakesNoDifference) {
  const Table t = samples::MakeTable("sales", "orders");
  for (int32_t buckets : {-1, 0, 32})
    EXPECT_EQ(WithFormat(t, [&](StorageFormat& f) { f.num_buckets = buckets; }),
              NormalFingerprint(t));
  const auto bucketed = [&](int32_t buckets) {
    return WithFormat(t, [&](StorageFormat& f) {
      f.bucket_cols = {"id"};
      f.num_buckets = buckets;
    });
  };
  EXPECT_NE(bucketed(4), bucketed(8));
}

TEST(CanonicalTest, ParametersThatChangeByThemselvesMakeNoDifference) {
  for (const char* key :
       {"transient_lastDdlTime", "last_modified_time", "last_modified_by", "numFiles", "totalSize",
        "numRows", "rawDataSize", "COLUMN_STATS_ACCURATE", "STATS_GENERATED_VIA_STATS_TASK",
        "impala.lastComputeStatsTime", "spark.sql.statistics.totalSize"}) {
    EXPECT_TRUE(IsVolatileParameter(key)) << key;
    const auto put = [&](auto& object) { object.parameters[key] = "9"; };
    EXPECT_EQ(With(samples::RichDatabase(), put), NormalFingerprint(samples::RichDatabase()));
    EXPECT_EQ(With(samples::RichTable(), put), NormalFingerprint(samples::RichTable()));
    EXPECT_EQ(With(samples::RichPartition(), put), NormalFingerprint(samples::RichPartition()));
  }
}

TEST(CanonicalTest, OtherParametersAreComparedHoweverAlikeTheyLook) {
  for (const char* key : {"", "t", "transient_lastddltime", "NUMROWS", "numRows ", "impala",
                          "spark.sql.statistic", "spark.sql.sources.schema", "comment", "EXTERNAL",
                          "transactional", "skip.header.line.count"}) {
    EXPECT_FALSE(IsVolatileParameter(key)) << key;
    EXPECT_NE(With(samples::RichTable(), [&](Table& t) { t.parameters[key] = "a new value"; }),
              NormalFingerprint(samples::RichTable()))
        << key;
  }
}

TEST(CanonicalTest, NamesAreNotPartOfIt) {
  Table t = samples::RichTable();
  t.catalog_name = "other";
  t.db_name = "db";
  t.table_name = "t";
  EXPECT_EQ(NormalFingerprint(t), NormalFingerprint(samples::RichTable()));
}

// ---- What makes a difference -------------------------------------------------------------------

TEST(CanonicalTest, EveryComparedFieldOfEveryKindMakesADifference) {
  for (const MetadataObject& object : samples::RichObjects()) {
    std::map<Fingerprint, std::string> seen = {{NormalFingerprint(object), "unchanged"}};
    for (const samples::Changed& changed : samples::ChangeEveryField(object)) {
      const auto [at, is_new] = seen.emplace(NormalFingerprint(changed.object), changed.path);
      EXPECT_TRUE(is_new) << ToString(KindOf(object)) << ": a change of " << changed.path
                          << " is the same as " << at->second;
    }
  }
}

TEST(CanonicalTest, EveryTextMakesADifferenceWhenItIsEmptied) {
  for (const MetadataObject& object : samples::RichObjects()) {
    const Fingerprint before = NormalFingerprint(object);
    for (const samples::Changed& changed : samples::SetEveryText(object, "")) {
      if (changed.object.index() == object.index() && LineOf(changed.object) == LineOf(object))
        continue;  // it was empty before
      // USER is what an owner without a type has.
      if (changed.path == "owner_type" && KindOf(object) == ObjectKind::kTable) continue;
      EXPECT_NE(NormalFingerprint(changed.object), before) << changed.path;
    }
  }
}

TEST(CanonicalTest, AnEmptyParameterIsNotAMissingOne) {
  const Table t = samples::RichTable();
  const auto with_empty = With(t, [](Table& u) { u.parameters["new"] = ""; });
  EXPECT_NE(with_empty, NormalFingerprint(t));
  EXPECT_NE(With(t, [](Table& u) { u.parameters.erase("comment"); }), NormalFingerprint(t));
  EXPECT_NE(With(t, [](Table& u) { u.parameters["comment"] = ""; }),
            With(t, [](Table& u) { u.parameters.erase("comment"); }));
}

TEST(CanonicalTest, TheOrderOfListsWithAnOrderMakesADifference) {
  const Table t = samples::RichTable();
  const Fingerprint before = NormalFingerprint(t);
  EXPECT_NE(With(t, [](Table& u) { std::swap(u.partition_keys[0], u.partition_keys[1]); }), before);
  EXPECT_NE(WithFormat(t, [](StorageFormat& f) { std::swap(f.bucket_cols[0], f.bucket_cols[1]); }),
            before);
  EXPECT_NE(WithFormat(t, [](StorageFormat& f) { std::swap(f.sort_cols[0], f.sort_cols[1]); }),
            before);
  EXPECT_NE(WithFormat(t,
                       [](StorageFormat& f) {
                         auto columns = f.cols->columns;
                         std::swap(columns[0], columns[1]);
                         f.cols = ShareColumns(std::move(columns));
                       }),
            before);
  EXPECT_NE(
      With(samples::RichPartition(), [](Partition& p) { std::swap(p.values[0], p.values[1]); }),
      NormalFingerprint(samples::RichPartition()));
}

TEST(CanonicalTest, TextsCannotRunIntoEachOther) {
  const auto owner = [](std::string description, std::string location) {
    Database d = samples::MakeDatabase("sales");
    d.description = std::move(description);
    d.location_uri = std::move(location);
    return NormalFingerprint(d);
  };
  EXPECT_NE(owner("ab", "c"), owner("a", "bc"));
  EXPECT_NE(owner("", "abc"), owner("abc", ""));
  const auto values = [](std::vector<std::string> list) {
    Partition p = samples::RichPartition();
    p.values = std::move(list);
    return NormalFingerprint(p);
  };
  EXPECT_NE(values({"a", "b"}), values({"ab"}));
  EXPECT_NE(values({"a", ""}), values({"a"}));
}

TEST(CanonicalTest, AnAbsentStatisticIsNotZero) {
  Table t = samples::RichTable();
  t.column_statistics[1].num_nulls = 0;
  EXPECT_NE(With(t, [](Table& u) { u.column_statistics[1].num_nulls.reset(); }),
            NormalFingerprint(t));
}

TEST(CanonicalTest, APartitionWithoutADescriptorIsNotOneWithAnEmptyOne) {
  Partition p = samples::RichPartition();
  p.sd = {};
  StorageFormat empty;
  empty.cols = ShareColumns({});
  EXPECT_NE(With(p, [&](Partition& q) { q.sd.format = ShareFormat(empty); }), NormalFingerprint(p));
}

TEST(CanonicalTest, KindsWithTheSameContentDiffer) {
  Table t;
  t.sd.format = samples::MakePartition("d", "t", "k=v").sd.format;
  Partition p;
  p.sd.format = t.sd.format;
  EXPECT_NE(NormalFingerprint(t), NormalFingerprint(p));
  EXPECT_NE(NormalFingerprint(Database{}), NormalFingerprint(Function{}));
}

// ---- The digest itself -------------------------------------------------------------------------

TEST(FingerprintTest, IsTheFirstHalfOfTheSha256) {
  EXPECT_EQ(ToHex(FingerprintOf(std::string_view("abc"))), "ba7816bf8f01cfea414140de5dae2223");
  EXPECT_EQ(ToHex(FingerprintOf(std::string_view())), "e3b0c44298fc1c149afbf4c8996fb924");
}

TEST(FingerprintTest, CoversWhatStandsBeforeTheTail) {
  Desired desired = Desire(samples::RichTable());
  EXPECT_EQ(desired.fingerprint, FingerprintOf(desired.object));
  EXPECT_NE(desired.fingerprint, FingerprintOf(std::string_view(desired.canonical)));
}

// ---- There and back ----------------------------------------------------------------------------

void ExpectToReadBack(const MetadataObject& object) {
  SharedParts parts;
  parts.Keep(object);
  const Desired desired = Desire(object);
  const auto read = DecodeObject(desired.id, desired.canonical, parts.Formats());
  ASSERT_THAT(read, IsOk()) << LineOf(object);
  EXPECT_EQ(LineOf(*read), LineOf(desired.object));
  const Desired again = Desire(*read);
  EXPECT_EQ(again.id, desired.id);
  EXPECT_EQ(again.canonical, desired.canonical);
  EXPECT_EQ(again.fingerprint, desired.fingerprint);
}

TEST(CanonicalTest, EveryKindReadsBack) {
  for (const MetadataObject& object : samples::RichObjects()) ExpectToReadBack(object);
}

TEST(CanonicalTest, KeepsWhatItDoesNotCompare) {
  Database d = samples::RichDatabase();
  d.type = "NATIVE";
  const Desired desired = Desire(d);
  const auto read = DecodeObject(desired.id, desired.canonical, SharedParts().Formats());
  ASSERT_THAT(read, IsOk());
  const Database& back = std::get<Database>(*read);
  EXPECT_EQ(back.type, "NATIVE");
  EXPECT_EQ(back.create_time, 1600000000);
  EXPECT_EQ(back.parameters.at("numFiles"), "3");
}

TEST(CanonicalTest, RandomObjectsReadBack) {
  samples::RandomObjects random(42);
  for (int i = 0; i < 4000; ++i) {
    ExpectToReadBack(random.Object(kAllKinds[random.Below(kKinds)]));
    if (HasFatalFailure()) return;
  }
}

TEST(CanonicalTest, SharedPartsReadBackWithTheirDigests) {
  const SharedFormat format = ShareFormat(samples::RichFormat());
  const auto columns = DecodeColumns(EncodeColumns(*format->cols));
  ASSERT_THAT(columns, IsOk());
  EXPECT_EQ((*columns)->columns, format->cols->columns);
  EXPECT_EQ((*columns)->digest, format->cols->digest);
  const auto back = DecodeFormat(
      EncodeFormat(*format), [&](const Fingerprint&) -> Result<SharedColumns> { return *columns; });
  ASSERT_THAT(back, IsOk());
  EXPECT_EQ((*back)->digest, format->digest);
  EXPECT_EQ((*back)->skewed_info, format->skewed_info);
  EXPECT_EQ((*back)->serde_info, format->serde_info);
}

// ---- Damage ------------------------------------------------------------------------------------

TEST(CanonicalTest, EveryCutIsAnError) {
  for (const MetadataObject& object : samples::RichObjects()) {
    SharedParts parts;
    parts.Keep(object);
    const Desired desired = Desire(object);
    for (size_t size = 0; size < desired.canonical.size(); ++size) {
      const std::string cut = desired.canonical.substr(0, size);  // its own end, for the sanitizer
      EXPECT_THAT(DecodeObject(desired.id, cut, parts.Formats()), IsError("damaged_object"))
          << ToString(desired.id.kind) << " cut after " << size << " bytes";
    }
  }
}

TEST(CanonicalTest, EveryCutOfASharedPartIsAnError) {
  const SharedFormat format = ShareFormat(samples::RichFormat());
  const std::string columns = EncodeColumns(*format->cols), whole = EncodeFormat(*format);
  for (size_t size = 0; size < columns.size(); ++size)
    EXPECT_THAT(DecodeColumns(columns.substr(0, size)), IsError("damaged_object"));
  const auto resolve = [&](const Fingerprint&) -> Result<SharedColumns> { return format->cols; };
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_THAT(DecodeFormat(whole.substr(0, size), resolve), IsError("damaged_object"));
}

TEST(CanonicalTest, BytesBehindTheEndAreAnError) {
  for (const MetadataObject& object : samples::RichObjects()) {
    SharedParts parts;
    parts.Keep(object);
    const Desired desired = Desire(object);
    EXPECT_THAT(DecodeObject(desired.id, desired.canonical + '\0', parts.Formats()),
                IsError("damaged_object"));
  }
}

TEST(CanonicalTest, AnotherVersionOrKindIsAnError) {
  Desired desired = Desire(samples::RichDatabase());
  std::string newer = desired.canonical;
  newer[0] = 2;
  EXPECT_THAT(DecodeObject(desired.id, newer, SharedParts().Formats()), IsError("damaged_object"));
  ObjectId other = desired.id;
  other.kind = ObjectKind::kFunction;
  EXPECT_THAT(DecodeObject(other, desired.canonical, SharedParts().Formats()),
              IsError("damaged_object"));
}

TEST(CanonicalTest, AMissingSharedPartIsAnError) {
  const Desired desired = Desire(samples::RichTable());
  EXPECT_THAT(DecodeObject(desired.id, desired.canonical, SharedParts().Formats()),
              IsError("missing_part"));
}

TEST(CanonicalTest, DamagedBytesAreAnErrorOrAnotherWellFormedObject) {
  samples::RandomObjects random(99);
  for (const MetadataObject& object : samples::RichObjects()) {
    SharedParts parts;
    parts.Keep(object);
    const Desired desired = Desire(object);
    for (int i = 0; i < 3000; ++i) {
      std::string damaged = desired.canonical;
      for (uint64_t n = 1 + random.Below(3); n > 0; --n)
        damaged[random.Below(damaged.size())] ^= static_cast<char>(1 + random.Below(255));
      const auto read = DecodeObject(desired.id, damaged, parts.Formats());
      if (!read) {
        EXPECT_EQ(read.error().kind, ErrorKind::kData);
        continue;
      }
      // What does decode is an object that can be shown and encoded like any other.
      EXPECT_FALSE(LineOf(*read).empty());
      ExpectToReadBack(*read);
      if (HasFailure()) return;
    }
  }
}

TEST(CanonicalTest, RandomBytesNeverCrash) {
  samples::RandomObjects random(5);
  SharedParts parts;
  parts.Keep(samples::RichTable());
  for (int i = 0; i < 20000; ++i) {
    std::string bytes = random.Bytes(random.Below(80));
    const ObjectKind kind = kAllKinds[random.Below(kKinds)];
    if (bytes.size() > 2) {
      bytes[0] = 1;
      bytes[1] = static_cast<char>(IndexOf(kind));
    }
    const auto expect_data_error = [](const auto& result) {
      if (!result) {
        EXPECT_EQ(result.error().kind, ErrorKind::kData);
      }
    };
    expect_data_error(DecodeObject({kind, "c", "d", "n", "p"}, bytes, parts.Formats()));
    expect_data_error(DecodeColumns(bytes));
    expect_data_error(DecodeFormat(bytes, parts.Columns()));
  }
}

}  // namespace
}  // namespace metaferry
