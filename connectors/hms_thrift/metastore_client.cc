#include "connectors/hms_thrift/metastore_client.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <thrift/TApplicationException.h>
#include <thrift/protocol/TBinaryProtocol.h>

#include <algorithm>

#include "connectors/hms_thrift/channel_transport.h"
#include "connectors/hms_thrift/message_transport.h"

namespace metaferry {
namespace {

namespace thrift = apache::thrift;

constexpr const char* kBadAnswer = "bad_answer";
constexpr const char* kHowItSpeaks =
    "check that host and port lead to a metastore service, and that framed, auth and ssl in the "
    "URL "
    "are as the service has them";
constexpr int32_t kMostObjects = 250'000;
constexpr int32_t kMostNames = 20'000'000;
constexpr int32_t kLongestString = 64 << 20;
constexpr size_t kLongestWords = 300;
/// Requests under way at a time: so few that they lie in the service's buffers while it writes an
/// answer that nobody takes yet.
constexpr size_t kUnderWay = 32;
/// How long the first answers may take: who gives none to a simple question gives none at all.
constexpr std::chrono::seconds kFirstAnswer{30};

/// What a service says of its failures goes on for pages, with stack traces and SQL in them.
std::string FirstWords(std::string words) {
  words.resize(std::min(words.find_first_of("\r\n"), words.size()));
  if (words.size() > kLongestWords) words.replace(kLongestWords, std::string::npos, "...");
  return words;
}

Error Make(ErrorKind kind, const char* code, std::string_view call, std::string words,
           std::string advice = {}) {
  return {
      kind, code, fmt::format("{}: {}", call, FirstWords(std::move(words))), {}, std::move(advice),
      {}};
}

Error ServiceFailed(std::string_view call, const std::string& words) {
  return Make(ErrorKind::kData, "metastore_error", call, words,
              "look into the metastore service's log for the reason");
}

Error BadAnswer(std::string_view call, const char* words) {
  return Make(ErrorKind::kForeign, kBadAnswer, call,
              fmt::format("what came is no answer of a metastore service ({})", words),
              kHowItSpeaks);
}

Error FromApplication(std::string_view call, const thrift::TApplicationException& e) {
  using Thrift = thrift::TApplicationException;
  switch (e.getType()) {
    case Thrift::UNKNOWN_METHOD:
      return Make(ErrorKind::kUnsupported, "unknown_method", call,
                  "the metastore service does not know this call");
    case Thrift::BAD_SEQUENCE_ID:
    case Thrift::WRONG_METHOD_NAME:
    case Thrift::INVALID_MESSAGE_TYPE:
    case Thrift::MISSING_RESULT:
      return BadAnswer(call, e.what());
    default:
      return ServiceFailed(call, e.what());
  }
}

/// A result that says neither what was asked for nor what went wrong is an answer all the same, so
/// the connection goes on after it as after any exception of the service.
bool IsConnectionLost(const Error& error) {
  return error.kind == ErrorKind::kConnection || error.code == kBadAnswer;
}

template <class E>
Error NotFound(std::string_view call, const E& e) {
  return Make(ErrorKind::kNotFound, "no_such_object", call, e.message);
}

template <class E>
Error Invalid(std::string_view call, const E& e) {
  return Make(ErrorKind::kData, "invalid_object", call, e.message);
}

/// The exception being handled as an error.
Error Caught(std::string_view call) {
  try {
    throw;
  } catch (const TransportFailure& e) {
    return Error(e.error()).Within(call);
  } catch (const hive::NoSuchObjectException& e) {
    return NotFound(call, e);
  } catch (const hive::UnknownDBException& e) {
    return NotFound(call, e);
  } catch (const hive::AlreadyExistsException& e) {
    return Make(ErrorKind::kConflict, "already_exists", call, e.message);
  } catch (const hive::InvalidObjectException& e) {
    return Invalid(call, e);
  } catch (const hive::InvalidInputException& e) {
    return Invalid(call, e);
  } catch (const hive::InvalidOperationException& e) {
    return Invalid(call, e);
  } catch (const hive::MetaException& e) {
    return ServiceFailed(call, e.message);
  } catch (const hive::ConfigValSecurityException& e) {
    return ServiceFailed(call, e.message);
  } catch (const thrift::TApplicationException& e) {
    return FromApplication(call, e);
  } catch (const std::exception& e) {
    // TProtocolException, TTransportException, bad_alloc of what somebody claimed to send
    return BadAnswer(call, e.what());
  }
}

}  // namespace

/// A transport, a protocol and the calls over them.
struct MetastoreClient::Connection {
  Connection(std::unique_ptr<ServerChannel> opened, const ThriftLogin& login)
      : channel(std::make_shared<ChannelTransport>(std::move(opened))),
        protocol(std::make_shared<thrift::protocol::TBinaryProtocol>(
            std::make_shared<MessageTransport>(channel, login.framed), kLongestString, kMostObjects,
            true, true)),
        api(protocol) {}

  std::shared_ptr<ChannelTransport> channel;
  std::shared_ptr<thrift::protocol::TBinaryProtocol> protocol;
  Api api;
};

MetastoreClient::MetastoreClient(std::shared_ptr<const ThriftLogin> login)
    : login_(std::move(login)), call_timeout_(login_->call_timeout) {}

MetastoreClient::~MetastoreClient() = default;

Protection MetastoreClient::protection() const {
  return connection_ ? connection_->channel->protection() : Protection{};
}

std::string MetastoreClient::host() const {
  const ThriftHost& host = login_->hosts[host_];
  return fmt::format("{}:{}", host.name, host.port);
}

Result<std::unique_ptr<MetastoreClient>> MetastoreClient::Connect(
    std::shared_ptr<const ThriftLogin> login) {
  if (login->auth != ThriftAuth::kNone)
    return Fail(ErrorKind::kUsage, "unsupported_auth",
                "logins by SASL at a metastore service are not supported by this version", "url",
                "leave auth and principal out of the URL where the service allows that");
  std::unique_ptr<MetastoreClient> client(new MetastoreClient(std::move(login)));
  client->call_timeout_ = std::min(client->login_->call_timeout, kFirstAnswer);
  MF_RETURN_IF_ERROR(client->ConnectToAny());
  MF_RETURN_IF_ERROR(client->FindOut());
  client->call_timeout_ = client->login_->call_timeout;
  return client;
}

Result<std::unique_ptr<MetastoreClient::Connection>> MetastoreClient::ConnectTo(
    const ThriftHost& host) {
  const Deadline deadline = std::chrono::steady_clock::now() + login_->connect_timeout;
  MF_ASSIGN(auto channel, ServerChannel::Connect(host.name, host.port, deadline));
  if (login_->tls.mode != TlsMode::kOff) {
    TlsSettings tls = login_->tls;
    tls.host = host.name;
    MF_RETURN_IF_ERROR(channel->StartTls(tls));
  }
  auto connection = std::make_unique<Connection>(std::move(channel), *login_);
  MF_RETURN_IF_ERROR(TellUser(*connection));
  return connection;
}

/// Without a login a service does what it does as whoever the client says it is.
Status MetastoreClient::TellUser(Connection& connection) {
  if (login_->auth != ThriftAuth::kNone || login_->username.empty()) return {};
  return RunOn(
      connection, "set_ugi",
      [&](Api& api) {
        std::vector<std::string> groups;
        api.set_ugi(groups, login_->username.Reveal(), {});
      },
      AnswerSize::kObjects);
}

/// Each host once, from host_ on.
Status MetastoreClient::ConnectToAny() {
  std::vector<std::string> failures;
  Error last;
  for (size_t tried = 0; tried < login_->hosts.size(); ++tried) {
    auto connected = ConnectTo(login_->hosts[host_]);
    if (connected) {
      connection_ = std::move(*connected);
      return {};
    }
    last = std::move(connected).error();
    failures.push_back(fmt::format("{}: {}", host(), last.message));
    host_ = (host_ + 1) % login_->hosts.size();
  }
  last.message = fmt::format("{}", fmt::join(failures, "; "));
  last.where = login_->url.Display();
  return Unexpected(std::move(last));
}

/// True unless the service answers that it has no such call; what else it answers does not matter.
Result<bool> MetastoreClient::Knows(const std::function<void(Api&)>& probe) {
  const Status asked = Run("probe", probe, AnswerSize::kObjects, true);
  if (asked) return true;
  if (IsConnectionLost(asked.error())) return Unexpected(asked.error());
  return !IsUnknownMethod(asked.error());
}

Status MetastoreClient::FindOut() {
  auto version = Call("getVersion", [](Api& api) {
    std::string answer;
    api.getVersion(answer);
    return answer;
  });
  if (!version) {
    // Whoever expects another way to speak hangs up, or waits for what never comes.
    Error error = std::move(version).error();
    if (error.kind == ErrorKind::kConnection) error.advice = kHowItSpeaks;
    return Unexpected(std::move(error));
  }
  features_.version = std::move(*version);
  auto catalogs = Call("get_catalogs", [](Api& api) {
    hive::GetCatalogsResponse answer;
    api.get_catalogs(answer);
    return answer.names;
  });
  if (!catalogs && !IsUnknownMethod(catalogs.error())) return Unexpected(catalogs.error());
  features_.has_catalogs = catalogs.has_value();
  features_.catalogs = catalogs ? std::move(*catalogs) : std::vector<std::string>{"hive"};
  std::sort(features_.catalogs.begin(), features_.catalogs.end());
  // No database has such a name, so nothing is looked for.
  const std::string nothing = "metaferry-asks";
  MF_ASSIGN(features_.has_all_constraints, Knows([&](Api& api) {
              hive::CheckConstraintsRequest request;
              request.catName = "hive";
              request.db_name = request.tbl_name = nothing;
              hive::CheckConstraintsResponse answer;
              api.get_check_constraints(answer, request);
            }));
  MF_ASSIGN(features_.has_requests, Knows([&](Api& api) {
              hive::GetPartitionsByNamesRequest request;
              request.db_name = request.tbl_name = nothing;
              request.__set_names({});
              hive::GetPartitionsByNamesResult answer;
              api.get_partitions_by_names_req(answer, request);
            }));
  return {};
}

/// Who did not answer in time would not do so the second time either.
bool MetastoreClient::MayRepeat(const Error& error) const {
  return error.kind == ErrorKind::kConnection &&
         (error.code != "timed_out" || login_->hosts.size() > 1);
}

void MetastoreClient::NextHost() {
  connection_.reset();
  host_ = (host_ + 1) % login_->hosts.size();
}

Status MetastoreClient::Run(std::string_view what, const std::function<void(Api&)>& f,
                            AnswerSize size, bool repeat) {
  if (!connection_) MF_RETURN_IF_ERROR(ConnectToAny());
  Status done = RunOn(*connection_, what, f, size);
  if (done || !IsConnectionLost(done.error())) return done;
  NextHost();
  if (!repeat || !MayRepeat(done.error())) return done;
  MF_RETURN_IF_ERROR(ConnectToAny());
  done = RunOn(*connection_, what, f, size);
  if (!done && IsConnectionLost(done.error())) NextHost();
  return done;
}

/// A CallMany and how far it is.
struct MetastoreClient::Many {
  std::string_view what;
  const std::function<void(Api&, size_t)>& send;
  const std::function<void(Api&, size_t)>& receive;
  std::vector<std::optional<Error>> errors;
  size_t done = 0;
};

/// On the present connection, to the end or to where that breaks.
Status MetastoreClient::RunMany(Many& many) {
  while (many.done < many.errors.size()) {
    const size_t end = std::min(many.errors.size(), many.done + kUnderWay);
    MF_RETURN_IF_ERROR(RunOn(
        *connection_, many.what,
        [&](Api& api) {
          for (size_t i = many.done; i < end; ++i) many.send(api, i);
        },
        AnswerSize::kObjects));
    for (; many.done < end; ++many.done) {
      Status received = RunOn(
          *connection_, many.what, [&](Api& api) { many.receive(api, many.done); },
          AnswerSize::kObjects);
      if (!received && IsConnectionLost(received.error())) return received;
      if (!received) many.errors[many.done] = std::move(received).error();
    }
  }
  return {};
}

Result<std::vector<std::optional<Error>>> MetastoreClient::CallMany(
    std::string_view what, size_t items, const std::function<void(Api&, size_t)>& send,
    const std::function<void(Api&, size_t)>& receive) {
  Many many{what, send, receive, std::vector<std::optional<Error>>(items)};
  for (bool again = true;;) {
    if (!connection_) MF_RETURN_IF_ERROR(ConnectToAny());
    const size_t before = many.done;
    Status run = RunMany(many);
    if (run) return std::move(many.errors);
    NextHost();
    // A connection that got somewhere earns another.
    again = again || many.done > before;
    if (!again || !MayRepeat(run.error())) return Unexpected(std::move(run).error());
    again = false;
  }
}

Status MetastoreClient::RunOn(Connection& connection, std::string_view what,
                              const std::function<void(Api&)>& f, AnswerSize size) {
  connection.channel->SetDeadline(std::chrono::steady_clock::now() + call_timeout_);
  connection.protocol->setContainerSizeLimit(size == AnswerSize::kNames ? kMostNames
                                                                        : kMostObjects);
  try {
    f(connection.api);
    return {};
  } catch (...) {
    Error error = Caught(what);
    const ThriftHost& host = login_->hosts[host_];
    if (IsConnectionLost(error)) error.where = fmt::format("{}:{}", host.name, host.port);
    return Unexpected(std::move(error));
  }
}

bool IsUnknownMethod(const Error& error) { return error.code == "unknown_method"; }

std::string QualifiedDatabase(const MetastoreFeatures& features, std::string_view catalog,
                              std::string_view database) {
  if (!features.has_catalogs) return std::string(database);
  return fmt::format("@{}#{}", catalog, database);
}

}  // namespace metaferry
