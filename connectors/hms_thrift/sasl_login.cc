#include "connectors/hms_thrift/sasl_login.h"

#include "connectors/hms_thrift/gssapi_mechanism.h"

namespace metaferry {

Status CheckAuth(const ThriftLogin& login) {
  if (login.auth == ThriftAuth::kKerberos && login.kerberos.service_principal.empty())
    return Fail(ErrorKind::kUsage, "bad_principal",
                "auth=kerberos needs to know the principal of the service", {},
                "add it as hive.metastore.kerberos.principal has it: "
                "principal=hive/_HOST@EXAMPLE.COM");
  // No service starts with both.
  if (login.auth != ThriftAuth::kNone && login.framed)
    return Fail(ErrorKind::kUsage, "bad_thrift_option",
                "framed=true of the URL does not go with a login", {},
                "leave it out: a login has frames of its own");
  const bool says_tls =
      !login.url.Property("ssl").empty() || !login.url.Property("sslmode").empty();
  if (login.auth == ThriftAuth::kPlain && login.tls.mode == TlsMode::kOff && !says_tls)
    return Fail(ErrorKind::kUsage, "plain_without_tls",
                "auth=plain sends the password in clear, and the URL does not ask for TLS", {},
                "add sslmode=verify-full; or, where the service has no TLS and the network is "
                "trusted, say so: ssl=false");
  return {};
}

Result<std::unique_ptr<SaslMechanism>> MechanismOf(const ThriftLogin& login,
                                                   const std::string& host) {
  switch (login.auth) {
    case ThriftAuth::kNone:
      break;
    case ThriftAuth::kPlain:
      return MakePlainMechanism(login.username, login.password);
    case ThriftAuth::kKerberos:
      return MakeGssapiMechanism(login.kerberos, host);
  }
  return nullptr;
}

bool IsSameEverywhere(const ThriftLogin& login, const Error& error) {
  const bool of_this_host =
      login.auth == ThriftAuth::kKerberos &&
      (error.code == "login_refused" || error.code == "kerberos_unknown_service");
  return error.kind == ErrorKind::kUsage || error.kind == ErrorKind::kNotFound ||
         error.kind == ErrorKind::kPermission ||
         (error.kind == ErrorKind::kAuthentication && !of_this_host);
}

Protection ProtectionBehind(Protection channel, const ThriftLogin& login,
                            const SaslTransport* sasl) {
  if (login.auth == ThriftAuth::kPlain) channel.password_in_clear = !channel.encrypted;
  if (login.auth != ThriftAuth::kKerberos || sasl == nullptr) return channel;
  const SaslProtection by_kerberos = sasl->mechanism().protection();
  channel.kerberos = ToString(by_kerberos);
  // The service has proved who it is, and nobody else can read or write what follows.
  if (by_kerberos == SaslProtection::kAuthConf)
    channel.encrypted = channel.ca_verified = channel.host_verified = true;
  return channel;
}

}  // namespace metaferry
