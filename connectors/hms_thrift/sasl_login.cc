#include "connectors/hms_thrift/sasl_login.h"

#include "connectors/hms_thrift/gssapi_mechanism.h"

namespace metaferry {

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
