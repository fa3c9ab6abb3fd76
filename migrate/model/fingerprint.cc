#include "metaferry/fingerprint.h"

#include <openssl/evp.h>

#include <memory>

namespace metaferry {
namespace {

/// One digest context a thread: EVP_Digest() looks its algorithm up anew on every call.
EVP_MD_CTX* ThreadContext() {
  struct Free {
    void operator()(EVP_MD_CTX* ctx) const { EVP_MD_CTX_free(ctx); }
  };
  thread_local std::unique_ptr<EVP_MD_CTX, Free> ctx(EVP_MD_CTX_new());
  return ctx.get();
}

const EVP_MD* Sha256() {
  static const EVP_MD* md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return md;
}

}  // namespace

Fingerprint FingerprintOf(std::string_view canonical) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  EVP_MD_CTX* ctx = ThreadContext();
  EVP_DigestInit_ex2(ctx, Sha256(), nullptr);
  EVP_DigestUpdate(ctx, canonical.data(), canonical.size());
  EVP_DigestFinal_ex(ctx, digest, nullptr);
  Fingerprint f;
  std::memcpy(f.bytes.data(), digest, f.bytes.size());
  return f;
}

std::string ToHex(const Fingerprint& fingerprint) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  out.reserve(2 * fingerprint.bytes.size());
  for (unsigned char c : fingerprint.bytes) {
    out.push_back(kHex[c >> 4]);
    out.push_back(kHex[c & 15]);
  }
  return out;
}

std::optional<Fingerprint> FingerprintFromHex(std::string_view hex) {
  Fingerprint f;
  if (hex.size() != 2 * f.bytes.size()) return std::nullopt;
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  for (size_t i = 0; i < f.bytes.size(); ++i) {
    const int high = digit(hex[2 * i]), low = digit(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    f.bytes[i] = static_cast<unsigned char>(high << 4 | low);
  }
  return f;
}

}  // namespace metaferry
