// Writes the manual pages and completions: metaferry_manual FOLDER VERSION DATE
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>

#include "migrate/cli/commands.h"
#include "migrate/cli/manual.h"

namespace {

namespace fs = std::filesystem;

void Write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream out;
  out.exceptions(std::ios::failbit | std::ios::badbit);
  out.open(file, std::ios::binary);
  out << text;
  out.close();
}

void WriteAll(const fs::path& folder, const metaferry::Edition& edition) {
  using namespace metaferry;
  fs::remove_all(folder);  // a command that is no more has no page
  const auto commands = Commands();
  Write(folder / "man1" / "metaferry.1", ProgramPage(commands, edition));
  for (const Command& command : commands)
    Write(folder / "man1" / ("metaferry-" + std::string(command.name) + ".1"),
          CommandPage(command, edition));
  Write(folder / "bash" / "metaferry", BashCompletion(commands, edition));
  Write(folder / "zsh" / "_metaferry", ZshCompletion(commands, edition));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: metaferry_manual FOLDER VERSION DATE\n", stderr);
    return metaferry::kExitUsage;
  }
  try {
    WriteAll(argv[1], {argv[2], argv[3]});
  } catch (const std::exception& e) {
    std::fprintf(stderr, "metaferry_manual: %s\n", e.what());
    return metaferry::kExitFailed;
  }
  return metaferry::kExitDone;
}
