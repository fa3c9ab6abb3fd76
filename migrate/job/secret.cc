#include "metaferry/secret.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <system_error>
#include <vector>

#include "migrate/job/reference.h"

namespace metaferry {
namespace {

constexpr size_t kLargestSecretFile = 64 * 1024;

Unexpected Unavailable(std::string message, std::string_view where, std::string advice) {
  return Fail(ErrorKind::kUsage, "secret_unavailable", std::move(message), std::string(where),
              std::move(advice));
}

Unexpected BadReference(std::string message, std::string_view where) {
  return Fail(ErrorKind::kUsage, "bad_reference", std::move(message), std::string(where),
              "write ${env:NAME} or ${file:PATH}");
}

Result<Secret> FromEnvironment(const std::string& name, std::string_view where) {
  if (name.empty()) return BadReference("a reference names no environment variable", where);
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) {
    return Unavailable("environment variable " + name + " is not set", where,
                       "set it in the environment of metaferry");
  }
  return Secret(value);
}

/// A buffer that forgets what it held.
struct Buffer {
  std::array<char, kLargestSecretFile + 1> bytes{};
  ~Buffer() { explicit_bzero(bytes.data(), bytes.size()); }
};

std::string_view WithoutFinalLineEnd(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

Result<Secret> FromFile(const std::filesystem::path& path, std::string_view where) {
  const auto unreadable = [&](int error) {
    return Unavailable(
        "cannot read " + path.string() + ": " + std::generic_category().message(error), where,
        "a ${file:} path is relative to the job file");
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                             &std::fclose);
  if (file == nullptr) return unreadable(errno);
  std::setvbuf(file.get(), nullptr, _IONBF, 0);  // no second copy in stdio's buffer
  const auto buffer = std::make_unique<Buffer>();
  const size_t size = std::fread(buffer->bytes.data(), 1, buffer->bytes.size(), file.get());
  if (std::ferror(file.get()) != 0) return unreadable(errno);
  if (size > kLargestSecretFile) {
    return Unavailable(path.string() + " is larger than 64 KiB", where,
                       "a secret's file holds nothing but the secret");
  }
  return Secret(std::string(WithoutFinalLineEnd({buffer->bytes.data(), size})));
}

/// `reference` is a whole `${...}`.
Result<Secret> Resolve(std::string_view reference, const std::filesystem::path& base,
                       std::string_view where) {
  const size_t colon = reference.find(':');
  const std::string name(reference.substr(colon + 1, reference.size() - colon - 2));
  if (reference.starts_with("${env:")) return FromEnvironment(name, where);
  if (name.empty()) return BadReference("a reference names no file", where);
  return FromFile(base / name, where);
}

/// Reserving first keeps growth from leaving copies behind.
Secret Join(const std::vector<Secret>& pieces) {
  size_t size = 0;
  for (const Secret& piece : pieces) size += piece.Reveal().size();
  std::string text;
  text.reserve(size);
  for (const Secret& piece : pieces) text += piece.Reveal();
  return Secret(std::move(text));
}

}  // namespace

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  Wipe(text_);
  text_ = std::move(other.text_);
  Wipe(other.text_);
  return *this;
}

void Secret::Wipe(std::string& text) noexcept {
  // Never allocates, being within capacity; of a moved-from string it is what is wanted.
  text.resize(text.capacity());  // NOLINT(clang-analyzer-cplusplus.Move)
  explicit_bzero(text.data(), text.size());
  text.clear();
}

bool HasReference(std::string_view text) {
  for (size_t i = text.find("${"); i != std::string_view::npos; i = text.find("${", i + 1)) {
    if (ReferenceEnd(text, i) != i) return true;
  }
  return false;
}

Result<Secret> ResolveReferences(std::string_view text, const std::filesystem::path& base,
                                 std::string_view where) {
  std::vector<Secret> pieces;
  while (!text.empty()) {
    size_t end = ReferenceEnd(text, 0);
    if (end != 0) {
      MF_ASSIGN(Secret piece, Resolve(text.substr(0, end), base, where));
      pieces.push_back(std::move(piece));
    } else {
      if (StartsReference(text, 0)) return BadReference("a reference has no closing brace", where);
      end = std::min(text.find("${", 1), text.size());
      pieces.emplace_back(std::string(text.substr(0, end)));
    }
    text.remove_prefix(end);
  }
  return Join(pieces);
}

}  // namespace metaferry
