#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

#include "migrate/model/filter_node.h"
#include "migrate/model/filter_tokens.h"
#include "migrate/model/key_value.h"

namespace metaferry::filter {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

/// Brackets and NOTs within each other: the parser calls itself for each.
constexpr int kDeepest = 100;
constexpr int64_t kMostDays = 1000000;

bool IsKeyword(std::string_view text, std::string_view keyword) {
  return std::equal(text.begin(), text.end(), keyword.begin(), keyword.end(),
                    [](char a, char b) { return (a >= 'a' && a <= 'z' ? a - 'a' + 'A' : a) == b; });
}

std::optional<Comparison> ComparisonFrom(std::string_view sign) {
  if (sign == "=" || sign == "==") return Comparison::kEqual;
  if (sign == "!=" || sign == "<>") return Comparison::kNotEqual;
  if (sign == "<") return Comparison::kLess;
  if (sign == "<=") return Comparison::kLessOrEqual;
  if (sign == ">") return Comparison::kGreater;
  if (sign == ">=") return Comparison::kGreaterOrEqual;
  return std::nullopt;
}

/// The comparison with its sides exchanged.
Comparison Mirrored(Comparison comparison) {
  switch (comparison) {
    case Comparison::kLess:
      return Comparison::kGreater;
    case Comparison::kLessOrEqual:
      return Comparison::kGreaterOrEqual;
    case Comparison::kGreater:
      return Comparison::kLess;
    case Comparison::kGreaterOrEqual:
      return Comparison::kLessOrEqual;
    default:
      return comparison;
  }
}

Node Negated(Node node) {
  Node negation;
  negation.operation = Operation::kNot;
  negation.position = node.position;
  negation.children.push_back(std::move(node));
  return negation;
}

class Parser {
 public:
  Parser(std::vector<Token> tokens, sys_days today) : tokens_(std::move(tokens)), today_(today) {}

  Result<Parsed> Run() {
    MF_ASSIGN(Node root, Either());
    if (Peek().kind != Token::Kind::kEnd)
      return BadFilter(Peek().position, "the expression could end here, but goes on",
                       "conditions are joined by AND or OR");
    return Parsed{std::move(root), uses_today_};
  }

 private:
  using Kind = Token::Kind;

  const Token& Peek(size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  const Token& Take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool IsWord(std::string_view keyword, size_t ahead = 0) const {
    return Peek(ahead).kind == Kind::kWord && IsKeyword(Peek(ahead).text, keyword);
  }
  bool IsSign(std::string_view sign, size_t ahead = 0) const {
    return Peek(ahead).kind == Kind::kSign && Peek(ahead).text == sign;
  }
  bool TakeWord(std::string_view keyword) {
    const bool is = IsWord(keyword);
    if (is) Take();
    return is;
  }
  bool TakeSign(std::string_view sign) {
    const bool is = IsSign(sign);
    if (is) Take();
    return is;
  }
  Unexpected Expected(std::string_view what) const {
    return BadFilter(Peek().position, fmt::format("{} is expected", what),
                     "see docs/choosing.md for the language of filters");
  }

  Result<Node> Either() { return Joined(Operation::kOr, "OR"); }

  /// Conditions joined by one word, without nesting them: chains may be long.
  Result<Node> Joined(Operation operation, std::string_view word) {
    const auto operand = [&] {
      return operation == Operation::kOr ? Joined(Operation::kAnd, "AND") : Condition();
    };
    MF_ASSIGN(Node first, operand());
    if (!IsWord(word)) return first;
    Node node;
    node.operation = operation;
    node.position = first.position;
    node.children.push_back(std::move(first));
    while (TakeWord(word)) {
      MF_ASSIGN(Node next, operand());
      node.children.push_back(std::move(next));
    }
    return node;
  }

  Result<Node> Condition() {
    if (depth_ == kDeepest)
      return BadFilter(Peek().position, fmt::format("nested deeper than {} levels", kDeepest),
                       "leave out brackets that change nothing");
    ++depth_;
    auto node = NestedCondition();
    --depth_;
    return node;
  }

  Result<Node> NestedCondition() {
    if (TakeWord("NOT")) {
      MF_ASSIGN(Node inner, Condition());
      return Negated(std::move(inner));
    }
    if (TakeSign("(")) {
      MF_ASSIGN(Node inner, Either());
      if (!TakeSign(")")) return Expected("\")\"");
      return inner;
    }
    const bool constant = IsWord("TRUE") || IsWord("FALSE");
    if (constant && !(Peek(1).kind == Kind::kSign && ComparisonFrom(Peek(1).text))) {
      Node node;
      node.position = Peek().position;
      node.constant = IsKeyword(Take().text, "TRUE");
      return node;
    }
    return Test();
  }

  /// A key and what is asked of it, or a value that is compared with a key.
  Result<Node> Test() {
    if (IsLiteral()) {
      MF_ASSIGN(Literal literal, Value());
      const auto comparison =
          Peek().kind == Kind::kSign ? ComparisonFrom(Peek().text) : std::nullopt;
      if (!comparison) return Expected("a comparison");
      Take();
      if (IsLiteral()) return Expected("a partition key, and not a second value,");
      MF_ASSIGN(Node node, Key());
      node.comparison = Mirrored(*comparison);
      node.literals.push_back(std::move(literal));
      return node;
    }
    MF_ASSIGN(Node node, Key());
    if (Peek().kind == Kind::kSign) {
      const auto comparison = ComparisonFrom(Peek().text);
      if (!comparison) return Expected("a comparison");
      Take();
      node.comparison = *comparison;
      return WithValue(std::move(node));
    }
    if (TakeWord("IS")) {
      const bool negated = TakeWord("NOT");
      if (!TakeWord("NULL")) return Expected("NULL");
      node.operation = Operation::kIsNull;
      return negated ? Negated(std::move(node)) : std::move(node);
    }
    const bool negated = TakeWord("NOT");
    MF_ASSIGN(Node test, WordTest(std::move(node)));
    return negated ? Negated(std::move(test)) : std::move(test);
  }

  Result<Node> WordTest(Node node) {
    if (TakeWord("LIKE")) {
      if (Peek().kind != Kind::kText) return Expected("a pattern in quotes");
      node.operation = Operation::kLike;
      return WithValue(std::move(node));
    }
    if (TakeWord("BETWEEN")) {
      node.operation = Operation::kBetween;
      MF_ASSIGN(node, WithValue(std::move(node)));
      if (!TakeWord("AND")) return Expected("AND");
      return WithValue(std::move(node));
    }
    if (TakeWord("IN")) {
      node.operation = Operation::kIn;
      if (!TakeSign("(")) return Expected("\"(\"");
      do {
        MF_ASSIGN(node, WithValue(std::move(node)));
      } while (TakeSign(","));
      if (!TakeSign(")")) return Expected("\",\" or \")\"");
      return node;
    }
    return Expected("a comparison, LIKE, IN, BETWEEN or IS NULL");
  }

  Result<Node> WithValue(Node node) {
    MF_ASSIGN(Literal literal, Value());
    node.literals.push_back(std::move(literal));
    return node;
  }

  Result<Node> Key() {
    const Token& token = Peek();
    constexpr std::string_view kReserved[] = {"AND", "OR", "NOT", "IN", "LIKE", "BETWEEN", "IS"};
    const bool reserved =
        token.kind == Kind::kWord &&
        std::any_of(std::begin(kReserved), std::end(kReserved),
                    [&](std::string_view word) { return IsKeyword(token.text, word); });
    if ((token.kind != Kind::kWord && token.kind != Kind::kQuoted) || reserved ||
        token.text.empty())
      return Expected("a partition key");
    Node node;
    node.operation = Operation::kCompare;
    node.key = token.text;
    node.position = token.position;
    Take();
    return node;
  }

  bool IsLiteral() const {
    switch (Peek().kind) {
      case Kind::kText:
      case Kind::kNumber:
      case Kind::kDate:
        return true;
      case Kind::kSign:
        return (IsSign("-") || IsSign("+")) && Peek(1).kind == Kind::kNumber;
      case Kind::kWord:
        // A key may be named date.
        if (IsWord("DATE") || IsWord("TIMESTAMP")) return Peek(1).kind == Kind::kText;
        return IsWord("TRUE") || IsWord("FALSE") || IsWord("CURRENT_DATE");
      default:
        return false;
    }
  }

  Result<Literal> Value() {
    if (IsWord("NULL"))
      return BadFilter(Peek().position, "nothing compares with NULL", "write IS NULL");
    if (!IsLiteral()) return Expected("a value");
    Literal literal{Literal::Kind::kText, {}, Peek().position};
    if (IsWord("CURRENT_DATE")) return Today(std::move(literal));
    if (IsWord("TRUE") || IsWord("FALSE")) {
      literal.kind = Literal::Kind::kBoolean;
      literal.text = IsKeyword(Take().text, "TRUE") ? "true" : "false";
      return literal;
    }
    if (IsWord("TIMESTAMP")) {
      Take();
      literal.kind = Literal::Kind::kTimestamp;
      literal.text = Take().text;
      if (ReadKeyValue(KeyType::kTimestamp, literal.text)) return literal;
      return BadFilter(literal.position, "that is no timestamp",
                       "write TIMESTAMP 'YYYY-MM-DD hh:mm:ss'");
    }
    if (IsWord("DATE") || Peek().kind == Kind::kDate) {
      if (IsWord("DATE")) Take();
      return Date(std::move(literal));
    }
    if (Peek().kind == Kind::kText) {
      literal.text = Take().text;
      return literal;
    }
    if (Peek().kind == Kind::kSign) literal.text = Take().text;
    literal.text += Take().text;
    literal.kind = Literal::Kind::kNumber;
    if (ReadKeyValue(KeyType::kDecimal, literal.text)) return literal;
    return BadFilter(literal.position, "that number is beyond all types of Hive", "shorten it");
  }

  Result<Literal> Date(Literal literal) {
    const auto date = ReadDate(Take().text);
    if (!date)
      return BadFilter(literal.position, "that is no date of the calendar",
                       "write DATE 'YYYY-MM-DD'");
    literal.kind = Literal::Kind::kDate;
    literal.text = DateText(*date);
    return literal;
  }

  /// CURRENT_DATE, and what may follow: `- INTERVAL 30 DAYS`, or `- 30` for short.
  Result<Literal> Today(Literal literal) {
    Take();
    uses_today_ = true;
    sys_days date = today_;
    if (IsSign("-") || IsSign("+")) {
      const bool back = Take().text == "-";
      const bool interval = TakeWord("INTERVAL");
      MF_ASSIGN(const int64_t count, DayCount(interval));
      if (!TakeWord("DAY") && !TakeWord("DAYS") && interval) return Expected("DAYS");
      date += days(back ? -count : count);
    }
    const int year = static_cast<int>(std::chrono::year_month_day(date).year());
    if (year < 1 || year > 9999)
      return BadFilter(literal.position, "that day lies outside the years 1 to 9999",
                       "take fewer days");
    literal.kind = Literal::Kind::kDate;
    literal.text = DateText(date);
    return literal;
  }

  Result<int64_t> DayCount(bool may_be_quoted) {
    const Token& token = Peek();
    int64_t count = 0;
    const char* end = token.text.data() + token.text.size();
    const bool fits = token.kind == Kind::kNumber || (may_be_quoted && token.kind == Kind::kText);
    const auto [read, error] = std::from_chars(token.text.data(), end, count);
    if (!fits || error != std::errc() || read != end || count < 0 || count > kMostDays)
      return Expected("a whole number of days");
    Take();
    return count;
  }

  std::vector<Token> tokens_;
  sys_days today_;
  size_t at_ = 0;
  int depth_ = 0;
  bool uses_today_ = false;
};

}  // namespace

Unexpected BadFilter(size_t position, std::string_view message, std::string advice) {
  return Fail(ErrorKind::kUsage, "bad_partition_filter",
              fmt::format("the filter is wrong at character {}: {}", position, message), {},
              std::move(advice));
}

Result<Parsed> ParseExpression(std::string_view text, sys_days today) {
  MF_ASSIGN(std::vector<Token> tokens, Tokenize(text));
  return Parser(std::move(tokens), today).Run();
}

}  // namespace metaferry::filter
