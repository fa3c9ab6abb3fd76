"""What openGauss does with statements and results that the PostgreSQL behind its imitation does otherwise.

What openGauss lacks is not answered here: the statement is made into one that PostgreSQL refuses with the same
SQLSTATE, so that order of the answers and state of the transaction are a server's own.
"""

import re
import struct

VERSION = ("(openGauss 5.0.0 build a07d57c3) compiled at 2023-03-29 03:09:38 commit 0 last mr   on "
           "x86_64-unknown-linux-gnu, compiled by g++ (GCC) 7.3.0, 64-bit")
SERVER_VERSION, SERVER_VERSION_NUMBER = "9.2.4", "90204"

# Strings, quoted names, comments and dollar quotes: nothing is replaced in them.
_PROTECTED = re.compile(r"""(--[^\n]*|/\*.*?\*/|\$(?:[A-Za-z_]\w*)?\$.*?\$(?:[A-Za-z_]\w*)?\$|"""
                        r"""\b[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*")""", re.DOTALL)

# Functions, columns, types and settings that came after 9.2; they get a name that nothing has.
_LATER_NAMES = re.compile(
    r"\b(row_security_active|relrowsecurity|relforcerowsecurity|rolbypassrls|pg_policies|pg_stat_ssl|pg_sequences|"
    r"jsonb\w*|json_(?:agg|build_object|build_array|each|object_agg)|to_reg\w+|regnamespace|regrole|array_positions?|"
    r"idle_in_transaction_session_timeout|idle_session_timeout|transaction_timeout|lock_timeout)\b", re.IGNORECASE)
_LATER_SUFFIX = "_of_later"
# Syntax that came after 9.2, and the word at which a parser stops that does not know it.
_LATER_SYNTAX = [(re.compile(pattern, re.IGNORECASE), word) for pattern, word in (
    (r"\bON\s+CONFLICT\b", "CONFLICT"),
    (r"\bFILTER\s*\(\s*WHERE\b", "FILTER"),
    (r"\bLATERAL\b", "LATERAL"),
    (r"\bWITH\s+ORDINALITY\b", "ORDINALITY"),
    (r"\bAS\s+(?:NOT\s+)?MATERIALIZED\s*\(", "MATERIALIZED"),
    (r"\bGROUPING\s+SETS\b", "GROUPING"),
)]

# What PostgreSQL reports since 14, and openGauss does not.
_UNKNOWN_PARAMETERS = ("in_hot_standby", "default_transaction_read_only", "scram_iterations", "search_path")


class Dialect:
    """The dialect of a database in the compatibility mode A (Oracle), B (MySQL) or PG."""

    def __init__(self, compatibility):
        assert compatibility in ("A", "B", "PG"), compatibility
        self.compatibility = compatibility
        self.empty_is_null = compatibility == "A"

    def statement(self, sql):
        """The statement as PostgreSQL is to get it."""
        sql = re.sub(r"current_setting\s*\(\s*'server_version_num'\s*\)", f"'{SERVER_VERSION_NUMBER}'", sql,
                     flags=re.IGNORECASE)
        parts = _PROTECTED.split(sql)
        code = " ".join(parts[::2])
        for pattern, word in _LATER_SYNTAX:
            if pattern.search(code):
                return word
        is_setting = code.lstrip().upper().startswith("SET ")
        for position, part in enumerate(parts):
            if position % 2 == 0:
                parts[position] = self._code(part)
            elif part == "''" and self.empty_is_null and not is_setting:
                parts[position] = "NULL"
        return "".join(parts)

    def _code(self, code):
        mode = f"'{self.compatibility}'::text"
        for pattern, replacement in (
                (r"(?:\b\w+\s*\.\s*)?\bdatcompatibility\b", mode),
                (r"\bshow\s+sql_compatibility\b", f"SELECT {mode} AS sql_compatibility"),
                (r"\bshow\s+server_version\b", f"SELECT '{SERVER_VERSION}'::text AS server_version"),
                (r"\bshow\s+server_version_num\b", f"SELECT '{SERVER_VERSION_NUMBER}'::text AS server_version_num"),
                (r"\b(?:pg_catalog\s*\.\s*)?version\s*\(\s*\)", f"'{VERSION}'::text")):
            code = re.sub(pattern, replacement, code, flags=re.IGNORECASE)
        return later_names_unknown(code)

    def bind(self, body):
        """A Bind message: parameters of length 0 become NULL in mode A."""
        if not self.empty_is_null:
            return body
        at = body.index(b"\0") + 1
        at = body.index(b"\0", at) + 1
        (formats,) = struct.unpack_from("!h", body, at)
        at += 2 + 2 * formats
        return body[:at] + _empty_as_null(body[at:])

    def data_row(self, body):
        """A DataRow message: mode A has no empty text, so none may leave the server."""
        return _empty_as_null(body) if self.empty_is_null else body


def _empty_as_null(values):
    """A count, and as many values, each with its length; what follows stays as it is."""
    if b"\0\0\0\0" not in values:
        return values
    (count,) = struct.unpack_from("!h", values)
    out, at = bytearray(values[:2]), 2
    for _ in range(count):
        (length,) = struct.unpack_from("!i", values, at)
        end = at + 4 + max(length, 0)
        out += struct.pack("!i", length or -1) + values[at + 4:end]
        at = end
    return bytes(out) + values[at:]


def later_names_unknown(text):
    """The text with names of later versions changed into ones that no version has."""
    return _LATER_NAMES.sub(rf"\1{_LATER_SUFFIX}", text)


def error_response(body):
    """An error of PostgreSQL, without what was put into the statement to get it."""
    return body.replace(_LATER_SUFFIX.encode(), b"")


def parameter_status(body):
    """A ParameterStatus message as openGauss sends it; None when it does not."""
    name, value = body.split(b"\0")[:2]
    if name.decode() in _UNKNOWN_PARAMETERS:
        return None
    if name == b"server_version":
        value = SERVER_VERSION.encode()
    if name == b"is_superuser":
        name = b"is_sysadmin"
    return name + b"\0" + value + b"\0"
