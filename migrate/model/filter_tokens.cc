#include "migrate/model/filter_tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "metaferry/json_line.h"
#include "metaferry/text.h"
#include "migrate/model/filter_node.h"

namespace metaferry::filter {
namespace {

/// Letters of any script: a byte beyond ASCII is part of one.
bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
}

/// Longer ones first.
constexpr std::array<std::string_view, 13> kSigns = {"==", "!=", "<>", "<=", ">=", "=", "<",
                                                     ">",  "(",  ")",  ",",  "+",  "-"};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> Run() {
    std::vector<Token> tokens;
    for (;;) {
      while (at_ < text_.size() && IsSpace(text_[at_])) Advance(1);
      MF_ASSIGN(Token token, Next());
      tokens.push_back(std::move(token));
      if (tokens.back().kind == Token::Kind::kEnd) return tokens;
    }
  }

 private:
  /// Counts characters on the way: positions are told to people.
  void Advance(size_t bytes) {
    for (; bytes > 0 && at_ < text_.size(); --bytes)
      if ((text_[at_++] & 0xC0) != 0x80) ++position_;
  }

  Result<Token> Next() {
    Token token{Token::Kind::kEnd, {}, position_};
    if (at_ == text_.size()) return token;
    const char c = text_[at_];
    if (c == '\'' || c == '"' || c == '`') return Quoted(c, std::move(token));
    if (IsDigit(c) || (c == '.' && at_ + 1 < text_.size() && IsDigit(text_[at_ + 1])))
      return NumberOrDate(std::move(token));
    if (IsLetter(c)) {
      size_t end = at_;
      while (end < text_.size() && (IsLetter(text_[end]) || IsDigit(text_[end]))) ++end;
      return Take(Token::Kind::kWord, end, std::move(token));
    }
    for (const std::string_view sign : kSigns)
      if (text_.substr(at_).starts_with(sign))
        return Take(Token::Kind::kSign, at_ + sign.size(), std::move(token));
    return BadFilter(position_, "a character that means nothing here",
                     "values stand in quotes, odd key names in backticks");
  }

  Token Take(Token::Kind kind, size_t end, Token token) {
    token.kind = kind;
    token.text = text_.substr(at_, end - at_);
    Advance(end - at_);
    return token;
  }

  /// Within quotes, a doubled quote is one, and a backslash takes a quote or a backslash as it is;
  /// any other backslash stands for itself, so that LIKE sees its own.
  Result<Token> Quoted(char quote, Token token) {
    const size_t start = position_;
    token.kind = quote == '`' ? Token::Kind::kQuoted : Token::Kind::kText;
    Advance(1);
    while (at_ < text_.size()) {
      const char c = text_[at_];
      const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
      const bool doubled = c == quote && next == quote;
      const bool escaped =
          quote != '`' && c == '\\' && (next == '\\' || next == '\'' || next == '"');
      if (c == quote && !doubled) {
        Advance(1);
        return token;
      }
      if (doubled || escaped) Advance(1);
      token.text.push_back(text_[at_]);
      Advance(1);
    }
    return BadFilter(
        start, fmt::format("the {} that begins here does not end", quote == '`' ? "key" : "string"),
        fmt::format("close it with {}", quote));
  }

  size_t Digits(size_t from) const {
    size_t n = 0;
    while (from + n < text_.size() && IsDigit(text_[from + n])) ++n;
    return n;
  }

  Result<Token> NumberOrDate(Token token) {
    if (const size_t date = DateEnd(); date > 0)
      return Take(Token::Kind::kDate, date, std::move(token));
    size_t end = at_ + Digits(at_);
    if (end < text_.size() && text_[end] == '.') end += 1 + Digits(end + 1);
    if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
      size_t exponent = end + 1;
      if (exponent < text_.size() && (text_[exponent] == '+' || text_[exponent] == '-')) ++exponent;
      if (const size_t digits = Digits(exponent); digits > 0) end = exponent + digits;
    }
    if (end < text_.size() && IsLetter(text_[end]))
      return BadFilter(position_, "a number runs into a word here",
                       "a value that is no number stands in quotes, and a key whose name begins "
                       "with a digit in backticks");
    return Take(Token::Kind::kNumber, end, std::move(token));
  }

  /// The end of `dddd-dd-dd` at this place, or 0.
  size_t DateEnd() const {
    size_t end = at_;
    for (const size_t part : {size_t{4}, size_t{2}, size_t{2}}) {
      if (end > at_) {
        if (end >= text_.size() || text_[end] != '-') return 0;
        ++end;
      }
      if (Digits(end) != part) return 0;
      end += part;
    }
    return end;
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t position_ = 1;
};

}  // namespace

Result<std::vector<Token>> Tokenize(std::string_view text) {
  if (!IsUtf8(text)) return BadFilter(1, "the expression is not UTF-8", "save the job as UTF-8");
  return Lexer(text).Run();
}

}  // namespace metaferry::filter
