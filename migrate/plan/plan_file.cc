#include "migrate/plan/plan_file.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "metaferry/canonical.h"
#include "migrate/report/object_line.h"
#include "migrate/report/summary_json.h"

namespace metaferry {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr unsigned kPrivate = 0600;
constexpr std::string_view kPlanStart = "{\"kind\":\"PLAN\"";
constexpr std::string_view kSummaryStart = "{\"kind\":\"SUMMARY\"";
constexpr std::string_view kEndStart = "{\"kind\":\"END\"";

bool IsPlainName(const std::string& path) {
  return path.ends_with(".ndjson") || path.ends_with(".json");
}

Unexpected BadPlan(std::string code, std::string message, std::string advice) {
  return Fail(ErrorKind::kUsage, std::move(code), std::move(message), {}, std::move(advice));
}

Unexpected Changed(const std::string& what) {
  return BadPlan("plan_changed", "the plan file is not what was written: " + what,
                 "make the plan anew");
}

std::string Text(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || !found->is_string() ? std::string() : found->get<std::string>();
}

/// `"name":"<32 hex digits>"` at the end of `text`, which is taken off.
std::optional<Fingerprint> TakePrint(std::string_view& text, std::string_view name) {
  constexpr size_t kDigits = 32;
  const std::string start = fmt::format(",\"{}\":\"", name);
  if (text.size() < start.size() + kDigits + 1 || text.back() != '"') return std::nullopt;
  const size_t at = text.size() - 1 - kDigits - start.size();
  if (text.substr(at, start.size()) != start) return std::nullopt;
  const auto print = FingerprintFromHex(text.substr(at + start.size(), kDigits));
  if (print) text = text.substr(0, at);
  return print;
}

ordered_json HeaderJson(const RunFacts& facts, const SourceInfo& source, const TargetInfo& target) {
  ordered_json header = {{"kind", "PLAN"},
                         {"plan_version", kPlanVersion},
                         {"tool_version", METAFERRY_VERSION},
                         {"canonical_version", kCanonicalVersion},
                         {"created", facts.started}};
  header["job"] = {
      {"name", facts.job_name}, {"file", facts.job_file}, {"sha256", facts.job_digest}};
  if (facts.shard) header["shard"] = ToString(*facts.shard);
  header["source"] = {{"url", source.url},
                      {"product", source.product},
                      {"schema_version", source.schema_version},
                      {"catalog", source.catalog},
                      {"snapshot", source.snapshot},
                      {"position", source.position}};
  header["target"] = {
      {"url", target.url}, {"product", target.product}, {"catalog", target.catalog}};
  return header;
}

std::string Dump(const ordered_json& object) {
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string EndLine(uint64_t objects, const std::string& digest) {
  return Dump({{"kind", "END"}, {"objects", objects}, {"sha256", digest}});
}

}  // namespace

Result<std::unique_ptr<PlanWriter>> PlanWriter::Create(const std::string& path,
                                                       const RunFacts& facts) {
  MF_ASSIGN(auto file, LineWriter::Create(path, !IsPlainName(path), kPrivate));
  return std::unique_ptr<PlanWriter>(new PlanWriter(std::move(file), facts));
}

Status PlanWriter::Write(std::string_view line) {
  digest_.Add(line);
  digest_.Add("\n");
  return file_->Write(line);
}

Status PlanWriter::OnStart(const SourceInfo& source, const TargetInfo& target) {
  return Write(Dump(HeaderJson(facts_, source, target)));
}

Status PlanWriter::OnBatch(const BatchResult& batch) {
  for (const ObjectResult& r : batch.results) {
    if (r.outcome == Outcome::kUnchanged) continue;
    line_.clear();
    AppendObjectLine(r, ObjectDetail::kWhole, line_);
    line_.back() = ',';
    line_.append("\"key\":\"").append(ToHex(HashOf(r.id))).append("\"}");
    ++objects_;
    MF_RETURN_IF_ERROR(Write(line_));
  }
  return {};
}

Status PlanWriter::Finish() {
  std::string summary(kSummaryStart);
  summary.append(",\"summary\":").append(SummaryJson(facts_, false)).push_back('}');
  MF_RETURN_IF_ERROR(Write(summary));
  MF_RETURN_IF_ERROR(file_->Write(EndLine(objects_, digest_.Hex())));
  return file_->Close();
}

Result<PlanReader> PlanReader::Open(const std::string& path) {
  MF_ASSIGN(auto file, LineReader::OpenAny(path));
  PlanReader reader(path, std::move(file));
  if (Status read = reader.ReadHeader(); !read) {
    Error error = std::move(read).error();
    error.where = path;
    return Unexpected(std::move(error));
  }
  return reader;
}

/// Damage to the compression is damage to the plan.
Result<std::string_view> PlanReader::Line() {
  auto line = file_->Next();
  if (!line && line.error().code == "file_cut_short")
    return BadPlan("plan_cut_short", "the plan file is cut short",
                   "copy it again, or make it anew");
  if (!line && line.error().kind == ErrorKind::kData) return Changed(line.error().message);
  if (!line) return Unexpected(std::move(line).error());
  if (!*line)
    return BadPlan("plan_cut_short", "the plan file has no end", "copy it again, or make it anew");
  return **line;
}

Status PlanReader::ReadHeader() {
  MF_ASSIGN(const std::string_view line, Line());
  if (!line.starts_with(kPlanStart))
    return BadPlan("not_a_plan", "this is no plan file of metaferry's",
                   "name a file that `metaferry plan --out` wrote");
  digest_->Add(line);
  digest_->Add("\n");
  const json header = json::parse(line, nullptr, false);
  try {
    const auto version = header.at("plan_version").get<int64_t>();
    const auto canonical = header.at("canonical_version").get<uint64_t>();
    if (version > kPlanVersion || canonical != kCanonicalVersion)
      return BadPlan("plan_too_new",
                     fmt::format("the plan was made by metaferry {} in a form this version ({}) "
                                 "does not know",
                                 Text(header, "tool_version"), METAFERRY_VERSION),
                     "use the version that made it, or make the plan anew");
    const json &job = header.at("job"), &source = header.at("source"),
               &target = header.at("target");
    header_ = {Text(header, "tool_version"),
               Text(header, "created"),
               Text(job, "name"),
               Text(job, "file"),
               Text(job, "sha256"),
               Text(source, "url"),
               Text(source, "catalog"),
               Text(source, "snapshot"),
               Text(source, "position"),
               Text(target, "url"),
               Text(target, "catalog"),
               Text(header, "shard")};
  } catch (const json::exception&) {
    return Changed("its first line");
  }
  return {};
}

Result<std::optional<std::string_view>> PlanReader::Next() {
  while (!ended_) {
    MF_ASSIGN(const std::string_view line, Line());
    if (line.starts_with(kEndStart)) {
      MF_RETURN_IF_ERROR(CheckEnd(line));
      ended_ = true;
      break;
    }
    digest_->Add(line);
    digest_->Add("\n");
    if (!line.starts_with(kSummaryStart)) {
      ++objects_;
      return line;
    }
    summary_ = line;
  }
  return std::nullopt;
}

Status PlanReader::CheckEnd(std::string_view line) {
  if (line != EndLine(objects_, digest_->Hex())) return Changed("its digest does not match");
  auto more = file_->Next();
  if (!more || *more) return Changed("there is something behind its end");
  return {};
}

Result<RunFacts> PlanReader::Summary() const {
  const json line = json::parse(summary_, nullptr, false);
  if (!line.is_object() || !line.contains("summary")) return Changed("it has no summary");
  return ReadSummary(line["summary"].dump());
}

Result<std::optional<PlannedChange>> PlannedChangeOf(std::string_view line) {
  const Unexpected bad = Changed("a line without key");
  if (!line.ends_with('}')) return bad;
  line.remove_suffix(1);
  PlannedChange change;
  const auto key = TakePrint(line, "key");
  if (!key) return bad;
  change.key = *key;
  change.before = TakePrint(line, "before_fingerprint");
  const auto desired = TakePrint(line, "fingerprint");
  if (!desired) return std::nullopt;
  change.desired = *desired;
  return change;
}

}  // namespace metaferry
