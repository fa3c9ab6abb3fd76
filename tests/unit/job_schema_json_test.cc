#include "migrate/job/job_schema_json.h"

#include <gmock/gmock.h>

#include "migrate/job/job_schema.h"

namespace metaferry {
namespace {

using nlohmann::ordered_json;

/// The part of a key's schema that describes a value that is there.
const ordered_json& ValueOf(const ordered_json& key) {
  return key.contains("anyOf") && !key.contains("$ref") ? key["anyOf"][0] : key;
}

/// Every key of the tables stands in the schema, in order and with what it is for.
void ExpectDescribed(const JobShape& shape, const ordered_json& object) {
  ASSERT_EQ(object["properties"].size(), shape.fields.size());
  EXPECT_EQ(object["additionalProperties"], false);
  size_t at = 0;
  for (const auto& [name, key] : object["properties"].items()) {
    const JobField& field = shape.fields[at++];
    EXPECT_EQ(name, field.name);
    EXPECT_EQ(key["description"].get<std::string>().substr(0, field.doc.size()), field.doc);
    EXPECT_EQ(key.contains("default"), !field.fallback.empty()) << name;
    const ordered_json& value = ValueOf(key);
    if (field.type == JobValue::kObject && field.shape != nullptr)
      ExpectDescribed(*field.shape, value);
    if (field.type == JobValue::kList && field.item->shape != nullptr)
      ExpectDescribed(*field.item->shape, value["items"]);
  }
}

TEST(JobSchemaJsonTest, DescribesEveryKeyOfTheTables) {
  ExpectDescribed(JobFileShape(), JobSchemaJson());
}

TEST(JobSchemaJsonTest, SaysWhichKeysAreMandatory) {
  const ordered_json schema = JobSchemaJson();
  EXPECT_EQ(schema["required"], ordered_json({"name", "type", "parameter"}));
  EXPECT_EQ(schema["anyOf"][0].dump(),
            R"({"required":["metaferry"],"properties":{"metaferry":{"required":["source"],)"
            R"("properties":{"source":{"not":{"type":"null"}}}}}})");
  const ordered_json& migration =
      schema["anyOf"][1]["properties"]["parameter"]["properties"]["metadata_migration_parameter"];
  EXPECT_EQ(migration["required"], ordered_json({"datasource_type", "datasource_parameter"}));
}

TEST(JobSchemaJsonTest, LetsAReferenceStandForAnyText) {
  const ordered_json schema = JobSchemaJson();
  const ordered_json& name = schema["properties"]["name"];
  EXPECT_EQ(name["anyOf"][0]["minLength"], 4);
  EXPECT_EQ(name["anyOf"][1]["pattern"], R"(\$\{(env|file):[^}]*\})");
}

}  // namespace
}  // namespace metaferry
