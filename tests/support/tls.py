"""Certificates for servers and clients under test: good ones, and those that must be refused.

    authority = Authority(folder)
    server = MariaDB(Tls(authority.issue("127.0.0.1"), client_authorities=authority.pem))
    ... f"sslrootcert={authority.file}"
"""

import datetime
from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

END = b"-----END CERTIFICATE-----\n"


@dataclass
class Certificate:
    chain: bytes  # PEM, as is `key`
    key: bytes

    def write(self, folder, name):
        """Paths of the certificate and of its key, which only this user may read."""
        paths = Path(folder) / f"{name}.pem", Path(folder) / f"{name}-key.pem"
        for path, text in zip(paths, (self.chain, self.key)):
            path.write_bytes(text)
            path.chmod(0o600)
        return paths


    def java_keystore(self, folder, password):
        """A file that Java programs take for a server's certificate and key; of the type PKCS12."""
        chain = [x509.load_pem_x509_certificate(pem + END) for pem in self.chain.split(END) if pem.strip()]
        key = serialization.load_pem_private_key(self.key, None)
        path = Path(folder) / "keystore.p12"
        path.write_bytes(pkcs12.serialize_key_and_certificates(
            b"server", key, chain[0], chain[1:], serialization.BestAvailableEncryption(password.encode())))
        return path


@dataclass
class Tls:
    """What a server with TLS has: its certificate, and whom it believes about the certificates of clients."""
    certificate: Certificate
    client_authorities: bytes


class Authority:
    """One that issues certificates; `file` holds its own."""

    def __init__(self, folder, name="authority"):
        self._ca = trustme.CA(organization_name=name)
        self.pem = self._ca.cert_pem.bytes()
        self.file = Path(folder) / f"{name}.pem"
        self.file.write_bytes(self.pem)

    def issue(self, *names, days=(-1, 30), key=trustme.KeyType.ECDSA):
        """For host names and addresses; `days` from now are those between which it holds."""
        now = datetime.datetime.now(datetime.timezone.utc)
        begin, end = (now + datetime.timedelta(days=number) for number in days)
        issued = self._ca.issue_cert(*names, not_before=begin, not_after=end, key_type=key)
        chain = b"".join(part.bytes() for part in issued.cert_chain_pems)
        return Certificate(chain, issued.private_key_pem.bytes())
