#include <openssl/x509.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "connectors/sql/mysql_plugins.h"
#include "connectors/sql/soci_session.h"
#include "connectors/wire/gaussdb_startup.h"
#include "connectors/wire/mysql_login.h"
#include "connectors/wire/server_channel.h"

namespace metaferry {
namespace {

namespace fs = std::filesystem;
using Opened = Result<std::unique_ptr<SqlSession>>;

Deadline DeadlineOf(const SqlLogin& login) {
  return std::chrono::steady_clock::now() + login.connect_timeout;
}

/// A value of SOCI's MySQL connection string: in apostrophes, with backslash escapes.
void AppendMysqlValue(std::string_view key, std::string_view value, std::string& out) {
  out.append(out.empty() ? "" : " ").append(key).append("='");
  for (char c : value) {
    if (c == '\'' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('\'');
}

/// `socket` is empty for a connection over TCP.
Secret MysqlConnectString(const SqlLogin& login, const std::string& socket) {
  std::string text;
  if (socket.empty()) {
    // The client library would take "localhost" for the server's local socket; JDBC means TCP.
    AppendMysqlValue("host", login.url.host == "localhost" ? "127.0.0.1" : login.url.host, text);
    AppendMysqlValue("port", std::to_string(login.port()), text);
  } else {
    AppendMysqlValue("unix_socket", socket, text);
  }
  AppendMysqlValue("user", login.username.Reveal(), text);
  if (!login.password.empty()) AppendMysqlValue("password", login.password.Reveal(), text);
  AppendMysqlValue("db", login.url.database, text);
  text += " charset=utf8mb4 local_infile=0 read_timeout=600 write_timeout=600 connect_timeout=" +
          std::to_string(login.connect_timeout.count());
  return Secret(std::move(text));
}

Opened OpenMysqlDirectly(const SqlLogin& login) {
  SociConnection connection;
  connection.engine = SqlEngine::kMysql;
  connection.connect = MysqlConnectString(login, {});
  auto session = OpenSociSession(std::move(connection));
  // The server turns such an account away in the same words as a wrong password.
  if (!session && session.error().code == "login_refused")
    session.error().advice += "; an account that asks for TLS needs sslMode=REQUIRED in the URL";
  return session;
}

/// SOCI has no way to ask the client library for a verified certificate.
Opened OpenMysql(const SqlLogin& login) {
  GuardMysqlPasswords();
  if (login.tls.mode == TlsMode::kOff) return OpenMysqlDirectly(login);
  MF_ASSIGN(auto server, ServerChannel::Connect(login.url.host, login.port(), DeadlineOf(login)));
  MF_ASSIGN(MysqlPacket greeting, ReadMysqlPacket(*server));
  MF_ASSIGN(const bool offers_tls, OffersMysqlTls(greeting));
  if (!offers_tls && login.tls.mode == TlsMode::kPrefer) {
    // Before the client library comes: a server may have a single connection left.
    server.reset();
    return OpenMysqlDirectly(login);
  }
  if (!offers_tls) return TlsNotOffered(login.tls, "sslMode=DISABLED");
  SociConnection connection;
  connection.engine = SqlEngine::kMysql;
  MF_ASSIGN(connection.relay,
            Relay::Start(std::move(server), "mysql.sock",
                         [greeting, tls = login.tls](ByteStream& client, ServerChannel& channel) {
                           return PassMysqlLogin(client, channel, greeting, tls);
                         }));
  connection.connect = MysqlConnectString(login, connection.relay->socket());
  return OpenSociSession(std::move(connection));
}

void AppendPercentEncoded(std::string_view value, std::string& out) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  for (char ch : value) {
    const auto c = static_cast<unsigned char>(ch);
    if (std::isalnum(c) || c == '-' || c == '_' || c == '.') {
      out.push_back(ch);
    } else {
      out.push_back('%');
      out.push_back(kHex[c >> 4]);
      out.push_back(kHex[c & 15]);
    }
  }
}

/// A URI, because SOCI re-parses key=value strings and loses blanks in values on the way.
class PostgresqlUri {
 public:
  PostgresqlUri(const Secret& user, const Secret& password, const std::string& database) {
    text_ = "postgresql://";
    AppendPercentEncoded(user.Reveal(), text_);
    if (!password.empty()) {
      text_.push_back(':');
      AppendPercentEncoded(password.Reveal(), text_);
    }
    text_ += "@/";
    AppendPercentEncoded(database, text_);
    text_ += "?application_name=metaferry";
  }
  void Add(std::string_view key, std::string_view value) {
    if (value.empty()) return;
    text_.append("&").append(key).append("=");
    AppendPercentEncoded(value, text_);
  }
  Secret Take() { return Secret(std::move(text_)); }

 private:
  std::string text_;
};

/// The start-up option for the URL's currentSchema; empty without one.
std::string SearchPathOption(const ConnectionUrl& url) {
  const std::string schema = url.Property("currentSchema");
  if (schema.empty()) return {};
  // The server splits this value at blanks, which a backslash prevents.
  std::string option = "-csearch_path=";
  for (char c : schema) {
    if (c == ' ' || c == '\\') option.push_back('\\');
    option.push_back(c);
  }
  return option;
}

/// libpq looks for the CAs that it trusts in the user's home only; everywhere else, those of the
/// system are trusted.
std::string TrustedCas(TlsMode mode, const TlsSettings& tls) {
  if (!tls.ca_file.empty() || mode < TlsMode::kVerifyCa) return tls.ca_file;
  // NOLINTBEGIN(concurrency-mt-unsafe): nobody sets them
  const char* home = std::getenv("HOME");
  const char* system = std::getenv(X509_get_default_cert_file_env());
  // NOLINTEND(concurrency-mt-unsafe)
  std::error_code ignored;
  const fs::path of_user = fs::path(home ? home : "") / ".postgresql" / "root.crt";
  if (fs::exists(of_user, ignored)) return of_user;
  return system ? system : X509_get_default_cert_file();
}

/// libpq goes on without a file that is not there, where that leaves less than was asked for.
Status MustHaveFiles(TlsMode mode, const TlsSettings& tls) {
  if (mode == TlsMode::kOff) return {};
  for (const std::string& file : {tls.ca_file, tls.cert_file, tls.key_file}) {
    if (!file.empty() && access(file.c_str(), R_OK) != 0)
      return Fail(ErrorKind::kUsage, "tls_bad_file",
                  file + " cannot be read: " + std::strerror(errno), {},
                  "give a PEM file that this user may read");
  }
  return {};
}

/// What is wrong with a certificate, of which libpq only says that something is.
Error WhyUntrusted(const SqlLogin& login, Error error) {
  auto server = ServerChannel::Connect(login.url.host, login.port(), DeadlineOf(login));
  if (!server) return error;
  Status negotiated = NegotiatePostgresqlTls(**server, login.tls);
  return negotiated ? error : std::move(negotiated).error();
}

Opened OpenPostgresqlUnder(TlsMode mode, const SqlLogin& login) {
  MF_RETURN_IF_ERROR(MustHaveFiles(mode, login.tls));
  SociConnection connection;
  connection.engine = SqlEngine::kPostgresql;
  connection.tls = mode;
  connection.connect = PostgresqlUriOf(login, mode);
  auto session = OpenSociSession(std::move(connection));
  if (session || session.error().code != "tls_untrusted") return session;
  return Unexpected(WhyUntrusted(login, std::move(session).error()));
}

/// libpq's own "prefer" sends a refused password once more without TLS, which others can read and
/// which brings an account nearer to being locked.
Opened OpenPostgresql(const SqlLogin& login) {
  if (login.tls.mode != TlsMode::kPrefer) return OpenPostgresqlUnder(login.tls.mode, login);
  auto opened = OpenPostgresqlUnder(TlsMode::kRequire, login);
  if (opened || opened.error().code != "tls_not_offered") return opened;
  return OpenPostgresqlUnder(TlsMode::kOff, login);
}

/// Where a request to cancel goes: the way of the login, without its password.
struct CancelRoute {
  std::string host;
  uint16_t port;
  TlsSettings tls;
  std::chrono::seconds timeout;

  void Pass(ByteStream& client) const {
    const auto request = ReadCancelRequest(client);
    if (!request) return;
    auto server = ServerChannel::Connect(host, port, std::chrono::steady_clock::now() + timeout);
    if (server && NegotiatePostgresqlTls(**server, tls)) (void)(*server)->Write(*request);
  }
};

/// Stock libpq knows none of GaussDB's ways to log in: metaferry does it, and libpq is told that it
/// is in.
Opened OpenGaussdb(const SqlLogin& login) {
  MF_ASSIGN(auto server, ServerChannel::Connect(login.url.host, login.port(), DeadlineOf(login)));
  MF_RETURN_IF_ERROR(NegotiatePostgresqlTls(*server, login.tls));
  GaussdbStartup startup;
  startup.user = login.username.Reveal();
  startup.database = login.url.database;
  startup.options = SearchPathOption(login.url);
  startup.methods = login.methods;
  startup.protected_by_tls = server->protection().encrypted;
  MF_ASSIGN(const auto method, LogInToGaussdb(*server, startup, login.password));
  SociConnection connection;
  connection.engine = SqlEngine::kPostgresql;
  connection.gaussdb_login = method ? ToString(*method) : "nothing";
  const CancelRoute route{login.url.host, login.port(), login.tls, login.connect_timeout};
  MF_ASSIGN(connection.relay,
            Relay::Start(
                std::move(server), ".s.PGSQL.5432",
                [](ByteStream& client, ServerChannel&) { return GreetPostgresqlClient(client); },
                [route](ByteStream& client) { route.Pass(client); }));
  PostgresqlUri uri(login.username, {}, login.url.database);
  uri.Add("host", connection.relay->folder().string());
  uri.Add("port", "5432");
  uri.Add("connect_timeout", std::to_string(login.connect_timeout.count()));
  uri.Add("sslmode", "disable");
  uri.Add("gssencmode", "disable");
  connection.connect = uri.Take();
  return OpenSociSession(std::move(connection));
}

Opened OpenSqlite(const SqlLogin& login) {
  const std::string& path = login.url.path;
  if (path.find('"') != std::string::npos)
    return Fail(ErrorKind::kUsage, "bad_path", "the path of an SQLite file cannot hold a quote",
                path, "rename the file, or reach it through a link");
  SociConnection connection;
  connection.connect = Secret("db=\"" + path + "\" readonly=1 timeout=10");
  return OpenSociSession(std::move(connection));
}

}  // namespace

Secret PostgresqlUriOf(const SqlLogin& login, TlsMode mode) {
  const TlsSettings& tls = login.tls;
  PostgresqlUri uri(login.username, login.password, login.url.database);
  uri.Add("host", login.url.host);
  uri.Add("port", std::to_string(login.port()));
  uri.Add("connect_timeout", std::to_string(login.connect_timeout.count()));
  uri.Add("sslmode", ToString(mode));
  uri.Add("sslrootcert", TrustedCas(mode, tls));
  uri.Add("sslcert", tls.cert_file);
  uri.Add("sslkey", tls.key_file.empty() ? tls.cert_file : tls.key_file);
  uri.Add("options", SearchPathOption(login.url));
  return uri.Take();
}

Opened SqlSession::Open(const SqlLogin& login) {
  switch (login.url.scheme) {
    case UrlScheme::kMysql:
      return OpenMysql(login);
    case UrlScheme::kPostgresql:
      return OpenPostgresql(login);
    case UrlScheme::kGaussdb:
      return OpenGaussdb(login);
    case UrlScheme::kSqlite:
      return OpenSqlite(login);
    default:
      return Fail(ErrorKind::kInternal, "not_sql", login.url.prefix + " is not an SQL database");
  }
}

}  // namespace metaferry
