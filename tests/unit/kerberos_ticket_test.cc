#include "connectors/hms_thrift/kerberos_ticket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "tests/unit/matchers.h"
#include "tests/unit/support/temporary_folder.h"

namespace metaferry {
namespace {

using namespace std::string_view_literals;  // their text may hold NULs
using ::testing::HasSubstr;

/// A realm whose KDC is nowhere, and no tickets.
class KerberosTicketTest : public ::testing::Test {
 protected:
  KerberosTicketTest() {
    Configure(
        "[libdefaults]\n  default_realm = TEST.EXAMPLE\n  dns_lookup_kdc = false\n"
        "  dns_canonicalize_hostname = false\n");
    setenv("KRB5CCNAME", ("FILE:" + folder_ / "none").c_str(), 1);
    settings_.service_principal = "hive/_HOST@TEST.EXAMPLE";
  }
  ~KerberosTicketTest() override {
    unsetenv("KRB5_CONFIG");
    unsetenv("KRB5CCNAME");
  }
  void Configure(std::string_view text) {
    WriteFile(folder_ / "krb5.conf", text);
    setenv("KRB5_CONFIG", (folder_ / "krb5.conf").c_str(), 1);
  }
  /// A keytab without keys.
  std::string Keytab(mode_t mode) {
    const std::string path = folder_ / "client.keytab";
    WriteFile(path, "\5\2"sv);
    chmod(path.c_str(), mode);
    settings_.keytab = path;
    return path;
  }

  TemporaryFolder folder_;
  KerberosSettings settings_;
};

TEST_F(KerberosTicketTest, HostStandsForTheHostInLowerCase) {
  const auto at = [](const char* principal) {
    return ServicePrincipalAt(principal, "Node1.Example.COM");
  };
  EXPECT_EQ(at("hive/_HOST@TEST.EXAMPLE").value(), "hive/node1.example.com@TEST.EXAMPLE");
  EXPECT_EQ(at("hive/Other.example@TEST.EXAMPLE").value(), "hive/Other.example@TEST.EXAMPLE");
  EXPECT_EQ(at("hive/_HOST.x@TEST.EXAMPLE").value(), "hive/_HOST.x@TEST.EXAMPLE");
}

TEST_F(KerberosTicketTest, AServicePrincipalHasThreeParts) {
  for (const char* principal : {"", "hive", "hive/_HOST", "hive@TEST", "/_HOST@TEST", "hive/@TEST",
                                "hive/_HOST@", "a/b/c@TEST", "hive/_HOST@A@B", "hive@A/_HOST"})
    EXPECT_THAT(ServicePrincipalAt(principal, "node1"), IsError("bad_principal")) << principal;
}

TEST_F(KerberosTicketTest, WithoutTicketsSaysHowToGetOne) {
  const auto none = KerberosTicket::Get(settings_);
  ASSERT_THAT(none, IsError("kerberos_no_ticket"));
  EXPECT_THAT(none.error().advice, HasSubstr("kinit"));
  settings_.ticket_cache = folder_ / "nosuch";
  EXPECT_THAT(KerberosTicket::Get(settings_), IsError("kerberos_no_ticket"));
  WriteFile(folder_ / "nonsense", "this is no ticket cache");
  settings_.ticket_cache = folder_ / "nonsense";
  EXPECT_THAT(KerberosTicket::Get(settings_), IsError("kerberos_no_ticket"));
  settings_.ticket_cache = "NOSUCHTYPE:x";
  EXPECT_THAT(KerberosTicket::Get(settings_), IsError("kerberos_no_ticket"));
}

TEST_F(KerberosTicketTest, AKeytabMustBeThere) {
  settings_.keytab = folder_ / "nosuch";
  const auto missing = KerberosTicket::Get(settings_);
  ASSERT_THAT(missing, IsError("kerberos_no_keytab"));
  EXPECT_EQ(missing.error().where, settings_.keytab);
}

TEST_F(KerberosTicketTest, AKeytabThatOthersMayReadOrChangeIsRefused) {
  for (const mode_t mode : {0644, 0604, 0602, 0660}) {
    Keytab(mode);
    const auto open = KerberosTicket::Get(settings_);
    ASSERT_THAT(open, IsError("kerberos_keytab_open")) << mode;
    EXPECT_EQ(open.error().kind, ErrorKind::kPermission);
  }
  for (const mode_t mode : {0400, 0600, 0440, 0640}) {
    Keytab(mode);
    EXPECT_THAT(KerberosTicket::Get(settings_), IsError("kerberos_no_key")) << mode;
  }
}

TEST_F(KerberosTicketTest, AKeytabWithoutTheKeySaysSo) {
  const std::string path = Keytab(0600);
  settings_.client_principal = "reader@TEST.EXAMPLE";
  const auto missing = KerberosTicket::Get(settings_);
  ASSERT_THAT(missing, IsError("kerberos_no_key"));
  EXPECT_THAT(missing.error().message, HasSubstr("reader@TEST.EXAMPLE"));
  EXPECT_THAT(missing.error().message, HasSubstr(path));
  WriteFile(path, "this is no keytab");
  EXPECT_THAT(KerberosTicket::Get(settings_), IsError("kerberos_no_key"));
}

TEST_F(KerberosTicketTest, APrincipalMustBeOne) {
  Keytab(0600);
  settings_.client_principal = "a@B@C";
  EXPECT_THAT(KerberosTicket::Get(settings_), IsError("bad_principal"));
}

TEST_F(KerberosTicketTest, ABrokenConfigurationIsCalledThat) {
  Configure("[libdefaults\n}{");
  const auto broken = KerberosTicket::Get(settings_);
  ASSERT_THAT(broken, IsError("kerberos_no_kdc"));
  EXPECT_THAT(broken.error().message, HasSubstr("krb5.conf"));
}

}  // namespace
}  // namespace metaferry
