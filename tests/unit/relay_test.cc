#include "connectors/wire/relay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <future>
#include <random>

#include "tests/unit/matchers.h"
#include "tests/unit/support/loopback_server.h"
#include "tests/unit/support/temporary_folder.h"
#include "tests/unit/support/tls_peer.h"

namespace metaferry {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::seconds;
using ::testing::Lt;
using ::testing::StartsWith;

constexpr seconds kPrompt{3};

/// A connection to the relay's socket; invalid when there is none.
Descriptor ConnectTo(const fs::path& socket_path) {
  Descriptor client(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket_path.native().copy(address.sun_path, sizeof(address.sun_path) - 1);
  if (connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0)
    return Descriptor();
  return client;
}

/// What another process gets from the socket: 0 when it is hung up on without a byte.
int OutcomeOfAnotherProcess(const fs::path& socket_path) {
  const pid_t child = fork();
  if (child == 0) {
    const Descriptor client = ConnectTo(socket_path);
    char byte = 0;
    pollfd wait{client.get(), POLLIN, 0};
    if (!client.valid() || poll(&wait, 1, 10000) != 1) _exit(2);
    _exit(recv(client.get(), &byte, 1, 0) <= 0 ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool Send(const Descriptor& to, std::string_view text) {
  return LoopbackServer::Write(to.get(), text);
}
std::string Receive(const Descriptor& from, size_t bytes) {
  return LoopbackServer::Read(from.get(), bytes);
}
bool IsHungUp(const Descriptor& client) { return Receive(client, 1).empty(); }

std::unique_ptr<ServerChannel> Channel(const LoopbackServer& server) {
  auto channel = ServerChannel::Connect("127.0.0.1", server.port(), Clock::now() + seconds(30));
  EXPECT_THAT(channel, IsOk());
  return channel ? std::move(*channel) : nullptr;
}

Status NoGreeting(ByteStream&, ServerChannel&) { return {}; }

std::unique_ptr<Relay> Started(const LoopbackServer& server, Relay::Greeting greeting = NoGreeting,
                               Relay::Aside aside = {}) {
  auto relay = Relay::Start(Channel(server), "socket", std::move(greeting), std::move(aside));
  EXPECT_THAT(relay, IsOk());
  return relay ? std::move(*relay) : nullptr;
}

void Echo(int connection, int) {
  std::vector<char> buffer(50'000);
  for (;;) {
    const ssize_t got = recv(connection, buffer.data(), buffer.size(), 0);
    if (got <= 0 || !LoopbackServer::Write(connection, {buffer.data(), static_cast<size_t>(got)}))
      return;
  }
}

/// Sends and receives without end, until it is hung up on.
void Flood(int connection, int) {
  const std::string text(50'000, 'x');
  while (LoopbackServer::Write(connection, text)) {
  }
}

std::string RandomText(std::mt19937& random, size_t bytes) {
  std::string text(bytes, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

Clock::duration TimeToEnd(std::unique_ptr<Relay> relay) {
  const auto start = Clock::now();
  relay.reset();
  return Clock::now() - start;
}

// ---- Bytes
// ---------------------------------------------------------------------------------------

/// Sends `total` bytes in pieces of random sizes while receiving as many; true when they are equal.
bool EchoesWhole(const Descriptor& client, size_t total, size_t largest) {
  std::mt19937 random(20261121);
  const std::string sent = RandomText(random, total);
  std::thread sender([&] {
    for (size_t at = 0; at < total;) {
      const size_t piece = std::min(total - at, 1 + random() % largest);
      if (!Send(client, std::string_view(sent).substr(at, piece))) return;
      at += piece;
    }
  });
  const std::string received = Receive(client, total);
  sender.join();
  return received == sent;
}

TEST(RelayTest, PassesBytesBothWaysAtOnce) {
  LoopbackServer server(Echo);
  const auto relay = Started(server);
  const Descriptor client = ConnectTo(relay->socket());
  EXPECT_TRUE(EchoesWhole(client, 200'000, 100)) << "in small pieces";
  EXPECT_TRUE(EchoesWhole(client, 16'000'000, 700'000)) << "in pieces larger than any buffer";
  EXPECT_FALSE(relay->protection().encrypted);
}

TEST(RelayTest, PassesBytesBothWaysThroughTls) {
  // TLS is for one thread at a time, so this server sends back a block when it has it whole.
  constexpr size_t kBlock = 100'000;
  LoopbackServer server([](int connection, int) {
    TlsPeer peer(connection);
    if (!peer.Accept()) return;
    for (std::string block; (block = peer.Read(kBlock)).size() == kBlock;) {
      if (!peer.Write(block)) return;
    }
  });
  const auto relay = Started(server, [](ByteStream&, ServerChannel& channel) {
    TlsSettings settings;
    settings.mode = TlsMode::kRequire;
    return channel.StartTls(settings);
  });
  const Descriptor client = ConnectTo(relay->socket());
  EXPECT_TRUE(EchoesWhole(client, 80 * kBlock, 70'000));
  EXPECT_EQ(relay->protection().Words(), "TLSv1.3, server certificate not verified");
}

TEST(RelayTest, ASlowReaderHoldsTheServerUp) {
  std::atomic<size_t> sent = 0;
  LoopbackServer server([&](int connection, int) {
    const std::string text(50'000, 'x');
    while (LoopbackServer::Write(connection, text)) sent += text.size();
  });
  auto relay = Started(server);
  const Descriptor client = ConnectTo(relay->socket());
  EXPECT_EQ(Receive(client, 1), "x");
  size_t before = 0;
  do {
    before = sent;
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  } while (sent != before);
  EXPECT_THAT(sent, Lt(64U << 20)) << "what nobody reads is not piled up";
  relay.reset();
}

TEST(RelayTest, WhatWasSentBeforeHangingUpArrives) {
  const std::string text(3'000'000, 'x');
  LoopbackServer server([&](int connection, int) { LoopbackServer::Write(connection, text); });
  const auto relay = Started(server);
  const Descriptor client = ConnectTo(relay->socket());
  EXPECT_TRUE(Receive(client, text.size()) == text);
  EXPECT_TRUE(IsHungUp(client));
}

TEST(RelayTest, TheServerIsHungUpOnWithTheClient) {
  const std::string text(3'000'000, 'x');
  std::promise<std::string> received;
  LoopbackServer server([&](int connection, int) {
    received.set_value(LoopbackServer::Read(connection, text.size() + 1));
  });
  const auto relay = Started(server);
  const Descriptor client = ConnectTo(relay->socket());
  EXPECT_TRUE(Send(client, text));
  shutdown(client.get(), SHUT_WR);
  EXPECT_TRUE(IsHungUp(client));
  EXPECT_TRUE(received.get_future().get() == text);
}

// ---- Its end
// -------------------------------------------------------------------------------------

TEST(RelayTest, EndsAtOnceWhileNobodyHasCome) {
  LoopbackServer server(Echo);
  EXPECT_THAT(TimeToEnd(Started(server)), Lt(kPrompt));
}

TEST(RelayTest, EndsAtOnceWhileIdle) {
  LoopbackServer server(Echo);
  auto relay = Started(server);
  const Descriptor client = ConnectTo(relay->socket());
  EXPECT_TRUE(EchoesWhole(client, 100, 100));
  EXPECT_THAT(TimeToEnd(std::move(relay)), Lt(kPrompt));
  EXPECT_TRUE(IsHungUp(client));
}

TEST(RelayTest, EndsAtOnceWhileBytesMove) {
  LoopbackServer server(Flood);
  auto relay = Started(server);
  const Descriptor client = ConnectTo(relay->socket());
  std::atomic<size_t> received = 0;
  std::thread reader([&] {
    for (std::string text; !(text = Receive(client, 50'000)).empty();) received += text.size();
  });
  while (received < 20'000'000) std::this_thread::yield();
  EXPECT_THAT(TimeToEnd(std::move(relay)), Lt(kPrompt));
  reader.join();
}

TEST(RelayTest, EndsAtOnceWhileItWaitsForTheClientToSpeak) {
  LoopbackServer server(Echo);
  auto relay = Started(server, [](ByteStream& client, ServerChannel&) {
    char byte = 0;
    return client.Read({&byte, 1});
  });
  const Descriptor client = ConnectTo(relay->socket());
  EXPECT_THAT(TimeToEnd(std::move(relay)), Lt(kPrompt));
  EXPECT_TRUE(IsHungUp(client));
}

// ---- Greetings
// -----------------------------------------------------------------------------------

TEST(RelayTest, TheGreetingTalksToBothSides) {
  LoopbackServer server(Echo);
  const auto relay = Started(server, [](ByteStream& client, ServerChannel& channel) -> Status {
    std::array<char, 5> text{};
    MF_RETURN_IF_ERROR(client.Read(text));
    MF_RETURN_IF_ERROR(channel.Write({text.data(), text.size()}));
    MF_RETURN_IF_ERROR(channel.Read(text));
    return client.Write(std::string("echo: ").append(text.data(), text.size()));
  });
  const Descriptor client = ConnectTo(relay->socket());
  EXPECT_TRUE(Send(client, "hello"));
  EXPECT_EQ(Receive(client, 11), "echo: hello");
  EXPECT_TRUE(EchoesWhole(client, 1000, 100));
}

TEST(RelayTest, AGreetingThatFailsIsTheReason) {
  LoopbackServer server(Echo);
  const auto relay = Started(server, [](ByteStream&, ServerChannel&) {
    return Fail(ErrorKind::kConnection, "tls_expired", "because");
  });
  const Descriptor client = ConnectTo(relay->socket());
  EXPECT_TRUE(IsHungUp(client));
  const auto failure = relay->failure();
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->code, "tls_expired");
}

TEST(RelayTest, AClientThatLeavesHasAReasonOfItsOwn) {
  LoopbackServer server(Echo);
  const auto relay = Started(server, [](ByteStream& client, ServerChannel&) {
    char byte = 0;
    return client.Read({&byte, 1});
  });
  ConnectTo(relay->socket()).Close();
  EXPECT_EQ(relay->failure(), std::nullopt);
}

TEST(RelayTest, AClientThatNeverCameIsNotWaitedFor) {
  LoopbackServer server(Echo);
  const auto relay = Started(server);
  const auto start = Clock::now();
  EXPECT_EQ(relay->failure(), std::nullopt);
  EXPECT_THAT(Clock::now() - start, Lt(kPrompt));
}

// ---- Who may use it
// ------------------------------------------------------------------------------

TEST(RelayTest, ItsFolderIsForThisUserAloneAndGoesWithIt) {
  LoopbackServer server(Echo);
  auto relay = Started(server);
  const fs::path folder = relay->folder();
  struct stat status {};
  ASSERT_EQ(stat(folder.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700U);
  EXPECT_EQ(status.st_uid, geteuid());
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 1);
  relay.reset();
  EXPECT_FALSE(fs::exists(folder));
}

TEST(RelayTest, ALongPathOfTemporaryFilesIsNotInTheWay) {
  const TemporaryFolder folder;
  const std::string deep = folder / std::string(120, 'x');
  fs::create_directory(deep);
  const char* before = std::getenv("TMPDIR");
  const std::string kept = before ? before : "";
  setenv("TMPDIR", deep.c_str(), 1);
  LoopbackServer server(Echo);
  const auto relay = Started(server);
  if (before) {
    setenv("TMPDIR", kept.c_str(), 1);
  } else {
    unsetenv("TMPDIR");
  }
  ASSERT_NE(relay, nullptr);
  EXPECT_THAT(relay->socket().string(), StartsWith("/tmp/metaferry-"));
  EXPECT_TRUE(EchoesWhole(ConnectTo(relay->socket()), 1000, 100));
}

TEST(RelayTest, AnotherProcessIsHungUpOn) {
  LoopbackServer server(Echo);
  const auto relay = Started(server);
  EXPECT_EQ(OutcomeOfAnotherProcess(relay->socket()), 0);
  const Descriptor client = ConnectTo(relay->socket());
  EXPECT_TRUE(EchoesWhole(client, 1000, 100)) << "and does not take the place of this one";
  EXPECT_EQ(OutcomeOfAnotherProcess(relay->socket()), 0);
  const auto start = Clock::now();
  EXPECT_TRUE(EchoesWhole(client, 1000, 100));
  EXPECT_THAT(Clock::now() - start, Lt(kPrompt)) << "and nobody waits for it";
}

TEST(RelayTest, AFurtherConnectionIsServedAside) {
  LoopbackServer server(Echo);
  const auto aside = [](ByteStream& client) {
    std::array<char, 6> text{};
    if (client.Read(text)) (void)client.Write("done");
  };
  const auto relay = Started(server, NoGreeting, aside);
  const Descriptor client = ConnectTo(relay->socket());
  for (int i = 0; i < 3; ++i) {
    const Descriptor further = ConnectTo(relay->socket());
    EXPECT_TRUE(Send(further, "cancel"));
    EXPECT_EQ(Receive(further, 5), "done");
    EXPECT_TRUE(EchoesWhole(client, 1000, 100));
  }
}

TEST(RelayTest, AFurtherConnectionIsServedWhileBytesMove) {
  LoopbackServer server(Flood);
  const auto relay =
      Started(server, NoGreeting, [](ByteStream& client) { (void)client.Write("done"); });
  const Descriptor client = ConnectTo(relay->socket());
  std::thread reader([&] {
    while (!Receive(client, 50'000).empty()) {
    }
  });
  const auto start = Clock::now();
  EXPECT_EQ(Receive(ConnectTo(relay->socket()), 5), "done");
  EXPECT_THAT(Clock::now() - start, Lt(kPrompt));
  shutdown(client.get(), SHUT_RDWR);
  reader.join();
}

TEST(RelayTest, WithoutAnAsideAFurtherConnectionIsHungUpOn) {
  LoopbackServer server(Echo);
  const auto relay = Started(server);
  const Descriptor client = ConnectTo(relay->socket());
  EXPECT_TRUE(EchoesWhole(client, 10, 10));
  EXPECT_TRUE(IsHungUp(ConnectTo(relay->socket())));
  EXPECT_TRUE(EchoesWhole(client, 1000, 100));
}

}  // namespace
}  // namespace metaferry
