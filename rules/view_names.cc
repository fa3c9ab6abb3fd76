#include "rules/view_names.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "rules/view_references.h"

namespace metaferry {
namespace {

using Kind = ViewReference::Kind;

constexpr std::string_view kSparkCatalog = "spark_catalog";
constexpr const char* kUnreadable = "the text is not certain to be read as it was meant";

std::string Joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text.push_back('.');
    text += part;
  }
  return text;
}

std::string Told(const NameMap::Named& named) { return named.database + "." + named.name; }

class ViewReader {
 public:
  ViewReader(std::string_view text, const ViewPlace& place, const NameMap& names)
      : place_(place), names_(names), lexed_(LexSql(text)), tokens_(lexed_.tokens) {}

  ViewNames Read() && {
    const ViewReferences references = FindReferences(tokens_);
    references_ = &references;
    // Columns are decided by what became of their tables, which mostly stand behind them.
    for (const ViewReference& reference : references.found)
      if (reference.kind != Kind::kColumn) Look(reference);
    for (const ViewReference& reference : references.found)
      if (reference.kind == Kind::kColumn) LookAtColumn(reference);
    return Result();
  }

 private:
  struct Fate {
    size_t first = 0;  ///< its first token
    ViewName name;
  };
  /// Of a table that a column may be named by.
  struct Renamed {
    NameMap::Named named;
    bool by_database_only = false;  ///< its last name stays, and it has no alias
  };

  std::vector<std::string> Parts(const ViewReference& reference) const {
    std::vector<std::string> parts;
    for (const size_t token : reference.parts) parts.push_back(NameIn(tokens_[token]));
    return parts;
  }

  void Tell(const ViewReference& reference, std::string becomes, int rule, std::string doubt) {
    fates_.push_back({reference.parts.front(),
                      {Joined(Parts(reference)), std::move(becomes), rule, std::move(doubt), 1}});
  }

  void Replace(size_t token, const std::string& name) {
    if (NameIn(tokens_[token]) != name) replaced_[token] = InBackQuotes(name);
  }

  void Look(const ViewReference& reference) {
    const std::vector<std::string> parts = Parts(reference);
    if (parts.size() == 1) return LookAtBare(reference, parts[0]);
    if (parts.size() == 2) return LookAtQualified(reference, parts[0], parts[1], 0);
    if (parts.size() == 3 && (parts[0] == place_.source_catalog || parts[0] == kSparkCatalog))
      return LookInCatalog(reference, parts);
    // A catalog's name that only the engine knows, or a part of a table behind its name.
    for (const size_t at : {size_t{1}, size_t{0}}) {
      const NameMap::Named named = names_.OfObject(parts[at], parts[at + 1]);
      if (named.rule < 0 || Told(named) == parts[at] + "." + parts[at + 1]) continue;
      return Tell(reference, Told(named), named.rule, "what " + parts[0] + " is cannot be told");
    }
  }

  /// Relative to the view's database, if it is not the name of a query within the text.
  void LookAtBare(const ViewReference& reference, const std::string& name) {
    const bool function = reference.kind == Kind::kFunction;
    if (!function && references_->queries.count(name) > 0) return;
    const NameMap::Named named = names_.OfObject(place_.database, name);
    if (named.rule < 0) return;
    if (named.database == place_.database_at_target && named.name == name) return;
    // Most functions are the engine's own: only one that the job names is taken for another.
    const std::string& key = names_.entries()[static_cast<size_t>(named.rule)].key;
    const bool named_itself = key.find('.') != std::string::npos && key.find('*') == key.npos;
    if (function && !named_itself) return;
    Tell(reference, Told(named), named.rule, "it has no database");
  }

  void LookAtQualified(const ViewReference& reference, const std::string& database,
                       const std::string& name, size_t first) {
    const NameMap::Named named = names_.OfObject(database, name);
    const bool renamed = named.database != database || named.name != name;
    if (renamed) Rename(reference, named, first, name);
  }

  void Rename(const ViewReference& reference, const NameMap::Named& named, size_t first,
              const std::string& name) {
    const std::string doubt = DoubtOf(reference, named, first, name);
    Tell(reference, Told(named), named.rule, doubt);
    const bool table = reference.kind == Kind::kTable;
    if (table)
      tables_[{NameIn(tokens_[reference.parts[first]]), name}] = {
          named,
          doubt.empty() && named.name == name && reference.alias == ViewReference::Alias::kNone};
    if (!doubt.empty()) return;
    Replace(reference.parts[first], named.database);
    const size_t last = reference.parts[first + 1];
    Replace(last, named.name);
    // Its columns may be named by the table's old name, which an alias keeps.
    if (table && named.name != name && reference.alias == ViewReference::Alias::kNone)
      replaced_[last] += " AS " + InBackQuotes(name);
  }

  std::string DoubtOf(const ViewReference& reference, const NameMap::Named& named, size_t first,
                      const std::string& name) const {
    if (lexed_.doubtful) return kUnreadable;
    const std::string database = NameIn(tokens_[reference.parts[first]]);
    if (first == 0 && references_->aliases.count(database) > 0)
      return database + " is an alias in it too";
    if (reference.kind == Kind::kTable && named.name != name &&
        reference.alias == ViewReference::Alias::kUnclear)
      return "it would need an alias, and what follows it leaves no certain place";
    return {};
  }

  void LookInCatalog(const ViewReference& reference, const std::vector<std::string>& parts) {
    LookAtQualified(reference, parts[1], parts[2], 1);
    if (place_.source_catalog == place_.target_catalog || parts[0] != place_.source_catalog) return;
    const NameMap::Named named = names_.OfObject(parts[1], parts[2]);
    const bool certain = !lexed_.doubtful && !place_.spark;
    Tell(reference, place_.target_catalog + "." + Told(named), -1,
         certain           ? ""
         : lexed_.doubtful ? kUnreadable
                           : "in Spark a catalog has Spark's own name");
    if (certain) Replace(reference.parts[0], place_.target_catalog);
  }

  /// `db.table.column`, where that table is one of the text.
  void LookAtColumn(const ViewReference& reference) {
    const std::vector<std::string> parts = Parts(reference);
    for (size_t first = 0; first + 1 < parts.size() && first < 2; ++first) {
      const auto table = tables_.find({parts[first], parts[first + 1]});
      if (table == tables_.end()) continue;
      const bool certain = first == 0 && table->second.by_database_only;
      Tell(reference, Told(table->second.named), table->second.named.rule,
           certain ? "" : "it is a column named by its table's full name");
      if (certain) Replace(reference.parts[0], table->second.named.database);
      return;
    }
  }

  ViewNames Result() {
    ViewNames result;
    for (size_t i = 0; i < tokens_.size(); ++i) {
      const auto replaced = replaced_.find(i);
      const std::string_view piece =
          replaced == replaced_.end() ? tokens_[i].text : std::string_view(replaced->second);
      // Two back quotes in a row would make one name of two.
      if (piece.starts_with('`') && result.rewritten.ends_with('`')) result.rewritten += ' ';
      result.rewritten += piece;
    }
    std::stable_sort(fates_.begin(), fates_.end(),
                     [](const Fate& a, const Fate& b) { return a.first < b.first; });
    std::map<std::pair<std::string, std::pair<std::string, std::string>>, size_t> known;
    for (Fate& fate : fates_) {
      ViewName& name = fate.name;
      if (name.doubt.empty()) ++result.replaced;
      const auto [at, is_new] = known.emplace(
          std::pair(name.written, std::pair(name.becomes, name.doubt)), result.found.size());
      if (is_new)
        result.found.push_back(std::move(name));
      else
        ++result.found[at->second].count;
    }
    return result;
  }

  const ViewPlace& place_;
  const NameMap& names_;
  SqlTokens lexed_;
  const std::vector<SqlToken>& tokens_;
  const ViewReferences* references_ = nullptr;
  std::vector<Fate> fates_;
  std::map<size_t, std::string> replaced_;  ///< by token
  std::map<std::pair<std::string, std::string>, Renamed> tables_;
};

}  // namespace

ViewNames FindViewNames(std::string_view text, const ViewPlace& place, const NameMap& names) {
  return ViewReader(text, place, names).Read();
}

bool IsEncodedView(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\n')) text.remove_prefix(1);
  return text.starts_with("/* Presto View:") || text.starts_with("/* Presto Materialized View:");
}

}  // namespace metaferry
