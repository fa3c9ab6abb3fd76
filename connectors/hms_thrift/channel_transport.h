/// \file
/// A connection to a server as Thrift sees it.
#pragma once

#include <thrift/transport/TTransportException.h>
#include <thrift/transport/TVirtualTransport.h>

#include <memory>

#include "connectors/wire/server_channel.h"

namespace metaferry {

/// An Error on its way through Thrift, which knows exceptions only. Caught in metastore_client.cc.
class TransportFailure final : public apache::thrift::transport::TTransportException {
 public:
  explicit TransportFailure(Error error)
      : TTransportException(TTransportException::UNKNOWN, error.message),
        error_(std::move(error)) {}
  const Error& error() const { return error_; }

 private:
  Error error_;
};

/// Bytes as they come and go. Throws TransportFailure. One thread at a time.
class ChannelTransport final
    : public apache::thrift::transport::TVirtualTransport<ChannelTransport> {
 public:
  explicit ChannelTransport(std::unique_ptr<ServerChannel> channel)
      : channel_(std::move(channel)) {}

  bool isOpen() const override { return channel_ != nullptr; }
  void open() override {}
  void close() override { channel_.reset(); }
  uint32_t read(uint8_t* buffer, uint32_t length);
  void write(const uint8_t* buffer, uint32_t length);

  /// Until when reading and writing may take.
  void SetDeadline(Deadline deadline) { channel_->SetDeadline(deadline); }
  const Protection& protection() const { return channel_->protection(); }

 private:
  std::unique_ptr<ServerChannel> channel_;
};

}  // namespace metaferry
