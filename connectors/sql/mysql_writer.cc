#include <fmt/format.h>
#include <mysql.h>

#include <charconv>
#include <cmath>

#include "connectors/sql/soci_session.h"
#include "connectors/sql/sql_error.h"
#include "connectors/sql/writers.h"

namespace metaferry {
namespace {

constexpr size_t kMostRows = 1000;  ///< a statement: more gain nothing
constexpr size_t kLargestStatement = 4 << 20;

class MysqlResultRows final : public SqlRows {
 public:
  explicit MysqlResultRows(MYSQL_RES* result) : result_(result, mysql_free_result) {}
  Result<bool> Next() override {
    row_ = result_ ? mysql_fetch_row(result_.get()) : nullptr;
    if (row_) lengths_ = mysql_fetch_lengths(result_.get());
    return row_ != nullptr;
  }
  bool IsNull(int column) const override { return row_[column] == nullptr; }
  std::string_view Text(int column) const override {
    return row_[column] ? std::string_view(row_[column], lengths_[column]) : std::string_view();
  }

 private:
  std::unique_ptr<MYSQL_RES, void (*)(MYSQL_RES*)> result_;
  MYSQL_ROW row_ = nullptr;
  unsigned long* lengths_ = nullptr;
};

class MysqlWriter final : public SqlWriter {
 public:
  explicit MysqlWriter(std::unique_ptr<SqlSession> session)
      : session_(std::move(session)), handle_(NativeMysql(*session_)) {}

  SqlSession& reader() override { return *session_; }

  Status Prepare() {
    // A server that is not strict would cut values and put question marks for characters.
    MF_RETURN_IF_ERROR(Send("SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'"));
    MF_RETURN_IF_ERROR(Send("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"));
    MF_RETURN_IF_ERROR(Send("SET SESSION innodb_lock_wait_timeout = 10"));
    MF_ASSIGN(const std::string packet, session_->Scalar("SELECT @@max_allowed_packet"));
    size_t size = 0;
    std::from_chars(packet.data(), packet.data() + packet.size(), size);
    if (size > 0) largest_ = std::min(largest_, size / 2);
    return {};
  }

  Status Begin() override { return Send("START TRANSACTION"); }
  Status Commit() override { return Send("COMMIT"); }
  void Rollback() override { (void)Send("ROLLBACK"); }

  Result<uint64_t> Run(std::string_view sql, std::span<const SqlValue> values) override {
    MF_RETURN_IF_ERROR(Send(Filled(sql, values)));
    return static_cast<uint64_t>(mysql_affected_rows(handle_));
  }

  Result<std::unique_ptr<SqlRows>> Ask(std::string_view sql,
                                       std::span<const SqlValue> values) override {
    MF_RETURN_IF_ERROR(Send(Filled(sql, values)));
    MYSQL_RES* result = mysql_store_result(handle_);
    if (!result) return Unexpected(LastError());
    return std::make_unique<MysqlResultRows>(result);
  }

  Status Insert(const SqlRowBuffer& rows) override {
    std::string head = "INSERT INTO " + Quote(rows.table()) + " (";
    for (size_t i = 0; i < rows.columns().size(); ++i)
      head += (i ? "," : "") + Quote(rows.columns()[i]);
    head += ") VALUES ";
    std::string statement = head;
    size_t in_statement = 0;
    Status status;
    rows.ForEachCell([&](size_t, size_t column, const SqlValue& value) {
      if (!status) return;
      if (column == 0 && in_statement > 0 &&
          (in_statement >= kMostRows || statement.size() >= largest_)) {
        status = Send(statement);
        statement = head;
        in_statement = 0;
      }
      if (column == 0) {
        statement += in_statement > 0 ? ",(" : "(";
        ++in_statement;
      } else {
        statement += ',';
      }
      Append(value, statement);
      if (column + 1 == rows.columns().size()) statement += ')';
    });
    MF_RETURN_IF_ERROR(status);
    return in_statement > 0 ? Send(statement) : Status{};
  }

 private:
  std::string Filled(std::string_view sql, std::span<const SqlValue> values) {
    std::string out;
    size_t next = 0;
    for (const char c : sql) {
      if (c == '?')
        Append(values[next++], out);
      else
        out += c;
    }
    return out;
  }

  void Append(const SqlValue& value, std::string& out) {
    switch (value.kind()) {
      case SqlValue::Kind::kNull:
        out += "NULL";
        break;
      case SqlValue::Kind::kInt:
      case SqlValue::Kind::kBool:
        fmt::format_to(std::back_inserter(out), "{}", value.number());
        break;
      case SqlValue::Kind::kDouble:
        if (std::isfinite(value.real()))
          fmt::format_to(std::back_inserter(out), "{:.17g}", value.real());
        else
          out += "NULL";
        break;
      case SqlValue::Kind::kText: {
        const size_t at = out.size();
        const std::string_view text = value.text();
        out.resize(at + 2 * text.size() + 3);
        out[at] = '\'';
        const unsigned long length =
            mysql_real_escape_string(handle_, out.data() + at + 1, text.data(), text.size());
        out[at + 1 + length] = '\'';
        out.resize(at + length + 2);
        break;
      }
      case SqlValue::Kind::kBytes:
        out += "x'";
        for (const char c : value.text())
          fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(c));
        out += '\'';
        break;
    }
  }

  Status Send(const std::string& statement) {
    if (mysql_real_query(handle_, statement.data(), statement.size()) == 0) return {};
    return Unexpected(LastError());
  }
  Error LastError() const {
    return MysqlError(static_cast<int>(mysql_errno(handle_)), mysql_error(handle_));
  }

  std::unique_ptr<SqlSession> session_;
  MYSQL* handle_;
  size_t largest_ = kLargestStatement;
};

}  // namespace

Result<std::unique_ptr<SqlWriter>> OpenMysqlWriter(const SqlLogin& login) {
  MF_ASSIGN(auto session, SqlSession::Open(login));
  auto writer = std::make_unique<MysqlWriter>(std::move(session));
  MF_RETURN_IF_ERROR(writer->Prepare());
  return writer;
}

}  // namespace metaferry
