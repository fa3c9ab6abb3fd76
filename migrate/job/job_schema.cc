#include "migrate/job/job_schema.h"

namespace metaferry {
namespace {

using enum JobValue;
using enum JobNeed;

constexpr std::string_view kJobTypes[] = {"METADATA_MIGRATION", "PERMISSION_MIGRATION",
                                          "METADATA_DISCOVERY"};
constexpr std::string_view kDatasourceTypes[] = {
    "ALIYUN_DLF", "MRS_RDS_FOR_MYSQL", "OPEN_FOR_MYSQL", "MRS_RDS_FOR_PG", "MRS_LOCAL_GAUSSDB"};
constexpr std::string_view kConflictStrategies[] = {"UPSERT", "INSERT", "UPDATE"};
constexpr std::string_view kSyncObjects[] = {"DATABASE", "FUNCTION", "TABLE", "PARTITION"};
constexpr std::string_view kNetworkTypes[] = {"EIP", "VPC_PEERING"};
constexpr std::string_view kOwnerPolicies[] = {"fallback", "override"};
constexpr std::string_view kUnmatched[] = {"keep", "warn", "fail"};
constexpr std::string_view kTextRepairs[] = {"off", "report", "cp1252-utf8"};
constexpr std::string_view kViewTexts[] = {"report", "rewrite"};
constexpr std::string_view kPlaces[] = {"location", "functions", "spark_path", "avro_schema_url",
                                        "skewed"};

constexpr std::string_view kCloudOnly = "it concerns the cloud service's own network and checks";
constexpr std::string_view kOtherSource = "no source of this version uses it";

constexpr JobField kDatasourceParameter[] = {
    {.name = "jdbc_url",
     .doc = "JDBC URL of the metastore's database",
     .least = 1,
     .reference = JobReference::kLater,
     .holds = JobHolds::kUrl},
    {.name = "username",
     .doc = "database user",
     .most = 255,
     .reference = JobReference::kLater,
     .holds = JobHolds::kSecret},
    {.name = "password",
     .doc = "password of the database user",
     .reference = JobReference::kLater,
     .holds = JobHolds::kSecret},
    {.name = "endpoint",
     .doc = "endpoint of a Data Lake Formation service",
     .ignored = kOtherSource},
    {.name = "access_key",
     .doc = "access key for that endpoint",
     .reference = JobReference::kLater,
     .holds = JobHolds::kSecret,
     .ignored = kOtherSource},
    {.name = "secret_key",
     .doc = "secret key for that endpoint",
     .reference = JobReference::kLater,
     .holds = JobHolds::kSecret,
     .ignored = kOtherSource},
    {.name = "subnet_ip", .doc = "address of the database in its subnet", .ignored = kCloudOnly},
};
constexpr JobShape kDatasourceParameterShape{kDatasourceParameter};

constexpr JobField kReplaceRule[] = {
    {.name = "key", .need = kMandatory, .doc = "path prefix at the source", .least = 1},
    {.name = "value", .need = kMandatory, .doc = "what takes its place", .least = 1},
};
constexpr JobShape kReplaceRuleShape{kReplaceRule};

constexpr JobField kSyncObject{.allowed = kSyncObjects};
constexpr JobField kLocation{.type = kObject, .shape = &kReplaceRuleShape};

constexpr JobField kMigration[] = {
    {.name = "datasource_type",
     .need = kUnlessSource,
     .doc = "what kind of source this is",
     .allowed = kDatasourceTypes},
    {.name = "datasource_parameter",
     .type = kObject,
     .need = kUnlessSource,
     .doc = "how to connect to the source",
     .shape = &kDatasourceParameterShape},
    {.name = "source_catalog", .need = kMandatory, .doc = "catalog to read", .least = 1},
    {.name = "target_catalog", .need = kMandatory, .doc = "catalog to write", .least = 1},
    {.name = "conflict_strategy",
     .need = kMandatory,
     .doc = "UPSERT creates and updates, INSERT only creates, UPDATE only updates; none deletes",
     .allowed = kConflictStrategies},
    {.name = "log_location",
     .need = kMandatory,
     .doc = "where one folder a run goes: file:DIRECTORY, obs://BUCKET/PATH, s3://BUCKET/PATH",
     .least = 1},
    {.name = "sync_objects",
     .type = kList,
     .need = kMandatory,
     .doc = "kinds of objects to move",
     .least = 1,
     .distinct = true,
     .item = &kSyncObject},
    {.name = "default_owner", .doc = "owner for objects that have none (see owner_policy)"},
    {.name = "locations",
     .type = kList,
     .need = kMandatory,
     .doc = "path prefixes to replace in locations; may be empty",
     .most = 20,
     .item = &kLocation},
    {.name = "instance_id",
     .doc = "target instance of the cloud service",
     .ignored = "no target of this version is an instance of the service"},
    {.name = "ignore_obs_checked",
     .type = kBoolean,
     .doc = "whether managed tables may lie in unchecked OBS paths",
     .ignored = kCloudOnly},
    {.name = "network_type",
     .doc = "how the service reaches the source",
     .allowed = kNetworkTypes,
     .ignored = kCloudOnly},
    {.name = "accepted_vpc_id", .doc = "VPC of the peer database", .ignored = kCloudOnly},
};
constexpr JobShape kMigrationShape{kMigration};

constexpr std::string_view kOtherJobType = "it belongs to another type of job";
constexpr JobField kParameter[] = {
    {.name = "metadata_migration_parameter",
     .type = kObject,
     .need = kMandatory,
     .doc = "what a METADATA_MIGRATION does",
     .shape = &kMigrationShape},
    {.name = "permission_migration_parameter",
     .type = kObject,
     .doc = "what a PERMISSION_MIGRATION does",
     .ignored = kOtherJobType},
    {.name = "metadata_discovery_parameter",
     .type = kObject,
     .doc = "what a METADATA_DISCOVERY does",
     .ignored = kOtherJobType},
};
constexpr JobShape kParameterShape{kParameter};

constexpr JobField kEndpoint[] = {
    {.name = "url",
     .need = kMandatory,
     .doc = "connection URL",
     .least = 1,
     .reference = JobReference::kLater,
     .holds = JobHolds::kUrl},
    {.name = "username",
     .doc = "user, wins over the URL's",
     .most = 255,
     .reference = JobReference::kLater,
     .holds = JobHolds::kSecret},
    {.name = "password",
     .doc = "password, wins over the URL's",
     .reference = JobReference::kLater,
     .holds = JobHolds::kSecret},
};
constexpr JobShape kEndpointShape{kEndpoint};

constexpr JobField kObjectStore[] = {
    {.name = "endpoint", .doc = "URL of the object store; missing: the cloud's own for region"},
    {.name = "region", .doc = "its region; may be missing when the endpoint says enough"},
    {.name = "access_key",
     .doc = "access key",
     .reference = JobReference::kLater,
     .holds = JobHolds::kSecret},
    {.name = "secret_key",
     .doc = "secret key",
     .reference = JobReference::kLater,
     .holds = JobHolds::kSecret},
    {.name = "security_token",
     .doc = "session token that goes with temporary keys",
     .reference = JobReference::kLater,
     .holds = JobHolds::kSecret},
    {.name = "path_style",
     .type = kBoolean,
     .doc = "bucket in the path, not in the host name",
     .fallback = "false"},
    {.name = "ca_file", .doc = "PEM certificates to trust in place of the system's", .least = 1},
};
constexpr JobShape kObjectStoreShape{kObjectStore};

constexpr JobField kPattern{.doc = "DATABASE.OBJECT with * and ?", .least = 3};
constexpr JobField kExpression{.doc = "an expression over the table's partition keys", .least = 1};
constexpr JobField kRenameEntry[] = {
    {.name = "key",
     .need = kMandatory,
     .doc = "DATABASE or DATABASE.NAME at the source, with one * at most in each part",
     .least = 1},
    {.name = "value", .need = kMandatory, .doc = "its name at the target", .least = 1},
};
constexpr JobShape kRenameEntryShape{kRenameEntry};
constexpr JobField kRename{.type = kObject, .shape = &kRenameEntryShape};
constexpr JobField kNewOwner{.doc = "the owner that takes the place", .least = 1};
constexpr JobField kPlace{.allowed = kPlaces};
constexpr JobField kAlias{.least = 1};
constexpr JobField kAliasGroup{.type = kList, .least = 2, .distinct = true, .item = &kAlias};

constexpr JobField kMetaferry[] = {
    {.name = "source",
     .type = kObject,
     .doc = "the source, in place of datasource_type and datasource_parameter",
     .shape = &kEndpointShape},
    {.name = "target",
     .type = kObject,
     .doc = "the target",
     .fallback = R"({"url": "catalog:./metaferry-catalog.db"})",
     .shape = &kEndpointShape},
    {.name = "include",
     .type = kList,
     .doc = "patterns of what to move; empty: everything",
     .fallback = "[]",
     .item = &kPattern},
    {.name = "exclude",
     .type = kList,
     .doc = "patterns of what to leave out; wins over include",
     .fallback = "[]",
     .item = &kPattern},
    {.name = "objects_file",
     .doc = "file of objects, one a line: only these take part",
     .least = 1},
    {.name = "partitions",
     .type = kObject,
     .doc = "filters on partitions: DATABASE.TABLE pattern to expression",
     .fallback = "{}",
     .item = &kExpression},
    {.name = "renames",
     .type = kList,
     .doc = "names of databases, tables and functions at the target",
     .fallback = "[]",
     .item = &kRename},
    {.name = "view_text",
     .doc = "what to do about renamed objects that the text of a view names",
     .fallback = R"("report")",
     .allowed = kViewTexts},
    {.name = "owners",
     .type = kObject,
     .doc = "owners to replace: name or glob to new owner",
     .fallback = "{}",
     .item = &kNewOwner},
    {.name = "owner_policy",
     .doc = "whom default_owner is given to: ownerless objects or all",
     .fallback = R"("fallback")",
     .allowed = kOwnerPolicies},
    {.name = "object_store",
     .type = kObject,
     .doc = "access to the S3-compatible object store of log_location",
     .shape = &kObjectStoreShape},
    {.name = "unmatched_locations",
     .doc = "what to do about a location that no rule matches",
     .fallback = R"("warn")",
     .allowed = kUnmatched},
    {.name = "text_repair",
     .doc = "what to do about UTF-8 text stored as latin1",
     .fallback = R"("report")",
     .allowed = kTextRepairs},
    {.name = "apply_to",
     .type = kList,
     .doc = "places where locations are replaced",
     .fallback = R"(["location", "functions", "spark_path", "avro_schema_url", "skewed"])",
     .distinct = true,
     .item = &kPlace},
    {.name = "scheme_aliases",
     .type = kList,
     .doc = "groups of URL schemes that match as one",
     .fallback = "[]",
     .item = &kAliasGroup},
    {.name = "authority_aliases",
     .type = kList,
     .doc = "groups of hosts (with port) or buckets that match as one",
     .fallback = "[]",
     .item = &kAliasGroup},
    {.name = "workers",
     .type = kInteger,
     .doc = "how many connections work on the target at once",
     .fallback = "2",
     .least = 1,
     .most = 64},
    {.name = "shard_partitions",
     .type = kInteger,
     .doc = "tables with more partitions are split between the shards of run --shard",
     .fallback = "100000",
     .least = 1},
    {.name = "state_dir",
     .doc = "directory of past runs: what `metaferry runs` lists",
     .fallback = R"("./.metaferry")",
     .least = 1},
    {.name = "keep_runs",
     .type = kInteger,
     .doc = "how many records of finished runs stay in state_dir; 0: all",
     .fallback = "1000"},
    {.name = "keep_days",
     .type = kInteger,
     .doc = "for how many days they stay; 0: for ever",
     .fallback = "0"},
};
constexpr JobShape kMetaferryShape{kMetaferry};

constexpr JobField kJob[] = {
    {.name = "$schema", .doc = "where an editor finds the schema of job files; not looked at"},
    {.name = "name",
     .need = kMandatory,
     .doc = "name of the job and of its log folder",
     .least = 4,
     .most = 255,
     .word = true},
    {.name = "description", .doc = "free text", .most = 4000},
    {.name = "type",
     .need = kMandatory,
     .doc = "type of job; this version does the first",
     .allowed = kJobTypes},
    {.name = "parameter",
     .type = kObject,
     .need = kMandatory,
     .doc = "what the job does",
     .shape = &kParameterShape},
    {.name = "metaferry",
     .type = kObject,
     .doc = "what the service's job format has no place for",
     .fallback = "{}",
     .shape = &kMetaferryShape},
};
constexpr JobShape kJobShape{kJob};

}  // namespace

const JobShape& JobFileShape() { return kJobShape; }

}  // namespace metaferry
