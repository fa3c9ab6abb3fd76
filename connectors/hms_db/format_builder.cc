#include "connectors/hms_db/format_builder.h"

#include <cstring>
#include <map>
#include <set>
#include <utility>

namespace metaferry {
namespace {

/// Caches are dropped whole past these sizes: a metastore's order of ids keeps neighbours alike.
constexpr size_t kMaxColumnBytes = 8 << 20;
constexpr size_t kMaxFormatBytes = 8 << 20;
constexpr size_t kMaxInList = 500;

/// What a piece is about. A skewed value list is a start piece and its elements.
enum class Piece : char {
  kInputFormat = 'i',
  kOutputFormat = 'o',
  kCompressed = 'c',
  kBuckets = 'n',
  kSubDirectories = 's',
  kSerDeLib = 'l',
  kDescription = 'd',
  kSerializer = 'z',
  kDeserializer = 'y',
  kColumns = 'C',
  kParameter = 'P',
  kSerDeParameter = 'S',
  kBucketColumn = 'b',
  kSortColumn = 'r',
  kSkewedColumn = 'k',
  kSkewedList = 'v',
  kSkewedValue = 'w',
  kSkewedMap = 'm',
  kSkewedMapValue = 'x',
  kValue = '=',
};

void Append(std::string& pieces, Piece piece, std::string_view text) {
  const auto size = static_cast<uint32_t>(text.size());
  char head[5] = {static_cast<char>(piece)};
  std::memcpy(head + 1, &size, sizeof size);
  pieces.append(head, sizeof head).append(text);
}

template <class F>
void ForEachPiece(std::string_view pieces, F&& visit) {
  while (!pieces.empty()) {
    uint32_t size = 0;
    std::memcpy(&size, pieces.data() + 1, sizeof size);
    visit(static_cast<Piece>(pieces[0]), pieces.substr(5, size));
    pieces.remove_prefix(5 + size);
  }
}

/// Puts pieces together again.
class Assembler {
 public:
  void Visit(Piece piece, std::string_view view) {
    std::string text(view);
    StorageFormat& f = format_;
    switch (piece) {
      case Piece::kInputFormat:
        f.input_format = std::move(text);
        break;
      case Piece::kOutputFormat:
        f.output_format = std::move(text);
        break;
      case Piece::kCompressed:
        f.compressed = text == "1";
        break;
      case Piece::kBuckets:
        f.num_buckets = std::atoi(text.c_str());
        break;
      case Piece::kSubDirectories:
        f.stored_as_sub_directories = text == "1";
        break;
      case Piece::kSerDeLib:
        f.serde_info.serialization_lib = std::move(text);
        break;
      case Piece::kDescription:
        f.serde_info.description = std::move(text);
        break;
      case Piece::kSerializer:
        f.serde_info.serializer_class = std::move(text);
        break;
      case Piece::kDeserializer:
        f.serde_info.deserializer_class = std::move(text);
        break;
      case Piece::kColumns:
        break;
      case Piece::kBucketColumn:
        f.bucket_cols.push_back(std::move(text));
        break;
      case Piece::kSkewedColumn:
        f.skewed_info.col_names.push_back(std::move(text));
        break;
      case Piece::kSkewedList:
        f.skewed_info.col_values.emplace_back();
        break;
      case Piece::kSkewedValue:
        f.skewed_info.col_values.back().push_back(std::move(text));
        break;
      case Piece::kSkewedMap:
        f.skewed_info.col_value_location_maps.emplace_back(std::vector<std::string>(), text);
        break;
      case Piece::kSkewedMapValue:
        f.skewed_info.col_value_location_maps.back().first.push_back(std::move(text));
        break;
      case Piece::kParameter:
      case Piece::kSerDeParameter:
      case Piece::kSortColumn:
        key_ = std::move(text);
        key_piece_ = piece;
        break;
      case Piece::kValue:
        SetValue(std::move(text));
        break;
    }
  }
  StorageFormat Take() {
    if (format_.bucket_cols.empty()) format_.num_buckets = 0;
    auto& map = format_.skewed_info.col_value_location_maps;
    std::sort(map.begin(), map.end());
    return std::move(format_);
  }

 private:
  void SetValue(std::string text) {
    if (key_piece_ == Piece::kParameter) {
      format_.parameters.insert_or_assign(std::exchange(key_, {}), std::move(text));
    } else if (key_piece_ == Piece::kSerDeParameter) {
      format_.serde_info.parameters.insert_or_assign(std::exchange(key_, {}), std::move(text));
    } else {
      format_.sort_cols.push_back({std::exchange(key_, {}), std::atoi(text.c_str())});
    }
  }
  StorageFormat format_;
  std::string key_;
  Piece key_piece_ = Piece::kParameter;
};

}  // namespace

/// A child table that hangs on a descriptor: key and, perhaps, value of each row become pieces.
struct FormatBuilder::PieceQuery {
  std::string table;
  bool by_serde;  ///< keyed by SERDE_ID rather than SD_ID
  std::string key;
  std::string value;  ///< empty: none
  Piece piece;
  bool ordered;  ///< by INTEGER_IDX
};

DescriptorColumns::DescriptorColumns(const ReaderContext& context, Select& s,
                                     const std::string& parent_table)
    : select_(s) {
  const MetastoreSchema& schema = context.schema;
  owner_sd_ = s.Add("T", parent_table, "SD_ID");
  sd_ = s.Add("S", "SDS", "SD_ID");
  cd_ = s.Add("S", "SDS", "CD_ID");
  sd_serde_ = s.Add("S", "SDS", "SERDE_ID");
  serde_ = s.Add("E", "SERDES", "SERDE_ID");
  location_ = s.Add("S", "SDS", "LOCATION");
  input_ = s.Add("S", "SDS", "INPUT_FORMAT");
  output_ = s.Add("S", "SDS", "OUTPUT_FORMAT");
  compressed_ = s.AddBool("S", "SDS", "IS_COMPRESSED");
  sub_ = s.AddBool("S", "SDS", "IS_STOREDASSUBDIRECTORIES");
  buckets_ = s.Add("S", "SDS", "NUM_BUCKETS");
  lib_ = s.Add("E", "SERDES", "SLIB");
  description_ = s.Add("E", "SERDES", "DESCRIPTION");
  serializer_ = s.Add("E", "SERDES", "SERIALIZER_CLASS");
  deserializer_ = s.Add("E", "SERDES", "DESERIALIZER_CLASS");
  joins_ = " LEFT JOIN " + schema.Table("SDS") + " S ON " + schema.Column("S", "SDS", "SD_ID") +
           " = " + schema.Column("T", parent_table, "SD_ID") + " LEFT JOIN " +
           schema.Table("SERDES") + " E ON " + schema.Column("E", "SERDES", "SERDE_ID") + " = " +
           schema.Column("S", "SDS", "SERDE_ID");
}

void DescriptorColumns::Read(const SqlRows& r, DescriptorDraft& d, Findings* notes) const {
  d.sd_null = r.IsNull(owner_sd_);
  d.has_sd = !r.IsNull(sd_);
  d.serde_null = r.IsNull(sd_serde_);
  d.has_serde = !r.IsNull(serde_);
  d.cd_null = r.IsNull(cd_);
  d.has_cd = !d.cd_null;
  d.sd_id = r.Int(sd_);
  d.serde_id = r.Int(serde_);
  d.cd_id = r.Int(cd_);
  d.location = select_.Text(r, location_, notes);
  d.pieces.reserve(320);
  Append(d.pieces, Piece::kColumns, r.Text(cd_));
  Append(d.pieces, Piece::kInputFormat, select_.Text(r, input_, notes));
  Append(d.pieces, Piece::kOutputFormat, select_.Text(r, output_, notes));
  Append(d.pieces, Piece::kCompressed, r.Bool(compressed_) ? "1" : "0");
  Append(d.pieces, Piece::kSubDirectories, r.Bool(sub_) ? "1" : "0");
  Append(d.pieces, Piece::kBuckets, r.Text(buckets_));
  Append(d.pieces, Piece::kSerDeLib, select_.Text(r, lib_, notes));
  const auto append_if = [&](Piece piece, int column) {
    if (!r.Text(column).empty()) Append(d.pieces, piece, select_.Text(r, column, notes));
  };
  append_if(Piece::kDescription, description_);
  append_if(Piece::kSerializer, serializer_);
  append_if(Piece::kDeserializer, deserializer_);
}

Status FormatBuilder::Complete(const ParentSet& parents, std::vector<DescriptorDraft>& drafts,
                               std::vector<Findings>& findings) {
  if (column_bytes_ > kMaxColumnBytes) {
    columns_.clear();
    column_bytes_ = 0;
  }
  if (format_bytes_ > kMaxFormatBytes) {
    formats_.clear();
    format_bytes_ = 0;
  }
  MF_RETURN_IF_ERROR(ReadLists(parents, drafts, findings));
  return ReadColumns(drafts, findings);
}

Status FormatBuilder::ReadLists(const ParentSet& parents, std::vector<DescriptorDraft>& drafts,
                                std::vector<Findings>& findings) {
  static const std::vector<PieceQuery> kQueries = {
      {"SD_PARAMS", false, "PARAM_KEY", "PARAM_VALUE", Piece::kParameter, false},
      {"SERDE_PARAMS", true, "PARAM_KEY", "PARAM_VALUE", Piece::kSerDeParameter, false},
      {"BUCKETING_COLS", false, "BUCKET_COL_NAME", "", Piece::kBucketColumn, true},
      {"SORT_COLS", false, "COLUMN_NAME", "ORDER", Piece::kSortColumn, true},
      {"SKEWED_COL_NAMES", false, "SKEWED_COL_NAME", "", Piece::kSkewedColumn, true}};
  for (const PieceQuery& query : kQueries) {
    MF_ASSIGN(const bool any, HasRows(context_, query.table));
    if (any) MF_RETURN_IF_ERROR(ReadPieces(parents, query, drafts, findings));
  }
  return ReadSkewed(parents, drafts, findings);
}

/// Where the batch's SD_IDs (or SERDE_IDs) lie close and none is used twice, the child table is
/// read by their range, without the joins. Fills positions_ and gives the predicate on X.
std::optional<std::string> FormatBuilder::DirectRange(const PieceQuery& query,
                                                      const std::vector<DescriptorDraft>& drafts) {
  positions_.clear();
  for (size_t i = 0; i < drafts.size(); ++i) {
    const DescriptorDraft& d = drafts[i];
    if (query.by_serde ? d.has_serde : d.has_sd)
      positions_.emplace_back(query.by_serde ? d.serde_id : d.sd_id, i);
  }
  if (positions_.empty()) return std::nullopt;
  std::sort(positions_.begin(), positions_.end());
  const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
  if (std::adjacent_find(positions_.begin(), positions_.end(), same) != positions_.end())
    return std::nullopt;
  const auto span = static_cast<uint64_t>(positions_.back().first - positions_.front().first);
  if (span >= 4 * positions_.size()) return std::nullopt;
  return context_.schema.Column("X", query.table, query.by_serde ? "SERDE_ID" : "SD_ID") +
         " BETWEEN " + std::to_string(positions_.front().first) + " AND " +
         std::to_string(positions_.back().first);
}

Status FormatBuilder::ReadPieces(const ParentSet& parents, const PieceQuery& query,
                                 std::vector<DescriptorDraft>& drafts,
                                 std::vector<Findings>& findings) {
  const MetastoreSchema& schema = context_.schema;
  const std::string child_key = query.by_serde ? "SERDE_ID" : "SD_ID";
  const std::optional<std::string> range = DirectRange(query, drafts);
  Select s(context_);
  const int id = range ? s.Add("X", query.table, child_key) : s.Add("T", parents.table, parents.id);
  const int key = s.Add("X", query.table, query.key);
  const int value = query.value.empty() ? -1 : s.Add("X", query.table, query.value);
  std::string sql = "SELECT " + s.list() + " FROM ";
  if (range) {
    sql += schema.Table(query.table) + " X WHERE " + *range;
  } else {
    sql += schema.Table(parents.table) + " T JOIN " + schema.Table("SDS") + " S ON " +
           schema.Column("S", "SDS", "SD_ID") + " = " + schema.Column("T", parents.table, "SD_ID") +
           " JOIN " + schema.Table(query.table) + " X ON " +
           schema.Column("X", query.table, child_key) + " = " +
           schema.Column("S", "SDS", child_key) + " WHERE " + parents.predicate;
  }
  if (query.ordered)
    sql += " ORDER BY " +
           (range ? schema.Column("X", query.table, child_key)
                  : schema.Column("T", parents.table, parents.id)) +
           ", " + schema.Column("X", query.table, "INTEGER_IDX");
  const auto position = [&](int64_t found) -> int {
    if (!range) return parents.Find(found);
    const auto it =
        std::lower_bound(positions_.begin(), positions_.end(), std::pair(found, size_t{0}));
    return it != positions_.end() && it->first == found ? static_cast<int>(it->second) : -1;
  };
  return ForEachRow(context_, sql, [&](const SqlRows& r) {
    const int at = position(r.Int(id));
    // A NULL value is no entry: HMS drops it as well (a NULL sort order likewise).
    if (at < 0 || r.IsNull(key)) return;
    if (value >= 0 && (query.ordered ? r.IsNull(value) : s.IsAbsent(r, value))) return;
    Findings* notes = &findings[static_cast<size_t>(at)];
    std::string& pieces = drafts[static_cast<size_t>(at)].pieces;
    Append(pieces, query.piece, s.Text(r, key, notes));
    if (value >= 0) Append(pieces, Piece::kValue, s.Text(r, value, notes));
  });
}

Status FormatBuilder::ReadSkewed(const ParentSet& parents, std::vector<DescriptorDraft>& drafts,
                                 std::vector<Findings>& findings) {
  const MetastoreSchema& schema = context_.schema;
  struct ListQuery {
    std::string table, sd, list;
    std::string extra;  ///< the location, or the position of the list
    Piece start, element;
  };
  static const std::vector<ListQuery> kQueries = {
      {"SKEWED_VALUES", "SD_ID_OID", "STRING_LIST_ID_EID", "INTEGER_IDX", Piece::kSkewedList,
       Piece::kSkewedValue},
      {"SKEWED_COL_VALUE_LOC_MAP", "SD_ID", "STRING_LIST_ID_KID", "LOCATION", Piece::kSkewedMap,
       Piece::kSkewedMapValue}};
  for (const ListQuery& query : kQueries) {
    MF_ASSIGN(const bool any, HasRows(context_, query.table));
    if (!any) continue;
    const std::string list_id = schema.Column("X", query.table, query.list);
    Select s(context_);
    const int id = s.Add("T", parents.table, parents.id);
    const int list = s.Add("X", query.table, query.list);
    const int extra = s.Add("X", query.table, query.extra);
    const int text = s.Add("L", "SKEWED_STRING_LIST_VALUES", "STRING_LIST_VALUE");
    const int position = s.Add("L", "SKEWED_STRING_LIST_VALUES", "INTEGER_IDX");
    const bool by_index = query.start == Piece::kSkewedList;
    // A list without values is a row of SKEWED_STRING_LIST alone, hence the outer join.
    const std::string sql = "SELECT " + s.list() + " FROM " + schema.Table(parents.table) +
                            " T JOIN " + schema.Table(query.table) + " X ON " +
                            schema.Column("X", query.table, query.sd) + " = " +
                            schema.Column("T", parents.table, "SD_ID") + " LEFT JOIN " +
                            schema.Table("SKEWED_STRING_LIST_VALUES") + " L ON " +
                            schema.Column("L", "SKEWED_STRING_LIST_VALUES", "STRING_LIST_ID") +
                            " = " + list_id + " WHERE " + parents.predicate + " ORDER BY " +
                            schema.Column("T", parents.table, parents.id) + ", " +
                            (by_index ? schema.Column("X", query.table, query.extra) : list_id) +
                            ", " + schema.Column("L", "SKEWED_STRING_LIST_VALUES", "INTEGER_IDX");
    std::string previous;
    MF_RETURN_IF_ERROR(ForEachRow(context_, sql, [&](const SqlRows& r) {
      const int at = parents.Find(r.Int(id));
      if (at < 0 || (!by_index && r.IsNull(extra))) return;
      Findings* notes = &findings[static_cast<size_t>(at)];
      std::string& pieces = drafts[static_cast<size_t>(at)].pieces;
      std::string current = std::string(r.Text(id)) + "/" + std::string(r.Text(list));
      if (by_index) current += "/" + std::string(r.Text(extra));
      if (current != previous)
        Append(pieces, query.start, by_index ? std::string() : s.Text(r, extra, notes));
      previous = std::move(current);
      if (!r.IsNull(position)) Append(pieces, query.element, s.Text(r, text, notes));
    }));
  }
  return {};
}

Status FormatBuilder::ReadColumns(std::vector<DescriptorDraft>& drafts,
                                  std::vector<Findings>& findings) {
  std::map<int64_t, size_t> wanted;  // CD_ID -> the first object that needs it
  for (size_t i = 0; i < drafts.size(); ++i)
    if (drafts[i].has_cd && !columns_.count(drafts[i].cd_id)) wanted.emplace(drafts[i].cd_id, i);
  std::map<int64_t, std::vector<FieldSchema>> read;
  const MetastoreSchema& schema = context_.schema;
  Select s(context_);
  const int cd = s.Add("C", "COLUMNS_V2", "CD_ID"), name = s.Add("C", "COLUMNS_V2", "COLUMN_NAME");
  const int type = s.Add("C", "COLUMNS_V2", "TYPE_NAME");
  const int comment = s.Add("C", "COLUMNS_V2", "COMMENT");
  const std::string cd_column = schema.Column("C", "COLUMNS_V2", "CD_ID");
  for (auto next = wanted.begin(); next != wanted.end();) {
    std::vector<int64_t> ids;
    for (; next != wanted.end() && ids.size() < kMaxInList; ++next) ids.push_back(next->first);
    const std::string sql = "SELECT " + s.list() + " FROM " + schema.Table("COLUMNS_V2") +
                            " C WHERE " + InList(cd_column, ids) + " ORDER BY " + cd_column + ", " +
                            schema.Column("C", "COLUMNS_V2", "INTEGER_IDX");
    MF_RETURN_IF_ERROR(ForEachRow(context_, sql, [&](const SqlRows& r) {
      const int64_t id = r.Int(cd);
      Findings* notes = &findings[wanted[id]];
      read[id].push_back(
          {s.Text(r, name, notes), s.Text(r, type, notes), s.Text(r, comment, notes)});
      column_bytes_ += 64 + r.Text(name).size() + r.Text(type).size() + r.Text(comment).size();
    }));
  }
  std::set<int64_t> missing;
  for (const auto& [id, first] : wanted)
    if (read[id].empty()) missing.insert(id);
  MF_RETURN_IF_ERROR(EraseExistingDescriptors(missing));
  for (const auto& [id, first] : wanted)
    columns_[id] = missing.count(id) ? nullptr : ShareColumns(std::move(read[id]));
  for (DescriptorDraft& draft : drafts)
    if (draft.has_cd) draft.has_cd = columns_[draft.cd_id] != nullptr;
  return {};
}

/// A table may have no columns (its SerDe knows them); a CD_ID without a CDS row is an error.
Status FormatBuilder::EraseExistingDescriptors(std::set<int64_t>& ids) {
  const MetastoreSchema& schema = context_.schema;
  const std::string column = schema.Column("C", "CDS", "CD_ID");
  const std::vector<int64_t> all(ids.begin(), ids.end());
  for (size_t i = 0; i < all.size(); i += kMaxInList) {
    const std::vector<int64_t> some(
        all.begin() + static_cast<std::ptrdiff_t>(i),
        all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), i + kMaxInList)));
    MF_RETURN_IF_ERROR(ForEachRow(
        context_,
        "SELECT " + column + " FROM " + schema.Table("CDS") + " C WHERE " + InList(column, some),
        [&](const SqlRows& r) { ids.erase(r.Int(0)); }));
  }
  return {};
}

StorageDescriptor FormatBuilder::Build(DescriptorDraft&& draft) {
  SharedFormat& format = formats_[draft.pieces];
  if (!format) {
    format_bytes_ += 2 * draft.pieces.size() + 512;
    Assembler assembler;
    ForEachPiece(draft.pieces, [&](Piece p, std::string_view text) { assembler.Visit(p, text); });
    StorageFormat built = assembler.Take();
    const auto columns = columns_.find(draft.cd_id);
    built.cols = draft.has_cd && columns != columns_.end() ? columns->second : ShareColumns({});
    format = ShareFormat(std::move(built));
  }
  return {std::move(draft.location), format};
}

}  // namespace metaferry
