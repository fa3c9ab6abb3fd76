#include "migrate/files/whole_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

namespace metaferry {
namespace {

Unexpected CannotWrite(const std::string& path) {
  return Fail(ErrorKind::kIo, "cannot_write_file",
              std::string("cannot write the file: ") + std::strerror(errno), path,
              "check the folder, its mode, and free space");
}

bool WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(fd, text.data(), text.size());
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) text.remove_prefix(static_cast<size_t>(n));
  }
  return fsync(fd) == 0;
}

}  // namespace

Result<WholeFile> WholeFile::Make(const std::string& path, std::string_view text) {
  const std::filesystem::path place(path);
  const std::string name = "." + place.filename().string() + ".XXXXXX";
  std::string temporary = (place.parent_path() / name).string();
  const int fd = mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0) return CannotWrite(path);
  WholeFile file(path, temporary);
  const bool written = WriteAll(fd, text);
  if (close(fd) != 0 || !written) return CannotWrite(path);
  return file;
}

WholeFile::WholeFile(WholeFile&& other) noexcept
    : path_(std::move(other.path_)), temporary_(std::exchange(other.temporary_, {})) {}

WholeFile::~WholeFile() {
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

Status WholeFile::Publish(bool replace) {
  // A link is never made over a file, even one that came this moment.
  const bool done = replace ? rename(temporary_.c_str(), path_.c_str()) == 0
                            : link(temporary_.c_str(), path_.c_str()) == 0;
  if (!done && errno == EEXIST)
    return Fail(ErrorKind::kUsage, "file_exists", "the file exists already", path_,
                "name another one, or say --force to replace it");
  if (!done) return CannotWrite(path_);
  if (replace) temporary_.clear();
  return {};
}

}  // namespace metaferry
