#include "migrate/files/line_file.h"

#include <fcntl.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include "migrate/files/descriptor.h"

namespace metaferry {
namespace {

constexpr size_t kBlock = 1 << 18;
/// A catalog holds parameter values of tens of megabytes; a line beyond this is damage.
constexpr size_t kMaxLine = size_t{256} << 20;

bool IsNamedCompressed(const std::string& path) { return path.ends_with(".zst"); }

bool StartsFrame(std::string_view bytes) {
  constexpr std::string_view kMagic = "\x28\xB5\x2F\xFD";
  return bytes.starts_with(kMagic);
}

Unexpected SystemError(const std::string& what, const std::string& path) {
  const ErrorKind kind = errno == ENOENT   ? ErrorKind::kNotFound
                         : errno == EACCES ? ErrorKind::kPermission
                                           : ErrorKind::kIo;
  return Fail(kind, kind == ErrorKind::kNotFound ? "no_such_file" : "file_error",
              what + ": " + std::strerror(errno), path, "check the path, its mode and its owner");
}

class FileLineReader final : public LineReader {
 public:
  FileLineReader(Descriptor fd, std::string path, bool by_content)
      : fd_(std::move(fd)),
        path_(std::move(path)),
        input_(kBlock),
        output_(kBlock),
        undecided_(by_content) {
    if (!by_content && IsNamedCompressed(path_)) zstd_.reset(ZSTD_createDStream());
  }

  Result<std::optional<std::string_view>> Next() override {
    for (;;) {
      const size_t end = text_.find('\n', scan_);
      if (end != std::string::npos) return Take(end, end + 1);
      scan_ = text_.size();
      if (done_) {
        if (begin_ == text_.size()) return std::nullopt;
        return Take(text_.size(), text_.size());
      }
      text_.erase(0, begin_);
      scan_ -= begin_;
      begin_ = 0;
      if (text_.size() > kMaxLine)
        return Fail(ErrorKind::kData, "line_too_long", "a line is longer than 256 MiB", path_,
                    "this is no file of metaferry's");
      MF_RETURN_IF_ERROR(Fill());
    }
  }

 private:
  struct FreeStream {
    void operator()(ZSTD_DStream* s) const { ZSTD_freeDStream(s); }
  };

  std::optional<std::string_view> Take(size_t end, size_t next) {
    const std::string_view line = std::string_view(text_).substr(begin_, end - begin_);
    begin_ = scan_ = next;
    return line;
  }

  Status Fill() {
    ssize_t n = 0;
    do n = read(fd_.get(), input_.data(), input_.size());
    while (n < 0 && errno == EINTR);
    if (n < 0) return SystemError("cannot read the file", path_);
    if (std::exchange(undecided_, false) && StartsFrame({input_.data(), static_cast<size_t>(n)}))
      zstd_.reset(ZSTD_createDStream());
    if (!zstd_) {
      text_.append(input_.data(), static_cast<size_t>(n));
      done_ = n == 0;
      return {};
    }
    if (n == 0) {
      done_ = true;
      if (frame_open_)
        return Fail(ErrorKind::kData, "file_cut_short", "the file is cut short", path_,
                    "copy or make it again");
      return {};
    }
    ZSTD_inBuffer in{input_.data(), static_cast<size_t>(n), 0};
    while (in.pos < in.size) {
      ZSTD_outBuffer out{output_.data(), output_.size(), 0};
      const size_t left = ZSTD_decompressStream(zstd_.get(), &out, &in);
      if (ZSTD_isError(left))
        return Fail(ErrorKind::kData, "damaged_file",
                    std::string("the compressed data is damaged: ") + ZSTD_getErrorName(left),
                    path_, "copy or make it again");
      text_.append(output_.data(), out.pos);
      frame_open_ = left != 0;
    }
    return {};
  }

  Descriptor fd_;
  std::string path_;
  std::vector<char> input_, output_;
  bool undecided_;  ///< the first bytes shall tell
  std::unique_ptr<ZSTD_DStream, FreeStream> zstd_;
  std::string text_;
  size_t begin_ = 0, scan_ = 0;
  bool done_ = false;
  bool frame_open_ = true;  ///< no frame at all is a file cut to nothing
};

class FileLineWriter final : public LineWriter {
 public:
  FileLineWriter(Descriptor fd, std::string path, bool compressed)
      : fd_(std::move(fd)), path_(std::move(path)) {
    if (compressed) {
      zstd_.reset(ZSTD_createCStream());
      ZSTD_CCtx_setParameter(zstd_.get(), ZSTD_c_checksumFlag, 1);
      output_.resize(ZSTD_CStreamOutSize());
    }
  }
  ~FileLineWriter() override {
    if (fd_.get() >= 0) unlink((path_ + ".tmp").c_str());
  }

  Status Write(std::string_view line) override {
    buffer_.append(line).push_back('\n');
    return buffer_.size() < kBlock ? Status{} : Flush(ZSTD_e_continue);
  }

  Status Close() override {
    MF_RETURN_IF_ERROR(Flush(ZSTD_e_end));
    if (fsync(fd_.get()) != 0 || !fd_.Close() ||
        rename((path_ + ".tmp").c_str(), path_.c_str()) != 0) {
      auto error = SystemError("cannot finish the file", path_);
      unlink((path_ + ".tmp").c_str());
      return error;
    }
    const std::string folder = std::filesystem::path(path_).parent_path().string();
    // The rename itself is durable only with the folder's own entry.
    const Descriptor directory(
        open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.get() >= 0) fsync(directory.get());
    return {};
  }

 private:
  struct FreeStream {
    void operator()(ZSTD_CStream* s) const { ZSTD_freeCStream(s); }
  };

  Status Flush(ZSTD_EndDirective directive) {
    if (!zstd_) {
      MF_RETURN_IF_ERROR(WriteAll(buffer_));
      buffer_.clear();
      return {};
    }
    ZSTD_inBuffer in{buffer_.data(), buffer_.size(), 0};
    for (;;) {
      ZSTD_outBuffer out{output_.data(), output_.size(), 0};
      const size_t left = ZSTD_compressStream2(zstd_.get(), &out, &in, directive);
      MF_RETURN_IF_ERROR(WriteAll({output_.data(), out.pos}));
      if (ZSTD_isError(left))
        return Fail(ErrorKind::kIo, "cannot_compress",
                    std::string("cannot compress the file: ") + ZSTD_getErrorName(left), path_);
      const bool done = directive == ZSTD_e_end ? left == 0 : in.pos == in.size;
      if (done) break;
    }
    buffer_.clear();
    return {};
  }

  Status WriteAll(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = write(fd_.get(), bytes.data(), bytes.size());
      if (n < 0 && errno != EINTR) return SystemError("cannot write the file", path_);
      if (n > 0) bytes.remove_prefix(static_cast<size_t>(n));
    }
    return {};
  }

  Descriptor fd_;
  std::string path_, buffer_;
  std::unique_ptr<ZSTD_CStream, FreeStream> zstd_;
  std::vector<char> output_;
};

Result<std::unique_ptr<LineReader>> OpenReader(const std::string& path, bool by_content) {
  Descriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return SystemError("cannot open the file", path);
  return std::make_unique<FileLineReader>(std::move(fd), path, by_content);
}

}  // namespace

Result<std::unique_ptr<LineReader>> LineReader::Open(const std::string& path) {
  return OpenReader(path, false);
}

Result<std::unique_ptr<LineReader>> LineReader::OpenAny(const std::string& path) {
  return OpenReader(path, true);
}

Result<std::unique_ptr<LineWriter>> LineWriter::Create(const std::string& path) {
  return Create(path, IsNamedCompressed(path), 0644);
}

Result<std::unique_ptr<LineWriter>> LineWriter::Create(const std::string& path, bool compressed,
                                                       unsigned mode) {
  Descriptor fd(
      open((path + ".tmp").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
  if (fd.get() < 0) return SystemError("cannot make the file", path);
  return std::make_unique<FileLineWriter>(std::move(fd), path, compressed);
}

}  // namespace metaferry
