#include "migrate/report/reason_advice.h"

#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <string>

namespace metaferry {
namespace {

TEST(ReasonAdviceTest, EveryReasonOfTheManualHasAdviceOfItsOwn) {
  std::ifstream manual(METAFERRY_FIXTURES "/../docs/output.md");
  std::string line;
  bool here = false;
  int reasons = 0;
  const std::regex code("`([a-z0-9_]+)`");
  while (std::getline(manual, line)) {
    if (line.starts_with("## ")) here = line == "## Reasons";
    if (!here || !line.starts_with("| `")) continue;
    const std::string cell = line.substr(0, line.find('|', 1));
    for (std::sregex_iterator it(cell.begin(), cell.end(), code), end; it != end; ++it, ++reasons)
      EXPECT_NE(AdviceFor((*it)[1].str()), AdviceFor("a code of a target")) << (*it)[1];
  }
  EXPECT_GT(reasons, 10);
}

TEST(ReasonAdviceTest, AnyOtherCodeGetsGeneralAdvice) {
  EXPECT_NE(AdviceFor("table_quota_exceeded").find("message"), std::string_view::npos);
}

}  // namespace
}  // namespace metaferry
