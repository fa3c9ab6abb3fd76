#include "rules/sql_tokens.h"

#include <algorithm>

#include "metaferry/text.h"

namespace metaferry {
namespace {

constexpr char kBackQuote = '`';

/// Letters beyond ASCII belong to the word they stand in.
bool IsWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         (c & 0x80) != 0;
}

class Lexer {
 public:
  explicit Lexer(std::string_view sql) : sql_(sql) {}

  SqlTokens Lex() && {
    while (at_ < sql_.size()) {
      const size_t start = at_;
      const SqlTokenKind kind = Take();
      found_.tokens.push_back({kind, sql_.substr(start, at_ - start)});
    }
    return std::move(found_);
  }

 private:
  char Peek(size_t ahead = 0) const { return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0'; }

  SqlTokenKind Take() {
    const char c = Peek();
    if (IsSpace(c)) return TakeWhile(IsSpace, SqlTokenKind::kSpace);
    if (c == '-' && Peek(1) == '-') return TakeLineComment();
    if (c == '/' && Peek(1) == '*') return TakeComment();
    if (c == kBackQuote) return TakeBackQuoted();
    if (c == '\'' || c == '"') return TakeText(c);
    if (IsWordCharacter(c)) return TakeWhile(IsWordCharacter, SqlTokenKind::kWord);
    ++at_;
    return SqlTokenKind::kSymbol;
  }

  template <class Belongs>
  SqlTokenKind TakeWhile(Belongs belongs, SqlTokenKind kind) {
    while (at_ < sql_.size() && belongs(sql_[at_])) ++at_;
    return kind;
  }

  SqlTokenKind TakeLineComment() {
    at_ = std::min(sql_.find('\n', at_), sql_.size());
    // Spark goes on behind a backslash at the line's end, Hive does not.
    if (at_ < sql_.size() && sql_[at_ - 1] == '\\') found_.doubtful = true;
    return SqlTokenKind::kSpace;
  }

  /// Spark counts comments within comments, Hive ends at the first end.
  SqlTokenKind TakeComment() {
    const size_t end = sql_.find("*/", at_ + 2);
    if (sql_.substr(at_ + 2, end - at_ - 2).find("/*") != std::string_view::npos ||
        end == std::string_view::npos)
      found_.doubtful = true;
    at_ = end == std::string_view::npos ? sql_.size() : end + 2;
    return SqlTokenKind::kSpace;
  }

  SqlTokenKind TakeBackQuoted() {
    for (++at_; at_ < sql_.size(); ++at_) {
      if (sql_[at_] != kBackQuote) continue;
      if (Peek(1) != kBackQuote) {
        ++at_;
        return SqlTokenKind::kQuoted;
      }
      ++at_;
    }
    found_.doubtful = true;
    return SqlTokenKind::kText;
  }

  /// In Spark's r'...' a backslash is itself.
  SqlTokenKind TakeText(char quote) {
    const bool raw = !found_.tokens.empty() && found_.tokens.back().kind == SqlTokenKind::kWord &&
                     (found_.tokens.back().text == "r" || found_.tokens.back().text == "R");
    for (++at_; at_ < sql_.size(); ++at_) {
      if (sql_[at_] == '\\') {
        if (raw) found_.doubtful = true;
        ++at_;
      } else if (sql_[at_] == quote) {
        ++at_;
        return SqlTokenKind::kText;
      }
    }
    at_ = sql_.size();
    found_.doubtful = true;
    return SqlTokenKind::kText;
  }

  std::string_view sql_;
  size_t at_ = 0;
  SqlTokens found_;
};

}  // namespace

SqlTokens LexSql(std::string_view sql) { return Lexer(sql).Lex(); }

std::string NameIn(const SqlToken& token) {
  std::string name;
  std::string_view text = token.text;
  const bool quoted = token.kind == SqlTokenKind::kQuoted;
  if (quoted) text = text.substr(1, text.size() - 2);
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == kBackQuote) ++i;
    name.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return name;
}

std::string InBackQuotes(std::string_view name) {
  std::string text(1, kBackQuote);
  for (const char c : name) text.append(c == kBackQuote ? 2 : 1, c);
  return text.append(1, kBackQuote);
}

}  // namespace metaferry
