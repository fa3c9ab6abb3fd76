#include "metaferry/secret.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <type_traits>

#include "tests/unit/matchers.h"

namespace metaferry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SecretTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name =
        (std::filesystem::temp_directory_path() / "metaferry-secret-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    base_ = name;
    setenv("METAFERRY_TEST_PASSWORD", "p@ss:w/rd&?${env:X}", 1);
    setenv("METAFERRY_TEST_EMPTY", "", 1);
    unsetenv("METAFERRY_TEST_UNSET");
  }
  void TearDown() override { std::filesystem::remove_all(base_); }

  std::string Resolved(std::string_view text) {
    auto secret = ResolveReferences(text, base_, "/here");
    EXPECT_THAT(secret, IsOk());
    return secret ? secret->Reveal() : "";
  }
  void Write(const std::string& name, std::string_view text) {
    std::ofstream(base_ / name, std::ios::binary) << text;
  }

  std::filesystem::path base_;
};

static_assert(!std::is_copy_constructible_v<Secret>);
static_assert(std::is_nothrow_move_constructible_v<Secret>);

TEST_F(SecretTest, MovedFromSecretsHoldNothing) {
  for (const std::string text : {"short", "long enough to live on the heap, not in the object"}) {
    Secret from(text);
    const Secret to(std::move(from));
    EXPECT_EQ(to.Reveal(), text);
    const std::string& left = from.Reveal();  // NOLINT(bugprone-use-after-move)
    EXPECT_TRUE(left.empty());
    EXPECT_EQ(std::string(left.data(), left.capacity()).find("short"), std::string::npos);
  }
}

TEST_F(SecretTest, AssignmentReplacesAndCopyIsExplicit) {
  Secret a("first");
  Secret b("second");
  a = std::move(b);
  EXPECT_EQ(a.Reveal(), "second");
  EXPECT_EQ(a.Copy().Reveal(), "second");
  EXPECT_TRUE(Secret().empty());
}

TEST_F(SecretTest, SeesClosedReferencesOnly) {
  EXPECT_TRUE(HasReference("${env:A}"));
  EXPECT_TRUE(HasReference("a${b}${file:c}"));
  EXPECT_FALSE(HasReference("${env:A"));
  EXPECT_FALSE(HasReference("${other:A}"));
  EXPECT_FALSE(HasReference("$env:A"));
  EXPECT_FALSE(HasReference(""));
}

TEST_F(SecretTest, ResolvesEveryReferenceOnce) {
  EXPECT_EQ(Resolved("${env:METAFERRY_TEST_PASSWORD}"), "p@ss:w/rd&?${env:X}");
  EXPECT_EQ(Resolved("<${env:METAFERRY_TEST_EMPTY}|${env:METAFERRY_TEST_EMPTY}>"), "<|>");
  EXPECT_EQ(Resolved("no ${reference} $ here"), "no ${reference} $ here");
  EXPECT_EQ(Resolved(""), "");
}

TEST_F(SecretTest, DropsOneFinalLineEndOfAFile) {
  Write("unix", "secret\n");
  Write("dos", "secret\r\n");
  Write("two", "secret\n\n");
  Write("none", " se\ncret ");
  EXPECT_EQ(Resolved("${file:unix}"), "secret");
  EXPECT_EQ(Resolved("${file:dos}"), "secret");
  EXPECT_EQ(Resolved("${file:two}"), "secret\n");
  EXPECT_EQ(Resolved("${file:none}"), " se\ncret ");
  EXPECT_EQ(Resolved("${file:" + (base_ / "unix").string() + "}"), "secret");
}

TEST_F(SecretTest, NamesWhatIsMissingAndNeverAValue) {
  const auto unset = ResolveReferences("${env:METAFERRY_TEST_PASSWORD}${env:METAFERRY_TEST_UNSET}",
                                       base_, "/here");
  ASSERT_THAT(unset, IsError("secret_unavailable"));
  EXPECT_THAT(unset.error().message, HasSubstr("METAFERRY_TEST_UNSET"));
  EXPECT_THAT(unset.error().message, Not(HasSubstr("p@ss")));
  EXPECT_EQ(unset.error().where, "/here");
  const auto missing = ResolveReferences("${file:missing}", base_, "/here");
  ASSERT_THAT(missing, IsError("secret_unavailable"));
  EXPECT_THAT(missing.error().message, HasSubstr("No such file"));
}

TEST_F(SecretTest, RefusesWhatCannotBeASecret) {
  Write("large", std::string(64 * 1024 + 1, 'x'));
  EXPECT_THAT(ResolveReferences("${file:large}", base_, ""), IsError("secret_unavailable"));
  EXPECT_THAT(ResolveReferences("${file:.}", base_, ""), IsError("secret_unavailable"));
  EXPECT_THAT(ResolveReferences("${file:}", base_, ""), IsError("bad_reference"));
  EXPECT_THAT(ResolveReferences("${env:}", base_, ""), IsError("bad_reference"));
  EXPECT_THAT(ResolveReferences("x${env:A", base_, ""), IsError("bad_reference"));
}

}  // namespace
}  // namespace metaferry
