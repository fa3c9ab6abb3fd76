/// \file
/// Calls to a Hive metastore service. Thrift's exceptions end here.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "ThriftHiveMetastore.h"
#include "connectors/hms_thrift/thrift_login.h"
#include "metaferry/result.h"

namespace metaferry {

/// What a service can do, found out by asking: versions and what vendors put into them do not go
/// together.
struct MetastoreFeatures {
  std::string version;                ///< what it says of itself; old ones all say "3.0"
  std::vector<std::string> catalogs;  ///< sorted; "hive" alone before 3.0
  bool has_catalogs = false;          ///< 3.0+: names may say of which catalog they are
  bool has_all_constraints = false;   ///< 3.0+: unique, not null, default and check as well
  bool has_requests = false;          ///< 4.0+: get_partitions_by_names_req, create_table_req, ...
};

/// How much an answer may hold.
enum class AnswerSize {
  kObjects,  ///< lists of up to 250,000 entries
  kNames,    ///< lists of up to 20,000,000 short ones
};

/// Errors of calls, besides those of connecting:
///   kNotFound    no_such_object   NoSuchObject, UnknownTable, UnknownDB, UnknownPartition
///   kConflict    already_exists
///   kData        invalid_object   InvalidObject, InvalidInput, InvalidOperation, InvalidPartition
///   kUnsupported unknown_method   the service has no such call (IsUnknownMethod)
///   kData        metastore_error  MetaException, and whatever went wrong inside the service
///   kForeign     bad_answer       what came is no answer to the call, or too large
///   kConnection  connection_closed, timed_out, tls_failed
/// In bounded time: connect_timeout for each host, call_timeout for each call.
///
/// One connection, one thread at a time.
class MetastoreClient {
 public:
  using Api = hive::ThriftHiveMetastoreClient;

  /// Connects to the first host that answers, logs in and asks what the service can do. Where that
  /// fails the error says why for each host.
  static Result<std::unique_ptr<MetastoreClient>> Connect(std::shared_ptr<const ThriftLogin> login);
  ~MetastoreClient();

  const MetastoreFeatures& features() const { return features_; }
  /// How long one call may take from now on, instead of the login's call_timeout.
  void LimitCalls(std::chrono::seconds most) { call_timeout_ = most; }
  /// What protects the present connection.
  Protection protection() const;
  /// Which host it is with: "host:port".
  std::string host() const;

  /// Calls `f(api)` and gives what it returns. When the connection broke, once more on a new one,
  /// to the next host if there are several: so only for what may be done twice, such as reading.
  /// `what` names the call for people: "get_table".
  template <class F>
  auto Call(std::string_view what, F&& f, AnswerSize size = AnswerSize::kObjects)
      -> Result<std::invoke_result_t<F&, Api&>> {
    return Keep(what, f, size, true);
  }

  /// The same, but never twice: for writing. After an error of kConnection nobody knows whether it
  /// was done.
  template <class F>
  auto CallOnce(std::string_view what, F&& f) -> Result<std::invoke_result_t<F&, Api&>> {
    return Keep(what, f, AnswerSize::kObjects, false);
  }

  /// Many small calls of one kind, for which a round trip each would take longer than the answers:
  /// several are under way at a time. `send(api, i)` sends the request of item i, `receive(api, i)`
  /// takes its answer. Gives what the service had against each item; an error when the connection
  /// is lost, which is made anew as in Call.
  Result<std::vector<std::optional<Error>>> CallMany(
      std::string_view what, size_t items, const std::function<void(Api&, size_t)>& send,
      const std::function<void(Api&, size_t)>& receive);

 private:
  struct Connection;
  struct Many;

  explicit MetastoreClient(std::shared_ptr<const ThriftLogin> login);
  Status ConnectToAny();
  Result<std::unique_ptr<Connection>> ConnectTo(const ThriftHost& host);
  Status TellUser(Connection& connection);
  Status FindOut();
  Result<bool> Knows(const std::function<void(Api&)>& probe);
  Status Run(std::string_view what, const std::function<void(Api&)>& f, AnswerSize size,
             bool repeat);
  Status RunOn(Connection& connection, std::string_view what, const std::function<void(Api&)>& f,
               AnswerSize size);
  Status RunMany(Many& many);
  bool MayRepeat(const Error& error) const;
  void NextHost();

  template <class F>
  auto Keep(std::string_view what, F& f, AnswerSize size, bool repeat)
      -> Result<std::invoke_result_t<F&, Api&>> {
    using Answer = std::invoke_result_t<F&, Api&>;
    if constexpr (std::is_void_v<Answer>) {
      return Run(what, f, size, repeat);
    } else {
      std::optional<Answer> answer;
      MF_RETURN_IF_ERROR(Run(
          what, [&](Api& api) { answer.emplace(f(api)); }, size, repeat));
      return std::move(*answer);
    }
  }

  std::shared_ptr<const ThriftLogin> login_;
  MetastoreFeatures features_;
  std::chrono::seconds call_timeout_;
  size_t host_ = 0;  ///< of login_->hosts, the one to try first
  std::unique_ptr<Connection> connection_;
};

/// The service is older, or newer, than the call.
bool IsUnknownMethod(const Error& error);

/// The form in which most calls take the name of a database: `@catalog#database` where the service
/// has catalogs.
std::string QualifiedDatabase(const MetastoreFeatures& features, std::string_view catalog,
                              std::string_view database);

}  // namespace metaferry
