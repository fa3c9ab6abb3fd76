/// \file
/// Values on their way into a database, and rows gathered for one insert. Neutral: each engine
/// encodes them in its own way, so that no value ever becomes a part of an SQL text but there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace metaferry {

/// One value. Text and bytes are not copied: they must live until the statement has run, or the row
/// has been added.
class SqlValue {
 public:
  enum class Kind : uint8_t { kNull, kInt, kDouble, kBool, kText, kBytes };

  static SqlValue Null() { return SqlValue(Kind::kNull); }
  static SqlValue Int(int64_t number) { return SqlValue(Kind::kInt, number); }
  static SqlValue Bool(bool value) { return SqlValue(Kind::kBool, value ? 1 : 0); }
  static SqlValue Double(double number) {
    SqlValue value(Kind::kDouble);
    value.double_ = number;
    return value;
  }
  static SqlValue Text(std::string_view text) {
    SqlValue value(Kind::kText);
    value.text_ = text;
    return value;
  }
  /// Text that must not become NULL when it is empty.
  static SqlValue Verbatim(std::string_view text) {
    SqlValue value = Text(text);
    value.keeps_empty_ = true;
    return value;
  }
  static SqlValue Bytes(std::string_view bytes) {
    SqlValue value(Kind::kBytes);
    value.text_ = bytes;
    return value;
  }

  Kind kind() const { return kind_; }
  int64_t number() const { return number_; }
  double real() const { return double_; }
  std::string_view text() const { return text_; }
  bool keeps_empty() const { return keeps_empty_; }

 private:
  explicit SqlValue(Kind kind, int64_t number = 0) : kind_(kind), number_(number) {}
  Kind kind_;
  bool keeps_empty_ = false;
  int64_t number_;
  double double_ = 0;
  std::string_view text_;
};

/// Rows of one table with the same columns.
class SqlRowBuffer {
 public:
  /// Names as they are in the database, not quoted.
  SqlRowBuffer(std::string table, std::vector<std::string> columns)
      : table_(std::move(table)), columns_(std::move(columns)) {}

  /// The next cell; every columns().size() of them make a row. Copies the value.
  void Add(const SqlValue& value) {
    if (value.kind() == SqlValue::Kind::kText || value.kind() == SqlValue::Kind::kBytes) {
      cells_.push_back({value.kind(), static_cast<int64_t>(value.text().size()), 0});
      text_ += value.text();
    } else {
      cells_.push_back({value.kind(), value.number(), value.real()});
    }
  }
  void Clear() {
    cells_.clear();
    text_.clear();
  }

  const std::string& table() const { return table_; }
  const std::vector<std::string>& columns() const { return columns_; }
  size_t rows() const { return cells_.size() / columns_.size(); }
  bool empty() const { return cells_.empty(); }

  /// Calls `on_cell(row, column, value)` for every cell in order.
  template <class F>
  void ForEachCell(F&& on_cell) const {
    size_t at = 0, column = 0, row = 0;
    for (const Cell& cell : cells_) {
      on_cell(row, column, ValueOf(cell, at));
      if (++column == columns_.size()) {
        column = 0;
        ++row;
      }
    }
  }

 private:
  struct Cell {
    SqlValue::Kind kind;
    int64_t number;  ///< of a text: its length
    double real;
  };
  SqlValue ValueOf(const Cell& cell, size_t& at) const {
    switch (cell.kind) {
      case SqlValue::Kind::kInt:
        return SqlValue::Int(cell.number);
      case SqlValue::Kind::kBool:
        return SqlValue::Bool(cell.number != 0);
      case SqlValue::Kind::kDouble:
        return SqlValue::Double(cell.real);
      case SqlValue::Kind::kText:
      case SqlValue::Kind::kBytes: {
        const std::string_view text =
            std::string_view(text_).substr(at, static_cast<size_t>(cell.number));
        at += text.size();
        return cell.kind == SqlValue::Kind::kText ? SqlValue::Text(text) : SqlValue::Bytes(text);
      }
      case SqlValue::Kind::kNull:
        break;
    }
    return SqlValue::Null();
  }

  std::string table_;
  std::vector<std::string> columns_;
  std::vector<Cell> cells_;
  std::string text_;
};

}  // namespace metaferry
