#include "migrate/health/self_check.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/utsname.h>

#include "migrate/report/text_style.h"

namespace metaferry {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string CodeOf(const Error& error) {
  return error.server_code.empty() ? error.code : error.code + " " + error.server_code;
}

/// A cell of a Markdown table: one line, without a bar.
std::string Cell(const std::string& text) {
  std::string out;
  for (const char c : Printable(text)) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

void Row(std::string& text, std::initializer_list<std::string> cells) {
  for (const std::string& cell : cells) text += "| " + Cell(cell) + " ";
  text += "|\n";
}

std::string Machine() {
  utsname name{};
  uname(&name);
  return fmt::format("{} {} {}", name.sysname, name.release, name.machine);
}

void AppendServer(const SourceSample& sample, std::string& text) {
  text += "\n## Server\n\n| asked | answer |\n|---|---|\n";
  for (const HealthFact& fact : sample.facts) Row(text, {fact.asked, fact.answer});
  for (size_t i = 0; i < kKinds; ++i) {
    const auto& count = sample.counts[i];
    if (!count) continue;
    Row(text, {fmt::format("{} there are", ToString(kAllKinds[i])),
               fmt::format("{}{}", count->exact ? "" : "about ", count->number)});
  }
}

void AppendChecks(const HealthReport& report, std::string& text) {
  text += "\n## Checks\n\n| level | area | check | error |\n|---|---|---|---|\n";
  for (const HealthCheck& check : report.checks())
    Row(text, {std::string(ToString(check.level)), check.area, check.code, check.cause});
}

void AppendReading(const TrialRead& trial, std::string& text) {
  text += "\n## Reading\n\n| kind | read | left out | refused | seconds |\n|---|---|---|---|---|\n";
  for (size_t i = 0; i < kKinds; ++i) {
    const TrialRead::OfKind& kind = trial.kinds[i];
    std::string refused;
    for (const auto& [reason, count] : kind.refused)
      refused += fmt::format("{}{} {}", refused.empty() ? "" : ", ", count, reason);
    Row(text, {std::string(ToString(kAllKinds[i])), std::to_string(kind.objects),
               std::to_string(kind.filtered), refused.empty() ? "0" : refused,
               fmt::format("{:.2f}", kind.seconds)});
  }
  if (trial.error) {
    text += fmt::format("\nIt ended with an error: {}\n", *trial.error);
  } else {
    text += trial.finished ? "\nAll was read.\n" : "\nThe time ended before all was read.\n";
  }
}

}  // namespace

TrialRead ReadOnTrial(Source& source, const std::string& catalog, const Selection& selection,
                      std::chrono::seconds limit) {
  TrialRead trial;
  const Clock::time_point start = Clock::now();
  if (const auto info = source.Open(catalog, selection); !info) {
    trial.error = CodeOf(info.error());
    return trial;
  }
  while (Clock::now() - start < limit) {
    const Clock::time_point before = Clock::now();
    const auto batch = source.Next();
    if (!batch) {
      trial.error = CodeOf(batch.error());
      return trial;
    }
    if (!*batch) {
      trial.finished = true;
      return trial;
    }
    TrialRead::OfKind& kind = trial.kinds[IndexOf((*batch)->kind)];
    kind.seconds += SecondsSince(before);
    kind.objects += (*batch)->objects.size();
    for (const Filtered& filtered : (*batch)->filtered) kind.filtered += filtered.count;
    for (const Refusal& refusal : (*batch)->refused) ++kind.refused[refusal.reason];
  }
  return trial;
}

std::string SelfCheckText(const HealthReport& report, const SourceSample& sample,
                          const TrialRead& trial) {
  std::string text = "# metaferry self-check\n\nNames no host, user, database or object.\n\n";
  text += "| | |\n|---|---|\n";
  Row(text, {"metaferry", METAFERRY_VERSION});
  Row(text, {"system", Machine()});
  Row(text, {"OpenSSL", OpenSSL_version(OPENSSL_VERSION)});
  AppendServer(sample, text);
  AppendChecks(report, text);
  AppendReading(trial, text);
  return text;
}

}  // namespace metaferry
