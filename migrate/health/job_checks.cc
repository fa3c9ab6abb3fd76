#include <fmt/format.h>
#include <sys/stat.h>

#include "migrate/health/checks.h"
#include "migrate/report/text_style.h"

namespace metaferry {
namespace {

/// Objects a second on two cores: a first run into an embedded catalog, and a repeat that finds
/// nothing to do. docs/doctor.md says where these come from.
constexpr double kFirstRunRate = 95000;
constexpr double kRepeatRate = 150000;

std::string CountText(const HealthCount& count, ObjectKind kind) {
  return (count.exact ? "" : "about ") + CountOf(count.number, kind);
}

/// "about 12 s"; below a second nobody cares.
std::string AboutText(double seconds) {
  return seconds < 1 ? "less than a second" : "about " + Duration(seconds);
}

}  // namespace

void CheckJobFile(const JobSpec& job, HealthReport& report) {
  report.Ok("job", "job_file",
            job.file.string() + ": every key is understood, every reference resolves");
  bool exposed = false;
  for (const std::string& note : job.notes) {
    exposed |= note == kExposedSecretNote;
    if (note != kExposedSecretNote)
      report.Warn("job", "job_ignored_key", note, "remove the key, or leave it for other programs");
  }
  if (exposed) {
    report.Warn("job", "job_secret",
                "a secret stands in the job file in clear, and others may read it",
                "write ${env:NAME} or ${file:PATH} instead, or chmod 600 " + job.file.string());
  } else if (job.holds_literal_secret) {
    report.Ok("job", "job_secret",
              "a secret stands in the job file in clear; nobody else may read the file");
  } else {
    report.Ok("job", "job_secret", "no secret stands in the job file in clear");
  }
}

void CheckSize(const JobSpec& job, const SourceSample& sample, HealthReport& report) {
  std::string counts;
  uint64_t objects = 0;
  bool exact = true;
  for (ObjectKind kind : kAllKinds) {
    const auto& count = sample.counts[IndexOf(kind)];
    if (!count) continue;
    counts += (counts.empty() ? "" : ", ") + CountText(*count, kind);
    exact &= count->exact;
    if (job.selection.Syncs(kind)) objects += count->number;
  }
  if (counts.empty()) return;
  const std::string of = sample.catalogs.size() > 1 ? " in all catalogs" : "";
  report.Ok("source", "source_size",
            fmt::format("{}{}, before include and exclude ({})", counts, of,
                        exact ? "counted" : "\"about\" is the server's own estimate"));
  const auto number = static_cast<double>(objects);
  report.Ok("source", "source_duration",
            fmt::format("a first run takes {}, a repeat {}, at the rates measured on two cores "
                        "with an embedded catalog; a slow network, disk or server takes longer",
                        AboutText(number / kFirstRunRate), AboutText(number / kRepeatRate)));
}

}  // namespace metaferry
