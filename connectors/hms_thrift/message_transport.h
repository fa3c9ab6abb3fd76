/// \file
/// Messages on a stream of bytes: gathered until they are complete, with or without a length before
/// them. Thrift has the like, but keeps a whole frame in memory, and counts the bytes of a buffered
/// connection from its beginning, so that its limit on one message ends a long conversation.
#pragma once

#include <thrift/transport/TVirtualTransport.h>

#include <memory>
#include <string>
#include <vector>

namespace metaferry {

/// The most that one answer may have. A service has no reason for more, and somebody in its place
/// shall not fill our memory.
inline constexpr int kMaxAnswerBytes = 1 << 30;

/// Throws TransportFailure (bad_answer) when a frame or an answer is longer than kMaxAnswerBytes.
/// One thread at a time.
class MessageTransport final
    : public apache::thrift::transport::TVirtualTransport<MessageTransport> {
 public:
  MessageTransport(std::shared_ptr<apache::thrift::transport::TTransport> stream, bool framed);

  bool isOpen() const override { return stream_->isOpen(); }
  void open() override {}
  void close() override { stream_->close(); }
  uint32_t read(uint8_t* buffer, uint32_t length);
  void write(const uint8_t* buffer, uint32_t length);
  const uint8_t* borrow(uint8_t* buffer, uint32_t* length);
  void consume(uint32_t length);
  /// Sends what was written; the answer to it begins.
  void flush() override;

 private:
  void Fill();
  void Take(uint32_t length);
  void ReadFrameLength();

  std::shared_ptr<apache::thrift::transport::TTransport> stream_;
  bool framed_;
  std::string request_;
  std::vector<uint8_t> buffer_;
  size_t begin_ = 0, end_ = 0;  ///< what of buffer_ has not been taken
  uint32_t frame_left_ = 0;     ///< of the frame, beyond the buffer
};

}  // namespace metaferry
