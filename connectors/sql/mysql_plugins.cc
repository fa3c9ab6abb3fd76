#include "connectors/sql/mysql_plugins.h"

#include <mysql.h>
#include <mysql/plugin_auth.h>

#include <cstring>
#include <mutex>

// As mysql/client_plugin.h has it, which includes a header that Debian's package lacks.
extern "C" st_mysql_client_plugin* mysql_client_register_plugin(MYSQL*, st_mysql_client_plugin*);

namespace metaferry {
namespace {

/// A plugin to log in, of interface 1.0.
struct Plugin : st_mysql_client_plugin {
  int (*authenticate_user)(MYSQL_PLUGIN_VIO*, MYSQL*);
};

int Refuse(MYSQL* mysql, const char* why) {
  mysql->net.last_errno = kMysqlPasswordKept;
  std::strncpy(mysql->net.last_error, why, sizeof(mysql->net.last_error) - 1);
  return CR_ERROR;
}

int SendPassword(MYSQL_PLUGIN_VIO* vio, MYSQL* mysql) {
  MYSQL_PLUGIN_VIO_INFO way{};
  vio->info(vio, &way);
  if (way.protocol != MYSQL_PLUGIN_VIO_INFO::MYSQL_VIO_SOCKET)
    return Refuse(mysql,
                  "the server asks for the password in clear, over a connection without TLS");
  const char* password = mysql->passwd ? mysql->passwd : "";
  const int length = static_cast<int>(std::strlen(password)) + 1;
  return vio->write_packet(vio, reinterpret_cast<const unsigned char*>(password), length) != 0
             ? CR_ERROR
             : CR_OK;
}

/// Questions, of which the first may be for the password. The lowest bit marks the last of them,
/// the others say what is asked for.
int AnswerQuestions(MYSQL_PLUGIN_VIO* vio, MYSQL* mysql) {
  constexpr int kForPassword = 2;
  for (bool first = true;; first = false) {
    unsigned char* packet = nullptr;
    const int length = vio->read_packet(vio, &packet);
    if (length < 0) return CR_ERROR;
    if (length > 0 && (packet[0] == 0 || packet[0] == 254)) return CR_OK_HANDSHAKE_COMPLETE;
    const int asked = length > 0 ? packet[0] >> 1 : kForPassword;
    const bool last = length > 0 && (packet[0] & 1) != 0;
    if (asked != kForPassword || !first)
      return Refuse(mysql, "the server asks for more than a password");
    const int sent = SendPassword(vio, mysql);
    if (sent != CR_OK || last) return sent;
  }
}

Plugin MakePlugin(const char* name, int (*authenticate)(MYSQL_PLUGIN_VIO*, MYSQL*)) {
  Plugin plugin{};
  plugin.type = 2;  // to log in
  plugin.interface_version = 0x0100;
  plugin.name = name;
  plugin.author = "metaferry";
  plugin.desc = "inside TLS only";
  plugin.license = "Apache";
  plugin.authenticate_user = authenticate;
  return plugin;
}

}  // namespace

void GuardMysqlPasswords() {
  static std::once_flag once;
  std::call_once(once, [] {
    static Plugin clear = MakePlugin("mysql_clear_password", SendPassword);
    static Plugin dialog = MakePlugin("dialog", AnswerQuestions);
    // Makes the library ready to take plugins, and holds the error of one that is not taken.
    MYSQL* mysql = mysql_init(nullptr);
    for (Plugin* plugin : {&clear, &dialog}) mysql_client_register_plugin(mysql, plugin);
    mysql_close(mysql);
  });
}

}  // namespace metaferry
