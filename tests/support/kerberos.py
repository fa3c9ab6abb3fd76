"""A Kerberos realm for tests: MIT's KDC on a private folder and a free loopback port.

    with Kdc() as kdc:
        service = kdc.keytab("hive/localhost")
        reader = kdc.keytab("reader")
        run_program("export", url, environment=kdc.environment())

Nothing of the machine's own Kerberos is read: every program is told the realm's files by its environment.
"""

import atexit
import os
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from support.servers import Process, find_program, free_port, port_answers

REALM = "METAFERRY.TEST"
LOOPBACK = "127.0.0.1"


def host_name():
    """The name that this machine gives its loopback address, which is what _HOST stands for there."""
    return socket.getnameinfo((LOOPBACK, 0), socket.NI_NAMEREQD)[0].lower()


@dataclass
class ServiceLogin:
    """What a metastore service is told to let in clients with tickets only."""
    kdc: "Kdc"
    principal: str
    keytab: Path
    protection: str = "authentication"  # Hadoop's words, with commas: authentication, integrity, privacy

    def hadoop_settings(self):
        return {"hadoop.security.authentication": "kerberos", "hadoop.rpc.protection": self.protection}

    def service_settings(self):
        return {"metastore.sasl.enabled": "true", "metastore.kerberos.principal": self.principal,
                "metastore.kerberos.keytab.file": str(self.keytab)}

    def java_options(self):
        return [f"-Djava.security.krb5.conf={self.kdc.configuration}"]


class Kdc:
    """A key distribution centre of the realm REALM."""

    def __init__(self):
        self.folder = None
        self.port = None
        self._process = None

    def start(self):
        """Starts the server; after stop() it comes back on the same port with the same principals."""
        if self.folder is None:
            # Debian has one program in sbin and the other in bin; both are needed.
            for program in ("krb5kdc", "kdb5_util", "kadmin.local", "kinit"):
                find_program(program)
            self.folder = Path(tempfile.mkdtemp(prefix="metaferry-kdc-"))
            atexit.register(self.close)
            self.port = free_port()
            self._write_configuration()
            self._run("kdb5_util", "create", "-s", "-r", REALM, "-P", "of no use to anybody")
        self._process = Process([find_program("krb5kdc"), "-n", "-r", REALM], self.folder / "server.log",
                                env=self._environment(), cwd=self.folder)
        self._process.wait_until(lambda: port_answers(self.port))
        return self

    def stop(self):
        if self._process:
            self._process.stop()

    def close(self):
        """Ends the server and removes all keys."""
        atexit.unregister(self.close)
        self.stop()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    @property
    def configuration(self):
        return self.folder / "krb5.conf"

    def environment(self, ticket_cache=None):
        """For programs that log in; without a cache there are no tickets, wherever the machine keeps its own."""
        return {"KRB5_CONFIG": str(self.configuration),
                "KRB5CCNAME": f"FILE:{ticket_cache or self.folder / 'no-tickets'}"}

    def add(self, principal, *options):
        """Makes a principal with a random key, unless it is there."""
        if self._kadmin(f"getprinc {principal}")[0] != 0:
            self._must(*self._kadmin(f"addprinc -randkey {' '.join(options)} {principal}"))

    def remove(self, principal):
        self._must(*self._kadmin(f"delprinc -force {principal}"))

    def new_key(self, principal):
        """Keytabs that were made before are of no use from now on."""
        self._must(*self._kadmin(f"cpw -randkey {principal}"))

    def keytab(self, *principals):
        """A file with the keys of the principals, each of which is made when it is not there."""
        path = self.folder / (principals[0].replace("/", "_") + f"-{os.urandom(3).hex()}.keytab")
        for principal in principals:
            self.add(principal)
            self._must(*self._kadmin(f"ktadd -norandkey -k {path} {principal}"))
        path.chmod(0o600)
        return path

    def tickets(self, principal, keytab, lifetime="1h"):
        """A cache with the tickets of a principal, as kinit makes it; the lifetime is at least some seconds."""
        path = self.folder / f"tickets-{os.urandom(3).hex()}"
        self._run("kinit", "-c", f"FILE:{path}", "-l", lifetime, "-k", "-t", str(keytab), principal)
        return path

    def log_text(self):
        """What the server was asked for, one line each."""
        return (self.folder / "kdc.log").read_text(errors="replace")

    def _environment(self):
        return {"PATH": os.environ.get("PATH", ""), "HOME": str(self.folder), "LC_ALL": "C.UTF-8", "TZ": "UTC",
                "KRB5_CONFIG": str(self.configuration), "KRB5_KDC_PROFILE": str(self.folder / "kdc.conf")}

    def _kadmin(self, query):
        done = subprocess.run([find_program("kadmin.local"), "-r", REALM, "-q", query], env=self._environment(), text=True,
                              capture_output=True)
        # Its exit code tells nothing.
        failed = any(word in done.stderr for word in ("while", "does not exist", "Principal does not"))
        return int(failed or done.returncode != 0), done.stdout + done.stderr

    def _run(self, program, *arguments):
        done = subprocess.run([find_program(program), *arguments], env=self._environment(), text=True, capture_output=True)
        self._must(done.returncode, done.stdout + done.stderr)

    @staticmethod
    def _must(exit_code, said):
        if exit_code != 0:
            raise RuntimeError(said)

    def _write_configuration(self):
        self.configuration.write_text(f"""\
[libdefaults]
  default_realm = {REALM}
  dns_lookup_kdc = false
  dns_lookup_realm = false
  udp_preference_limit = 1
[realms]
  {REALM} = {{
    kdc = {LOOPBACK}:{self.port}
  }}
""")
        (self.folder / "kdc.conf").write_text(f"""\
[kdcdefaults]
  kdc_listen = {LOOPBACK}:{self.port}
  kdc_tcp_listen = {LOOPBACK}:{self.port}
[realms]
  {REALM} = {{
    database_name = {self.folder}/principal
    key_stash_file = {self.folder}/stash
    acl_file = {self.folder}/kadm5.acl
    max_life = 10h
    supported_enctypes = aes256-cts-hmac-sha1-96:normal aes128-cts-hmac-sha1-96:normal
  }}
[logging]
  kdc = FILE:{self.folder}/kdc.log
  default = FILE:{self.folder}/kdc.log
""")
