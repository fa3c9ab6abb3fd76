#include "connectors/catalog_file/catalog_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <utility>

#include "connectors/disk_check.h"
#include "connectors/embedded/catalog_source.h"
#include "connectors/embedded/catalog_target.h"
#include "connectors/object_sampler.h"
#include "metaferry/json_line.h"
#include "migrate/files/disk.h"
#include "migrate/files/line_file.h"

namespace metaferry {
namespace {

namespace fs = std::filesystem;
constexpr size_t kImportBatch = 2000;
constexpr size_t kExaminedLines = 50000;
/// A partition's line with some five parameters; so much the temporary catalog needs as well.
constexpr uint64_t kBytesPerLine = 1000;

std::string SizeText(const std::string& path) {
  std::error_code error;
  const uintmax_t size = fs::file_size(path, error);
  return error ? std::string("unknown size") : BytesText(size);
}

/// Collects objects of one kind and applies them together.
class Importer {
 public:
  Importer(CatalogStore& store, std::string path) : store_(store), path_(std::move(path)) {}

  Status Add(size_t line, std::string_view text) {
    auto object = ParseJsonLine(text);
    if (!object) return AtLine(line, std::move(object).error());
    Desired desired;
    desired.id = IdOf(*object);
    desired.object = std::move(*object);
    Canonicalize(desired);
    const bool other_kind = !waiting_.empty() && waiting_[0].id.kind != desired.id.kind;
    if (other_kind || waiting_.size() >= kImportBatch) MF_RETURN_IF_ERROR(Flush());
    MF_RETURN_IF_ERROR(Check(line, desired));
    waiting_.push_back(std::move(desired));
    return {};
  }

  Status Flush() {
    std::vector<Change> changes;
    for (const Desired& desired : waiting_) changes.push_back({&desired, false});
    if (!changes.empty()) MF_RETURN_IF_ERROR(store_.Apply(changes));
    waiting_.clear();
    seen_.clear();
    return {};
  }

 private:
  Status Check(size_t line, const Desired& desired) {
    MF_ASSIGN(const bool existing, store_.Exists(desired.id));
    if (existing || !seen_.insert(desired.id).second)
      return AtLine(line, {ErrorKind::kData,
                           "duplicate_object",
                           desired.id.Display() + " stands in the file twice",
                           {},
                           {},
                           {}});
    if (desired.id.kind == ObjectKind::kDatabase) return {};
    MF_ASSIGN(const bool parent, store_.Exists(desired.id.Parent()));
    if (!parent)
      return AtLine(line, {ErrorKind::kData,
                           "parent_missing",
                           desired.id.Display() + " stands before its parent, or without it",
                           {},
                           {},
                           {}});
    return {};
  }

  Unexpected AtLine(size_t line, Error error) const {
    error.where = path_ + ":" + std::to_string(line) + error.where;
    if (error.advice.empty()) error.advice = "is this a whole-catalog file, and unedited?";
    return Unexpected(std::move(error));
  }

  CatalogStore& store_;
  std::string path_;
  std::vector<Desired> waiting_;
  std::set<ObjectId> seen_;
};

class FileSource final : public Source {
 public:
  FileSource(std::string path, std::string display)
      : path_(std::move(path)), display_(std::move(display)) {}

  Result<std::vector<std::string>> Catalogs() override {
    MF_RETURN_IF_ERROR(Import());
    return inner_->Catalogs();
  }
  Result<SourceInfo> Open(const std::string& catalog, const Selection& selection) override {
    MF_RETURN_IF_ERROR(Import());
    MF_ASSIGN(SourceInfo info, inner_->Open(catalog, selection));
    info.product = "whole-catalog file";
    info.snapshot = "the file as it was opened";
    return info;
  }
  Result<std::optional<Batch>> Next() override { return inner_->Next(); }
  Status ForEachName(const std::function<void(ObjectId)>& visit) override {
    return inner_->ForEachName(visit);
  }

  SourceSample Examine(const std::string& catalog, const Selection& selection,
                       HealthReport& report) override {
    SourceSample sample;
    if (const Status examined = ReadStart(sample, catalog, selection, report); !examined)
      report.Fail("source", "source_read", examined.error());
    return sample;
  }

 private:
  /// The first lines of the file: all of it may take minutes.
  Status ReadStart(SourceSample& sample, const std::string& catalog, const Selection& selection,
                   HealthReport& report) {
    auto reader = LineReader::Open(path_);
    if (!reader) {
      report.Fail("source", "source_connection", reader.error());
      return {};
    }
    report.Ok("source", "source_connection",
              fmt::format("{} is a file of {}, read as it is", display_, SizeText(path_)));
    ObjectSampler sampler(selection, sample);
    std::array<uint64_t, kKinds> counts{};
    bool complete = false;
    for (size_t number = 1; number <= kExaminedLines; ++number) {
      MF_ASSIGN(const auto line, (*reader)->Next());
      complete = !line;
      if (complete) break;
      if (line->empty()) continue;
      auto object = ParseJsonLine(*line);
      if (!object) {
        Error error = std::move(object).error();
        error.where = path_ + ":" + std::to_string(number) + error.where;
        return Unexpected(std::move(error));
      }
      ++counts[IndexOf(KindOf(*object))];
      const std::string of = IdOf(*object).catalog;
      if (std::find(sample.catalogs.begin(), sample.catalogs.end(), of) == sample.catalogs.end())
        sample.catalogs.push_back(of);
      if (of == catalog) sampler.Add(*object);
    }
    std::sort(sample.catalogs.begin(), sample.catalogs.end());
    if (complete)
      for (size_t i = 0; i < kKinds; ++i) sample.counts[i] = HealthCount{counts[i], true};
    report.Ok("source", "source_read",
              complete ? "every line of the file is an object"
                       : fmt::format("the first {} lines are objects; the rest was not read",
                                     kExaminedLines));
    CheckCatalog(sample, catalog, complete, report);
    return {};
  }

  Status Import() {
    if (inner_) return {};
    MF_ASSIGN(TemporaryCatalog spool, TemporaryCatalog::Make());
    spool_.emplace(std::move(spool));
    {
      MF_ASSIGN(const auto store, CatalogStore::Open(spool_->path(), sqlite::Open::kWrite));
      MF_RETURN_IF_ERROR(ImportCatalogFile(path_, *store));
    }
    inner_ = MakeCatalogSource(spool_->path(), display_);
    return {};
  }

  std::string path_, display_;
  std::optional<TemporaryCatalog> spool_;
  std::unique_ptr<Source> inner_;
};

class FileTarget final : public Target {
 public:
  FileTarget(std::string path, std::string display)
      : path_(std::move(path)), display_(std::move(display)) {}

  Result<TargetInfo> Open(const std::string& catalog, bool for_writing) override {
    if (for_writing) {
      const fs::path folder = fs::absolute(path_).parent_path();
      if (access(folder.c_str(), W_OK) != 0) return Unexpected(NotWritable(folder));
    }
    MF_ASSIGN(TemporaryCatalog spool, TemporaryCatalog::Make());
    spool_.emplace(std::move(spool));
    std::error_code ignored;
    {
      MF_ASSIGN(const auto store, CatalogStore::Open(spool_->path(), sqlite::Open::kWrite));
      if (fs::exists(path_, ignored)) MF_RETURN_IF_ERROR(ImportCatalogFile(path_, *store));
    }
    inner_ = MakeCatalogTarget(spool_->path(), display_);
    MF_ASSIGN(TargetInfo info, inner_->Open(catalog, true));
    info.product = "whole-catalog file";
    return info;
  }
  TargetCapabilities Capabilities() const override {
    TargetCapabilities capabilities = inner_->Capabilities();
    // The file is replaced as a whole: of two runs at once, what the first made would be gone.
    capabilities.shareable = false;
    return capabilities;
  }
  Result<std::unique_ptr<TargetSession>> NewSession() override { return inner_->NewSession(); }
  void Examine(const std::string& catalog, const SourceSample& source,
               HealthReport& report) override {
    std::error_code ignored;
    const bool exists = fs::exists(path_, ignored);
    if (exists) {
      const Status ours = FirstLineIsObject();
      if (!ours) return report.Fail("target", "target_open", ours.error());
    }
    report.Ok("target", "target_open",
              exists ? fmt::format("{} is a whole-catalog file of {}; it is replaced as a whole",
                                   display_, SizeText(path_))
                     : fmt::format("{} will be made, with catalog \"{}\"", display_, catalog));
    const fs::path folder = fs::absolute(path_).parent_path();
    if (access(folder.c_str(), W_OK) != 0 || !CanMakeFiles(folder))
      return report.Fail("target", "target_writable", NotWritable(folder));
    report.Ok("target", "target_writable", "files can be made in its folder");
    uint64_t needed = 0;
    for (const auto& count : source.counts) needed += (count ? count->number : 0) * kBytesPerLine;
    CheckRoom(folder, needed, "target", "target_room", report);
    CheckRoom(fs::temp_directory_path(ignored), needed, "target", "target_temporary_room", report);
    report.Ok("target", "target_limits",
              "takes every well-formed object, whatever the length of its names and values");
  }
  Result<std::vector<std::string>> Finish() override {
    MF_ASSIGN(auto told, inner_->Finish());
    MF_ASSIGN(const auto store, CatalogStore::Open(spool_->path(), sqlite::Open::kRead));
    MF_RETURN_IF_ERROR(ExportCatalogFile(*store, path_));
    return told;
  }

 private:
  static Error NotWritable(const fs::path& folder) {
    return {ErrorKind::kPermission,
            "target_not_writable",
            "the folder of the file cannot be written",
            folder.string(),
            "check that it exists, and its mode and owner",
            {}};
  }

  Status FirstLineIsObject() const {
    MF_ASSIGN(const auto reader, LineReader::Open(path_));
    MF_ASSIGN(const auto line, reader->Next());
    if (!line || line->empty()) return {};
    MF_ASSIGN([[maybe_unused]] const MetadataObject object, ParseJsonLine(*line));
    return {};
  }

  std::string path_, display_;
  std::optional<TemporaryCatalog> spool_;
  std::unique_ptr<Target> inner_;
};

}  // namespace

Result<TemporaryCatalog> TemporaryCatalog::Make() {
  std::error_code error;
  std::string path = (fs::temp_directory_path(error) / "metaferry-XXXXXX").string();
  const int fd = error ? -1 : mkostemp(path.data(), O_CLOEXEC);
  if (fd < 0)
    return Fail(ErrorKind::kIo, "no_temporary_file", "cannot make a temporary file", path,
                "set TMPDIR to a folder that can be written and has room for the catalog");
  close(fd);
  return TemporaryCatalog(std::move(path));
}

TemporaryCatalog::TemporaryCatalog(TemporaryCatalog&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

TemporaryCatalog& TemporaryCatalog::operator=(TemporaryCatalog&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

TemporaryCatalog::~TemporaryCatalog() {
  if (path_.empty()) return;
  for (const char* suffix : {"", "-wal", "-shm"}) unlink((path_ + suffix).c_str());
}

Status ImportCatalogFile(const std::string& path, CatalogStore& store) {
  MF_ASSIGN(const auto reader, LineReader::Open(path));
  Importer importer(store, path);
  for (size_t number = 1;; ++number) {
    MF_ASSIGN(const auto line, reader->Next());
    if (!line) return importer.Flush();
    if (!line->empty()) MF_RETURN_IF_ERROR(importer.Add(number, *line));
  }
}

Status ExportCatalogFile(CatalogStore& store, const std::string& path) {
  MF_ASSIGN(const auto writer, LineWriter::Create(path));
  MF_ASSIGN(const auto catalogs, store.Catalogs());
  std::string line;
  for (const std::string& catalog : catalogs)
    MF_RETURN_IF_ERROR(
        store.ForEachInExportOrder(catalog, [&](const MetadataObject& object) -> Result<bool> {
          line.clear();
          AppendJsonLine(object, line);
          MF_RETURN_IF_ERROR(writer->Write(line));
          return true;
        }));
  return writer->Close();
}

std::unique_ptr<Source> MakeFileSource(std::string path, std::string display) {
  return std::make_unique<FileSource>(std::move(path), std::move(display));
}

std::unique_ptr<Target> MakeFileTarget(std::string path, std::string display) {
  return std::make_unique<FileTarget>(std::move(path), std::move(display));
}

}  // namespace metaferry
