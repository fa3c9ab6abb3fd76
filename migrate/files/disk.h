/// \file
/// Where files can be made, and how much room is there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace metaferry {

/// `path` itself or the nearest folder above it that exists.
std::filesystem::path NearestExisting(const std::filesystem::path& path);

/// Makes a file of no content in `folder` and removes it. Modes are not all there is: in /proc,
/// say, root may write and still makes no file.
bool CanMakeFiles(const std::filesystem::path& folder);

/// The bytes this user may still write there; nullopt when the file system does not say.
std::optional<uint64_t> FreeBytes(const std::filesystem::path& folder);

/// "512 bytes", "3.4 MiB", "120 GiB"
std::string BytesText(uint64_t bytes);

}  // namespace metaferry
