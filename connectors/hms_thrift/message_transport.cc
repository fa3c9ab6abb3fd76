#include "connectors/hms_thrift/message_transport.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

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

/// A service that expects a login answers anything else with the word for a refusal or an error, of
/// one byte, and the length of its reasons. No Thrift message begins like that, and no frame of an
/// answer to a first call is of that length, 48 MiB or more.
void ExpectNoLogin(const uint8_t* first) {
  constexpr uint8_t kRefused = 3;
  constexpr uint8_t kError = 4;
  if ((first[0] != kRefused && first[0] != kError) || first[1] != 0 || first[2] != 0 ||
      first[3] != 0)
    return;
  throw TransportFailure(Fail(ErrorKind::kAuthentication, "login_required",
                              "the service asks for a login by SASL, and the URL has none", {},
                              "for Kerberos add its principal, principal=hive/_HOST@REALM; for "
                              "user and password auth=plain")
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
  if (std::exchange(is_first_, false)) ExpectNoLogin(header.data());
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
  if (!framed_ && std::exchange(is_first_, false) && end_ >= kFrameHeader)
    ExpectNoLogin(buffer_.data());
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
