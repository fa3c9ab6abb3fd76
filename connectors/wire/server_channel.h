/// \file
/// A connection to a server, with TLS on it once both sides have agreed to that.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "connectors/wire/byte_stream.h"
#include "connectors/wire/tls.h"
#include "migrate/files/descriptor.h"

// OpenSSL's own names, so that its headers stay out of this one.
struct ssl_st;
struct ssl_ctx_st;

namespace metaferry {

/// TCP, then TLS. Never raises SIGPIPE. One thread at a time; may be handed from one to another.
class ServerChannel final : public ByteStream {
 public:
  /// Tries every address of the host. kConnection: connection_failed, unknown_host.
  static Result<std::unique_ptr<ServerChannel>> Connect(const std::string& host, uint16_t port,
                                                        Deadline deadline);
  ~ServerChannel() override;

  /// Speaks TLS from the next byte on. kConnection: tls_untrusted, tls_expired, tls_wrong_host,
  /// tls_failed; kUsage: tls_bad_file. REQUIRES: settings.mode is not kOff.
  Status StartTls(const TlsSettings& settings);

  /// kConnection: besides what a ByteStream gives, tls_failed.
  Status Read(std::span<char> buffer) override;
  Status Write(std::string_view bytes) override;
  /// At least one byte, and what else of `buffer` has come; how many. Errors are those of Read.
  Result<size_t> ReadAny(std::span<char> buffer);
  /// Until when Read, ReadAny, Write and StartTls may take.
  void SetDeadline(Deadline deadline) { deadline_ = deadline; }

  /// One step that does not wait.
  struct Step {
    size_t bytes = 0;
    bool closed = false;       ///< by the server, or broken
    bool wants_write = false;  ///< goes on when the descriptor can be written (else: read)
  };
  Step ReadSome(std::span<char> buffer);
  Step WriteSome(std::string_view bytes);
  /// For poll; never blocks.
  int fd() const { return socket_.get(); }

  const Protection& protection() const { return protection_; }

 private:
  explicit ServerChannel(Descriptor socket, Deadline deadline);
  Status Wait(bool for_write) const;
  Status HandshakeError(const TlsSettings& settings, int ssl_error);
  void TakeSslError(int result, Step& step);
  Unexpected Broken() const;

  struct SslDeleter {
    void operator()(ssl_st* ssl) const;
  };
  struct ContextDeleter {
    void operator()(ssl_ctx_st* context) const;
  };
  Descriptor socket_;
  Deadline deadline_;
  std::unique_ptr<ssl_ctx_st, ContextDeleter> context_;
  std::unique_ptr<ssl_st, SslDeleter> ssl_;
  bool showed_certificate_ = false;
  bool heard_ = false;     ///< something came inside TLS
  std::string tls_words_;  ///< of OpenSSL, when TLS broke
  Protection protection_;
};

}  // namespace metaferry
