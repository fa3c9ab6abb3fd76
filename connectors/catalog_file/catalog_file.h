/// \file
/// Whole-catalog files: every object of any number of catalogs, one JSON line each, zstd by the
/// suffix `.zst`. Both ways they go through an embedded catalog in a temporary file, so that
/// memory does not grow with them and objects can be looked up.
#pragma once

#include <memory>
#include <string>

#include "connectors/embedded/catalog_store.h"
#include "metaferry/source.h"
#include "metaferry/target.h"

namespace metaferry {

/// A file below the temporary folder that goes when this goes.
class TemporaryCatalog {
 public:
  static Result<TemporaryCatalog> Make();
  TemporaryCatalog(TemporaryCatalog&& other) noexcept;
  TemporaryCatalog& operator=(TemporaryCatalog&& other) noexcept;
  ~TemporaryCatalog();
  const std::string& path() const { return path_; }

 private:
  explicit TemporaryCatalog(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

/// Reads a whole-catalog file into `store`. kData with `file:line` for a line that is no object,
/// stands before its parent, or comes twice.
Status ImportCatalogFile(const std::string& path, CatalogStore& store);

/// Writes every catalog of `store`, in export order.
Status ExportCatalogFile(CatalogStore& store, const std::string& path);

/// `path` must exist.
std::unique_ptr<Source> MakeFileSource(std::string path, std::string display);

/// A file that is missing is an empty one; it is written whole when the run finishes.
std::unique_ptr<Target> MakeFileTarget(std::string path, std::string display);

}  // namespace metaferry
