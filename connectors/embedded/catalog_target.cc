#include "connectors/embedded/catalog_target.h"

#include <unistd.h>

#include <filesystem>

namespace metaferry {
namespace {

namespace fs = std::filesystem;

class CatalogSession final : public TargetSession {
 public:
  explicit CatalogSession(CatalogStore& store) : store_(store) {}

  Result<std::vector<std::optional<Current>>> Lookup(std::span<const Desired* const> wanted,
                                                     Trust trust) override {
    return store_.FindAll(wanted, trust);
  }

  Result<std::vector<bool>> Exist(std::span<const ObjectId> ids) override {
    std::vector<bool> exist;
    for (const ObjectId& id : ids) {
      MF_ASSIGN(const bool there, store_.Exists(id));
      exist.push_back(there);
    }
    return exist;
  }

  Status Apply(std::span<const Change> changes) override { return store_.Apply(changes); }

 private:
  CatalogStore& store_;
};

class CatalogTarget final : public Target {
 public:
  CatalogTarget(std::string path, std::string display)
      : path_(std::move(path)), display_(std::move(display)) {}

  Result<TargetInfo> Open(const std::string& catalog, bool for_writing) override {
    std::error_code ignored;
    const bool exists = fs::exists(path_, ignored);
    if (for_writing) MF_RETURN_IF_ERROR(CheckWritable(exists));
    const sqlite::Open mode = for_writing ? sqlite::Open::kWrite
                              : exists    ? sqlite::Open::kRead
                                          : sqlite::Open::kMemory;
    MF_ASSIGN(store_, CatalogStore::Open(path_, mode));
    return TargetInfo{display_, "metaferry catalog", catalog, {}};
  }

  TargetCapabilities Capabilities() const override { return {1, 5000}; }

  Result<std::unique_ptr<TargetSession>> NewSession() override {
    return std::make_unique<CatalogSession>(*store_);
  }

  Status Finish() override { return store_->Checkpoint(); }

 private:
  Status CheckWritable(bool exists) const {
    const fs::path folder = fs::absolute(path_).parent_path();
    if (exists ? access(path_.c_str(), W_OK) == 0 : access(folder.c_str(), W_OK) == 0) return {};
    return Fail(ErrorKind::kPermission, "target_not_writable",
                exists ? "the catalog file cannot be written" : "the catalog file cannot be made",
                path_, "check that the folder exists, and the mode and owner of file and folder");
  }

  std::string path_, display_;
  std::unique_ptr<CatalogStore> store_;
};

}  // namespace

std::unique_ptr<Target> MakeCatalogTarget(std::string path, std::string display) {
  return std::make_unique<CatalogTarget>(std::move(path), std::move(display));
}

}  // namespace metaferry
