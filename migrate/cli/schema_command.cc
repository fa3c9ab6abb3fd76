#include "migrate/cli/commands.h"
#include "migrate/job/job_schema_json.h"
#include "migrate/report/text_style.h"

namespace metaferry {
namespace {

namespace po = boost::program_options;

Result<int> RunSchema(const Arguments& arguments) {
  MF_ASSIGN(const auto values, ParseOptions(SchemaCommand(), arguments));
  if (!values) return kExitDone;
  MF_RETURN_IF_ERROR(PrintOut(JobSchemaJson().dump(2) + "\n"));
  return kExitDone;
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
      .run = RunSchema};
  return command;
}

}  // namespace metaferry
