/// \file
/// A private way to a server for a client library that cannot log in, or speak TLS, as it must be
/// done: the library talks to a Unix socket of this process, the relay to the server.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "connectors/wire/server_channel.h"

namespace metaferry {

/// Listens in a folder that nobody else may enter, takes connections of this very process only, and
/// serves one: what the greeting leaves to say is passed on byte by byte, both ways. Has a thread
/// of its own, in which both functions are called; they must not outlive what they hold on to.
class Relay {
 public:
  /// Talks to both sides until their bytes may be passed on as they are.
  using Greeting = std::function<Status(ByteStream& client, ServerChannel& server)>;
  /// Serves a further connection of the library, to its end: a request to cancel a statement.
  using Aside = std::function<void(ByteStream& client)>;

  /// `socket_name` is the name that the library looks for in folder(). kIo: cannot_relay.
  static Result<std::unique_ptr<Relay>> Start(std::unique_ptr<ServerChannel> server,
                                              std::string socket_name, Greeting greeting,
                                              Aside aside = {});
  /// Hangs up on both sides; removes the folder.
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path socket() const { return folder_ / socket_name_; }
  /// For a library that has given up: why the greeting failed, of which the library only sees that
  /// somebody hung up. nullopt: not because of the greeting, the library's own reason counts. Ends
  /// the relay. Thread-safe, as the next one.
  std::optional<Error> failure() const;
  /// What protects the way to the server. Waits until the greeting is over, so the library must
  /// have come.
  Protection protection() const;

 private:
  Relay(std::unique_ptr<ServerChannel> server, std::string socket_name, Greeting greeting,
        Aside aside);
  Status Listen();
  void Serve();
  void Stop() const;
  bool Greet(int client, Deadline deadline);
  Descriptor AcceptNow() const;
  Descriptor Accept(Deadline deadline) const;
  void ServeAside();
  void PassOn(int client);

  std::unique_ptr<ServerChannel> server_;
  std::string socket_name_;
  Greeting greeting_;
  Aside aside_;
  std::filesystem::path folder_;
  Descriptor listener_;
  Descriptor stop_;  ///< an eventfd, readable when the relay shall end
  mutable std::mutex mutex_;
  mutable std::condition_variable greeted_;
  bool is_greeted_ = false;
  std::optional<Error> failure_;
  Protection protection_;
  std::thread thread_;
};

}  // namespace metaferry
