#include "migrate/report/change_spool.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>

#include "migrate/report/html_text.h"

namespace metaferry {
namespace {

Unexpected SpoolFailed() {
  return Fail(ErrorKind::kIo, "no_temporary_file",
              std::string("cannot keep the report in a temporary file: ") + std::strerror(errno),
              {}, "set TMPDIR to a folder that can be written and has room");
}

/// Bytes both texts begin with, whole characters only.
size_t Shared(std::string_view a, std::string_view b) {
  size_t shared = CommonPrefix(a, b);
  while (shared > 0 && shared < b.size() && (b[shared] & 0xC0) == 0x80) --shared;
  return shared;
}

/// What JavaScript calls the length of a text.
size_t Utf16Units(std::string_view text) {
  size_t units = 0;
  for (const char c : text) {
    units += (c & 0xC0) != 0x80;
    units += static_cast<unsigned char>(c) >= 0xF0;
  }
  return units;
}

}  // namespace

Status ChangeSpool::Open() {
  file_ = {std::tmpfile(), &std::fclose};
  if (!file_) return SpoolFailed();
  return {};
}

void ChangeSpool::Put(std::string_view text, std::string* previous) {
  const size_t shared = previous ? Shared(*previous, text) : 0;
  const std::string_view rest = text.substr(shared);
  fmt::format_to(std::back_inserter(line_), ",{},", Utf16Units(text.substr(0, shared)));
  if (!rest.empty() && rest == last_rest_)
    line_.push_back('0');
  else
    AppendScriptString(rest, line_);
  last_rest_ = rest;
  if (previous) previous->assign(text.substr(0, kRememberedBytes));
}

void ChangeSpool::Add(const ChangeGroup& group, const ShownChange& shown) {
  if (of_group_.size() <= group.number) of_group_.resize(group.number + 1);
  uint32_t& of_group = of_group_[group.number];
  if (!file_ || failed_ || of_group >= kMaxOfGroup || kept_ >= kMaxObjects || bytes_ >= kMaxBytes) {
    ++left_out_;
    return;
  }
  previous_.resize(std::max(previous_.size(), std::min<size_t>(group.number + 1, kRemembered)));
  Previous& previous = previous_[group.number % kRemembered];
  if (previous.group != group.number) {
    previous.group = group.number;
    previous.texts.clear();
  }
  previous.texts.resize(std::min(1 + 2 * shown.fields().size(), kRememberedTexts));
  line_ = kept_ == 0 ? "[" : ",\n[";
  line_ += std::to_string(group.number);
  last_rest_ = {};
  size_t text = 0;
  const auto next = [&] {
    return text < previous.texts.size() ? &previous.texts[text++] : nullptr;
  };
  Put(shown.name(), next());
  for (const ShownField& f : shown.fields()) {
    Put(f.before, next());
    Put(f.after, next());
  }
  line_.push_back(']');
  if (std::fwrite(line_.data(), 1, line_.size(), file_.get()) != line_.size()) {
    failed_ = true;  // half an object may be there; it lies beyond bytes_, and is never copied
    ++left_out_;
    return;
  }
  bytes_ += line_.size();
  ++kept_;
  ++of_group;
}

Status ChangeSpool::CopyTo(const TextSink& sink) {
  if (!file_ || std::fflush(file_.get()) != 0) return SpoolFailed();
  std::rewind(file_.get());
  std::string block(size_t{1} << 16, '\0');
  for (size_t left = bytes_; left > 0;) {
    const size_t n = std::fread(block.data(), 1, std::min(left, block.size()), file_.get());
    if (n == 0) return SpoolFailed();
    MF_RETURN_IF_ERROR(sink(std::string_view(block).substr(0, n)));
    left -= n;
  }
  return {};
}

}  // namespace metaferry
