#include "rules/view_references.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace metaferry {
namespace {

using Words = std::span<const std::string_view>;

/// What may follow a table that has no alias, and ends its clause or goes on with it.
constexpr std::string_view kAfterTable[] = {
    "join",  "inner", "left",    "right",   "full",       "cross",  "natural",   "semi",
    "anti",  "where", "group",   "order",   "having",     "union",  "limit",     "sort",
    "on",    "using", "cluster", "select",  "distribute", "minus",  "intersect", "except",
    "outer", "map",   "window",  "lateral", "qualify",    "offset", "reduce",    "insert"};
/// What may stand between a table and its alias.
constexpr std::string_view kBeforeAlias[] = {"tablesample",     "for",        "version",
                                             "timestamp",       "pivot",      "unpivot",
                                             "match_recognize", "system_time"};
constexpr std::string_view kClauseEnds[] = {
    "select", "where",      "group", "order",     "having", "union",   "limit",  "sort", "cluster",
    "window", "distribute", "minus", "intersect", "except", "qualify", "offset", "map",  "reduce"};
/// Functions that have a FROM of their own.
constexpr std::string_view kFromWithin[] = {"extract", "trim",    "substring",
                                            "substr",  "overlay", "position"};

/// In tokens. A limit, so that a text full of brackets is gone through once and not each time.
constexpr size_t kLongestColumnList = 4000;

bool IsOneOf(std::string_view word, Words words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

class Finder {
 public:
  explicit Finder(const std::vector<SqlToken>& tokens) : tokens_(tokens) {
    for (size_t i = 0; i < tokens.size(); ++i)
      if (tokens[i].kind != SqlTokenKind::kSpace) order_.push_back(i);
  }

  ViewReferences Find() && {
    FindQueries();
    for (size_t at = 0; at < order_.size();) at = IsName(at) ? TakeName(at) : TakeOther(at);
    return std::move(result_);
  }

 private:
  /// One level of brackets.
  struct Level {
    bool own_from = false;  ///< of extract(... from ...)
    bool in_from = false;   ///< within FROM: a comma brings another table
    bool expects_table = false;
    bool in_lateral = false;  ///< behind LATERAL VIEW or VALUES: a comma brings another column
  };

  const SqlToken& Token(size_t at) const { return tokens_[order_[at]]; }
  bool IsName(size_t at) const {
    return at < order_.size() &&
           (Token(at).kind == SqlTokenKind::kWord || Token(at).kind == SqlTokenKind::kQuoted);
  }
  bool IsSymbol(size_t at, char c) const {
    return at < order_.size() && Token(at).kind == SqlTokenKind::kSymbol && Token(at).text[0] == c;
  }
  /// The word at `at` in lower case; empty for anything else.
  std::string Word(size_t at) const {
    return at < order_.size() && Token(at).kind == SqlTokenKind::kWord ? NameIn(Token(at))
                                                                       : std::string();
  }
  Level& Now() { return levels_.back(); }

  /// `WITH a AS (...), b (x, y) AS (...)`
  void FindQueries() {
    for (size_t at = 1; at < order_.size(); ++at) {
      const std::string before = Word(at - 1);
      if (!IsName(at) || !(before == "with" || before == "recursive" || IsSymbol(at - 1, ',')))
        continue;
      size_t next = at + 1;
      if (IsSymbol(next, '(')) {
        const size_t last = std::min(order_.size(), next + kLongestColumnList);
        while (next < last && !IsSymbol(next, ')')) ++next;
        ++next;
      }
      if (Word(next) == "as" && IsSymbol(next + 1, '(')) result_.queries.insert(NameIn(Token(at)));
    }
  }

  size_t TakeOther(size_t at) {
    if (IsSymbol(at, '(')) {
      Level inner;
      inner.own_from = at > 0 && IsOneOf(Word(at - 1), kFromWithin);
      inner.in_from = inner.expects_table = Now().expects_table;
      Now().expects_table = false;
      levels_.push_back(inner);
    } else if (IsSymbol(at, ')')) {
      if (levels_.size() > 1) levels_.pop_back();
      NoteAlias(at + 1);
    } else if (IsSymbol(at, ',')) {
      Now().expects_table = Now().in_from && !Now().in_lateral;
    } else if (IsSymbol(at, ';')) {
      levels_.assign(1, Level());
    }
    return at + 1;
  }

  void NoteAlias(size_t at) {
    if (Word(at) == "as") ++at;
    if (IsName(at) && !IsOneOf(Word(at), kAfterTable) && !IsOneOf(Word(at), kBeforeAlias))
      result_.aliases.insert(NameIn(Token(at)));
  }

  /// True when the word at `at` is one that says what follows it.
  bool TakeKeyword(size_t at) {
    const std::string word = Word(at);
    if (word == "from") {
      const bool distinct =
          at > 1 && Word(at - 1) == "distinct" && (Word(at - 2) == "is" || Word(at - 2) == "not");
      if (!Now().own_from && !distinct) Now() = {false, true, true, false};
    } else if (word == "join") {
      Now() = {Now().own_from, true, true, false};
    } else if (word == "lateral" || word == "values") {
      Now().in_lateral = true;
      Now().expects_table = false;
    } else if (IsOneOf(word, kClauseEnds)) {
      Now().in_from = Now().expects_table = Now().in_lateral = false;
    } else if (word == "as") {
      NoteAlias(at);
    } else if (Now().expects_table && word == "with") {
      Now().expects_table = false;
    } else {
      return false;
    }
    return true;
  }

  size_t TakeName(size_t at) {
    if (!IsSymbol(at + 1, '.') && TakeKeyword(at)) return at + 1;
    ViewReference reference;
    reference.parts.push_back(order_[at]);
    size_t next = at + 1;
    for (; IsSymbol(next, '.') && IsName(next + 1); next += 2)
      reference.parts.push_back(order_[next + 1]);
    reference.whole_row = IsSymbol(next, '.') && IsSymbol(next + 1, '*');
    if (IsSymbol(next, '(')) {
      reference.kind = ViewReference::Kind::kFunction;
    } else if (Now().expects_table) {
      reference.kind = ViewReference::Kind::kTable;
      reference.alias = AliasAt(next);
      if (reference.alias == ViewReference::Alias::kGiven) NoteAlias(next);
    }
    Now().expects_table = false;
    const size_t telling = reference.whole_row ? 2 : 3;
    if (reference.kind != ViewReference::Kind::kColumn || reference.parts.size() >= telling)
      result_.found.push_back(std::move(reference));
    return next;
  }

  ViewReference::Alias AliasAt(size_t at) const {
    using enum ViewReference::Alias;
    if (at >= order_.size() || IsSymbol(at, ')') || IsSymbol(at, ',') || IsSymbol(at, ';'))
      return kNone;
    if (!IsName(at)) return kUnclear;
    const std::string word = Word(at);
    if (IsOneOf(word, kAfterTable)) return kNone;
    return IsOneOf(word, kBeforeAlias) ? kUnclear : kGiven;
  }

  const std::vector<SqlToken>& tokens_;
  std::vector<size_t> order_;  ///< the tokens that are no space
  std::vector<Level> levels_{Level()};
  ViewReferences result_;
};

}  // namespace

ViewReferences FindReferences(const std::vector<SqlToken>& tokens) { return Finder(tokens).Find(); }

}  // namespace metaferry
