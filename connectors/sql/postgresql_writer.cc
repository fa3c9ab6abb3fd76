#include <fmt/format.h>

#include <pqxx/pqxx>

#include "connectors/sql/soci_session.h"
#include "connectors/sql/sql_error.h"
#include "connectors/sql/writers.h"

namespace metaferry {
namespace {

/// A parameter of a statement.
struct PgText {
  std::string text;
  bool null = false;
};

/// A whole row in COPY's text format: libpqxx takes rows as tuples only, whose length the compiler
/// must know.
struct CopyLine {
  std::string text;
};

}  // namespace
}  // namespace metaferry

template <>
struct pqxx::string_traits<metaferry::PgText> {
  static constexpr bool has_null() noexcept { return true; }
  static bool is_null(const metaferry::PgText& value) { return value.null; }
  static std::string to_string(const metaferry::PgText& value) { return value.text; }
};

template <>
inline std::string pqxx::internal::TypedCopyEscaper::operator()<metaferry::CopyLine>(
    const metaferry::CopyLine* line) const {
  return line->text;
}

namespace metaferry {
namespace {

PgText Encode(const SqlValue& value) {
  switch (value.kind()) {
    case SqlValue::Kind::kNull:
      return {{}, true};
    case SqlValue::Kind::kInt:
      return {fmt::format("{}", value.number()), false};
    case SqlValue::Kind::kBool:
      return {value.number() != 0 ? "t" : "f", false};
    case SqlValue::Kind::kDouble:
      return {fmt::format("{:.17g}", value.real()), false};
    case SqlValue::Kind::kText:
      return {std::string(value.text()), false};
    case SqlValue::Kind::kBytes: {
      std::string text = "\\x";
      for (const char c : value.text())
        fmt::format_to(std::back_inserter(text), "{:02x}", static_cast<unsigned char>(c));
      return {std::move(text), false};
    }
  }
  return {{}, true};
}

/// A cell as COPY has it: backslash, tab and line ends escaped, \\N for NULL.
void AppendCopy(const SqlValue& value, std::string& line) {
  const PgText cell = Encode(value);
  if (cell.null) {
    line += "\\N";
    return;
  }
  for (const char c : cell.text) {
    switch (c) {
      case '\\':
        line += "\\\\";
        break;
      case '\t':
        line += "\\t";
        break;
      case '\n':
        line += "\\n";
        break;
      case '\r':
        line += "\\r";
        break;
      default:
        line += c;
    }
  }
}

class PqxxRows final : public SqlRows {
 public:
  explicit PqxxRows(const pqxx::result& result) : result_(result) {}
  Result<bool> Next() override { return ++row_ < static_cast<int>(result_.size()); }
  bool IsNull(int column) const override { return Field(column).is_null(); }
  std::string_view Text(int column) const override {
    const pqxx::field field = Field(column);
    return {field.c_str(), field.size()};
  }

 private:
  pqxx::field Field(int column) const {
    return result_[static_cast<pqxx::result::size_type>(row_)]
                  [static_cast<pqxx::row::size_type>(column)];
  }
  pqxx::result result_;
  int row_ = -1;
};

/// The lines that follow hold the row that COPY was at, and whatever stands in it.
std::string FirstLine(std::string_view message) {
  constexpr std::string_view kPrefix = "ERROR:  ";
  if (message.starts_with(kPrefix)) message.remove_prefix(kPrefix.size());
  return std::string(message.substr(0, message.find('\n')));
}

/// Runs `body` and turns what libpqxx throws into an Error, without the statement.
template <class F>
auto Guarded(F&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const pqxx::sql_error& e) {
    return Unexpected(PostgresqlError(e.sqlstate(), FirstLine(e.what())));
  } catch (const pqxx::broken_connection& e) {
    return Unexpected(PostgresqlError("", e.what()));
  } catch (const pqxx::failure& e) {
    return Unexpected(PostgresqlError("XX000", e.what()));
  }
}

class PostgresqlWriter final : public SqlWriter {
 public:
  PostgresqlWriter(std::unique_ptr<SqlSession> session, const Secret& uri)
      : session_(std::move(session)), connection_(uri.Reveal()) {}

  SqlSession& reader() override { return *session_; }

  Status Begin() override {
    return Guarded([&]() -> Status {
      transaction_ = std::make_unique<pqxx::work>(connection_);
      return {};
    });
  }
  Status Commit() override {
    return Guarded([&]() -> Status {
      transaction_->commit();
      transaction_.reset();
      return {};
    });
  }
  void Rollback() override { transaction_.reset(); }

  Result<uint64_t> Run(std::string_view sql, std::span<const SqlValue> values) override {
    return Guarded([&]() -> Result<uint64_t> {
      return static_cast<uint64_t>(Execute(sql, values).affected_rows());
    });
  }
  Result<std::unique_ptr<SqlRows>> Ask(std::string_view sql,
                                       std::span<const SqlValue> values) override {
    return Guarded([&]() -> Result<std::unique_ptr<SqlRows>> {
      return std::make_unique<PqxxRows>(Execute(sql, values));
    });
  }

  Status Insert(const SqlRowBuffer& rows) override {
    return Guarded([&]() -> Status {
      std::vector<std::string> columns;
      for (const std::string& column : rows.columns()) columns.push_back(Quote(column));
      pqxx::stream_to copy(*transaction_, Quote(rows.table()), columns);
      CopyLine line;
      rows.ForEachCell([&](size_t, size_t column, const SqlValue& value) {
        if (column > 0) line.text += '\t';
        AppendCopy(value, line.text);
        if (column + 1 < columns.size()) return;
        copy << std::tie(line);
        line.text.clear();
      });
      copy.complete();
      return {};
    });
  }

 private:
  pqxx::result Execute(std::string_view sql, std::span<const SqlValue> values) {
    std::string numbered;
    int next = 0;
    for (const char c : sql) {
      if (c == '?')
        fmt::format_to(std::back_inserter(numbered), "${}", ++next);
      else
        numbered += c;
    }
    std::vector<PgText> parameters;
    for (const SqlValue& value : values) parameters.push_back(Encode(value));
    if (transaction_)
      return transaction_->exec_params(numbered, pqxx::prepare::make_dynamic_params(parameters));
    pqxx::nontransaction alone(connection_);
    return alone.exec_params(numbered, pqxx::prepare::make_dynamic_params(parameters));
  }

  std::unique_ptr<SqlSession> session_;
  pqxx::connection connection_;
  std::unique_ptr<pqxx::work> transaction_;
};

}  // namespace

Result<std::unique_ptr<SqlWriter>> OpenPostgresqlWriter(const SqlLogin& login) {
  MF_ASSIGN(auto session, SqlSession::Open(login));
  MF_RETURN_IF_ERROR(session->Execute("SET client_encoding TO 'UTF8'"));
  TlsMode mode = login.tls.mode;
  if (mode == TlsMode::kPrefer)
    mode = session->protection().encrypted ? TlsMode::kRequire : TlsMode::kOff;
  return Guarded([&]() -> Result<std::unique_ptr<SqlWriter>> {
    auto writer =
        std::make_unique<PostgresqlWriter>(std::move(session), PostgresqlUriOf(login, mode));
    MF_RETURN_IF_ERROR(writer->Run("SET client_encoding TO 'UTF8'", {}));
    MF_RETURN_IF_ERROR(writer->Run("SET lock_timeout = 10000", {}));
    return writer;
  });
}

}  // namespace metaferry
