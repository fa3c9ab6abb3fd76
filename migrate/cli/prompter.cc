#include "migrate/cli/prompter.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "migrate/cli/command_line.h"
#include "migrate/report/text_style.h"

namespace metaferry {
namespace {

std::string Trimmed(std::string text) {
  const size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

Unexpected NoAnswer() {
  if (StopRequested()) return Fail(ErrorKind::kCancelled, "stopped", "stopped while asking");
  return Fail(ErrorKind::kUsage, "no_answer", "the input ended before the question was answered",
              {}, "answer it, or give the option instead: metaferry init --help");
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
    if (!std::getline(std::cin, answer)) return NoAnswer();
    answer = Trimmed(std::move(answer));
    if (answer.empty()) answer = fallback;
    const Status checked = check(answer);
    if (checked) return answer;
    Tell("  " + checked.error().message +
         (checked.error().advice.empty() ? "" : "; " + checked.error().advice));
  }
}

}  // namespace metaferry
