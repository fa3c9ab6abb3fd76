#include "connectors/hms_thrift/gssapi_mechanism.h"

#include <fmt/format.h>
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <krb5/krb5.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

namespace metaferry {
namespace {

/// What we say that we take in one piece; Java's servers send longer ones all the same, and then
/// the bound is the transport's.
constexpr uint32_t kMostTaken = 0xFFFFFF;

gss_buffer_desc BufferOf(std::string_view bytes) {
  // GSSAPI does not write into what it is given, though its types say so.
  return {bytes.size(), const_cast<char*>(bytes.data())};
}

/// Memory of the library's.
class Buffer {
 public:
  Buffer() = default;
  ~Buffer() {
    OM_uint32 minor = 0;
    gss_release_buffer(&minor, &buffer_);
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  gss_buffer_t out() { return &buffer_; }
  std::string_view view() const {
    return {static_cast<const char*>(buffer_.value), buffer_.value ? buffer_.length : 0};
  }

 private:
  gss_buffer_desc buffer_ = GSS_C_EMPTY_BUFFER;
};

/// The library's own words, of which there may be several lines.
std::string WordsOf(OM_uint32 status, int type) {
  std::string words;
  OM_uint32 more = 0;
  do {
    OM_uint32 minor = 0;
    Buffer line;
    if (GSS_ERROR(gss_display_status(&minor, status, type, gss_mech_krb5, &more, line.out())))
      break;
    if (!words.empty()) words += ", ";
    words += line.view();
  } while (more != 0);
  return words;
}

Unexpected GssFailed(OM_uint32 major, OM_uint32 minor, const std::string& intent) {
  const std::string words =
      WordsOf(minor != 0 ? minor : major, minor != 0 ? GSS_C_MECH_CODE : GSS_C_GSS_CODE);
  // What is special of credentials may have come without a number of Kerberos's own.
  const bool expired = GSS_ROUTINE_ERROR(major) == GSS_S_CREDENTIALS_EXPIRED;
  const auto number = static_cast<int32_t>(minor);
  return Unexpected(KerberosError(expired ? KRB5KRB_AP_ERR_TKT_EXPIRED : number, intent, words));
}

Unexpected BadToken(const std::string& what) {
  return Fail(ErrorKind::kForeign, "bad_sasl_message",
              "the service breaks the protocol of a login by Kerberos: " + what, {},
              "check host and port: is this a Hive metastore service?");
}

Unexpected Tampered(OM_uint32 major) {
  return Fail(ErrorKind::kForeign, "connection_tampered",
              "what came from the service is not what it sent, or not in its order: " +
                  WordsOf(major, GSS_C_GSS_CODE),
              {}, "run it again; if it happens more than once, look for who is in between");
}

class GssapiMechanism final : public SaslMechanism {
 public:
  GssapiMechanism(std::unique_ptr<KerberosTicket> ticket, std::string service, SaslProtection least)
      : ticket_(std::move(ticket)), service_(std::move(service)), least_(least) {}
  ~GssapiMechanism() override {
    OM_uint32 minor = 0;
    gss_delete_sec_context(&minor, &context_, GSS_C_NO_BUFFER);
    gss_release_cred(&minor, &credential_);
    gss_release_name(&minor, &name_);
  }
  GssapiMechanism(const GssapiMechanism&) = delete;
  GssapiMechanism& operator=(const GssapiMechanism&) = delete;

  std::string_view name() const override { return "GSSAPI"; }
  Result<Secret> Start() override;
  Result<Secret> Answer(std::string_view challenge) override;
  bool done() const override { return step_ == Step::kDone; }
  SaslProtection protection() const override { return protection_; }
  size_t most_at_once() const override { return most_at_once_; }
  Result<std::string> Wrap(std::string_view bytes) override {
    return Seal(bytes, protection_ == SaslProtection::kAuthConf);
  }
  Result<std::string> Unwrap(std::string_view bytes) override {
    return Unseal(bytes, protection_ == SaslProtection::kAuthConf);
  }

 private:
  enum class Step { kContext, kLayer, kDone };

  Status Prepare();
  Result<Secret> Advance(std::string_view token);
  Result<Secret> Choose(std::string_view offer);
  SaslProtection StrongestOf(uint8_t offered) const;
  Result<std::string> Seal(std::string_view bytes, bool secret);
  Result<std::string> Unseal(std::string_view bytes, bool secret);
  std::string Intent() const {
    return fmt::format("cannot log in to {} as {}", service_, ticket_->client());
  }

  std::unique_ptr<KerberosTicket> ticket_;
  std::string service_;
  SaslProtection least_;
  gss_cred_id_t credential_ = GSS_C_NO_CREDENTIAL;
  gss_name_t name_ = GSS_C_NO_NAME;
  gss_ctx_id_t context_ = GSS_C_NO_CONTEXT;
  OM_uint32 flags_ = 0;
  Step step_ = Step::kContext;
  SaslProtection protection_ = SaslProtection::kAuth;
  size_t most_at_once_ = 0;
};

Status GssapiMechanism::Prepare() {
  OM_uint32 minor = 0;
  gss_key_value_element_desc cache{"ccache", ticket_->cache().c_str()};
  const gss_key_value_set_desc store{1, &cache};
  gss_OID_set_desc kerberos{1, const_cast<gss_OID>(gss_mech_krb5)};
  OM_uint32 major = gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &kerberos,
                                          GSS_C_INITIATE, &store, &credential_, nullptr, nullptr);
  if (GSS_ERROR(major)) return GssFailed(major, minor, Intent());
  gss_buffer_desc name = BufferOf(service_);
  major = gss_import_name(&minor, &name, GSS_KRB5_NT_PRINCIPAL_NAME, &name_);
  return GSS_ERROR(major) ? Status(GssFailed(major, minor, Intent())) : Status();
}

Result<Secret> GssapiMechanism::Start() {
  MF_RETURN_IF_ERROR(Prepare());
  return Advance({});
}

Result<Secret> GssapiMechanism::Answer(std::string_view challenge) {
  return step_ == Step::kContext ? Advance(challenge) : Choose(challenge);
}

Result<Secret> GssapiMechanism::Advance(std::string_view token) {
  constexpr OM_uint32 kWanted = GSS_C_MUTUAL_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG |
                                GSS_C_INTEG_FLAG | GSS_C_CONF_FLAG;
  OM_uint32 minor = 0;
  gss_buffer_desc input = BufferOf(token);
  Buffer output;
  const OM_uint32 major = gss_init_sec_context(
      &minor, credential_, &context_, name_, const_cast<gss_OID>(gss_mech_krb5), kWanted, 0,
      GSS_C_NO_CHANNEL_BINDINGS, &input, nullptr, output.out(), &flags_, nullptr);
  if (GSS_ERROR(major)) return GssFailed(major, minor, Intent());
  if (major == GSS_S_COMPLETE) {
    if ((flags_ & GSS_C_MUTUAL_FLAG) == 0) return BadToken("it does not prove who it is");
    step_ = Step::kLayer;
  } else if (output.view().empty()) {
    return BadToken("it does not come to an end");
  }
  return Secret(std::string(output.view()));
}

SaslProtection GssapiMechanism::StrongestOf(uint8_t offered) const {
  if ((offered & 4) != 0 && (flags_ & GSS_C_CONF_FLAG) != 0) return SaslProtection::kAuthConf;
  if ((offered & 2) != 0 && (flags_ & GSS_C_INTEG_FLAG) != 0) return SaslProtection::kAuthInt;
  return SaslProtection::kAuth;
}

Result<Secret> GssapiMechanism::Choose(std::string_view offer) {
  MF_ASSIGN(const std::string plain, Unseal(offer, false));
  if (plain.size() != 4) return BadToken("its offer of protections has another length");
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(plain[i]); };
  const uint32_t most = uint32_t{byte(1)} << 16 | uint32_t{byte(2)} << 8 | byte(3);
  protection_ = StrongestOf(byte(0));
  if (protection_ == SaslProtection::kAuth && (byte(0) & 1) == 0)
    return BadToken("it offers no protection that there is, nor to do without");
  if (protection_ < least_)
    return Fail(ErrorKind::kPermission, "kerberos_protection",
                fmt::format("the service protects a connection by {} at most, and at least {} is "
                            "asked for",
                            ToString(protection_), ToString(least_)),
                {},
                "have integrity or privacy among hadoop.rpc.protection of the service, or ask "
                "for less: protection=auth");

  const bool wraps = protection_ != SaslProtection::kAuth;
  if (wraps) {
    OM_uint32 minor = 0;
    OM_uint32 inner = 0;
    const OM_uint32 major =
        gss_wrap_size_limit(&minor, context_, protection_ == SaslProtection::kAuthConf ? 1 : 0,
                            GSS_C_QOP_DEFAULT, most, &inner);
    if (GSS_ERROR(major)) return GssFailed(major, minor, Intent());
    if (inner == 0) return BadToken("it takes no messages that are long enough to hold anything");
    most_at_once_ = inner;
  }
  // The choice, what we take in one piece, and no other user to act as.
  const std::string choice = {static_cast<char>(1 << static_cast<int>(protection_)),
                              static_cast<char>(wraps ? kMostTaken >> 16 : 0),
                              static_cast<char>(wraps ? kMostTaken >> 8 & 0xFF : 0),
                              static_cast<char>(wraps ? kMostTaken & 0xFF : 0)};
  MF_ASSIGN(std::string sealed, Seal(choice, false));
  step_ = Step::kDone;
  return Secret(std::move(sealed));
}

Result<std::string> GssapiMechanism::Seal(std::string_view bytes, bool secret) {
  OM_uint32 minor = 0;
  int is_secret = 0;
  gss_buffer_desc input = BufferOf(bytes);
  Buffer output;
  const OM_uint32 major = gss_wrap(&minor, context_, secret ? 1 : 0, GSS_C_QOP_DEFAULT, &input,
                                   &is_secret, output.out());
  if (GSS_ERROR(major)) return GssFailed(major, minor, "cannot protect what is sent");
  if (secret && is_secret == 0)
    return Fail(ErrorKind::kInternal, "internal_error", "GSSAPI does not encrypt what it must");
  return std::string(output.view());
}

Result<std::string> GssapiMechanism::Unseal(std::string_view bytes, bool secret) {
  OM_uint32 minor = 0;
  int was_secret = 0;
  gss_buffer_desc input = BufferOf(bytes);
  Buffer output;
  const OM_uint32 major = gss_unwrap(&minor, context_, &input, output.out(), &was_secret, nullptr);
  // More than complete: a message that came twice, late, or behind a gap.
  if (major != GSS_S_COMPLETE) return Tampered(major);
  if (secret && was_secret == 0)
    return Fail(ErrorKind::kForeign, "connection_tampered",
                "a message that had to be encrypted came in clear", {},
                "look for who is between this machine and the service");
  return std::string(output.view());
}

}  // namespace

Result<std::unique_ptr<SaslMechanism>> MakeGssapiMechanism(const KerberosSettings& settings,
                                                           const std::string& host) {
  MF_ASSIGN(std::string service, ServicePrincipalAt(settings.service_principal, host));
  MF_ASSIGN(auto ticket, KerberosTicket::Get(settings));
  return std::make_unique<GssapiMechanism>(std::move(ticket), std::move(service),
                                           settings.protection);
}

}  // namespace metaferry
