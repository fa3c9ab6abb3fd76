#include "migrate/cli/commands.h"
#include "migrate/job/job_schema_json.h"
#include "migrate/report/text_style.h"

namespace metaferry {
namespace {

namespace po = boost::program_options;

int Schema(const Arguments& arguments) {
  const auto values = ParseOptions(SchemaCommand(), arguments);
  if (!values) return Report(values.error());
  if (!*values) return kExitDone;
  const Status printed = PrintOut(JobSchemaJson().dump(2) + "\n");
  return printed ? kExitDone : Report(printed.error());
}

}  // namespace

const Command& SchemaCommand() {
  static const Command command{
      .name = "schema",
      .synopsis = "",
      .summary = "print the JSON Schema of job files",
      .description =
          "Prints the JSON Schema (draft 2020-12) of job files, made from the tables that the\n"
          "program checks them by. Keep it in a file and name that as \"$schema\" in a job: then\n"
          "an editor completes and checks what you write.\n"
          "  metaferry schema >job.schema.json",
      .exit_codes = "0 done, 1 failed, 4 bad command line",
      .positionals = {},
      .add_options = [](po::options_description&) {},
      .run = Schema};
  return command;
}

}  // namespace metaferry
