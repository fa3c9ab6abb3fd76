#include "connectors/wire/relay.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <vector>

namespace metaferry {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr auto kClientSeconds = std::chrono::seconds(30);  ///< for the library to come and greet
constexpr size_t kBufferSize = 256 * 1024;

Unexpected CannotRelay(const char* what, int error) {
  return Fail(ErrorKind::kIo, "cannot_relay",
              std::string("cannot make a private socket (") + what + "): " + std::strerror(error),
              {}, "check that TMPDIR (or /tmp) can be written and has a short path");
}

/// The client library's side: a Unix socket of this process.
class LocalStream final : public ByteStream {
 public:
  LocalStream(int fd, int stop, Deadline deadline) : fd_(fd), stop_(stop), deadline_(deadline) {}

  Status Read(std::span<char> buffer) override {
    while (!buffer.empty()) {
      const ssize_t got = recv(fd_, buffer.data(), buffer.size(), 0);
      if (got > 0) {
        buffer = buffer.subspan(static_cast<size_t>(got));
      } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        return Left();
      } else {
        MF_RETURN_IF_ERROR(Wait(POLLIN));
      }
    }
    return {};
  }

  Status Write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent > 0) {
        bytes.remove_prefix(static_cast<size_t>(sent));
      } else if (errno != EAGAIN && errno != EINTR) {
        return Left();
      } else {
        MF_RETURN_IF_ERROR(Wait(POLLOUT));
      }
    }
    return {};
  }

  /// The library hung up, or is not waited for any more. It knows why.
  bool has_left() const { return has_left_; }

 private:
  Unexpected Left() {
    has_left_ = true;
    return Fail(ErrorKind::kConnection, "connection_closed", "the client library hung up");
  }
  Status Wait(short events) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
    pollfd waits[2] = {{fd_, events, 0}, {stop_, POLLIN, 0}};
    if (left.count() <= 0 || poll(waits, 2, static_cast<int>(left.count())) == 0 ||
        waits[1].revents != 0)
      return Left();
    return {};
  }
  int fd_;
  int stop_;
  Deadline deadline_;
  bool has_left_ = false;
};

/// True when the other end is this very process: the folder keeps other users out, this keeps other
/// programs of the same user out.
bool IsThisProcess(int fd) {
  ucred peer{};
  socklen_t length = sizeof(peer);
  return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.pid == getpid() &&
         peer.uid == geteuid();
}

/// Bytes on their way in one direction.
class Pending {
 public:
  Pending() : buffer_(kBufferSize) {}
  bool empty() const { return begin_ == end_; }
  std::span<char> room() { return {buffer_.data(), buffer_.size()}; }
  void Filled(size_t bytes) {
    begin_ = 0;
    end_ = bytes;
  }
  std::string_view bytes() const { return {buffer_.data() + begin_, end_ - begin_}; }
  void Gone(size_t bytes) { begin_ += bytes; }

 private:
  std::vector<char> buffer_;
  size_t begin_ = 0, end_ = 0;
};

/// One round trip's worth of moving, as far as it goes without waiting.
class Pump {
 public:
  Pump(ServerChannel& server, int client) : server_(server), client_(client) {}

  /// False when nothing moved, and somebody has to be waited for.
  bool Move() {
    moved_ = false;
    server_wants_write_ = false;
    FromServer();
    ToClient();
    FromClient();
    ToServer();
    return moved_;
  }
  bool finished() const {
    return (server_gone_ && to_client_.empty()) || (client_gone_ && to_server_.empty());
  }
  // A side that is gone is not waited for: poll would report that without end.
  pollfd client_wait() const {
    short events = to_client_.empty() ? 0 : POLLOUT;
    if (to_server_.empty()) events |= POLLIN;
    return {client_gone_ ? -1 : client_, events, 0};
  }
  pollfd server_wait() const {
    short events = to_client_.empty() ? POLLIN : 0;
    if (!to_server_.empty() || server_wants_write_) events |= POLLOUT;
    return {server_gone_ ? -1 : server_.fd(), events, 0};
  }

 private:
  void FromServer() {
    if (!to_client_.empty() || server_gone_) return;
    const ServerChannel::Step step = server_.ReadSome(to_client_.room());
    to_client_.Filled(step.bytes);
    moved_ |= step.bytes > 0;
    server_gone_ |= step.closed;
    server_wants_write_ |= step.wants_write;
  }
  void ToClient() {
    if (to_client_.empty()) return;
    const std::string_view bytes = to_client_.bytes();
    const ssize_t sent = send(client_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      to_client_.Gone(static_cast<size_t>(sent));
      moved_ = true;
    } else if (errno != EAGAIN && errno != EINTR) {
      client_gone_ = true;
      to_client_.Gone(bytes.size());
    }
  }
  void FromClient() {
    if (!to_server_.empty() || client_gone_) return;
    const std::span<char> room = to_server_.room();
    const ssize_t got = recv(client_, room.data(), room.size(), 0);
    if (got > 0) {
      to_server_.Filled(static_cast<size_t>(got));
      moved_ = true;
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
      client_gone_ = true;
    }
  }
  void ToServer() {
    if (to_server_.empty()) return;
    const ServerChannel::Step step = server_.WriteSome(to_server_.bytes());
    to_server_.Gone(step.closed ? to_server_.bytes().size() : step.bytes);
    moved_ |= step.bytes > 0;
    server_gone_ |= step.closed;
    server_wants_write_ |= step.wants_write;
  }

  ServerChannel& server_;
  int client_;
  Pending to_client_, to_server_;
  bool moved_ = false, server_wants_write_ = false;
  bool server_gone_ = false, client_gone_ = false;
};

}  // namespace

Relay::Relay(std::unique_ptr<ServerChannel> server, std::string socket_name, Greeting greeting,
             Aside aside)
    : server_(std::move(server)),
      socket_name_(std::move(socket_name)),
      greeting_(std::move(greeting)),
      aside_(std::move(aside)) {}

Result<std::unique_ptr<Relay>> Relay::Start(std::unique_ptr<ServerChannel> server,
                                            std::string socket_name, Greeting greeting,
                                            Aside aside) {
  std::unique_ptr<Relay> relay(
      new Relay(std::move(server), std::move(socket_name), std::move(greeting), std::move(aside)));
  MF_RETURN_IF_ERROR(relay->Listen());
  // Signals are for the program's own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  relay->thread_ = std::thread([self = relay.get()] { self->Serve(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return relay;
}

Relay::~Relay() {
  if (thread_.joinable()) {
    Stop();
    thread_.join();
  }
  if (folder_.empty()) return;
  std::error_code ignored;
  fs::remove(socket(), ignored);
  fs::remove(folder_, ignored);
}

Status Relay::Listen() {
  std::error_code error;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  fs::path base = fs::temp_directory_path(error);
  constexpr std::string_view kName = "metaferry-XXXXXX";  // as mkdtemp wants it
  if (error || (base / kName / socket_name_).native().size() >= sizeof(address.sun_path))
    base = "/tmp";
  std::string folder = base / kName;
  if (!mkdtemp(folder.data())) return CannotRelay("folder", errno);
  folder_ = folder;
  stop_ = Descriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  listener_ = Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!stop_.valid() || !listener_.valid()) return CannotRelay("socket", errno);
  std::strncpy(address.sun_path, socket().c_str(), sizeof(address.sun_path) - 1);
  if (bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    return CannotRelay("bind", errno);
  if (listen(listener_.get(), 4) != 0) return CannotRelay("listen", errno);
  return {};
}

void Relay::Stop() const {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(stop_.get(), &one, sizeof(one));
}

std::optional<Error> Relay::failure() const {
  Stop();
  std::unique_lock lock(mutex_);
  greeted_.wait(lock, [this] { return is_greeted_; });
  return failure_;
}

Protection Relay::protection() const {
  std::unique_lock lock(mutex_);
  greeted_.wait(lock, [this] { return is_greeted_; });
  return protection_;
}

Descriptor Relay::AcceptNow() const {
  Descriptor client(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  return client.valid() && IsThisProcess(client.get()) ? std::move(client) : Descriptor();
}

Descriptor Relay::Accept(Deadline deadline) const {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd waits[2] = {{listener_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    if (left.count() <= 0 || poll(waits, 2, static_cast<int>(left.count())) == 0 ||
        waits[1].revents != 0)
      return Descriptor();
    if (Descriptor client = AcceptNow(); client.valid()) return client;
  }
}

void Relay::Serve() {
  const Deadline deadline = Clock::now() + kClientSeconds;
  const Descriptor client = Accept(deadline);
  const bool pass_on = client.valid() && Greet(client.get(), deadline);
  {
    const std::lock_guard lock(mutex_);
    protection_ = server_->protection();
    is_greeted_ = true;
  }
  greeted_.notify_all();
  if (pass_on) PassOn(client.get());
  server_.reset();
}

/// True when the rest may be passed on; keeps the reason when not.
bool Relay::Greet(int client, Deadline deadline) {
  LocalStream stream(client, stop_.get(), deadline);
  server_->SetDeadline(deadline);
  Status greeted = greeting_(stream, *server_);
  if (greeted || stream.has_left()) return greeted.has_value();
  const std::lock_guard lock(mutex_);
  failure_ = std::move(greeted).error();
  return false;
}

void Relay::ServeAside() {
  const Descriptor client = AcceptNow();
  if (!client.valid() || !aside_) return;
  LocalStream stream(client.get(), stop_.get(), Clock::now() + kClientSeconds);
  aside_(stream);
}

void Relay::PassOn(int client) {
  Pump pump(*server_, client);
  for (;;) {
    const bool moved = pump.Move();
    if (pump.finished()) return;
    pollfd waits[4] = {pump.client_wait(),
                       pump.server_wait(),
                       {listener_.get(), POLLIN, 0},
                       {stop_.get(), POLLIN, 0}};
    // While bytes move nothing is waited for, but who wants to end or to cancel is still heard.
    if (poll(waits, 4, moved ? 0 : -1) < 0 && errno != EINTR) return;
    if (waits[3].revents != 0) return;
    if (waits[2].revents != 0) ServeAside();
  }
}

}  // namespace metaferry
