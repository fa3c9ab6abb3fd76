#include "migrate/model/column_statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "metaferry/json_line.h"
#include "tests/unit/matchers.h"
#include "tests/unit/support/random_objects.h"
#include "tests/unit/support/samples.h"

namespace metaferry {
namespace {

using nlohmann::json;

std::string StatsText(const ColumnStatisticsObj& s) {
  std::string out;
  AppendStatsData(s, out);
  return out;
}

std::string MemberOfType(std::string_view type) {
  ColumnStatisticsObj s;
  s.col_type = type;
  return json::parse(StatsText(s)).begin().key();
}

Result<ColumnStatisticsObj> Read(std::string_view text) {
  ColumnStatisticsObj s;
  MF_RETURN_IF_ERROR(ReadStatsData(json::parse(text), s));
  return s;
}

std::string UnscaledOf(std::string_view text) {
  const auto decimal = ParseDecimal(text);
  return decimal ? decimal->unscaled : "no decimal";
}

std::string Bytes(std::initializer_list<int> bytes) {
  std::string out;
  for (int b : bytes) out.push_back(static_cast<char>(b));
  return out;
}

TEST(ColumnStatisticsTest, TheColumnTypeChoosesTheMember) {
  const std::pair<const char*, const char*> kMembers[] = {
      {"boolean", "booleanStats"},     {"tinyint", "longStats"},
      {"smallint", "longStats"},       {"int", "longStats"},
      {"bigint", "longStats"},         {"float", "doubleStats"},
      {"double", "doubleStats"},       {"string", "stringStats"},
      {"varchar(20)", "stringStats"},  {"char(3)", "stringStats"},
      {"binary", "binaryStats"},       {"decimal(38,18)", "decimalStats"},
      {"decimal", "decimalStats"},     {"date", "dateStats"},
      {"timestamp", "timestampStats"}, {"timestamp with local time zone", "timestampStats"},
      {"BIGINT", "longStats"}};
  for (const auto& [type, member] : kMembers) EXPECT_EQ(MemberOfType(type), member) << type;
}

TEST(ColumnStatisticsTest, ValuesChooseTheMemberOfATypeHiveDoesNotKnow) {
  ColumnStatisticsObj s;
  s.col_type = "interval_day_time";
  s.double_low_value = 1.5;
  EXPECT_EQ(StatsText(s), R"({"doubleStats":{"lowValue":1.5}})");
  s.double_low_value.reset();
  s.num_trues = 1;
  EXPECT_EQ(StatsText(s), R"({"booleanStats":{"numTrues":1}})");
  s.num_trues.reset();
  s.big_decimal_high_value = "1";
  EXPECT_EQ(StatsText(s), R"({"decimalStats":{"highValue":{"scale":0,"unscaled":"AQ=="}}})");
}

TEST(ColumnStatisticsTest, WritesEachMemberAsThriftNamesIt) {
  std::vector<std::string> texts;
  for (const auto& s : samples::RichStatistics()) texts.push_back(StatsText(s));
  ASSERT_EQ(texts.size(), 8u);
  EXPECT_EQ(texts[0], R"({"booleanStats":{"numFalses":6,"numNulls":3,"numTrues":5}})");
  EXPECT_EQ(texts[1],
            R"({"longStats":{"bitVectors":"Rk0A/w==","highValue":9000000000,"histogram":"AQI=",)"
            R"("lowValue":-1,"numDVs":12,"numNulls":3}})");
  EXPECT_EQ(texts[2],
            R"({"doubleStats":{"highValue":1e+300,"lowValue":-0.5,"numDVs":4,"numNulls":3}})");
  EXPECT_EQ(texts[3],
            R"({"stringStats":{"avgColLen":2.25,"maxColLen":20,"numDVs":7,"numNulls":3}})");
  EXPECT_EQ(texts[4], R"({"binaryStats":{"avgColLen":100.0,"maxColLen":200,"numNulls":3}})");
  EXPECT_EQ(texts[5], R"({"decimalStats":{"highValue":{"scale":2,"unscaled":"AJiWfw=="},)"
                      R"("lowValue":{"scale":2,"unscaled":"+x4="},"numDVs":8,"numNulls":3}})");
  EXPECT_EQ(texts[6], R"({"dateStats":{"highValue":{"daysSinceEpoch":19000},)"
                      R"("lowValue":{"daysSinceEpoch":18000},"numDVs":9,"numNulls":3}})");
  EXPECT_EQ(texts[7], R"({"timestampStats":{"highValue":{"secondsSinceEpoch":1600000000},)"
                      R"("lowValue":{"secondsSinceEpoch":1500000000},"numDVs":10,"numNulls":3}})");
}

TEST(ColumnStatisticsTest, ReadsBackWhatItWrote) {
  for (const ColumnStatisticsObj& s : samples::RichStatistics()) {
    ColumnStatisticsObj read;
    read.engine = s.engine;
    read.last_analyzed = s.last_analyzed;
    read.col_name = s.col_name;
    read.col_type = s.col_type;
    ASSERT_THAT(ReadStatsData(json::parse(StatsText(s)), read), IsOk());
    EXPECT_TRUE(read == s) << StatsText(s) << " became " << StatsText(read);
  }
}

TEST(ColumnStatisticsTest, AnUnknownValueIsNotZero) {
  ColumnStatisticsObj s;
  s.col_type = "int";
  EXPECT_EQ(StatsText(s), R"({"longStats":{}})");
  s.num_nulls = 0;
  EXPECT_EQ(StatsText(s), R"({"longStats":{"numNulls":0}})");
  const auto read = Read(R"({"longStats":{}})");
  ASSERT_THAT(read, IsOk());
  EXPECT_FALSE(read->num_nulls.has_value());
}

TEST(ColumnStatisticsTest, KeepsTheExtremesOfItsNumbers) {
  ColumnStatisticsObj s;
  s.col_type = "bigint";
  s.long_low_value = std::numeric_limits<int64_t>::min();
  s.long_high_value = std::numeric_limits<int64_t>::max();
  auto read = Read(StatsText(s));
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->long_low_value, s.long_low_value);
  EXPECT_EQ(read->long_high_value, s.long_high_value);
  s.col_type = "double";
  s.double_low_value = std::numeric_limits<double>::denorm_min();
  s.double_high_value = std::numeric_limits<double>::max();
  read = Read(StatsText(s));
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->double_low_value, s.double_low_value);
  EXPECT_EQ(read->double_high_value, s.double_high_value);
}

TEST(ColumnStatisticsTest, NotANumberAndInfinityAreWordsThatReadBack) {
  ColumnStatisticsObj s;
  s.col_type = "double";
  s.double_low_value = -std::numeric_limits<double>::infinity();
  s.double_high_value = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(StatsText(s), R"({"doubleStats":{"highValue":"NaN","lowValue":"-Infinity"}})");
  // As a line, since that is where a failure would reach a user.
  Table table = samples::MakeTable("sales", "orders");
  table.column_statistics = {s};
  std::string line;
  AppendJsonLine(table, line);
  const auto read = ParseJsonLine(line);
  ASSERT_THAT(read, IsOk());
  const ColumnStatisticsObj& back = std::get<Table>(*read).column_statistics.at(0);
  ASSERT_TRUE(back.double_low_value && back.double_high_value);
  EXPECT_EQ(*back.double_low_value, -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(*back.double_high_value));
}

TEST(ColumnStatisticsTest, RefusesWhatIsNoUnionOfOneMember) {
  for (const char* text : {"[]", "{}", "1", R"({"longStats":{},"doubleStats":{}})"})
    EXPECT_THAT(Read(text), IsError("bad_statistics")) << text;
}

/// Within a line, so that whatever goes wrong shows as a user would see it.
Result<MetadataObject> ReadInLine(const std::string& stats_data, const std::string& type = "int") {
  return ParseJsonLine(
      R"({"hive":{"column_statistics":[{"statsDesc":{"lastAnalyzed":1},"statsObj":)"
      R"([{"colName":"c","colType":")" +
      type + R"(","statsData":)" + stats_data +
      R"(}]}]},"kind":"TABLE","object":{"catalog_name":"c","database_name":"d","table_name":"t",)"
      R"("retention":0,"storage_descriptor":{}}})");
}

TEST(ColumnStatisticsTest, TakesMembersInALine) {
  EXPECT_THAT(ReadInLine(R"({"longStats":{"lowValue":1}})"), IsOk());
}

TEST(ColumnStatisticsTest, AWrappedNumberWithoutItsNumberIsAnError) {
  EXPECT_THAT(ReadInLine(R"({"dateStats":{"lowValue":{}}})"), IsError("bad_object_line"));
}

TEST(ColumnStatisticsTest, MalformedMembersAreErrors) {
  for (const char* text :
       {R"({"longStats":{"lowValue":"1"}})", R"({"longStats":{"numNulls":{}}})",
        R"({"longStats":{"bitVectors":1}})", R"({"longStats":{"bitVectors":"!!!!"}})",
        R"({"decimalStats":{"lowValue":{"scale":1}}})", R"({"decimalStats":{"lowValue":[]}})",
        R"({"decimalStats":{"lowValue":{"scale":"1","unscaled":"AQ=="}}})"})
    EXPECT_THAT(ReadInLine(text), IsError("bad_object_line")) << text;
}

TEST(ColumnStatisticsTest, AMemberNobodyKnowsIsAnErrorRatherThanLost) {
  EXPECT_THAT(ReadInLine(R"({"complexStats":{"lowValue":1}})"), IsError("bad_object_line"));
  EXPECT_THAT(ReadInLine(R"({"longStats":{"median":1}})"), IsError("bad_object_line"));
}

TEST(ColumnStatisticsTest, AMemberThatContradictsTheColumnTypeIsNotLost) {
  const auto read =
      ReadInLine(R"({"decimalStats":{"lowValue":{"scale":0,"unscaled":"AQ=="}}})", "int");
  if (!read) return;  // an error is fine
  std::string line;
  AppendJsonLine(*read, line);
  EXPECT_THAT(line, ::testing::HasSubstr(R"("unscaled":"AQ==")"));
}

TEST(ColumnStatisticsTest, AScaleOfAnySizeReadsBackOrIsAnError) {
  for (const char* scale : {"-3", "100000000", "2147483647", "-2147483647", "-2147483648",
                            "2147483648", "-9223372036854775808"}) {
    const auto read = ReadInLine(R"({"decimalStats":{"lowValue":{"scale":)" + std::string(scale) +
                                     R"(,"unscaled":"DAA="}}})",
                                 "decimal(38,0)");
    if (!read) {
      EXPECT_THAT(read, IsError("bad_object_line"));
      continue;
    }
    std::string line;
    AppendJsonLine(*read, line);
    EXPECT_THAT(line, ::testing::HasSubstr(R"("scale":)" + std::string(scale) + ","));
  }
}

TEST(DecimalTest, IsTheMinimalTwosComplementJavaWrites) {
  EXPECT_EQ(UnscaledOf("0"), Bytes({0}));
  EXPECT_EQ(UnscaledOf("1"), Bytes({1}));
  EXPECT_EQ(UnscaledOf("127"), Bytes({0x7F}));
  EXPECT_EQ(UnscaledOf("128"), Bytes({0x00, 0x80}));
  EXPECT_EQ(UnscaledOf("255"), Bytes({0x00, 0xFF}));
  EXPECT_EQ(UnscaledOf("256"), Bytes({0x01, 0x00}));
  EXPECT_EQ(UnscaledOf("32767"), Bytes({0x7F, 0xFF}));
  EXPECT_EQ(UnscaledOf("32768"), Bytes({0x00, 0x80, 0x00}));
  EXPECT_EQ(UnscaledOf("-1"), Bytes({0xFF}));
  EXPECT_EQ(UnscaledOf("-127"), Bytes({0x81}));
  EXPECT_EQ(UnscaledOf("-128"), Bytes({0x80}));
  EXPECT_EQ(UnscaledOf("-129"), Bytes({0xFF, 0x7F}));
  EXPECT_EQ(UnscaledOf("-255"), Bytes({0xFF, 0x01}));
  EXPECT_EQ(UnscaledOf("-256"), Bytes({0xFF, 0x00}));
  EXPECT_EQ(UnscaledOf("-32768"), Bytes({0x80, 0x00}));
  EXPECT_EQ(UnscaledOf("-32769"), Bytes({0xFF, 0x7F, 0xFF}));
  EXPECT_EQ(UnscaledOf("-0"), Bytes({0}));
}

TEST(DecimalTest, ScaleIsTheNumberOfPlacesAfterThePoint) {
  const auto scale = [](std::string_view text) { return ParseDecimal(text).value().scale; };
  EXPECT_EQ(scale("12"), 0);
  EXPECT_EQ(scale("12.50"), 2);
  EXPECT_EQ(scale("0.001"), 3);
  EXPECT_EQ(UnscaledOf("12.50"), UnscaledOf("1250"));
  EXPECT_EQ(UnscaledOf("0.001"), UnscaledOf("1"));
}

TEST(DecimalTest, IsNoDecimalWithOtherThanDigitsAndOnePoint) {
  for (const char* text : {"", "-", ".", "1.2.3", " 1", "1 ", "0x1", "1,5", "--1", "e5", "1e",
                           "1E+", "1E+-3", "1E1.5", "1E99999999999", "NaN", "."})
    EXPECT_FALSE(ParseDecimal(text).has_value()) << text;
}

TEST(DecimalTest, AnExponentMovesTheScale) {
  EXPECT_EQ(ParseDecimal("1E+3").value().scale, -3);
  EXPECT_EQ(ParseDecimal("1e5").value().scale, -5);
  EXPECT_EQ(ParseDecimal("1.25E-7").value().scale, 9);
  EXPECT_EQ(UnscaledOf("1.25E-7"), UnscaledOf("125"));
}

TEST(DecimalTest, AnExponentOfAnySizeReadsBackOrIsNoDecimal) {
  for (const std::string text :
       {"1E+2147483647", "1.2E+2147483647", "1E-2147483647", "1E-2147483648", "1.2E-2147483648",
        "12E+2147483647", "0.1E-2147483647", "1E+2147483648"})
    if (const auto decimal = ParseDecimal(text)) {
      EXPECT_EQ(ParseDecimal(FormatDecimal(*decimal)).value().scale, decimal->scale) << text;
    }
}

TEST(DecimalTest, TextThatIsNoDecimalStaysTextInALine) {
  ColumnStatisticsObj s;
  s.col_type = "decimal(10,2)";
  s.big_decimal_low_value = "about 3";
  EXPECT_EQ(StatsText(s), R"({"decimalStats":{"lowValue":"about 3"}})");
  const auto read = Read(StatsText(s));
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->big_decimal_low_value, "about 3");
}

TEST(DecimalTest, FormatsAsJavaDoes) {
  EXPECT_EQ(FormatDecimal({2, Bytes({0x04, 0xE2})}), "12.50");
  EXPECT_EQ(FormatDecimal({3, Bytes({1})}), "0.001");
  EXPECT_EQ(FormatDecimal({3, Bytes({0xFF})}), "-0.001");
  EXPECT_EQ(FormatDecimal({0, Bytes({0x80})}), "-128");
  EXPECT_EQ(FormatDecimal({0, Bytes({0xFF, 0x80})}), "-128");
  EXPECT_EQ(FormatDecimal({1, Bytes({0})}), "0.0");
  EXPECT_EQ(FormatDecimal({6, Bytes({1})}), "0.000001");
  EXPECT_EQ(FormatDecimal({7, Bytes({1})}), "1E-7");
  EXPECT_EQ(FormatDecimal({9, Bytes({12})}), "1.2E-8");
  EXPECT_EQ(FormatDecimal({7, Bytes({0})}), "0E-7");
  EXPECT_EQ(FormatDecimal({-3, Bytes({1})}), "1E+3");
  EXPECT_EQ(FormatDecimal({-3, Bytes({123})}), "1.23E+5");
  EXPECT_EQ(FormatDecimal({-3, Bytes({0x85})}), "-1.23E+5");
}

TEST(DecimalTest, ReadsBackItself) {
  for (int i = -70000; i <= 70000; ++i) {
    const std::string text = std::to_string(i);
    ASSERT_EQ(FormatDecimal(ParseDecimal(text).value()), text);
  }
  for (const std::string text :
       {"0.00", "-0.01", "99999999999999999999999999999999999999",
        "-99999999999999999999999999999.999999999", "170141183460469231731687303715884105727",
        "-170141183460469231731687303715884105728", "1E+3", "-1.23E+5", "1E-7", "0E-10",
        "0.000001"})
    EXPECT_EQ(FormatDecimal(ParseDecimal(text).value()), text);
}

TEST(Base64Test, IsTheStandardAlphabetWithPadding) {
  EXPECT_EQ(Base64Encode(""), "");
  EXPECT_EQ(Base64Encode("f"), "Zg==");
  EXPECT_EQ(Base64Encode("fo"), "Zm8=");
  EXPECT_EQ(Base64Encode("foo"), "Zm9v");
  EXPECT_EQ(Base64Encode(Bytes({0xFB, 0xFF, 0xBF})), "+/+/");
}

TEST(Base64Test, ReadsBackAnyBytes) {
  samples::RandomObjects random(64);
  for (size_t size = 0; size < 200; ++size) {
    const std::string bytes = random.Bytes(size);
    const auto decoded = Base64Decode(Base64Encode(bytes));
    ASSERT_THAT(decoded, IsOk());
    ASSERT_EQ(*decoded, bytes);
  }
}

TEST(Base64Test, RefusesWhatIsNotBase64) {
  for (const char* text : {"A", "AA", "AAA", "AAAAA", "A=", "A*==", "Zg\n=", "Zm9v\n",
                           "====", "A===", "=AAA", "A=AA", " Zg=", "    "})
    EXPECT_THAT(Base64Decode(text), IsError("bad_base64")) << text;
}

}  // namespace
}  // namespace metaferry
