/// \file
/// A connection behind a login by SASL, as Hive's services have it (TSaslClientTransport).
#pragma once

#include <thrift/transport/TVirtualTransport.h>

#include <cstdint>
#include <memory>
#include <string>

#include "connectors/hms_thrift/sasl_mechanism.h"

namespace metaferry {

/// Bytes in frames of four bytes of length, protected as the login has it. Throws TransportFailure,
/// besides what the stream throws: bad_sasl_message for a frame longer than any answer may be,
/// connection_tampered. One thread at a time.
class SaslTransport final : public apache::thrift::transport::TVirtualTransport<SaslTransport> {
 public:
  using Stream = std::shared_ptr<apache::thrift::transport::TTransport>;

  /// Says who we are, once: a login that was refused is not tried again. Throws nothing.
  ///
  /// kAuthentication: login_refused, in the server's words; kUnsupported: unsupported_login (it
  /// does not know the mechanism); kForeign: sasl_not_spoken (it answers nothing or something
  /// else), bad_sasl_message; and what the mechanism and the stream end with.
  static Result<std::shared_ptr<SaslTransport>> LogIn(Stream stream,
                                                      std::unique_ptr<SaslMechanism> mechanism);

  bool isOpen() const override { return stream_->isOpen(); }
  void open() override {}
  void close() override { stream_->close(); }
  uint32_t read(uint8_t* buffer, uint32_t length);
  void write(const uint8_t* buffer, uint32_t length);
  void flush() override;

  const SaslMechanism& mechanism() const { return *mechanism_; }

 private:
  SaslTransport(Stream stream, std::unique_ptr<SaslMechanism> mechanism);
  Status Negotiate();
  uint32_t ReadFrameLength();
  void ReadWrappedFrame();
  void SendFrame(std::string_view content);
  bool wraps() const { return mechanism_->protection() != SaslProtection::kAuth; }

  Stream stream_;
  std::unique_ptr<SaslMechanism> mechanism_;
  std::string unsent_;
  std::string received_;     ///< of a frame that was unwrapped
  size_t taken_ = 0;         ///< of received_
  uint32_t frame_left_ = 0;  ///< of a frame that comes as it is
};

}  // namespace metaferry
