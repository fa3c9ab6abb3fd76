#include "connectors/sql/sql_error.h"

#include <sqlite3.h>

#include <algorithm>

#include "connectors/sql/mysql_plugins.h"

namespace metaferry {
namespace {

Error WithServerCode(ErrorKind kind, std::string code, std::string message, std::string advice,
                     std::string server_code) {
  // Drivers break their messages into lines and indent them; an Error's message is one paragraph.
  std::replace_if(
      message.begin(), message.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  message.erase(std::unique(message.begin(), message.end(),
                            [](char a, char b) { return a == ' ' && b == ' '; }),
                message.end());
  if (message.ends_with(' ')) message.pop_back();
  return {kind, std::move(code), std::move(message), {}, std::move(advice), std::move(server_code)};
}

bool Has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

constexpr const char* kCheckLogin =
    "check the user name and the password of the connection; it is not tried again, because wrong "
    "ones can lock the account";
constexpr const char* kBusy = "others write the same rows; run it again when they are done";
constexpr const char* kParentGone = "a row that others refer to was removed by somebody meanwhile";
constexpr const char* kCheckAddress =
    "check host and port, and that the server is up and reachable";

constexpr const char* kConnectionLimit =
    "the server has no connection left: try again when others have ended, or raise max_connections";
constexpr const char* kCheckHba =
    "have a line for this user, database and address in the server's pg_hba.conf; where it asks "
    "for TLS (hostssl), add sslmode=require to the URL";

constexpr const char* kIsOpenGauss =
    "this looks like GaussDB or openGauss, whose logins PostgreSQL's client does not know: write "
    "jdbc:gaussdb:// in the URL, or MRS_LOCAL_GAUSSDB as datasource_type";
constexpr const char* kCheckCa =
    "give the certificate of the CA that issued the server's: sslrootcert=FILE";

struct Words {
  std::string_view words;
  ErrorKind kind;
  std::string_view code;
  const char* advice;
};

/// What a server says as it turns a client away, passed on by libpq without its SQLSTATE: forms of
/// words of PostgreSQL's and openGauss's auth.c, postinit.c and proc.c, and of libpq 9.6 to 17.
constexpr Words kLoginWords[] = {
    {"initial user", ErrorKind::kAuthentication, "initial_user",
     "the user that the database was set up with may not log in from elsewhere: create one of its "
     "own with the rights to read"},
    {"account has been locked", ErrorKind::kAuthentication, "account_locked",
     "too many wrong passwords locked the account: ALTER USER ... ACCOUNT UNLOCK, or wait for "
     "password_lock_time, and check the password before the next try"},
    {"connection slots are reserved", ErrorKind::kConnection, "connection_limit", kConnectionLimit},
    {"too many clients", ErrorKind::kConnection, "connection_limit", kConnectionLimit},
    {"too many connections", ErrorKind::kConnection, "connection_limit", kConnectionLimit},
    {"client certificate", ErrorKind::kAuthentication, "login_refused",
     "the server lets this user in with a certificate only: sslcert=FILE and sslkey=FILE"},
    {"no pg_hba.conf entry", ErrorKind::kAuthentication, "login_refused", kCheckHba},
    {"pg_hba.conf rejects", ErrorKind::kAuthentication, "login_refused", kCheckHba},
    {"login denied", ErrorKind::kAuthentication, "login_refused", kCheckLogin},
    // What libpq says by itself. The first four are what an openGauss server makes it say.
    {"none of the server's SASL authentication mechanisms", ErrorKind::kAuthentication,
     "looks_like_opengauss", kIsOpenGauss},
    {"AUTH_REQ_SASL_CONT without AUTH_REQ_SASL", ErrorKind::kAuthentication, "looks_like_opengauss",
     kIsOpenGauss},
    {"authentication method 10 not supported", ErrorKind::kAuthentication, "looks_like_opengauss",
     kIsOpenGauss},
    {"authentication method 13 not supported", ErrorKind::kAuthentication, "looks_like_opengauss",
     kIsOpenGauss},
    {"server does not support SSL", ErrorKind::kConnection, "tls_not_offered",
     "turn TLS on at the server; or, where the network is trusted, say so: sslmode=disable"},
    {"does not match host name", ErrorKind::kConnection, "tls_wrong_host",
     "use the name that the certificate is for in the URL; or give up the check of the name: "
     "sslmode=verify-ca"},
    {"certificate has expired", ErrorKind::kConnection, "tls_expired",
     "have the certificate renewed; if it is good, this machine's clock is wrong"},
    {"certificate is not yet valid", ErrorKind::kConnection, "tls_expired",
     "have the certificate renewed; if it is good, this machine's clock is wrong"},
    {"certificate verify failed", ErrorKind::kConnection, "tls_untrusted", kCheckCa},
    {"root certificate file", ErrorKind::kUsage, "tls_bad_file", kCheckCa},
    {"certificate file", ErrorKind::kUsage, "tls_bad_file",
     "check sslcert: a PEM file that this user may read"},
    {"private key file", ErrorKind::kUsage, "tls_bad_file",
     "check sslkey: a PEM file that only this user may read"},
    {"SSL error", ErrorKind::kConnection, "tls_failed",
     "TLS 1.2 or later is needed, and what the server asks of the client's certificate"}};

}  // namespace

Error MysqlError(int errnum, std::string message) {
  const std::string code = std::to_string(errnum);
  // The library's own, though with the number of a refused login.
  if (errnum == 1045 && Has(message, "could not be loaded")) errnum = 2059;
  switch (errnum) {
    case kMysqlPasswordKept:
      return WithServerCode(
          ErrorKind::kPermission, "login_method_refused", std::move(message),
          "connect with TLS, sslMode=VERIFY_IDENTITY, or give metaferry an account with a "
          "password of the server's own",
          code);
    case 2061:
      return WithServerCode(ErrorKind::kUnsupported, "unsupported_login", std::move(message),
                            "connect with TLS: sslMode=VERIFY_IDENTITY", code);
    case 1045:
    case 1698:
    case 1251:
    case 1862:
      return WithServerCode(ErrorKind::kAuthentication, "login_refused", std::move(message),
                            kCheckLogin, code);
    case 1130:
      return WithServerCode(ErrorKind::kAuthentication, "login_refused", std::move(message),
                            "create the user for the address of this machine: 'USER'@'HOST'", code);
    case 1040:
    case 1203:
    case 1226:
      return WithServerCode(ErrorKind::kConnection, "connection_limit", std::move(message),
                            kConnectionLimit, code);
    case 1129:
      return WithServerCode(ErrorKind::kConnection, "connection_failed", std::move(message),
                            "have the server forget the failed attempts: FLUSH HOSTS", code);
    case 2059:
      return WithServerCode(
          ErrorKind::kUnsupported, "unsupported_login", std::move(message),
          "install the client library's plugin for this login, or give metaferry an account "
          "with a password",
          code);
    case 1049:
      return WithServerCode(ErrorKind::kNotFound, "no_such_database", std::move(message),
                            "check the database name in the URL", code);
    case 1044:
    case 1142:
    case 1143:
    case 1227:
    case 1370:
      return WithServerCode(ErrorKind::kPermission, "missing_privilege", std::move(message),
                            "grant the user SELECT on the metastore's database", code);
    case 2002:
    case 2003:
    case 2005:
    case 2006:
    case 2013:
    case 1927:
    case 2055:
    case 2012:
    case 2027:
      return WithServerCode(ErrorKind::kConnection, "connection_failed", std::move(message),
                            kCheckAddress, code);
    case 1062:
      return WithServerCode(ErrorKind::kConflict, "duplicate_row",
                            "a row of this key exists already", {}, code);
    case 1451:
    case 1452:
      return WithServerCode(ErrorKind::kConflict, "missing_parent_row", kParentGone, kBusy, code);
    case 1205:
    case 1213:
      return WithServerCode(ErrorKind::kConflict, "lock_conflict", std::move(message), kBusy, code);
    case 1146:
      return WithServerCode(ErrorKind::kForeign, "missing_table", std::move(message),
                            "is this the database of a Hive metastore?", code);
    default:
      return WithServerCode(ErrorKind::kData, "sql_error", std::move(message), {}, code);
  }
}

Error PostgresqlError(std::string_view sqlstate, std::string message) {
  const std::string code(sqlstate);
  // A statement's error has a code; only of a login are the words all there is to tell by.
  if (code.empty() || code.starts_with("28")) {
    for (const Words& known : kLoginWords)
      if (Has(message, known.words))
        return WithServerCode(known.kind, std::string(known.code), std::move(message), known.advice,
                              code);
  }
  if (code == "53300")
    return WithServerCode(ErrorKind::kConnection, "connection_limit", std::move(message),
                          kConnectionLimit, code);
  if (code.starts_with("28") || Has(message, "authentication failed") ||
      Has(message, "no password supplied") || Has(message, "role \""))
    return WithServerCode(ErrorKind::kAuthentication, "login_refused", std::move(message),
                          kCheckLogin, code);
  if (code.empty() && Has(message, "permission denied for database"))
    return WithServerCode(ErrorKind::kPermission, "missing_privilege", std::move(message),
                          "grant the user CONNECT on the database", code);
  if (code == "3D000" || (code.empty() && Has(message, "database \"")))
    return WithServerCode(ErrorKind::kNotFound, "no_such_database", std::move(message),
                          "check the database name in the URL", code);
  if (code == "42501")
    return WithServerCode(ErrorKind::kPermission, "missing_privilege", std::move(message),
                          "grant the user SELECT on the metastore's tables", code);
  if (code == "42P01")
    return WithServerCode(ErrorKind::kForeign, "missing_table", std::move(message),
                          "is this the database of a Hive metastore, and currentSchema right?",
                          code);
  if (code == "23505")
    return WithServerCode(ErrorKind::kConflict, "duplicate_row", "a row of this key exists already",
                          {}, code);
  if (code == "23503")
    return WithServerCode(ErrorKind::kConflict, "missing_parent_row", kParentGone, kBusy, code);
  if (code == "40001" || code == "40P01" || code == "55P03")
    return WithServerCode(ErrorKind::kConflict, "lock_conflict", std::move(message), kBusy, code);
  if (code.empty() || code.starts_with("08") || code.starts_with("57P"))
    return WithServerCode(ErrorKind::kConnection, "connection_failed", std::move(message),
                          kCheckAddress, code);
  return WithServerCode(ErrorKind::kData, "sql_error", std::move(message), {}, code);
}

Error SqliteError(int code, std::string message) {
  const std::string text = std::to_string(code);
  switch (code & 0xFF) {
    case SQLITE_CANTOPEN:
      return WithServerCode(ErrorKind::kNotFound, "cannot_open_file", std::move(message),
                            "check that the file exists and can be read", text);
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return WithServerCode(ErrorKind::kForeign, "not_sqlite", std::move(message),
                            "the file is no SQLite database, or is damaged", text);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return WithServerCode(ErrorKind::kConflict, "file_busy", std::move(message),
                            "another program holds the file; try again when it is done", text);
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return WithServerCode(ErrorKind::kPermission, "missing_privilege", std::move(message),
                            "check the mode and owner of the file and its folder", text);
    case SQLITE_CONSTRAINT:
      return WithServerCode(ErrorKind::kData, "duplicate_object",
                            "an object of this name exists already", {}, text);
    case SQLITE_FULL:
    case SQLITE_IOERR:
      return WithServerCode(ErrorKind::kIo, "disk_error", std::move(message),
                            "check free space and the health of the disk", text);
    default:
      return WithServerCode(ErrorKind::kData, "sql_error", std::move(message), {}, text);
  }
}

}  // namespace metaferry
