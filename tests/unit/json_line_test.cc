#include "metaferry/json_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "metaferry/canonical.h"
#include "tests/unit/matchers.h"
#include "tests/unit/support/random_objects.h"
#include "tests/unit/support/samples.h"

namespace metaferry {
namespace {

using nlohmann::json;
using samples::Desire;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string LineOf(const MetadataObject& object) {
  std::string line;
  AppendJsonLine(object, line);
  return line;
}

// ---- Exact bytes -------------------------------------------------------------------------------

TEST(JsonLineTest, WritesADatabase) {
  EXPECT_EQ(LineOf(samples::RichDatabase()),
            R"({"hive":{"connector_name":"pg","managed_location":"hdfs://nn1/managed/sales.db",)"
            R"("privileges":[{"authorizer":"SQL","grantInfo":{"createTime":1600000001,)"
            R"("grantOption":true,"grantor":"admin","grantorType":"USER","privilege":"SELECT"},)"
            R"("hiveObject":{"catName":"lake","dbName":"sales","objectType":"DATABASE"},)"
            R"("principalName":"analysts","principalType":"ROLE"}],)"
            R"("remote_dbname":"public","type":"REMOTE"},)"
            R"("kind":"DATABASE","object":{"catalog_name":"lake","database_name":"sales",)"
            R"("description":"Umsätze \"2024\"","location":"hdfs://nn1/wh/sales.db",)"
            R"("owner":"hive","owner_type":"ROLE",)"
            R"("parameters":{"":"empty key","a":"","b":"line\nend","numFiles":"3"}}})");
}

TEST(JsonLineTest, WritesAFunction) {
  EXPECT_EQ(LineOf(samples::RichFunction()),
            R"({"kind":"FUNCTION","object":{"catalog_name":"lake",)"
            R"("class_name":"com.example.ToEuro","create_time":"2023-05-27T10:04:35Z",)"
            R"("database_name":"sales","function_name":"to_euro","function_type":"JAVA",)"
            R"("owner":"hive","owner_type":"GROUP","resource_uris":[)"
            R"({"type":"JAR","uri":"hdfs://nn1/udf/a.jar"},)"
            R"({"type":"FILE","uri":"hdfs://nn1/udf/b.txt"}]}})");
}

const std::string kRichStatsObj =
    R"("statsObj":[)"
    R"({"colName":"a_flag","colType":"boolean","statsData":{"booleanStats":{"numFalses":6,)"
    R"("numNulls":3,"numTrues":5}}},)"
    R"({"colName":"b_id","colType":"bigint","statsData":{"longStats":{"bitVectors":"Rk0A/w==",)"
    R"("highValue":9000000000,"histogram":"AQI=","lowValue":-1,"numDVs":12,"numNulls":3}}},)"
    R"({"colName":"c_ratio","colType":"double","statsData":{"doubleStats":{"highValue":1e+300,)"
    R"("lowValue":-0.5,"numDVs":4,"numNulls":3}}},)"
    R"j({"colName":"d_name","colType":"varchar(20)","statsData":{"stringStats":{"avgColLen":2.25,)j"
    R"("maxColLen":20,"numDVs":7,"numNulls":3}}},)"
    R"({"colName":"e_blob","colType":"binary","statsData":{"binaryStats":{"avgColLen":100.0,)"
    R"("maxColLen":200,"numNulls":3}}},)"
    R"j({"colName":"f_amount","colType":"decimal(10,2)","statsData":{"decimalStats":{)j"
    R"("highValue":{"scale":2,"unscaled":"AJiWfw=="},"lowValue":{"scale":2,"unscaled":"+x4="},)"
    R"("numDVs":8,"numNulls":3}}},)"
    R"({"colName":"g_day","colType":"date","statsData":{"dateStats":{)"
    R"("highValue":{"daysSinceEpoch":19000},"lowValue":{"daysSinceEpoch":18000},)"
    R"("numDVs":9,"numNulls":3}}},)"
    R"({"colName":"h_moment","colType":"timestamp","statsData":{"timestampStats":{)"
    R"("highValue":{"secondsSinceEpoch":1600000000},"lowValue":{"secondsSinceEpoch":1500000000},)"
    R"("numDVs":10,"numNulls":3}}}])";

const std::string kRichSerDe =
    R"("serde_info":{"description":"reads rows","deserializerClass":"de.Class",)"
    R"("serializerClass":"ser.Class"},)";

std::string RichDescriptor(const std::string& location) {
  return R"("storage_descriptor":{"bucket_columns":["id","größe"],"columns":[)"
         R"({"column_name":"id","column_type":"bigint","comment":"the key"},)"
         R"({"column_name":"größe","column_type":"array<int>","comment":"Maß in ㎝"}],)"
         R"("compressed":true,"input_format":"in.Format","location":")" +
         location +
         R"(","number_of_buckets":8,"output_format":"out.Format",)"
         R"("parameters":{"sd.key":"sd value"},)"
         R"("serde_info":{"parameters":{"field.delim":"\u0001","path":"hdfs://nn1/p"},)"
         R"("serialization_library":"lib.SerDe"},)"
         R"("skewed_info":{"skewed_column_names":["id","größe"],)"
         R"("skewed_column_value_location_maps":{"[\"1\",\"x\\\"y\"]":"hdfs://nn1/skew/1",)"
         R"("[\"2\",\"\"]":"hdfs://nn1/skew/2"},)"
         R"("skewed_column_values":[["1","x\"y"],["2",""]]},)"
         R"("sort_columns":[{"column":"id","sort_order":1},{"column":"größe","sort_order":0}],)"
         R"("stored_as_sub_directories":true})";
}

TEST(JsonLineTest, WritesATable) {
  EXPECT_EQ(
      LineOf(samples::RichTable()),
      R"({"hive":{"column_statistics":[{"engine":"hive","statsDesc":{"catName":"lake",)"
      R"("dbName":"sales","isTblLevel":true,"lastAnalyzed":1600000002,"tableName":"orders"},)" +
          kRichStatsObj +
          R"(}],"constraints":{)"
          R"("checkConstraints":[{"catName":"lake","check_expression":"amount > 0",)"
          R"("column_name":"amount","dc_name":"cc1","enable_cstr":false,"rely_cstr":true,)"
          R"("table_db":"sales","table_name":"orders","validate_cstr":false}],)"
          R"("defaultConstraints":[{"catName":"lake","column_name":"code","dc_name":"dc1",)"
          R"("default_value":"'none'","enable_cstr":true,"rely_cstr":false,"table_db":"sales",)"
          R"("table_name":"orders","validate_cstr":false}],)"
          R"("foreignKeys":[{"catName":"lake","delete_rule":3,"enable_cstr":false,)"
          R"("fk_name":"fk1","fkcolumn_name":"customer","fktable_db":"sales",)"
          R"("fktable_name":"orders","key_seq":1,"pk_name":"pk_customers","pkcolumn_name":"id",)"
          R"("pktable_db":"crm","pktable_name":"customers","rely_cstr":false,"update_rule":2,)"
          R"("validate_cstr":true}],)"
          R"("notNullConstraints":[{"catName":"lake","column_name":"id","enable_cstr":true,)"
          R"("nn_name":"nn1","rely_cstr":true,"table_db":"sales","table_name":"orders",)"
          R"("validate_cstr":true}],)"
          R"("primaryKeys":[{"catName":"lake","column_name":"id","enable_cstr":true,"key_seq":1,)"
          R"("pk_name":"pk1","rely_cstr":true,"table_db":"sales","table_name":"orders",)"
          R"("validate_cstr":false}],)"
          R"("uniqueConstraints":[{"catName":"lake","column_name":"code","enable_cstr":true,)"
          R"("key_seq":2,"rely_cstr":false,"table_db":"sales","table_name":"orders",)"
          R"("uk_name":"uk1","validate_cstr":true}]},)"
          R"("materialized_view":{"catName":"lake","dbName":"sales",)"
          R"("materializationTime":1600000000123,"sourceTables":[{"deletedCount":3,)"
          R"("insertedCount":1,"table":"sales.a","updatedCount":2}],)"
          R"("tablesUsed":["sales.a","sales.b"],"tblName":"orders",)"
          R"("validTxnList":"12:9223372036854775807::"},)"
          R"("privileges":[{"authorizer":"SQL","grantInfo":{"createTime":1600000001,)"
          R"("grantOption":true,"grantor":"admin","grantorType":"USER","privilege":"SELECT"},)"
          R"("hiveObject":{"catName":"lake","columnName":"amount","dbName":"sales",)"
          R"("objectName":"orders","objectType":"COLUMN"},)"
          R"("principalName":"analysts","principalType":"ROLE"}],)"
          R"("rewrite_enabled":true,)" +
          kRichSerDe +
          R"("write_id":11},"kind":"TABLE","object":{"catalog_name":"lake",)"
          R"("create_time":"2023-05-27T10:04:35Z","database_name":"sales",)"
          R"("last_access_time":"2023-05-27T10:04:36Z","owner":"hive","owner_type":"USER",)"
          R"("parameters":{"EXTERNAL":"TRUE","comment":"注文","transient_lastDdlTime":"1"},)"
          R"("partition_keys":[{"column_name":"dt","column_type":"string","comment":"day"},)"
          R"({"column_name":"region","column_type":"string"}],"retention":7,)" +
          RichDescriptor("hdfs://nn1/wh/sales.db/orders") +
          R"(,"table_name":"orders","table_type":"MATERIALIZED_VIEW",)"
          R"("view_expanded_text":"select `1`","view_original_text":"select 1"}})");
}

TEST(JsonLineTest, WritesAPartition) {
  EXPECT_EQ(
      LineOf(samples::RichPartition()),
      R"({"hive":{"column_statistics":[{"engine":"hive","statsDesc":{"catName":"lake",)"
      R"("dbName":"sales","isTblLevel":false,"lastAnalyzed":1600000002,)"
      R"("partName":"dt=2024-01-01/region=EU%2FDE","tableName":"orders"},)" +
          kRichStatsObj +
          R"(}],"part_name":"dt=2024-01-01/region=EU%2FDE",)"
          R"("privileges":[{"authorizer":"SQL","grantInfo":{"createTime":1600000001,)"
          R"("grantOption":true,"grantor":"admin","grantorType":"USER","privilege":"SELECT"},)"
          R"("hiveObject":{"catName":"lake","columnName":"amount","dbName":"sales",)"
          R"("objectName":"orders","objectType":"COLUMN","partValues":["2024-01-01","EU/DE"]},)"
          R"("principalName":"analysts","principalType":"ROLE"}],)" +
          kRichSerDe +
          R"("write_id":12},"kind":"PARTITION","object":{"catalog_name":"lake",)"
          R"("create_time":"2023-05-27T10:04:35Z","database_name":"sales",)"
          R"("last_access_time":"2023-05-27T10:04:36Z","parameters":{"note":"n",)"
          R"("totalSize":"123"},"partition_values":["2024-01-01","EU/DE"],)" +
          RichDescriptor("hdfs://nn1/wh/sales.db/orders/dt=2024-01-01/region=EU%2FDE") +
          R"(,"table_name":"orders"}})");
}

TEST(JsonLineTest, LeavesOutWhatIsAbsent) {
  EXPECT_EQ(LineOf(samples::MakeDatabase("sales")),
            R"({"kind":"DATABASE","object":{"catalog_name":"lake","database_name":"sales"}})");
  Table t;
  t.catalog_name = "lake";
  t.db_name = "sales";
  t.table_name = "v";
  StorageFormat f;
  f.cols = ShareColumns({});
  f.num_buckets = -1;
  t.sd.format = ShareFormat(f);
  EXPECT_EQ(LineOf(t), R"({"kind":"TABLE","object":{"catalog_name":"lake","database_name":"sales",)"
                       R"("retention":0,"storage_descriptor":{"compressed":false,)"
                       R"("stored_as_sub_directories":false},"table_name":"v"}})");
}

/// Every key of every object, in the order in which the library gives them.
template <class Json>
std::vector<std::string> KeysInOrder(const Json& value) {
  std::vector<std::string> keys;
  for (const auto& item : value.items()) {
    if (value.is_object()) keys.push_back(item.key());
    if (!item.value().is_structured()) continue;
    for (std::string& key : KeysInOrder(item.value())) keys.push_back(std::move(key));
  }
  return keys;
}

TEST(JsonLineTest, KeysAreSortedAtEveryLevel) {
  // json sorts its keys, ordered_json keeps them as they are written.
  samples::RandomObjects random(11);
  for (int i = 0; i < 500; ++i) {
    const MetadataObject object = random.Object(kAllKinds[random.Below(kKinds)]);
    const std::string line = LineOf(object);
    ASSERT_EQ(KeysInOrder(json::parse(line)), KeysInOrder(nlohmann::ordered_json::parse(line)));
  }
}

TEST(JsonLineTest, IsOneLine) {
  samples::RandomObjects random(12);
  for (int i = 0; i < 500; ++i)
    ASSERT_EQ(LineOf(random.Object(kAllKinds[random.Below(kKinds)])).find_first_of("\n\r"),
              std::string::npos);
}

TEST(JsonLineTest, AppendsToWhatIsThere) {
  std::string text = "before ";
  AppendJsonLine(samples::MakeDatabase("sales"), text);
  EXPECT_EQ(text.substr(0, 9), "before {\"");
}

TEST(JsonLineTest, KeepsTimesBefore1970AndOfYear9999) {
  Function f = samples::RichFunction();
  for (const auto& [time, text] :
       std::vector<std::pair<int64_t, std::string>>{{1, "1970-01-01T00:00:01Z"},
                                                    {-1, "1969-12-31T23:59:59Z"},
                                                    {253402300799, "9999-12-31T23:59:59Z"},
                                                    {951782400, "2000-02-29T00:00:00Z"}}) {
    f.create_time = time;
    EXPECT_THAT(LineOf(f), HasSubstr("\"create_time\":\"" + text + "\""));
    const auto read = ParseJsonLine(LineOf(f));
    ASSERT_THAT(read, IsOk()) << text;
    EXPECT_EQ(std::get<Function>(*read).create_time, time);
  }
}

TEST(JsonLineTest, KeepsATimeBeyondYear9999) {
  // Some tools write milliseconds where Hive has seconds.
  Function f = samples::RichFunction();
  for (const int64_t time : {int64_t{1685181875000}, int64_t{1} << 62}) {
    f.create_time = time;
    const auto read = ParseJsonLine(LineOf(f));
    ASSERT_THAT(read, IsOk()) << LineOf(f);
    EXPECT_EQ(std::get<Function>(*read).create_time, time);
  }
}

// ---- There and back ----------------------------------------------------------------------------

void ExpectToReadBack(const MetadataObject& object) {
  const std::string line = LineOf(object);
  const auto read = ParseJsonLine(line);
  ASSERT_THAT(read, IsOk()) << line;
  EXPECT_EQ(LineOf(*read), line);
  const Desired before = Desire(object), after = Desire(*read);
  EXPECT_EQ(after.id, before.id);
  EXPECT_EQ(ToHex(after.fingerprint), ToHex(before.fingerprint)) << line;
}

TEST(JsonLineTest, EveryKindReadsBack) {
  for (const MetadataObject& object : samples::RichObjects()) ExpectToReadBack(object);
}

TEST(JsonLineTest, RandomObjectsReadBack) {
  samples::RandomObjects random(2024);
  for (int i = 0; i < 3000; ++i) {
    ExpectToReadBack(random.Object(kAllKinds[random.Below(kKinds)]));
    if (HasFailure()) return;
  }
}

TEST(JsonLineTest, WhatOneLineTellsApartFingerprintsTellApart) {
  samples::RandomObjects random(17);
  for (int i = 0; i < 500; ++i) {
    const ObjectKind kind = kAllKinds[random.Below(kKinds)];
    const MetadataObject a = random.Object(kind);
    MetadataObject b = random.Object(kind);
    EXPECT_EQ(LineOf(a) == LineOf(b), Desire(a).canonical == Desire(b).canonical);
  }
}

TEST(JsonLineTest, ReadsListsInAnyOrderIntoTheSameObject) {
  json line = json::parse(LineOf(samples::RichTable()));
  std::swap(line["hive"]["column_statistics"][0]["statsObj"][0],
            line["hive"]["column_statistics"][0]["statsObj"][5]);
  const auto read = ParseJsonLine(line.dump());
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(LineOf(*read), LineOf(samples::RichTable()));
}

// ---- Lines that are none -----------------------------------------------------------------------

/// Pointers of every JSON object within `value`, but not of maps whose keys are data.
void FindStructs(const json& value, const std::string& at, std::vector<std::string>& found) {
  const bool is_map = at.ends_with("parameters") || at.ends_with("_maps");
  if (value.is_object() && !is_map) {
    found.push_back(at);
    for (const auto& [key, member] : value.items()) FindStructs(member, at + "/" + key, found);
  } else if (value.is_array()) {
    for (size_t i = 0; i < value.size(); ++i)
      FindStructs(value[i], at + "/" + std::to_string(i), found);
  }
}

TEST(JsonLineTest, AnUnknownMemberAnywhereIsAnErrorThatNamesIt) {
  for (const MetadataObject& object : samples::RichObjects()) {
    const json line = json::parse(LineOf(object));
    std::vector<std::string> structs;
    FindStructs(line, "", structs);
    for (const std::string& at : structs) {
      json changed = line;
      changed[json::json_pointer(at)]["surprise"] = "x";
      const auto read = ParseJsonLine(changed.dump());
      if (read) {
        ADD_FAILURE() << ToString(KindOf(object)) << ": " << at << "/surprise is lost silently";
        continue;
      }
      EXPECT_EQ(read.error().code, "bad_object_line");
      EXPECT_EQ(read.error().kind, ErrorKind::kData);
      EXPECT_THAT(read.error().message, AnyOf(HasSubstr("surprise"), HasSubstr("statsData"))) << at;
    }
  }
}

TEST(JsonLineTest, AMemberOfAnotherTypeAnywhereIsAnError) {
  for (const MetadataObject& object : samples::RichObjects()) {
    const json line = json::parse(LineOf(object));
    const json flat = line.flatten();
    for (const auto& [pointer, value] : flat.items()) {
      // What only repeats the names of the object that carries it is not read.
      if (pointer.find("/statsDesc/") != std::string::npos ||
          pointer.find("/hiveObject/") != std::string::npos)
        continue;
      const std::string last = pointer.substr(pointer.rfind('/') + 1);
      if (last == "catName" || last == "table_db" || last == "table_name" || last == "dbName" ||
          last == "tblName" || last == "fktable_db" || last == "fktable_name")
        if (pointer.find("/hive/") == 0) continue;
      json changed = line;
      changed[json::json_pointer(pointer)] = json::array({true});
      EXPECT_THAT(ParseJsonLine(changed.dump()), IsError("bad_object_line")) << pointer;
    }
  }
}

TEST(JsonLineTest, AMapThatIsNoMapIsAnError) {
  for (const char* value : {R"("text")", "1", R"(["a"])", "true", "null"})
    EXPECT_THAT(ParseJsonLine(R"({"kind":"DATABASE","object":{"catalog_name":"c",)"
                              R"("database_name":"d","parameters":)" +
                              std::string(value) + "}}"),
                IsError("bad_object_line"))
        << value;
}

TEST(JsonLineTest, ANumberWithAFractionIsAnError) {
  json line = json::parse(LineOf(samples::RichTable()));
  line["object"]["retention"] = 1.5;
  EXPECT_THAT(ParseJsonLine(line.dump()), IsError("bad_object_line"));
}

TEST(JsonLineTest, ANumberThatDoesNotFitIsAnError) {
  json line = json::parse(LineOf(samples::RichTable()));
  line["object"]["retention"] = 18446744073709551615u;
  EXPECT_THAT(ParseJsonLine(line.dump()), IsError("bad_object_line"));
  line = json::parse(LineOf(samples::RichTable()));
  line["object"]["storage_descriptor"]["number_of_buckets"] = 4294967297;
  EXPECT_THAT(ParseJsonLine(line.dump()), IsError("bad_object_line"));
}

TEST(JsonLineTest, AMissingNameIsAnErrorThatNamesIt) {
  for (const MetadataObject& object : samples::RichObjects()) {
    for (const char* name : {"catalog_name", "database_name", "table_name", "function_name",
                             "function_type", "partition_values", "storage_descriptor"}) {
      json line = json::parse(LineOf(object));
      if (!line["object"].contains(name)) continue;
      if (KindOf(object) == ObjectKind::kPartition && std::string(name) == "storage_descriptor")
        continue;  // a partition of a view has none
      line["object"].erase(name);
      const auto read = ParseJsonLine(line.dump());
      ASSERT_THAT(read, IsError("bad_object_line")) << name;
      EXPECT_EQ(read.error().where, "/object/" + std::string(name));
    }
  }
  json line = json::parse(LineOf(samples::RichPartition()));
  line["hive"].erase("part_name");
  EXPECT_EQ(ParseJsonLine(line.dump()).error().where, "/hive/part_name");
}

TEST(JsonLineTest, AnUnknownKindIsAnErrorThatNamesIt) {
  const auto read = ParseJsonLine(R"({"kind":"VIEW","object":{}})");
  ASSERT_THAT(read, IsError("bad_object_line"));
  EXPECT_EQ(read.error().where, "/kind");
  EXPECT_THAT(read.error().message, HasSubstr("VIEW"));
}

TEST(JsonLineTest, AValueOutsideItsListIsAnErrorThatNamesIt) {
  json line = json::parse(LineOf(samples::RichFunction()));
  line["object"]["function_type"] = "PYTHON";
  EXPECT_EQ(ParseJsonLine(line.dump()).error().where, "/object/function_type");
  line = json::parse(LineOf(samples::RichFunction()));
  line["object"]["resource_uris"][1]["type"] = "WHEEL";
  EXPECT_EQ(ParseJsonLine(line.dump()).error().where, "/object/resource_uris/1/type");
}

TEST(JsonLineTest, ATimeThatIsNoneIsAnErrorThatNamesIt) {
  for (const char* time : {"2023-05-27", "2023-05-27T10:04:35", "2023-05-27T10:04:35+00:00",
                           "yesterday", "2023-13-01T00:00:00Z", "2023-05-27T10:04:35Zjunk",
                           "2023-05-27T10:04:35.5Z", "2023-02-31T00:00:00Z"}) {
    json line = json::parse(LineOf(samples::RichFunction()));
    line["object"]["create_time"] = time;
    const auto read = ParseJsonLine(line.dump());
    ASSERT_THAT(read, IsError("bad_object_line")) << time;
    EXPECT_EQ(read.error().where, "/object/create_time");
  }
}

TEST(JsonLineTest, WhatIsNoJsonObjectIsAnError) {
  for (const char* text :
       {"", " ", "{", "null", "[]", "1", "\"x\"", "{}", R"({"kind":1})", R"({"kind":"TABLE"})",
        R"({"kind":"TABLE","object":[]})",
        R"({"kind":"DATABASE","object":{"catalog_name":"c","database_name":"d"}}x)",
        "{\"kind\":\"\xFF\"}"})
    EXPECT_THAT(ParseJsonLine(text), IsError("bad_object_line")) << text;
}

TEST(JsonLineTest, ALineCutAnywhereIsAnError) {
  for (const MetadataObject& object : samples::RichObjects()) {
    const std::string line = LineOf(object);
    for (size_t size = 0; size < line.size(); size += 7)
      EXPECT_THAT(ParseJsonLine(std::string(line, 0, size)), IsError("bad_object_line"));
  }
}

// ---- What names an object ----------------------------------------------------------------------

std::string IdentityOf(const ObjectId& id, const std::vector<std::string>* values = nullptr) {
  std::string out;
  AppendJsonIdentity(id, values, out);
  return out;
}

TEST(JsonIdentityTest, HoldsTheNamesOfEachKind) {
  EXPECT_EQ(IdentityOf({ObjectKind::kDatabase, "lake", "sales", {}, {}}),
            R"("kind":"DATABASE","object":{"catalog_name":"lake","database_name":"sales"})");
  EXPECT_EQ(IdentityOf({ObjectKind::kFunction, "lake", "sales", "f", {}}),
            R"("kind":"FUNCTION","object":{"catalog_name":"lake","database_name":"sales",)"
            R"("function_name":"f"})");
  EXPECT_EQ(IdentityOf({ObjectKind::kTable, "lake", "sales", "t", {}}),
            R"("kind":"TABLE","object":{"catalog_name":"lake","database_name":"sales",)"
            R"("table_name":"t"})");
  const std::vector<std::string> values = {"1", "a/b"};
  EXPECT_EQ(IdentityOf({ObjectKind::kPartition, "lake", "sales", "t", "k=1/l=a%2Fb"}, &values),
            R"("kind":"PARTITION","object":{"catalog_name":"lake","database_name":"sales",)"
            R"("partition_name":"k=1/l=a%2Fb","partition_values":["1","a/b"],"table_name":"t"})");
}

}  // namespace
}  // namespace metaferry
