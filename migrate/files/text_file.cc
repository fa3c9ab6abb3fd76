#include "migrate/files/text_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace metaferry {
namespace {

Unexpected FileFailed(const std::string& path) {
  return Fail(ErrorKind::kIo, "cannot_write_file",
              std::string("cannot write the file: ") + std::strerror(errno), path,
              "check the folder, its mode, and free space");
}

}  // namespace

Result<TextFile> TextFile::Create(const std::string& path) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return FileFailed(path);
  TextFile file;
  file.path_ = path;
  file.file_ = {fdopen(fd, "w"), &std::fclose};
  return file;
}

Status TextFile::Write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size())
    return FileFailed(path_);
  return {};
}

Status TextFile::Close() {
  if (!file_) return {};
  std::FILE* file = file_.release();
  const bool flushed = std::fflush(file) == 0;
  if (std::fclose(file) != 0 || !flushed) return FileFailed(path_);
  return {};
}

}  // namespace metaferry
