#include "migrate/report/object_log.h"

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

Status ObjectLog::OnBatch(const BatchResult& batch) {
  text_.clear();
  for (const ObjectResult& r : batch.results) {
    if (r.outcome == Outcome::kUnchanged) continue;
    AppendObjectLine(r, detail_, text_);
    text_.push_back('\n');
  }
  return file_.Write(text_);
}

Status FindingLog::OnBatch(const BatchResult& batch) {
  text_.clear();
  for (const auto& desired : batch.desired)
    for (const Finding& finding : desired->findings) {
      AppendFindingLine(desired->id, finding, text_);
      text_.push_back('\n');
    }
  return file_.Write(text_);
}

Status MoveCollector::OnBatch(const BatchResult& batch) {
  for (const auto& desired : batch.desired)
    for (const LocationFate& fate : desired->locations)
      if (fate.directory) MF_RETURN_IF_ERROR(moves_.Add(fate.from, fate.to));
  return {};
}

}  // namespace metaferry
