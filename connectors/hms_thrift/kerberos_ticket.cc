#include "connectors/hms_thrift/kerberos_ticket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <krb5/krb5.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include "migrate/files/descriptor.h"

namespace metaferry {
namespace {

struct Meaning {
  krb5_error_code number;
  ErrorKind kind;
  std::string_view code;
  const char* advice;
};

constexpr const char* kNewTicket =
    "get a new ticket (kinit), or give keytab=FILE and client_principal=NAME, with which tickets "
    "are got as they are needed";
constexpr const char* kFindKdc =
    "check that krb5.conf (KRB5_CONFIG names it) has the realm and its KDCs, and that they are up "
    "and reachable from this machine";
constexpr const char* kNewKeytab =
    "have a keytab made that holds the principal's present key: each change of the key makes older "
    "keytabs useless";
constexpr const char* kNoSuchClient =
    "check client_principal and its realm; it has to be a principal that the KDC knows";

constexpr Meaning kMeanings[] = {
    {KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, ErrorKind::kAuthentication, "kerberos_refused",
     kNoSuchClient},
    {KRB5KDC_ERR_PREAUTH_FAILED, ErrorKind::kAuthentication, "kerberos_refused", kNewKeytab},
    {KRB5KRB_AP_ERR_BAD_INTEGRITY, ErrorKind::kAuthentication, "kerberos_refused", kNewKeytab},
    {KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, ErrorKind::kAuthentication, "kerberos_unknown_service",
     "check principal: it is that of hive.metastore.kerberos.principal, and _HOST becomes the "
     "canonical name of the URL's host; write the principal without _HOST where that is another"},
    {KRB5KRB_AP_ERR_TKT_EXPIRED, ErrorKind::kAuthentication, "kerberos_ticket_expired", kNewTicket},
    {KRB5KRB_AP_ERR_SKEW, ErrorKind::kForeign, "kerberos_clock",
     "set the clocks of this machine, the KDC and the service right: they may be 5 minutes apart"},
    {KRB5_KDC_UNREACH, ErrorKind::kConnection, "kerberos_no_kdc", kFindKdc},
    {KRB5_REALM_UNKNOWN, ErrorKind::kConnection, "kerberos_no_kdc", kFindKdc},
    {KRB5_REALM_CANT_RESOLVE, ErrorKind::kConnection, "kerberos_no_kdc", kFindKdc},
    {KRB5_CONFIG_CANTOPEN, ErrorKind::kConnection, "kerberos_no_kdc", kFindKdc},
    {KRB5_CONFIG_BADFORMAT, ErrorKind::kConnection, "kerberos_no_kdc", kFindKdc},
    {KRB5_CONFIG_NODEFREALM, ErrorKind::kConnection, "kerberos_no_kdc", kFindKdc},
    {KRB5_CC_NOTFOUND, ErrorKind::kAuthentication, "kerberos_no_ticket", kNewTicket},
    {KRB5_FCC_NOFILE, ErrorKind::kAuthentication, "kerberos_no_ticket", kNewTicket},
    {KRB5_FCC_PERM, ErrorKind::kAuthentication, "kerberos_no_ticket", kNewTicket},
    {KRB5_CC_FORMAT, ErrorKind::kAuthentication, "kerberos_no_ticket", kNewTicket},
    {KRB5_CCACHE_BADVNO, ErrorKind::kAuthentication, "kerberos_no_ticket", kNewTicket},
    {KRB5_CC_UNKNOWN_TYPE, ErrorKind::kAuthentication, "kerberos_no_ticket", kNewTicket},
    {KRB5_KT_NOTFOUND, ErrorKind::kAuthentication, "kerberos_no_key",
     "name a principal of the keytab (klist -k FILE lists them), or the keytab that has its key"},
    {KRB5_KT_END, ErrorKind::kAuthentication, "kerberos_no_key",
     "the keytab is empty; have one made that holds the client's key"},
    {KRB5_KEYTAB_BADVNO, ErrorKind::kAuthentication, "kerberos_no_key",
     "the file is no keytab: klist -k FILE shows what a keytab holds"},
    {KRB5_PARSE_MALFORMED, ErrorKind::kUsage, "bad_principal",
     "write it as name@REALM or service/host@REALM"}};

/// Closes what it holds with the library that it is of.
template <class T, class Closer>
class Held {
 public:
  Held(krb5_context library, Closer closer) : library_(library), closer_(closer) {}
  ~Held() {
    if (value_) closer_(library_, value_);
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  T* out() { return &value_; }
  T get() const { return value_; }

 private:
  krb5_context library_;
  Closer closer_;
  T value_ = nullptr;
};

using Principal = Held<krb5_principal, decltype(&krb5_free_principal)>;
using Keytab = Held<krb5_keytab, decltype(&krb5_kt_close)>;
using Cache = Held<krb5_ccache, decltype(&krb5_cc_close)>;

class Context {
 public:
  Context() { failure_ = krb5_init_context(&context_); }
  ~Context() {
    if (context_) krb5_free_context(context_);
  }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  krb5_context get() const { return context_; }
  krb5_error_code failure() const { return failure_; }
  Unexpected Failed(krb5_error_code number, const std::string& intent) const {
    const char* text = krb5_get_error_message(context_, number);
    const std::string words = text;
    krb5_free_error_message(context_, text);
    return Unexpected(KerberosError(number, intent, words));
  }
  std::string NameOf(krb5_const_principal principal) const {
    char* text = nullptr;
    if (krb5_unparse_name(context_, principal, &text) != 0) return {};
    std::string name = text;
    krb5_free_unparsed_name(context_, text);
    return name;
  }

 private:
  krb5_context context_ = nullptr;
  krb5_error_code failure_ = 0;
};

Unexpected BadPrincipal(const std::string& principal) {
  return Fail(ErrorKind::kUsage, "bad_principal",
              fmt::format("{} is no principal of a service", principal), {},
              "write service/host@REALM, as hive.metastore.kerberos.principal has it: "
              "principal=hive/_HOST@EXAMPLE.COM");
}

/// Opens the file for its own answer, before the library gives one that names neither.
Status CheckKeytab(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!file.valid() || fstat(file.get(), &status) != 0)
    return Fail(ErrorKind::kNotFound, "kerberos_no_keytab",
                fmt::format("cannot read the keytab {}: {}", path, std::strerror(errno)), path,
                "name a file that exists and that this user may read");
  // A key is as good as a password. A group may read it: that is how services of one node, and
  // containers, share a keytab.
  if ((status.st_mode & (S_IROTH | S_IWOTH)) != 0 || (status.st_mode & S_IWGRP) != 0)
    return Fail(ErrorKind::kPermission, "kerberos_keytab_open",
                fmt::format("the keytab {} has mode {:04o}: others than its owner may {} it", path,
                            status.st_mode & 07777, (status.st_mode & S_IROTH) ? "read" : "write"),
                path,
                "chmod 0400 (or 0440 with a group of its own); for a Kubernetes secret: "
                "defaultMode: 0400");
  return {};
}

}  // namespace

Error KerberosError(int number, const std::string& intent, const std::string& words) {
  std::string message = intent + ": " + words;
  const auto* meaning = std::find_if(std::begin(kMeanings), std::end(kMeanings),
                                     [&](const Meaning& one) { return one.number == number; });
  if (meaning == std::end(kMeanings))
    return {ErrorKind::kAuthentication,
            "kerberos_refused",
            std::move(message),
            {},
            "see what kinit and kvno say with the same principals; KRB5_TRACE=/dev/stderr tells "
            "each step",
            {}};
  return {meaning->kind, std::string(meaning->code), std::move(message), {}, meaning->advice, {}};
}

/// The library and the cache in memory, which is removed with it.
class KerberosTicket::Library {
 public:
  ~Library() {
    if (cache_) krb5_cc_destroy(context_.get(), cache_);
  }
  Library() = default;
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  Status GetByKeytab(const KerberosSettings& settings);
  Status TakeOver(const KerberosSettings& settings);
  Status Ready() const {
    return context_.failure() == 0
               ? Status()
               : Status(context_.Failed(context_.failure(), "cannot read krb5.conf"));
  }
  const std::string& client() const { return client_; }
  std::string CacheName() const {
    char* text = nullptr;
    if (krb5_cc_get_full_name(context_.get(), cache_, &text) != 0) return {};
    std::string name = text;
    krb5_free_string(context_.get(), text);
    return name;
  }

 private:
  Status Parse(const std::string& name, Principal& principal) const;
  Status FirstOf(krb5_keytab keytab, const std::string& path, Principal& principal) const;
  Status MakeCache(krb5_principal client);
  Status Find(const KerberosSettings& settings, Cache& cache) const;
  Status Copy(krb5_ccache from);

  Context context_;
  krb5_ccache cache_ = nullptr;
  std::string client_;
};

Status KerberosTicket::Library::Parse(const std::string& name, Principal& principal) const {
  if (const auto error = krb5_parse_name(context_.get(), name.c_str(), principal.out()); error)
    return context_.Failed(error, "cannot make out client_principal " + name);
  return {};
}

Status KerberosTicket::Library::FirstOf(krb5_keytab keytab, const std::string& path,
                                        Principal& principal) const {
  krb5_kt_cursor cursor = nullptr;
  krb5_keytab_entry entry{};
  auto error = krb5_kt_start_seq_get(context_.get(), keytab, &cursor);
  if (error == 0) {
    error = krb5_kt_next_entry(context_.get(), keytab, &entry, &cursor);
    krb5_kt_end_seq_get(context_.get(), keytab, &cursor);
  }
  if (error == 0) {
    error = krb5_copy_principal(context_.get(), entry.principal, principal.out());
    krb5_free_keytab_entry_contents(context_.get(), &entry);
  }
  return error == 0 ? Status() : Status(context_.Failed(error, "cannot take a key from " + path));
}

Status KerberosTicket::Library::MakeCache(krb5_principal client) {
  auto error = krb5_cc_new_unique(context_.get(), "MEMORY", nullptr, &cache_);
  if (error == 0) error = krb5_cc_initialize(context_.get(), cache_, client);
  if (error != 0) return context_.Failed(error, "cannot keep tickets in memory");
  client_ = context_.NameOf(client);
  return {};
}

Status KerberosTicket::Library::GetByKeytab(const KerberosSettings& settings) {
  std::string path = settings.keytab;
  if (path.starts_with("FILE:")) path.erase(0, 5);
  MF_RETURN_IF_ERROR(CheckKeytab(path));
  Keytab keytab(context_.get(), krb5_kt_close);
  if (const auto error = krb5_kt_resolve(context_.get(), ("FILE:" + path).c_str(), keytab.out());
      error != 0)
    return context_.Failed(error, "cannot open the keytab " + path);
  Principal client(context_.get(), krb5_free_principal);
  if (settings.client_principal.empty())
    MF_RETURN_IF_ERROR(FirstOf(keytab.get(), path, client));
  else
    MF_RETURN_IF_ERROR(Parse(settings.client_principal, client));
  MF_RETURN_IF_ERROR(MakeCache(client.get()));

  const std::string intent =
      fmt::format("cannot get a ticket for {} with the keytab {}", client_, path);
  // Or else the KDC would be asked first, for nothing.
  krb5_keytab_entry key{};
  auto error = krb5_kt_get_entry(context_.get(), keytab.get(), client.get(), 0, 0, &key);
  if (error != 0) return context_.Failed(error, intent);
  krb5_free_keytab_entry_contents(context_.get(), &key);
  krb5_creds ticket{};
  error = krb5_get_init_creds_keytab(context_.get(), &ticket, client.get(), keytab.get(), 0,
                                     nullptr, nullptr);
  if (error != 0) return context_.Failed(error, intent);
  error = krb5_cc_store_cred(context_.get(), cache_, &ticket);
  krb5_free_cred_contents(context_.get(), &ticket);
  return error == 0 ? Status() : Status(context_.Failed(error, "cannot keep tickets in memory"));
}

Status KerberosTicket::Library::Find(const KerberosSettings& settings, Cache& cache) const {
  Principal client(context_.get(), krb5_free_principal);
  if (!settings.client_principal.empty())
    MF_RETURN_IF_ERROR(Parse(settings.client_principal, client));
  krb5_error_code error = 0;
  if (!settings.ticket_cache.empty())
    error = krb5_cc_resolve(context_.get(), settings.ticket_cache.c_str(), cache.out());
  else if (client.get() == nullptr ||
           krb5_cc_cache_match(context_.get(), client.get(), cache.out()) != 0)
    error = krb5_cc_default(context_.get(), cache.out());
  Principal holder(context_.get(), krb5_free_principal);
  if (error == 0) error = krb5_cc_get_principal(context_.get(), cache.get(), holder.out());
  if (error != 0) return context_.Failed(error, "there is no Kerberos ticket");
  if (client.get() == nullptr ||
      krb5_principal_compare(context_.get(), client.get(), holder.get()) != 0)
    return {};
  return Fail(ErrorKind::kAuthentication, "kerberos_other_client",
              fmt::format("the ticket cache holds tickets of {}, not of {}",
                          context_.NameOf(holder.get()), context_.NameOf(client.get())),
              {},
              "name the cache of the one who is to log in, by ticket_cache=, or leave out "
              "client_principal");
}

Status KerberosTicket::Library::Copy(krb5_ccache from) {
  krb5_timestamp now = 0;
  krb5_cc_cursor cursor = nullptr;
  auto error = krb5_timeofday(context_.get(), &now);
  if (error == 0) error = krb5_cc_start_seq_get(context_.get(), from, &cursor);
  if (error != 0) return context_.Failed(error, "cannot read the ticket cache");
  int good = 0;
  int expired = 0;
  krb5_creds ticket{};
  while (error == 0 && krb5_cc_next_cred(context_.get(), from, &cursor, &ticket) == 0) {
    const bool setting = krb5_is_config_principal(context_.get(), ticket.server) != 0;
    // Times are of 32 bits without sign, whatever their type says.
    const bool over =
        !setting && static_cast<uint32_t>(ticket.times.endtime) <= static_cast<uint32_t>(now);
    if (!over) error = krb5_cc_store_cred(context_.get(), cache_, &ticket);
    expired += over ? 1 : 0;
    good += setting || over ? 0 : 1;
    krb5_free_cred_contents(context_.get(), &ticket);
  }
  krb5_cc_end_seq_get(context_.get(), from, &cursor);
  if (error != 0) return context_.Failed(error, "cannot keep tickets in memory");
  if (good > 0) return {};
  return context_.Failed(
      expired > 0 ? KRB5KRB_AP_ERR_TKT_EXPIRED : KRB5_CC_NOTFOUND,
      fmt::format("the ticket cache of {} holds no ticket that is valid", client_));
}

Status KerberosTicket::Library::TakeOver(const KerberosSettings& settings) {
  Cache cache(context_.get(), krb5_cc_close);
  MF_RETURN_IF_ERROR(Find(settings, cache));
  Principal client(context_.get(), krb5_free_principal);
  if (const auto error = krb5_cc_get_principal(context_.get(), cache.get(), client.out());
      error != 0)
    return context_.Failed(error, "there is no Kerberos ticket");
  MF_RETURN_IF_ERROR(MakeCache(client.get()));
  // A copy, because the library adds the tickets of services to the cache that it uses.
  return Copy(cache.get());
}

Result<std::unique_ptr<KerberosTicket>> KerberosTicket::Get(const KerberosSettings& settings) {
  auto library = std::make_unique<Library>();
  MF_RETURN_IF_ERROR(library->Ready());
  MF_RETURN_IF_ERROR(settings.keytab.empty() ? library->TakeOver(settings)
                                             : library->GetByKeytab(settings));
  return std::unique_ptr<KerberosTicket>(new KerberosTicket(std::move(library)));
}

KerberosTicket::KerberosTicket(std::unique_ptr<Library> library)
    : library_(std::move(library)), client_(library_->client()), cache_(library_->CacheName()) {}

KerberosTicket::~KerberosTicket() = default;

Result<std::string> ServicePrincipalAt(const std::string& principal, const std::string& host) {
  const size_t slash = principal.find('/');
  const size_t at = principal.find('@');
  if (slash == 0 || slash == std::string::npos || at == std::string::npos || at < slash + 2 ||
      at + 1 == principal.size() || principal.find('/', slash + 1) < at ||
      principal.find('@', at + 1) != std::string::npos)
    return BadPrincipal(principal);
  if (principal.substr(slash + 1, at - slash - 1) != "_HOST") return principal;

  const Context context;
  if (context.failure() != 0) return context.Failed(context.failure(), "cannot read krb5.conf");
  Principal canonical(context.get(), krb5_free_principal);
  const auto error = krb5_sname_to_principal(context.get(), host.c_str(), "host", KRB5_NT_SRV_HST,
                                             canonical.out());
  if (error != 0) return context.Failed(error, "cannot find the canonical name of the host");
  const krb5_data& name = canonical.get()->data[1];
  return principal.substr(0, slash + 1) + std::string(name.data, name.length) +
         principal.substr(at);
}

}  // namespace metaferry
