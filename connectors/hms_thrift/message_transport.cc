#include "connectors/hms_thrift/message_transport.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "connectors/hms_thrift/channel_transport.h"

namespace metaferry {
namespace {

using apache::thrift::TConfiguration;

constexpr size_t kBufferBytes = size_t{1} << 17;
constexpr size_t kFrameHeader = 4;

[[noreturn]] void TooLong() {
  throw TransportFailure(Fail(ErrorKind::kForeign, "bad_answer",
                              fmt::format("the answer is longer than {} MiB, which no metastore "
                                          "service gives",
                                          kMaxAnswerBytes >> 20),
                              {},
                              "check that host and port lead to a metastore service, and that "
                              "framed=true stands in the URL when it wants framed messages, and "
                              "only then")
                             .value());
}

}  // namespace

MessageTransport::MessageTransport(std::shared_ptr<apache::thrift::transport::TTransport> stream,
                                   bool framed)
    : TVirtualTransport(std::make_shared<TConfiguration>(kMaxAnswerBytes, kMaxAnswerBytes)),
      stream_(std::move(stream)),
      framed_(framed),
      request_(framed ? kFrameHeader : 0, '\0'),
      buffer_(kBufferBytes) {}

void MessageTransport::write(const uint8_t* buffer, uint32_t length) {
  request_.append(reinterpret_cast<const char*>(buffer), length);
}

void MessageTransport::flush() {
  if (framed_) {
    const size_t length = request_.size() - kFrameHeader;
    for (size_t i = 0; i < kFrameHeader; ++i)
      request_[i] = static_cast<char>(length >> (8 * (kFrameHeader - 1 - i)) & 0xff);
  }
  stream_->write(reinterpret_cast<const uint8_t*>(request_.data()),
                 static_cast<uint32_t>(request_.size()));
  stream_->flush();
  request_.resize(framed_ ? kFrameHeader : 0);
  if (request_.capacity() > 16 * kBufferBytes) request_.shrink_to_fit();
  resetConsumedMessageSize();
}

void MessageTransport::ReadFrameLength() {
  std::array<uint8_t, kFrameHeader> header{};
  stream_->readAll(header.data(), header.size());
  uint32_t length = 0;
  for (const uint8_t byte : header) length = length << 8 | byte;
  if (length > static_cast<uint32_t>(kMaxAnswerBytes)) TooLong();
  frame_left_ = length;
}

/// At least one byte into the empty buffer.
void MessageTransport::Fill() {
  begin_ = end_ = 0;
  size_t most = buffer_.size();
  if (framed_) {
    while (frame_left_ == 0) ReadFrameLength();
    most = std::min<size_t>(most, frame_left_);
  }
  end_ = stream_->read(buffer_.data(), static_cast<uint32_t>(most));
  if (framed_) frame_left_ -= static_cast<uint32_t>(end_);
}

void MessageTransport::Take(uint32_t length) {
  if (getRemainingMessageSize() < static_cast<long>(length)) TooLong();
  countConsumedMessageBytes(length);
  begin_ += length;
}

uint32_t MessageTransport::read(uint8_t* buffer, uint32_t length) {
  if (length == 0) return 0;
  if (begin_ == end_) Fill();
  const auto taken = static_cast<uint32_t>(std::min<size_t>(length, end_ - begin_));
  std::memcpy(buffer, buffer_.data() + begin_, taken);
  Take(taken);
  return taken;
}

const uint8_t* MessageTransport::borrow(uint8_t*, uint32_t* length) {
  if (end_ - begin_ < *length) return nullptr;
  *length = static_cast<uint32_t>(end_ - begin_);
  return buffer_.data() + begin_;
}

void MessageTransport::consume(uint32_t length) { Take(length); }

}  // namespace metaferry
