"""Every stable code of the program has an entry in the troubleshooting page, and no entry is about a code that is gone."""

import re

import pytest

from support.doc_pages import DOCS
from support.error_codes import Reader

PAGE = DOCS / "troubleshooting.md"
# Pages that explain codes in tables of their own, with the code in the first column.
MORE_PAGES = [DOCS / "doctor.md"]
ENTRY = re.compile(r"^### `([^`]+)`\n\n(.*?)(?=^#|\Z)", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def codes():
    return Reader().codes()


@pytest.fixture(scope="module")
def entries():
    """code -> what its entry says"""
    found = ENTRY.findall(PAGE.read_text(encoding="utf-8"))
    assert len({code for code, _ in found}) == len(found), "a code has two entries"
    return dict(found)


def codes_in_tables():
    cells = [cell for page in MORE_PAGES if page.is_file()
             for cell in re.findall(r"^\| (`[^|]+`) \|", page.read_text(encoding="utf-8"), re.MULTILINE)]
    return {code for cell in cells for code in re.findall(r"`([a-z0-9_]+)`", cell)}


def covers(pattern, word):
    return re.fullmatch(re.escape(pattern).replace(r"\*", "[a-z0-9_]+"), word) is not None


def test_every_code_of_the_program_has_an_entry(codes, entries):
    known = set(entries) | codes_in_tables()
    # `unsupported_*` is made of two parts in the sources: one entry that is no other code's is needed for it.
    open_ended = {code for code in codes.places if "*" in code}
    missing = {code: sorted(files) for code, files in codes.places.items() if code not in known and code not in open_ended}
    for pattern in open_ended:
        if not any(covers(pattern, word) for word in known - set(codes.places)):
            missing[pattern] = sorted(codes.places[pattern])
    assert not missing, "add to docs/troubleshooting.md:\n" + "\n".join(f"  {code}  {files}" for code, files in missing.items())


def test_every_entry_is_about_a_code_that_the_program_has(codes, entries):
    dead = [code for code in entries if not any(covers(pattern, code) for pattern in codes.places)]
    assert not dead, f"remove from docs/troubleshooting.md: {dead}"


def test_every_entry_says_what_it_means_its_cause_and_what_to_do(entries):
    wrong = [code for code, text in entries.items()
             if not re.fullmatch(r"(?![-*])\S.+?\n\n- \*\*Cause:\*\* .+\n(?:  .+\n)*- \*\*Do:\*\* .+\n(?:  .+\n)*\n*", text, re.DOTALL)]
    assert not wrong, f"entries need a paragraph, a cause and something to do: {wrong}"


def test_entries_stand_in_the_order_of_the_alphabet_within_their_section():
    for section in re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        listed = [code for code, _ in ENTRY.findall(section)]
        assert listed == sorted(listed), section.splitlines()[0]


def test_nothing_else_in_the_sources_looks_like_a_code(codes):
    assert not codes.unexplained, f"codes that the reader of the sources does not find by rule: {codes.unexplained}"


class TestReaderOfSources:
    """The reader itself: each way in which a code comes into the program."""

    @staticmethod
    def read(tmp_path, **files):
        for name, text in files.items():
            path = tmp_path / "migrate" / name.replace("_h", ".h").replace("_cc", ".cc")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        return Reader(tmp_path).codes()

    @pytest.mark.parametrize("source, expected", [
        ('x = Fail(ErrorKind::kUsage, "plain_code", "words");', {"plain_code"}),
        ('Error e{ErrorKind::kData,\n  "of_error", "words", {}, {}, {}};', {"of_error"}),
        ('return Failed({ErrorKind::kData, "unnamed_error", "words"}, books);', {"unnamed_error"}),
        ('Unexpected Bad(int n, std::string code) { return F(n, std::move(code)); }\nauto e = Bad(1, "by_helper");', {"by_helper"}),
        ('return Fail(kind, kind == K ? "one_way" : "other_way", what);', {"one_way", "other_way"}),
        ('return Fail(k, fmt::format("no_{}", side), "words");', {"no_*"}),
        ('return Fail(k, std::string("no_") + role, "words");', {"no_*"}),
        ('struct Fault { int id; std::string reason; };\nreturn Fault{3, "by_struct"};', {"by_struct"}),
        ('struct Fault { int id; std::string reason; };\nstd::vector<Fault> faults;\nfaults.push_back({3, "in_a_list"});', {"in_a_list"}),
        ('struct Known { int id; std::string_view code; };\nconstexpr Known kOne{1, "constant_code"};', {"constant_code"}),
        ('struct Known { int id; std::string_view code; };\nconstexpr Known kAll[] = {{1, "first_row"}, {2, "second_row"}};',
         {"first_row", "second_row"}),
        ('struct Known { int id; std::string_view code; };\nconstexpr Known kAll[] = {\n {1, "first_row"},\n {2, "second_row"},\n};',
         {"first_row", "second_row"}),
        ('ref.reason = "assigned_reason";', {"assigned_reason"}),
        ('return X{.code = "designated_code", .message = "a b"};', {"designated_code"}),
        ('warnings_.push_back(fmt::format("odd_thing: {} of them", n));', {"odd_thing"}),
        ('std::string_view ToString(FindingCode c) { switch (c) { case FindingCode::kA:\n return "a_finding"; } return "unknown"; }',
         {"a_finding"}),
        ('inline constexpr std::string_view kOddReason = "constant_reason";', {"constant_reason"}),
        ('std::string_view ReasonOf(Fate f) { switch (f) { case Fate::kOut:\n return "left_out"; default: return ""; } }', {"left_out"}),
        ('// Fail(ErrorKind::kUsage, "in_a_comment", "words")', set()),
        ('if (e.code == "compared_code") return;', set()),
        ('Fail(ErrorKind::kUsage, "with, comma", "x"); Fail(k, "after_it", "(");', {"after_it"}),
    ])
    def test_finds(self, tmp_path, source, expected):
        header = "inline Unexpected Fail(ErrorKind kind, std::string code, std::string message);\n" \
                 "struct Error { ErrorKind kind; std::string code; };"
        assert set(self.read(tmp_path, result_h=header, file_cc=source).places) == expected

    def test_a_function_of_the_file_hides_one_of_a_header(self, tmp_path):
        codes = self.read(tmp_path, a_h="void Warn(std::string area, std::string code);",
                          b_cc='void Warn(std::string code, std::string message) {}\nvoid F() { Warn("first_one", "other_one"); }')
        assert set(codes.places) == {"first_one"}

    def test_a_code_that_is_handed_on_is_not_looked_for_in_other_places(self, tmp_path):
        codes = self.read(tmp_path, a_h="void Ok(std::string area, std::string code);",
                          b_h='void Ok(std::string code) { report.Ok("area", std::move(code)); }')
        assert not codes.places

    def test_tells_of_what_looks_like_a_code_and_is_not_found_by_rule(self, tmp_path):
        codes = self.read(tmp_path, a_cc='auto e = Odd("strange_code", "the words of a message");')
        assert set(codes.unexplained) == {"strange_code"}
