/// \file
/// The tickets that a login by Kerberos needs: got with a keytab or taken over from a ticket cache.
#pragma once

#include <memory>
#include <string>

#include "connectors/hms_thrift/sasl_mechanism.h"
#include "metaferry/result.h"

namespace metaferry {

/// What a URL says of Kerberos.
struct KerberosSettings {
  std::string service_principal;  ///< hive/_HOST@REALM
  std::string client_principal;   ///< empty: the first of the keytab, or whom the tickets are for
  std::string keytab;             ///< a file with the client's key; empty: a ticket cache is used
  std::string ticket_cache;       ///< as KRB5CCNAME would say; empty: the user's own
  /// The least that is taken. What is used is the strongest that the service offers.
  SaslProtection protection = SaslProtection::kAuth;
};

/// Tickets of one client, in memory only. Gone, with their keys wiped, when it goes.
class KerberosTicket {
 public:
  /// With a keytab: asks the KDC for a new ticket. Else: takes over what the cache holds, which is
  /// not written to. Takes as long as the Kerberos library waits for the KDCs of krb5.conf.
  ///
  /// kNotFound: kerberos_no_keytab; kPermission: kerberos_keytab_open (others may read it);
  /// kAuthentication: kerberos_no_key, kerberos_no_ticket, kerberos_ticket_expired,
  /// kerberos_other_client (the cache is somebody else's), kerberos_refused; kConnection:
  /// kerberos_no_kdc; kForeign: kerberos_clock; kUsage: bad_principal.
  static Result<std::unique_ptr<KerberosTicket>> Get(const KerberosSettings& settings);
  ~KerberosTicket();
  KerberosTicket(const KerberosTicket&) = delete;
  KerberosTicket& operator=(const KerberosTicket&) = delete;

  /// "reader@EXAMPLE.COM"
  const std::string& client() const { return client_; }
  /// The cache's name, for the Kerberos library of this process.
  const std::string& cache() const { return cache_; }

 private:
  class Library;
  explicit KerberosTicket(std::unique_ptr<Library> library);
  std::unique_ptr<Library> library_;
  std::string client_;
  std::string cache_;
};

/// `principal` with its `_HOST` replaced by the canonical name of `host`, in lower case, as the
/// library finds it (krb5.conf's dns_canonicalize_hostname and rdns decide how). kUsage
/// (bad_principal) when it is not of the form service/host@REALM.
Result<std::string> ServicePrincipalAt(const std::string& principal, const std::string& host);

/// What an error number of the Kerberos library means for a user. `words` are the library's own.
Error KerberosError(int number, const std::string& intent, const std::string& words);

}  // namespace metaferry
