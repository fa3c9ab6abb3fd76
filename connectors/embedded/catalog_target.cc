#include "connectors/embedded/catalog_target.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "connectors/disk_check.h"
#include "migrate/files/disk.h"

namespace metaferry {
namespace {

namespace fs = std::filesystem;

/// What an object takes in the file, with its write-ahead log for a moment: from migrations of
/// tables with some ten columns and five parameters a partition.
constexpr uint64_t kBytesPerPartition = 700;
constexpr uint64_t kBytesPerTable = 4000;

uint64_t ExpectedBytes(const SourceSample& source) {
  const auto number = [&](ObjectKind kind) {
    const auto& count = source.counts[IndexOf(kind)];
    return count ? count->number : 0;
  };
  return number(ObjectKind::kPartition) * kBytesPerPartition +
         (number(ObjectKind::kDatabase) + number(ObjectKind::kFunction) +
          number(ObjectKind::kTable)) *
             kBytesPerTable;
}

class CatalogTarget final : public Target {
 public:
  CatalogTarget(std::string path, std::string display)
      : path_(std::move(path)), display_(std::move(display)) {}

  Result<TargetInfo> Open(const std::string& catalog, bool for_writing) override {
    std::error_code ignored;
    exists_ = fs::exists(path_, ignored);
    if (for_writing) MF_RETURN_IF_ERROR(CheckWritable());
    const sqlite::Open mode = !exists_      ? sqlite::Open::kMemory
                              : for_writing ? sqlite::Open::kWrite
                                            : sqlite::Open::kRead;
    MF_ASSIGN(store_, CatalogStore::Open(path_, mode));
    return TargetInfo{display_, "metaferry catalog", catalog, {}};
  }

  TargetCapabilities Capabilities() const override { return {1, 5000}; }

  Result<std::unique_ptr<TargetSession>> NewSession() override {
    return std::make_unique<Session>(*this);
  }

  Result<std::vector<std::string>> Finish() override {
    if (exists_) MF_RETURN_IF_ERROR(store_->Checkpoint());
    return std::vector<std::string>{};
  }

  void Examine(const std::string& catalog, const SourceSample& source,
               HealthReport& report) override {
    if (const auto opened = Open(catalog, false); !opened)
      return report.Fail("target", "target_open", opened.error());
    const auto catalogs = store_->Catalogs();
    if (!catalogs) return report.Fail("target", "target_open", catalogs.error());
    const bool there = std::find(catalogs->begin(), catalogs->end(), catalog) != catalogs->end();
    report.Ok("target", "target_open",
              fmt::format("{} {}; catalog \"{}\" {}", display_,
                          exists_ ? "is a metaferry catalog" : "will be made", catalog,
                          there ? "is there" : "will be made"));
    if (const Status writable = CheckWritable(); !writable)
      return report.Fail("target", "target_writable", writable.error());
    report.Ok("target", "target_writable", "the file can be written, and files beside it");
    CheckRoom(fs::absolute(path_).parent_path(), ExpectedBytes(source), "target", "target_room",
              report);
    report.Ok("target", "target_limits",
              "takes every well-formed object, whatever the length of its names and values");
  }

 private:
  class Session final : public TargetSession {
   public:
    explicit Session(CatalogTarget& target) : target_(target) {}

    Result<std::vector<std::optional<Current>>> Lookup(std::span<const Desired* const> wanted,
                                                       Trust trust) override {
      return target_.store_->FindAll(wanted, trust);
    }
    Result<std::vector<bool>> Exist(std::span<const ObjectId> ids) override {
      std::vector<bool> exist;
      for (const ObjectId& id : ids) {
        MF_ASSIGN(const bool there, target_.store_->Exists(id));
        exist.push_back(there);
      }
      return exist;
    }
    Status Apply(std::span<const Change> changes) override {
      MF_RETURN_IF_ERROR(target_.MakeFile());
      return target_.store_->Apply(changes);
    }

   private:
    CatalogTarget& target_;
  };

  /// A run that has nothing to write leaves no file behind.
  Status MakeFile() {
    if (exists_) return {};
    MF_ASSIGN(store_, CatalogStore::Open(path_, sqlite::Open::kWrite));
    exists_ = true;
    return {};
  }

  Status CheckWritable() const {
    const fs::path folder = fs::absolute(path_).parent_path();
    // Beside the file stands its write-ahead log, so the folder must be writable either way.
    const bool writable = !exists_ || access(path_.c_str(), W_OK) == 0;
    if (writable && access(folder.c_str(), W_OK) == 0 && CanMakeFiles(folder)) return {};
    return Fail(ErrorKind::kPermission, "target_not_writable",
                exists_ ? "the catalog file cannot be written" : "the catalog file cannot be made",
                path_, "check that the folder exists, and the mode and owner of file and folder");
  }

  std::string path_, display_;
  bool exists_ = false;
  std::unique_ptr<CatalogStore> store_;
};

}  // namespace

std::unique_ptr<Target> MakeCatalogTarget(std::string path, std::string display) {
  return std::make_unique<CatalogTarget>(std::move(path), std::move(display));
}

}  // namespace metaferry
