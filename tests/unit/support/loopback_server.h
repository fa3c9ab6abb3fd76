/// \file
/// A server on the loopback address that answers each connection by a script.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace metaferry {

/// One connection at a time. Its thread ends with the server.
class LoopbackServer {
 public:
  /// Is given the open connection, which is closed behind it, and its number from 1 on.
  using Script = std::function<void(int connection, int number)>;

  explicit LoopbackServer(Script script) : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(listener_, 8) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      ADD_FAILURE() << "no server can be started";
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, script = std::move(script)] {
      for (int number = 1;; ++number) {
        const int connection = accept(listener_, nullptr, nullptr);
        if (connection < 0) return;
        script(connection, number);
        close(connection);
      }
    });
  }
  ~LoopbackServer() {
    closing_ = true;
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  std::string Url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/bucket/key"; }
  uint16_t port() const { return port_; }
  /// Set when scripts should come to their end.
  const std::atomic<bool>& closing() const { return closing_; }

  /// What the client sends, until `end` has come or it stops.
  static std::string ReadUntil(int connection, std::string_view end) {
    std::string text;
    char byte = 0;
    while (!text.ends_with(end) && recv(connection, &byte, 1, 0) == 1) text.push_back(byte);
    return text;
  }
  /// As many bytes, or fewer when the client is gone.
  static std::string Read(int connection, size_t bytes) {
    std::string text(bytes, '\0');
    const ssize_t got = recv(connection, text.data(), bytes, MSG_WAITALL);
    text.resize(static_cast<size_t>(std::max<ssize_t>(got, 0)));
    return text;
  }
  /// False when the client is gone.
  static bool Write(int connection, std::string_view text) {
    return send(connection, text.data(), text.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(text.size());
  }

 private:
  int listener_;
  uint16_t port_ = 0;
  std::atomic<bool> closing_ = false;
  std::thread thread_;
};

}  // namespace metaferry
