// Reads a catalog, gives its locations new prefixes and prints every object as a JSON line.
// Nothing is written anywhere.
//
//   relocate 'jdbc:sqlite:metastore.db' hive hdfs://ns1/warehouse obs://lake/warehouse
#include <cstdio>
#include <filesystem>
#include <string>

#include "metaferry/connectors.h"
#include "metaferry/json_line.h"
#include "metaferry/rules.h"

namespace {

metaferry::Status Relocate(const metaferry::JobSpec& job) {
  using namespace metaferry;
  const auto rules = MakeRules(job);
  MF_ASSIGN(const auto source,
            MakeSource(job.source, std::filesystem::current_path(), job.text_repair));
  MF_ASSIGN(const SourceInfo info, source->Open(job.source_catalog, job.selection));
  std::fprintf(stderr, "reading %s\n", info.url.c_str());
  while (true) {
    MF_ASSIGN(auto batch, source->Next());
    if (!batch) return {};
    for (SourceObject& found : batch->objects) {
      Verdict verdict;
      for (const auto& rule : rules) rule->Apply(found.object, verdict);
      std::string line;
      AppendJsonLine(found.object, line);
      std::puts(line.c_str());
      for (const LocationFate& fate : verdict.locations)
        if (fate.rule < 0) std::fprintf(stderr, "no rule for %s\n", fate.from.c_str());
    }
    for (const Refusal& refusal : batch->refused)
      std::fprintf(stderr, "%s: %s\n", refusal.id.Display().c_str(), refusal.message.c_str());
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fputs("usage: relocate URL CATALOG OLD_PREFIX NEW_PREFIX\n", stderr);
    return 4;
  }
  metaferry::JobSpec job;
  job.source.url = argv[1];
  job.source_catalog = argv[2];
  job.locations.push_back({argv[3], argv[4]});
  if (const auto done = Relocate(job); !done) {
    std::fprintf(stderr, "%s: %s\n", done.error().code.c_str(), done.error().message.c_str());
    return 1;
  }
  return 0;
}
