#include "connectors/hms_thrift/message_transport.h"

#include <gmock/gmock.h>
#include <thrift/transport/TTransportException.h>

#include "connectors/hms_thrift/channel_transport.h"

namespace metaferry {
namespace {

using apache::thrift::transport::TTransportException;

/// What was sent is kept apart from what comes back.
class Conversation final : public apache::thrift::transport::TVirtualTransport<Conversation> {
 public:
  bool isOpen() const override { return true; }
  uint32_t read(uint8_t* buffer, uint32_t length) {
    const size_t most = std::min<size_t>({length, at_once, answer.size() - taken_});
    if (most == 0) throw TTransportException(TTransportException::END_OF_FILE);
    std::copy_n(answer.data() + taken_, most, buffer);
    taken_ += most;
    return static_cast<uint32_t>(most);
  }
  void write(const uint8_t* buffer, uint32_t length) {
    sent.append(reinterpret_cast<const char*>(buffer), length);
  }

  std::string sent, answer;
  size_t at_once = SIZE_MAX;  ///< how many bytes arrive together

 private:
  size_t taken_ = 0;
};

std::string ReadAll(MessageTransport& transport, size_t count) {
  std::string bytes(count, '\0');
  apache::thrift::transport::readAll(transport, reinterpret_cast<uint8_t*>(bytes.data()),
                                     static_cast<uint32_t>(count));
  return bytes;
}

void Write(MessageTransport& transport, std::string_view bytes) {
  transport.write(reinterpret_cast<const uint8_t*>(bytes.data()),
                  static_cast<uint32_t>(bytes.size()));
}

TEST(MessageTransportTest, ARequestGoesOutWhole) {
  const auto stream = std::make_shared<Conversation>();
  MessageTransport transport(stream, false);
  Write(transport, "ab");
  Write(transport, "c");
  EXPECT_EQ(stream->sent, "");
  transport.flush();
  EXPECT_EQ(stream->sent, "abc");
}

TEST(MessageTransportTest, AFramedRequestHasItsLengthBeforeIt) {
  const auto stream = std::make_shared<Conversation>();
  MessageTransport transport(stream, true);
  for (const char* request : {"abc", "d"}) {
    Write(transport, request);
    transport.flush();
  }
  EXPECT_EQ(stream->sent, std::string("\0\0\0\3abc\0\0\0\1d", 12));
}

TEST(MessageTransportTest, FramesMayComeInAnyPieces) {
  for (const size_t at_once : {1, 3, 100}) {
    const auto stream = std::make_shared<Conversation>();
    stream->answer = std::string("\0\0\0\2ab\0\0\0\0\0\0\0\4cdef", 18);
    stream->at_once = at_once;
    MessageTransport transport(stream, true);
    EXPECT_EQ(ReadAll(transport, 6), "abcdef");
  }
}

TEST(MessageTransportTest, AFrameOfTwoGibibytesIsRefusedBeforeAnyMemoryIsTaken) {
  const auto stream = std::make_shared<Conversation>();
  stream->answer = std::string("\x7f\xff\xff\xff", 4) + std::string(100, 'x');
  MessageTransport transport(stream, true);
  try {
    ReadAll(transport, 1);
    FAIL() << "it was taken";
  } catch (const TransportFailure& failure) {
    EXPECT_EQ(failure.error().code, "bad_answer");
    EXPECT_EQ(failure.error().kind, ErrorKind::kForeign);
  }
}

TEST(MessageTransportTest, TheLimitIsForOneAnswerNotForAConversation) {
  const auto stream = std::make_shared<Conversation>();
  stream->answer = std::string(300, 'x');
  MessageTransport transport(stream, false);
  for (int i = 0; i < 3; ++i) {
    transport.flush();
    ReadAll(transport, 100);
    EXPECT_NO_THROW(transport.checkReadBytesAvailable(kMaxAnswerBytes - 100));
    EXPECT_THROW(transport.checkReadBytesAvailable(kMaxAnswerBytes), TTransportException);
  }
}

}  // namespace
}  // namespace metaferry
