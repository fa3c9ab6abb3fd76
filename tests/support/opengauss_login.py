"""How an openGauss server asks for the proof of a password, and whether an answer is one.

The request depends on the form in which the account's password is stored, on what pg_hba.conf says, and on the minor
version of the protocol that the client begins with. The numbers 10 to 13 are openGauss's own: PostgreSQL means SASL
by some of them.
"""

import hashlib
import hmac
import os
import struct
from dataclasses import dataclass
from typing import Optional

REQUEST_CLEARTEXT, REQUEST_MD5, REQUEST_GSS = 3, 5, 7
REQUEST_SHA256, REQUEST_MD5_SHA256, REQUEST_SM3 = 10, 11, 13
# The second number of requests 10 and 13.
FORM_MD5, FORM_SHA256, FORM_SM3 = 1, 2, 3

# The last is an account with an MD5 password that is asked for under request 10.
STORED = ("sha256", "combined", "md5", "sm3", "md5 under sha256")
HBA = ("sha256", "md5", "sm3")


@dataclass
class Account:
    """An account of the server. A fixed `salt` (32 bytes) or `token` (4 bytes) makes its requests repeatable."""

    user: str
    password: str
    stored: str = "sha256"
    hba: str = "sha256"
    iterations: int = 10000
    salt: Optional[bytes] = None
    token: Optional[bytes] = None

    def __post_init__(self):
        assert self.stored in STORED and self.hba in HBA, (self.stored, self.hba)

    def request_for(self, minor):
        """The number of the request that a client of protocol 3.`minor` gets."""
        if self.stored == "sm3" or self.hba == "sm3":
            return REQUEST_SM3
        if self.stored == "md5 under sha256":
            return REQUEST_SHA256
        if self.stored == "sha256":
            return REQUEST_MD5_SHA256 if self.hba == "md5" else REQUEST_SHA256
        if self.stored == "combined" and self.hba == "sha256" and minor >= 50:
            return REQUEST_SHA256
        return REQUEST_MD5


@dataclass
class Keys:
    """What a password comes to; a server stores the first and the last."""

    server: bytes
    client: bytes
    stored: bytes


def derive_keys(password, salt, iterations, stored_hash="sha256"):
    derived = hashlib.pbkdf2_hmac("sha1", password.encode(), salt, iterations, 32)
    client = _hmac(derived, b"Client Key")
    # All clients and servers leave out that "r".
    return Keys(_hmac(derived, b"Sever Key"), client, hashlib.new(stored_hash, client).digest())


class Login:
    """One login: what is asked, then what of the answers is right."""

    def __init__(self, account, minor, request=None):
        self.number = request or account.request_for(minor)
        self._account = account
        self._minor = minor
        self._salt = account.salt or os.urandom(32)
        self._token = account.token or os.urandom(4)

    def request(self):
        """The body of the message, without its length."""
        number = struct.pack("!i", self.number)
        if self.number == REQUEST_MD5:
            return number + self._token
        if self.number == REQUEST_MD5_SHA256:
            return number + self._salt.hex().encode() + self._token
        if self._account.stored == "md5 under sha256":
            return number + struct.pack("!i", FORM_MD5) + self._token
        form = FORM_SM3 if self.number == REQUEST_SM3 else FORM_SHA256
        body = number + struct.pack("!i", form) + self._salt.hex().encode() + self._token.hex().encode()
        if self._minor < 50:
            body += _hmac(self._keys().server, self._token).hex().encode()
        if self._minor > 50:
            body += struct.pack("!i", self._account.iterations)
        return body

    def accepts(self, user, answer):
        """Whether the answer, without the NUL that ends it, is that of this account."""
        if user != self._account.user:
            return False
        if self.number in (REQUEST_SHA256, REQUEST_SM3) and self._account.stored != "md5 under sha256":
            return self._proves_the_key(answer)
        return hmac.compare_digest(answer, self._expected())

    def _expected(self):
        if self.number == REQUEST_MD5_SHA256:
            keys = self._keys()
            stored = self._salt.hex() + keys.server.hex() + keys.stored.hex()
            return b"md5" + _md5_hex(stored.encode() + self._token)
        account = self._account
        salted = _md5_hex(account.password.encode() + account.user.encode()) + self._token
        if self.number == REQUEST_SHA256:
            return b"sha256" + hashlib.sha256(salted).hexdigest().encode()
        return b"md5" + _md5_hex(salted)

    def _proves_the_key(self, answer):
        try:
            proof = bytes.fromhex(answer.decode("ascii"))
        except ValueError:
            return False
        stored = self._keys().stored
        mask = _hmac(stored, self._token)
        client = bytes(left ^ right for left, right in zip(proof, mask))
        return len(proof) == len(mask) and hashlib.new(self._stored_hash(), client).digest() == stored

    def _keys(self):
        return derive_keys(self._account.password, self._salt, self._account.iterations, self._stored_hash())

    def _stored_hash(self):
        return "sm3" if self.number == REQUEST_SM3 else "sha256"


def _hmac(key, message):
    return hmac.new(key, message, hashlib.sha256).digest()


def _md5_hex(text):
    return hashlib.md5(text).hexdigest().encode()
