#include "migrate/cli/prompter.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <iostream>

#include "migrate/cli/command_line.h"
#include "migrate/report/text_style.h"

namespace metaferry {
namespace {

std::string Trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

Unexpected NoAnswer() {
  if (StopRequested()) return Fail(ErrorKind::kCancelled, "stopped", "stopped while asking");
  return Fail(ErrorKind::kUsage, "no_answer", "the input ended before the question was answered",
              {}, "answer it, or give the option instead: metaferry init --help");
}

/// False when a signal asks to stop. One that comes between the look and the wait is not missed, as
/// signals get through within the wait only.
bool WaitForInput() {
  sigset_t stops, before;
  sigemptyset(&stops);
  sigaddset(&stops, SIGINT);
  sigaddset(&stops, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stops, &before);
  pollfd input{STDIN_FILENO, POLLIN, 0};
  while (!StopRequested() && ppoll(&input, 1, nullptr, &before) < 0 && errno == EINTR) {
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return !StopRequested();
}

}  // namespace

bool CanAsk() { return isatty(STDIN_FILENO) == 1; }

void Tell(std::string_view text) { fmt::print(stderr, "{}\n", Printable(text)); }

Result<std::string> Ask(std::string_view question, const std::string& fallback,
                        const std::function<Status(const std::string&)>& check) {
  for (;;) {
    fmt::print(stderr, "{} [{}]: ", Printable(question), Printable(fallback));
    std::fflush(stderr);
    std::string answer;
    if (!WaitForInput() || !std::getline(std::cin, answer)) return NoAnswer();
    answer = Trimmed(answer);
    if (answer.empty()) answer = fallback;
    const Status checked = check(answer);
    if (checked) return answer;
    Tell("  " + checked.error().message +
         (checked.error().advice.empty() ? "" : "; " + checked.error().advice));
  }
}

}  // namespace metaferry
