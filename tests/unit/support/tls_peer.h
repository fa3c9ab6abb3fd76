/// \file
/// The server's end of a TLS connection, with a certificate that nobody trusts.
#pragma once

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <csignal>
#include <memory>
#include <string>
#include <string_view>

namespace metaferry {

/// Takes over an open socket, which it does not close. Has a thread to itself.
class TlsPeer {
 public:
  explicit TlsPeer(int connection) : context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free) {
    // A client that hangs up is no reason to end the test; the rest of the process may not rely on
    // that.
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const std::unique_ptr<X509, void (*)(X509*)> certificate(X509_new(), X509_free);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    SSL_CTX_use_certificate(context_.get(), certificate.get());
    SSL_CTX_use_PrivateKey(context_.get(), key.get());
    ssl_ = SSL_new(context_.get());
    SSL_set_fd(ssl_, connection);
  }
  ~TlsPeer() {
    SSL_shutdown(ssl_);
    SSL_free(ssl_);
  }
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;

  /// Before Accept: no version above this one, as in TLS1_1_VERSION.
  void SpeakAtMost(int version) {
    SSL_set_security_level(ssl_, 0);
    SSL_set_min_proto_version(ssl_, 0);
    SSL_set_max_proto_version(ssl_, version);
  }
  /// Before Accept: no client without a certificate that it trusts, and it trusts none.
  void DemandCertificate() {
    SSL_set_verify(ssl_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  bool Accept() { return SSL_accept(ssl_) == 1; }
  /// As many bytes, or fewer when the client is gone.
  std::string Read(size_t bytes) {
    std::string text(bytes, '\0');
    size_t at = 0;
    for (size_t got = 0; at < bytes && SSL_read_ex(ssl_, &text[at], bytes - at, &got) == 1;)
      at += got;
    text.resize(at);
    return text;
  }
  bool Write(std::string_view bytes) {
    size_t sent = 0;
    return SSL_write_ex(ssl_, bytes.data(), bytes.size(), &sent) == 1 && sent == bytes.size();
  }

 private:
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  SSL* ssl_ = nullptr;
};

}  // namespace metaferry
