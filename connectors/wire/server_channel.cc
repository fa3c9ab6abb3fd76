#include "connectors/wire/server_channel.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace metaferry {
namespace {

using Clock = std::chrono::steady_clock;

Unexpected Closed() {
  return Fail(ErrorKind::kConnection, "connection_closed", "the server hung up", {},
              "look into the server's log for the reason");
}

Unexpected TimedOut() {
  return Fail(ErrorKind::kConnection, "timed_out", "the server did not answer in time", {},
              "check that host and port lead to the server, and that it is not overloaded");
}

int SocketOf(BIO* bio) { return static_cast<const Descriptor*>(BIO_get_data(bio))->get(); }

// A BIO over the socket that never raises SIGPIPE, which OpenSSL's own would.
int BioWrite(BIO* bio, const char* data, int length) {
  BIO_clear_retry_flags(bio);
  const ssize_t sent = send(SocketOf(bio), data, static_cast<size_t>(length), MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int BioRead(BIO* bio, char* data, int length) {
  BIO_clear_retry_flags(bio);
  const ssize_t got = recv(SocketOf(bio), data, static_cast<size_t>(length), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  return static_cast<int>(got);
}

long BioControl(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

/// The socket must outlive it.
BIO* MakeBio(Descriptor& socket) {
  static BIO_METHOD* const kMethod = [] {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    BIO_meth_set_write(method, BioWrite);
    BIO_meth_set_read(method, BioRead);
    BIO_meth_set_ctrl(method, BioControl);
    return method;
  }();
  BIO* bio = BIO_new(kMethod);
  BIO_set_data(bio, &socket);
  BIO_set_init(bio, 1);
  return bio;
}

bool IsAddress(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

/// What OpenSSL has to say, without the file names it knows.
std::string LastSslWords() {
  const unsigned long code = ERR_peek_last_error();
  const char* words = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return words ? words : "the connection broke off";
}

Unexpected BadFile(const std::string& file, const char* what) {
  ERR_clear_error();
  return Fail(ErrorKind::kUsage, "tls_bad_file",
              fmt::format("{} cannot be read as {} in PEM form", file, what), {},
              "give a PEM file that this user may read; from a Java keystore: keytool "
              "-exportcert -rfc");
}

Unexpected TlsFailed(const std::string& words) {
  return Fail(ErrorKind::kConnection, "tls_failed",
              fmt::format("TLS with the server failed: {}", words), {},
              "TLS 1.2 or later is needed; a server that asks for a certificate of the client's "
              "gets one by sslcert=FILE and sslkey=FILE");
}

/// OpenSSL would ask for a passphrase at the terminal.
int NoPassphrase(char*, int, int, void*) { return -1; }

Status LoadFiles(SSL_CTX* context, const TlsSettings& settings) {
  if (!settings.ca_file.empty()) {
    if (SSL_CTX_load_verify_file(context, settings.ca_file.c_str()) != 1)
      return BadFile(settings.ca_file, "certificates");
  } else {
    SSL_CTX_set_default_verify_paths(context);
  }
  if (settings.cert_file.empty()) return {};
  SSL_CTX_set_default_passwd_cb(context, NoPassphrase);
  if (SSL_CTX_use_certificate_chain_file(context, settings.cert_file.c_str()) != 1)
    return BadFile(settings.cert_file, "a certificate");
  const std::string& key = settings.key_file.empty() ? settings.cert_file : settings.key_file;
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1)
    return BadFile(key, "a private key without passphrase");
  return {};
}

void ExpectHost(SSL* ssl, const TlsSettings& settings) {
  X509_VERIFY_PARAM* expected = SSL_get0_param(ssl);
  if (IsAddress(settings.host)) {
    X509_VERIFY_PARAM_set1_ip_asc(expected, settings.host.c_str());
  } else {
    X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    X509_VERIFY_PARAM_set1_host(expected, settings.host.c_str(), 0);
  }
}

Unexpected Untrusted(long verdict, const TlsSettings& settings) {
  const std::string words = X509_verify_cert_error_string(verdict);
  switch (verdict) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return Fail(ErrorKind::kConnection, "tls_expired",
                  fmt::format("the server's certificate is out of its time: {}", words), {},
                  "have the certificate renewed; if it is good, this machine's clock is wrong");
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return Fail(ErrorKind::kConnection, "tls_wrong_host",
                  fmt::format("the server's certificate is not for {}", settings.host), {},
                  "use the name that the certificate is for in the URL; or give up the check of "
                  "the name: sslmode=verify-ca");
    default:
      return Fail(ErrorKind::kConnection, "tls_untrusted",
                  fmt::format("the server's certificate is not trusted: {}", words), {},
                  settings.ca_file.empty()
                      ? "give the certificate of the CA that issued it: sslrootcert=FILE"
                      : "sslrootcert names a file without the CA that issued it");
  }
}

Result<Descriptor> ConnectTo(const addrinfo& address, Deadline deadline) {
  Descriptor socket(::socket(address.ai_family, address.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
                             address.ai_protocol));
  const auto refused = [](int error) {
    return Fail(ErrorKind::kConnection, "connection_failed", std::strerror(error), {},
                "check host and port, and that the server is up and reachable");
  };
  if (!socket.valid()) return refused(errno);
  if (connect(socket.get(), address.ai_addr, address.ai_addrlen) == 0) return socket;
  if (errno != EINPROGRESS) return refused(errno);
  pollfd wait{socket.get(), POLLOUT, 0};
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return TimedOut();
    const int ready = poll(&wait, 1, static_cast<int>(left.count()));
    if (ready > 0) break;
    if (ready < 0 && errno != EINTR) return refused(errno);
  }
  int error = 0;
  socklen_t length = sizeof(error);
  getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) return refused(error);
  return socket;
}

}  // namespace

void ServerChannel::SslDeleter::operator()(ssl_st* ssl) const { SSL_free(ssl); }
void ServerChannel::ContextDeleter::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

ServerChannel::ServerChannel(Descriptor socket, Deadline deadline)
    : socket_(std::move(socket)), deadline_(deadline) {}

ServerChannel::~ServerChannel() {
  if (ssl_) SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

Result<std::unique_ptr<ServerChannel>> ServerChannel::Connect(const std::string& host,
                                                              uint16_t port, Deadline deadline) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0)
    return Fail(ErrorKind::kConnection, "unknown_host",
                fmt::format("the host's address cannot be found: {}", gai_strerror(error)), {},
                "check the host name in the URL, and this machine's name service");
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, freeaddrinfo);
  Error last;
  for (const addrinfo* at = found; at; at = at->ai_next) {
    auto socket = ConnectTo(*at, deadline);
    if (!socket) {
      last = std::move(socket).error();
      continue;
    }
    const int on = 1;
    setsockopt(socket->get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(socket->get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    return std::unique_ptr<ServerChannel>(new ServerChannel(std::move(*socket), deadline));
  }
  return Unexpected(std::move(last));
}

Status ServerChannel::Wait(bool for_write) const {
  pollfd wait{socket_.get(), static_cast<short>(for_write ? POLLOUT : POLLIN), 0};
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
    if (left.count() <= 0) return TimedOut();
    const int ready = poll(&wait, 1, static_cast<int>(std::min<int64_t>(left.count(), 60'000)));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return Closed();
  }
}

Status ServerChannel::StartTls(const TlsSettings& settings) {
  context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context_.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  MF_RETURN_IF_ERROR(LoadFiles(context_.get(), settings));
  const bool verify = settings.mode >= TlsMode::kVerifyCa;
  SSL_CTX_set_verify(context_.get(), verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  ssl_.reset(SSL_new(context_.get()));
  BIO* bio = MakeBio(socket_);
  SSL_set_bio(ssl_.get(), bio, bio);
  if (settings.mode == TlsMode::kVerifyFull) ExpectHost(ssl_.get(), settings);
  if (!IsAddress(settings.host)) SSL_set_tlsext_host_name(ssl_.get(), settings.host.c_str());
  for (;;) {
    ERR_clear_error();
    const int done = SSL_connect(ssl_.get());
    if (done == 1) break;
    const int error = SSL_get_error(ssl_.get(), done);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
      return HandshakeError(settings, error);
    MF_RETURN_IF_ERROR(Wait(error == SSL_ERROR_WANT_WRITE));
  }
  showed_certificate_ = !settings.cert_file.empty();
  protection_.encrypted = true;
  protection_.ca_verified = verify;
  protection_.host_verified = settings.mode == TlsMode::kVerifyFull;
  protection_.protocol = SSL_get_version(ssl_.get());
  return {};
}

Status ServerChannel::HandshakeError(const TlsSettings& settings, int ssl_error) {
  const long verdict = SSL_get_verify_result(ssl_.get());
  const std::string words = LastSslWords();
  ssl_.reset();
  if (settings.mode >= TlsMode::kVerifyCa && verdict != X509_V_OK)
    return Untrusted(verdict, settings);
  if (ssl_error == SSL_ERROR_SYSCALL) return Closed();
  return TlsFailed(words);
}

ServerChannel::Step ServerChannel::ReadSome(std::span<char> buffer) {
  Step step;
  if (!ssl_) {
    const ssize_t got = recv(socket_.get(), buffer.data(), buffer.size(), 0);
    step.closed = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
    step.bytes = static_cast<size_t>(std::max<ssize_t>(got, 0));
    return step;
  }
  ERR_clear_error();
  const int got = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &step.bytes);
  if (got != 1) TakeSslError(got, step);
  heard_ |= step.bytes > 0;
  return step;
}

ServerChannel::Step ServerChannel::WriteSome(std::string_view bytes) {
  Step step;
  if (!ssl_) {
    const ssize_t sent = send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    step.wants_write = sent < 0 && (errno == EAGAIN || errno == EINTR);
    step.closed = sent < 0 && !step.wants_write;
    step.bytes = static_cast<size_t>(std::max<ssize_t>(sent, 0));
    return step;
  }
  ERR_clear_error();
  const int sent = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &step.bytes);
  if (sent != 1) TakeSslError(sent, step);
  return step;
}

void ServerChannel::TakeSslError(int result, Step& step) {
  const int error = SSL_get_error(ssl_.get(), result);
  step.wants_write = error == SSL_ERROR_WANT_WRITE;
  step.closed = error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
  if (error == SSL_ERROR_SSL) tls_words_ = LastSslWords();
}

/// Under TLS 1.3 a server refuses the client's certificate after the handshake, and its word for
/// that may be lost when it hangs up at once.
Unexpected ServerChannel::Broken() const {
  if (!tls_words_.empty()) return TlsFailed(tls_words_);
  if (showed_certificate_ && !heard_) return TlsFailed("the server hung up on our certificate");
  return Closed();
}

Status ServerChannel::Read(std::span<char> buffer) {
  while (!buffer.empty()) {
    const Step step = ReadSome(buffer);
    if (step.closed) return Broken();
    buffer = buffer.subspan(step.bytes);
    if (step.bytes == 0) MF_RETURN_IF_ERROR(Wait(step.wants_write));
  }
  return {};
}

Result<size_t> ServerChannel::ReadAny(std::span<char> buffer) {
  for (;;) {
    const Step step = ReadSome(buffer);
    if (step.closed) return Broken();
    if (step.bytes > 0) return step.bytes;
    MF_RETURN_IF_ERROR(Wait(step.wants_write));
  }
}

Status ServerChannel::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const Step step = WriteSome(bytes);
    if (step.closed) return Broken();
    bytes.remove_prefix(step.bytes);
    if (step.bytes == 0) MF_RETURN_IF_ERROR(Wait(step.wants_write));
  }
  return {};
}

}  // namespace metaferry
