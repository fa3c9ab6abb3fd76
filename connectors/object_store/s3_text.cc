#include "connectors/object_store/s3_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <pugixml.hpp>
#include <sstream>

namespace metaferry {
namespace {

constexpr size_t kLongestXml = size_t{64} * 1024;
constexpr size_t kLongestCode = 64;
constexpr size_t kLongestMessage = 300;

bool IsUnreserved(unsigned char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

/// One line of at most so many bytes, cut between characters.
std::string OneLine(std::string text, size_t most) {
  if (text.size() > most) {
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
    text.resize(most);
    text += "…";
  }
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return text;
}

/// pugixml knows no entities but the five of XML itself, and reads no DTD.
bool Load(const std::string& body, pugi::xml_document& document) {
  return body.size() <= kLongestXml && document.load_buffer(body.data(), body.size());
}

}  // namespace

std::string UriEncoded(std::string_view text, bool keep_slashes) {
  std::string encoded;
  for (const char byte : text) {
    const auto c = static_cast<unsigned char>(byte);
    if (IsUnreserved(c) || (keep_slashes && c == '/'))
      encoded.push_back(byte);
    else
      encoded += fmt::format("%{:02X}", c);
  }
  return encoded;
}

std::string ObjectUrl(const ObjectStoreSettings& settings, const std::string& bucket,
                      std::string_view key) {
  const std::string path = UriEncoded(key, true);
  if (settings.path_style) return fmt::format("{}/{}/{}", settings.endpoint, bucket, path);
  const size_t host = settings.endpoint.find("://") + 3;
  return fmt::format("{}{}.{}/{}", settings.endpoint.substr(0, host), bucket,
                     settings.endpoint.substr(host), path);
}

S3Error ParseS3Error(const std::string& body) {
  pugi::xml_document document;
  if (!Load(body, document)) return {};
  const pugi::xml_node root = document.document_element();
  if (std::strcmp(root.name(), "Error") != 0) return {};
  S3Error error{root.child_value("Code"), OneLine(root.child_value("Message"), kLongestMessage)};
  std::erase_if(error.code, [](unsigned char c) { return !std::isalnum(c) && c != '.'; });
  if (error.code.size() > kLongestCode) error.code.resize(kLongestCode);
  return error;
}

std::string XmlChild(const std::string& body, const char* name) {
  pugi::xml_document document;
  return Load(body, document) ? document.document_element().child_value(name) : "";
}

std::string CompleteXml(const std::vector<std::string>& etags) {
  pugi::xml_document document;
  pugi::xml_node root = document.append_child("CompleteMultipartUpload");
  for (size_t i = 0; i < etags.size(); ++i) {
    pugi::xml_node part = root.append_child("Part");
    part.append_child("PartNumber").text().set(static_cast<unsigned>(i + 1));
    part.append_child("ETag").text().set(etags[i].c_str());
  }
  std::ostringstream text;
  document.save(text, "", pugi::format_raw | pugi::format_no_declaration);
  return text.str();
}

}  // namespace metaferry
