"""The stable codes of the program, read from its C++ sources: errors, reasons, findings, warnings, health checks.

A code gets into the program in few ways, all by name: as the parameter `code` or `reason` of a function, as the
member `code` or `reason` of a struct, as a constant kSomeReason, as what ToString(FindingCode) or a function of a
name like ReasonOf returns, or before the colon of a warning.
Which functions and structs those are is read from the sources too, so a new helper needs no change here. What else
looks like a code, being followed by a sentence, is found as `unexplained`, lest a new way passes unnoticed.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from support.program import ROOT

ROOMS = ("include", "migrate", "connectors", "rules")
NAMES = ("code", "reason")
JOB_KEYS = "migrate/job/job_schema.cc"
WORD = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
TEXT_TYPES = r"(?:const\s+)?(?:std::string_view|std::string|char\s*\*)\s*[&]?"
TOKEN = re.compile(r'''R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|//[^\n]*|/\*.*?\*/''',
                   re.DOTALL)
OPENING, CLOSING = "([{", ")]}"


@dataclass
class Codes:
    """`places`: code -> files that use it. `unexplained`: literal -> files."""
    places: dict = field(default_factory=dict)
    unexplained: dict = field(default_factory=dict)

    def add(self, code, file):
        self.places.setdefault(code, set()).add(file)


def without_comments(text):
    return TOKEN.sub(lambda match: " " if match[0].startswith(("//", "/*")) else match[0], text)


def arguments_at(text, start):
    """The top-level arguments of the list whose opening bracket stands at `start`, and where the list ends."""
    arguments, depth, begin, at = [], 0, start + 1, start
    while at < len(text):
        literal = TOKEN.match(text, at)
        if literal:
            at = literal.end()
            continue
        char = text[at]
        if char in OPENING:
            depth += 1
        elif char in CLOSING:
            depth -= 1
            if depth == 0:
                arguments.append(text[begin:at].strip())
                return ([] if arguments == [""] else arguments), at + 1
        elif char == "," and depth == 1:
            arguments.append(text[begin:at].strip())
            begin = at + 1
        at += 1
    return [], start + 1


def literals_of(argument):
    """The words that an argument can stand for; a format's `{}` and what is appended become `*`."""
    if re.match(r"\w*\s*\[", argument):  # a lambda
        return []
    joined = re.match(r'std::string(?:_view)?\(\s*("[^"]*")\s*\)\s*', argument)
    if joined:
        argument = joined[1] + argument[joined.end():]
    formatted = argument.startswith("fmt::format(")
    if "(" in argument and not formatted and not argument.startswith("("):
        # What a call makes of its arguments is its own affair, but for a condition's two words.
        if "?" not in argument:
            return []
    words = []
    for match in re.finditer(r'(==|!=)?\s*"((?:[^"\\]|\\.)*)"\s*(\+|==|!=)?', argument):
        if match[1] or match[3] in ("==", "!="):
            continue
        word = re.sub(r"\{\}", "*", match[2]) + ("*" if match[3] == "+" else "")
        if WORD.fullmatch(word.replace("_*", "_x").replace("*", "x")):
            words.append(word)
        if formatted:
            break
    return words


def expression_at(text, start):
    """What stands from `start` to the end of its statement, argument or list."""
    depth, at = 0, start
    while at < len(text):
        literal = TOKEN.match(text, at)
        if literal:
            at = literal.end()
            continue
        depth += (text[at] in OPENING) - (text[at] in CLOSING)
        if depth < 0 or depth == 0 and text[at] in ",;":
            break
        at += 1
    return text[start:at]


def parameter_positions(text):
    """{function: position of its parameter `code` or `reason`} of all functions declared or defined in `text`."""
    found = {}
    for match in re.finditer(rf"{TEXT_TYPES}\s*({'|'.join(NAMES)})\s*[,)=]", text):
        depth = 0
        for at in range(match.start() - 1, -1, -1):
            depth += (text[at] == ")") - (text[at] == "(")
            if depth < 0:
                break
            if text[at] in ";{}":  # a local variable
                at = -1
                break
        name = re.search(r"(\w+)\s*$", text[:at]) if at > 0 else None
        if name and name[1] not in ("if", "for", "while", "switch", "return"):
            before = arguments_at(text, at)[0]
            position = next(i for i, item in enumerate(before) if re.search(rf"\b({'|'.join(NAMES)})\b", item))
            found[name[1]] = position
    return found


def member_positions(text):
    """{struct: position of its member `code` or `reason`}"""
    found = {}
    for match in re.finditer(r"\bstruct\s+(\w+)[^;{(]*\{", text):
        body_end = arguments_at(text, match.end() - 1)[1]
        members, body = [], text[match.end():body_end - 1]
        # Methods and nested structs are cut out; initialisers do not matter.
        body = re.sub(r"\bstruct\s+\w+\s*\{[^{}]*\}\s*;", "", body)
        for statement in re.sub(r"\{[^{}]*\}", ";", body).split(";"):
            statement = re.sub(r"\b(?:public|private|protected)\s*:", "", statement).strip()
            if not statement or "(" in statement.split("=")[0] or statement.startswith(("using", "static", "enum", "friend")):
                continue
            head, *more = statement.split(",") if "<" not in statement else [statement]
            members += [re.split(r"\s", re.sub(r"\s*=.*", "", part, flags=re.DOTALL).strip())[-1] for part in (head, *more)]
            if members[-1] in NAMES and "std::string" not in head:
                members[-1] = ""
        position = next((i for i, name in enumerate(members) if name in NAMES), None)
        if position is not None:
            found[match[1]] = position
    return found


def holders_of(text, structs):
    """{variable: struct} of such structs and lists of them, which are often filled without the struct's name."""
    names = "|".join(map(re.escape, structs)) or "$^"
    pattern = (rf"(?:(?:std::vector|std::optional|std::array)<(?:\w+::)*({names})\b[^;(){{}}]*>\s*&?|\b({names}))"
               r"\s+(\w+)\s*(?:\[\w*\])?\s*[;,)={]")
    return {match[3]: match[1] or match[2] for match in re.finditer(pattern, text)}


class Reader:
    """Reads all sources of a tree; `codes()` once."""

    def __init__(self, root=ROOT):
        self._root = Path(root)
        files = [file for room in ROOMS for file in sorted((self._root / room).rglob("*"))
                 if file.suffix in (".h", ".cc", ".inc")]
        self._texts = {str(file.relative_to(self._root)): without_comments(file.read_text()) for file in files}
        self._calls, self._structs, self._holders = {}, {}, {}
        for text in (text for name, text in self._texts.items() if name.endswith(".h")):
            self._calls |= {name: {position} | self._calls.get(name, set())
                            for name, position in parameter_positions(text).items()}
        for text in self._texts.values():
            self._structs |= member_positions(text)
        for text in self._texts.values():
            self._holders |= holders_of(text, self._structs)

    def codes(self):
        codes = Codes()
        for name, text in self._texts.items():
            self._read(name, text, codes)
        for name, text in self._texts.items():
            self._look_for_others(name, text, codes)
        return codes

    def _read(self, name, text, codes):
        # A function of the file itself hides one of the same name in a header.
        calls = self._calls | {call: {position} for call, position in parameter_positions(text).items()}
        for match in re.finditer(r"\b(\w+)\s*[({]", text):
            positions = set(calls.get(match[1], ()))
            if match[1] in self._structs:
                positions.add(self._structs[match[1]])
            if positions and not self._is_handed_on(text, match, positions):
                self._take(text, match.end() - 1, positions, name, codes)
        for match in re.finditer(r"\b(\w+)(?:\.|->)(?:push_back|emplace_back|emplace)(?=\()"
                                 r"|\b(\w+)\s*(?:\[\w*\])?\s*=?\s*(?=\{)", text):
            struct = self._structs.get(self._holders.get(match[1] or match[2]))
            if struct is not None:
                self._take(text, match.end(), {struct}, name, codes)
        # An Error without its name: what follows its kind is its code.
        for match in re.finditer(r"[{(]\s*(?=(?:metaferry::)?ErrorKind::k\w+\s*,)", text):
            self._take(text, match.start(), {1}, name, codes)
        for match in re.finditer(rf"\b(?:{'|'.join(NAMES)})\s*=(?!=)\s*", text):
            for word in literals_of(expression_at(text, match.end())):
                codes.add(word, name)
        for match in re.finditer(r"warnings?_?\.(?:push_back|emplace_back)\(", text):
            for argument in arguments_at(text, match.end() - 1)[0]:
                for word in re.findall(r'"([a-z]+(?:_[a-z]+)+): ', argument):
                    codes.add(word, name)
        for match in re.finditer(rf'constexpr {TEXT_TYPES}\s*k\w*(?:Reason|Code)\s*(?:=|\{{)\s*"(\w+)"', text):
            codes.add(match[1], name)
        for match in re.finditer(r"(?:ToString\(FindingCode|std::string(?:_view)? (?:\w+::)?\w*(?:Reason|Code)\w*\()[^{;]*\{", text):
            body = text[match.end() - 1:arguments_at(text, match.end() - 1)[1]]
            for word in re.findall(r'case (?:\w+::)*\w+:\s*return "([a-z]\w*)"', body):
                codes.add(word, name)

    def _is_handed_on(self, text, call, positions):
        """Whether the call gets its code from a parameter: then whoever calls the function around it names it."""
        arguments = arguments_at(text, call.end() - 1)[0]
        places = positions | self._calls.get(call[1], set())
        return any(re.fullmatch(rf"(?:std::move\()?(?:{'|'.join(NAMES)})\)?", arguments[place])
                   for place in places if place < len(arguments))

    def _take(self, text, start, positions, name, codes):
        """The code in the list at `start`; where functions of one name differ, what stands last is it."""
        arguments = arguments_at(text, start)[0]
        if arguments and not arguments[-1]:  # behind a last comma
            arguments.pop()
        if arguments and all(argument.startswith("{") for argument in arguments):
            for argument in arguments:
                self._take(argument, 0, positions, name, codes)
            return
        for position in sorted(positions, reverse=True):
            words = literals_of(arguments[position]) if position < len(arguments) else []
            if len(positions) > 1:
                words = [word for word in words if "_" in word]
            for word in words:
                codes.add(word, name)
            if words:
                return

    def _look_for_others(self, name, text, codes):
        """A word with an underscore that a sentence follows in the same list, unless it is a key of a job."""
        for match in re.finditer(r'[{(,]\s*"([a-z]+(?:_[a-z0-9]+)+)"\s*,\s*(?:fmt::format\(|std::string\()?\s*"[^"]* [^"]*"', text):
            if match[1] not in codes.places and f'"{match[1]}"' not in self._texts.get(JOB_KEYS, ""):
                codes.unexplained.setdefault(match[1], set()).add(name)
