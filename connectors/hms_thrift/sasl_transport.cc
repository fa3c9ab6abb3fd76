#include "connectors/hms_thrift/sasl_transport.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "connectors/hms_thrift/channel_transport.h"
#include "connectors/hms_thrift/message_transport.h"

namespace metaferry {
namespace {

using apache::thrift::transport::TTransport;

enum class Word : uint8_t { kStart = 1, kOk = 2, kBad = 3, kError = 4, kComplete = 5 };

/// Tickets with all groups of a user in a large directory have some 64 KiB.
constexpr uint32_t kLongestMessage = uint32_t{1} << 20;
/// An answer that is wrapped is a little longer than it is by itself.
constexpr uint32_t kLongestFrame = static_cast<uint32_t>(kMaxAnswerBytes) + (uint32_t{1} << 16);
/// Of a request that is not wrapped; a server has to hold a frame in memory.
constexpr size_t kLongestSent = size_t{8} << 20;
constexpr size_t kLongestQuote = 300;

constexpr size_t kLengthBytes = 4;

void AppendLength(size_t length, std::string& text) {
  for (const int shift : {24, 16, 8, 0}) text.push_back(static_cast<char>(length >> shift & 0xFF));
}

void Write(TTransport& stream, std::string_view bytes) {
  stream.write(reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<uint32_t>(bytes.size()));
}

uint32_t NumberOf(const uint8_t* bytes) {
  return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3];
}

constexpr const char* kIsItKerberos =
    "check that the service asks for this login (hive.metastore.sasl.enabled for Kerberos, "
    "metastore.authentication for a password) and that ssl in the URL is as the service has it; "
    "for a service without login leave auth and principal out of the URL";

Unexpected NotSpoken(const std::string& what) {
  return Fail(ErrorKind::kForeign, "sasl_not_spoken",
              "the service does not take part in the login: " + what, {}, kIsItKerberos);
}

Unexpected BadMessage(const std::string& what) {
  return Fail(ErrorKind::kForeign, "bad_sasl_message",
              "the service breaks the protocol of logins: " + what, {},
              "check host and port: is this a Hive metastore service?");
}

Unexpected Refused(std::string words, std::string_view mechanism) {
  words.resize(std::min(words.find_first_of("\r\n"), words.size()));
  if (words.size() > kLongestQuote) words.replace(kLongestQuote, std::string::npos, "...");
  if (words.find("Unsupported mechanism") != std::string::npos)
    return Fail(ErrorKind::kUnsupported, "unsupported_login",
                fmt::format("the service does not know the login {}: {}", mechanism, words), {},
                "GSSAPI is Kerberos (principal=...), PLAIN user and password (auth=plain): write "
                "the one that the service has into the URL");
  const bool kerberos = mechanism == "GSSAPI";
  return Fail(ErrorKind::kAuthentication, "login_refused",
              "the service refuses the login: " + words, {},
              kerberos ? "the service's log has the reason; often it has another key than the KDC "
                         "(its keytab is old), or takes clients of its own realm only"
                       : "check user name and password of the connection; it is not tried again, "
                         "because wrong ones can lock the account");
}

/// Writes and reads the messages of a login.
class Conversation {
 public:
  Conversation(TTransport& stream, std::string_view mechanism)
      : stream_(stream), mechanism_(mechanism) {}

  void Say(Word word, std::string_view payload) {
    std::string message;
    message.reserve(1 + kLengthBytes + payload.size());
    message.push_back(static_cast<char>(word));
    AppendLength(payload.size(), message);
    message.append(payload);
    const Secret sent(std::move(message));  // there may be a password in it
    Write(stream_, sent.Reveal());
  }
  void Flush() { stream_.flush(); }

  struct Answer {
    bool complete = false;
    std::string payload;
  };
  Result<Answer> Hear();

 private:
  TTransport& stream_;
  std::string_view mechanism_;
};

Result<Conversation::Answer> Conversation::Hear() {
  std::array<uint8_t, 1 + kLengthBytes> header{};
  stream_.readAll(header.data(), header.size());
  const auto word = static_cast<Word>(header[0]);
  const uint32_t length = NumberOf(header.data() + 1);
  if (word < Word::kStart || word > Word::kComplete)
    return NotSpoken("what it answers is no message of a login");
  if (word == Word::kStart) return BadMessage("it begins a login of its own");
  if (length > kLongestMessage)
    return BadMessage(
        fmt::format("a message of {} bytes, of which {} are taken", length, kLongestMessage));
  Answer answer{word == Word::kComplete, std::string(length, '\0')};
  stream_.readAll(reinterpret_cast<uint8_t*>(answer.payload.data()), length);
  if (word == Word::kBad || word == Word::kError)
    return Refused(std::move(answer.payload), mechanism_);
  return answer;
}

/// Why nothing came from a service that was told that a login begins: one without logins waits for
/// the rest of what it takes for a call, or hangs up.
Error FirstWordsFailed(Error error) {
  if (error.code != "timed_out" && error.code != "connection_closed") return error;
  return NotSpoken(error.message).value();
}

}  // namespace

SaslTransport::SaslTransport(Stream stream, std::unique_ptr<SaslMechanism> mechanism)
    : stream_(std::move(stream)), mechanism_(std::move(mechanism)) {}

Result<std::shared_ptr<SaslTransport>> SaslTransport::LogIn(
    Stream stream, std::unique_ptr<SaslMechanism> mechanism) {
  std::shared_ptr<SaslTransport> transport(
      new SaslTransport(std::move(stream), std::move(mechanism)));
  try {
    MF_RETURN_IF_ERROR(transport->Negotiate());
  } catch (const TransportFailure& e) {
    return Unexpected(e.error());
  } catch (const std::exception& e) {
    return BadMessage(e.what());
  }
  return transport;
}

Status SaslTransport::Negotiate() {
  MF_ASSIGN(const Secret first, mechanism_->Start());
  Conversation service(*stream_, mechanism_->name());
  service.Say(Word::kStart, mechanism_->name());
  service.Say(mechanism_->done() ? Word::kComplete : Word::kOk, first.Reveal());
  service.Flush();
  for (bool heard = false;; heard = true) {
    Result<Conversation::Answer> answer;
    try {
      answer = service.Hear();
    } catch (const TransportFailure& e) {
      return Unexpected(heard ? e.error() : FirstWordsFailed(e.error()));
    }
    if (!answer) return Unexpected(std::move(answer).error());
    if (mechanism_->done()) {
      if (answer->complete) return {};
      return BadMessage("it goes on asking when all has been said");
    }
    // Or else somebody who does not know the key could pass for the service by saying so.
    if (answer->complete)
      return BadMessage("it calls the login complete before it has proved who it is");
    MF_ASSIGN(const Secret reply, mechanism_->Answer(answer->payload));
    service.Say(mechanism_->done() ? Word::kComplete : Word::kOk, reply.Reveal());
    service.Flush();
  }
}

uint32_t SaslTransport::ReadFrameLength() {
  std::array<uint8_t, kLengthBytes> header{};
  stream_->readAll(header.data(), header.size());
  const uint32_t length = NumberOf(header.data());
  if (length > kLongestFrame)
    throw TransportFailure(
        BadMessage(fmt::format("a frame of {} bytes, of which {} are taken", length, kLongestFrame))
            .value());
  return length;
}

void SaslTransport::ReadWrappedFrame() {
  const uint32_t length = ReadFrameLength();
  // A length is easily said: memory is taken as bytes come.
  constexpr size_t kStep = size_t{1} << 20;
  std::string wrapped;
  while (wrapped.size() < length) {
    const size_t begin = wrapped.size();
    const size_t more = std::min(kStep, length - begin);
    wrapped.resize(begin + more);
    stream_->readAll(reinterpret_cast<uint8_t*>(wrapped.data() + begin),
                     static_cast<uint32_t>(more));
  }
  auto unwrapped = mechanism_->Unwrap(wrapped);
  if (!unwrapped) throw TransportFailure(std::move(unwrapped).error());
  received_ = std::move(*unwrapped);
  taken_ = 0;
}

uint32_t SaslTransport::read(uint8_t* buffer, uint32_t length) {
  if (length == 0) return 0;
  if (!wraps()) {
    while (frame_left_ == 0) frame_left_ = ReadFrameLength();
    const uint32_t got = stream_->read(buffer, std::min(length, frame_left_));
    frame_left_ -= got;
    return got;
  }
  while (taken_ == received_.size()) ReadWrappedFrame();
  const size_t got = std::min<size_t>(length, received_.size() - taken_);
  std::memcpy(buffer, received_.data() + taken_, got);
  taken_ += got;
  return static_cast<uint32_t>(got);
}

void SaslTransport::write(const uint8_t* buffer, uint32_t length) {
  unsent_.append(reinterpret_cast<const char*>(buffer), length);
}

void SaslTransport::SendFrame(std::string_view content) {
  std::string frame;
  frame.reserve(kLengthBytes + content.size());
  AppendLength(content.size(), frame);
  frame.append(content);
  Write(*stream_, frame);
}

void SaslTransport::flush() {
  const std::string sent = std::exchange(unsent_, {});
  const size_t step = wraps() ? mechanism_->most_at_once() : kLongestSent;
  for (size_t at = 0; at < sent.size(); at += step) {
    const std::string_view piece = std::string_view(sent).substr(at, step);
    if (!wraps()) {
      SendFrame(piece);
      continue;
    }
    auto wrapped = mechanism_->Wrap(piece);
    if (!wrapped) throw TransportFailure(std::move(wrapped).error());
    SendFrame(*wrapped);
  }
  stream_->flush();
}

}  // namespace metaferry
