#include "connectors/embedded/catalog_target.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

namespace metaferry {
namespace {

namespace fs = std::filesystem;

/// Modes are not all there is: in /proc, say, root may write and still makes no file.
bool CanMakeFiles(const fs::path& folder) {
  std::string probe = (folder / ".metaferry-XXXXXX").string();
  const int fd = mkostemp(probe.data(), O_CLOEXEC);
  if (fd < 0) return false;
  close(fd);
  return unlink(probe.c_str()) == 0;
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

  Status Finish() override { return exists_ ? store_->Checkpoint() : Status{}; }

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
    if (exists_ ? access(path_.c_str(), W_OK) == 0
                : access(folder.c_str(), W_OK) == 0 && CanMakeFiles(folder))
      return {};
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
