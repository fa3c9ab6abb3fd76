#include "migrate/job/job_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "metaferry/text.h"

namespace metaferry {
namespace {

using nlohmann::json;

/// `line:column`, both from 1, of the byte that was read last; a column counts characters.
std::string PlaceOf(std::string_view text, size_t bytes_read) {
  const std::string_view before = text.substr(0, bytes_read == 0 ? 0 : bytes_read - 1);
  const size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  const size_t characters = Characters(before.substr(line_start));
  return fmt::format("{}:{}", std::count(before.begin(), before.end(), '\n') + 1, characters + 1);
}

/// The reason within nlohmann's message, without the token that was read: it may be a password.
std::string ReasonOf(std::string_view message) {
  const size_t start = message.find(": ");
  if (start != std::string_view::npos) message.remove_prefix(start + 2);
  message = message.substr(0, message.find("; last read"));
  message = message.substr(0, message.find("; expected"));
  constexpr std::string_view kLead = "syntax error while parsing ";
  if (message.starts_with(kLead)) message.remove_prefix(kLead.size());
  return std::string(message);
}

/// Builds the document while watching depth and keys. Returning false stops the parser.
class Builder : public nlohmann::json_sax<json> {
 public:
  explicit Builder(std::string_view text) : text_(text) {}

  bool null() override { return Add(nullptr); }
  bool boolean(bool value) override { return Add(value); }
  bool number_integer(number_integer_t value) override { return Add(value); }
  bool number_unsigned(number_unsigned_t value) override { return Add(value); }
  bool number_float(number_float_t value, const string_t&) override { return Add(value); }
  bool string(string_t& value) override { return Add(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(size_t) override { return Open(json::object()); }
  bool start_array(size_t) override { return Open(json::array()); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }

  bool key(string_t& value) override {
    Level& level = open_.back();
    level.key = std::move(value);
    if (!level.value->contains(level.key)) return true;
    return Refuse("duplicate_key", "the key stands twice in its object",
                  PointerTo(Pointer(), level.key), "keep one of the two");
  }

  bool parse_error(size_t position, const std::string&,
                   const nlohmann::detail::exception& e) override {
    return Refuse("bad_json", "not valid JSON: " + ReasonOf(e.what()), PlaceOf(text_, position),
                  "correct the file; a comma before a closing bracket is not JSON");
  }

  Result<json> Take(bool complete) && {
    if (complete) return std::move(root_);
    return Unexpected(std::move(error_));
  }

 private:
  struct Level {
    json* value;
    std::string key;  ///< the one being filled, of an object
  };

  bool Refuse(std::string code, std::string message, std::string where, std::string advice) {
    error_ = Error{ErrorKind::kUsage, std::move(code),   std::move(message),
                   std::move(where),  std::move(advice), {}};
    return false;
  }

  json* Place(json value) {
    if (open_.empty()) return &(root_ = std::move(value));
    Level& level = open_.back();
    if (level.value->is_object()) return &((*level.value)[level.key] = std::move(value));
    level.value->push_back(std::move(value));
    return &level.value->back();
  }

  bool Add(json value) {
    Place(std::move(value));
    return true;
  }

  bool Open(json value) {
    if (open_.size() == kDeepestJobFile) {
      return Refuse("too_deep", fmt::format("nested deeper than {} levels", kDeepestJobFile),
                    Pointer(), "a job file needs six levels");
    }
    open_.push_back({Place(std::move(value)), {}});
    return true;
  }

  bool Close() {
    open_.pop_back();
    return true;
  }

  /// To the innermost open object or array.
  std::string Pointer() const {
    std::string pointer;
    for (size_t i = 0; i + 1 < open_.size(); ++i) {
      const Level& level = open_[i];
      pointer = PointerTo(
          pointer, level.value->is_object() ? level.key : std::to_string(level.value->size() - 1));
    }
    return pointer;
  }

  std::string_view text_;
  json root_;
  std::vector<Level> open_;
  Error error_;
};

}  // namespace

std::string PointerTo(std::string_view parent, std::string_view key) {
  std::string pointer(parent);
  pointer += '/';
  for (const char c : key) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
  return pointer;
}

Result<json> ParseJobDocument(std::string_view text) {
  if (text.size() > kLargestJobFile) {
    return Fail(ErrorKind::kUsage, "too_large", "the job file is larger than 64 MiB", {},
                "is this the right file?");
  }
  Builder builder(text);
  constexpr bool kNothingBehind = true, kIgnoreComments = true;
  const bool complete =
      json::sax_parse(text.begin(), text.end(), &builder, json::input_format_t::json,
                      kNothingBehind, kIgnoreComments);
  return std::move(builder).Take(complete);
}

}  // namespace metaferry
