"""The installed completions in real shells: what stands on the line after the tab key."""

import re

import pexpect
import pytest

from support.command import call

SHOW = "\x18\x10"  # Ctrl-X Ctrl-P prints the line in angle brackets


class Shell:
    def __init__(self, name, installed, folder):
        bash = installed / "share/bash-completion/completions/metaferry"
        zsh = installed / "share/zsh/site-functions"
        start, setup = {
            "bash": ("bash --norc --noprofile -i", [
                f"source {bash}", "bind 'set enable-bracketed-paste off'",
                "bind -x '\"\\C-x\\C-p\": printf \"<%s>\\n\" \"$READLINE_LINE\"'"]),
            "zsh": ("zsh -f -i", [
                f"fpath=({zsh} $fpath)", "autoload -Uz compinit", "compinit -u -D", "unset zle_bracketed_paste",
                'show() { print -r -- "<$BUFFER>" }', "zle -N show", "bindkey '^X^P' show"]),
        }[name]
        self.name = name
        self._child = pexpect.spawn(start, cwd=str(folder), env={"PATH": "/usr/bin:/bin", "TERM": "dumb", "PS1": "$ "},
                                    encoding="utf-8", timeout=20, dimensions=(24, 500))
        for line in [*setup, "echo re''ady"]:
            self._child.sendline(line)
        self._child.expect("\nready")

    def complete(self, line):
        self._child.send(f"{line}\t{SHOW}")
        self._child.expect(r"\n?<([^<>\r\n]*)>\r")
        self._child.send("\x15")  # Ctrl-U empties the line
        return self._child.match[1]

    def close(self):
        self._child.close(force=True)


@pytest.fixture(scope="module", params=["bash", "zsh"])
def shell(request, installed, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "sales.json").write_text("{}")
    (folder / "notes.txt").write_text("")
    (folder / "reports").mkdir()
    shell = Shell(request.param, installed, folder)
    yield shell
    shell.close()


def completed(shell, line):
    """The whole line; zsh and bash differ in what they put after it."""
    assert line.startswith("metaferry ")
    return shell.complete(line).rstrip(" =")


@pytest.mark.parametrize("typed, meant", [
    ("ver", "verify"),
    ("plan --form", "plan --format"),
    ("plan --format j", "plan --format json"),
    ("plan --format=j", "plan --format=json"),
    ("plan sal", "plan sales.json"),
    ("plan --quiet sal", "plan --quiet sales.json"),
    ("plan --format json sal", "plan --format json sales.json"),
    ("plan --format=json sal", "plan --format=json sales.json"),
    ("plan --out not", "plan --out notes.txt"),
    ("plan --report rep", "plan --report reports/"),
    ("run rep", "run reports/"),
    ("export --cat", "export --catalog"),
])
def test_the_tab_key_completes(shell, typed, meant):
    assert completed(shell, f"metaferry {typed}") == f"metaferry {meant}"


@pytest.mark.parametrize("typed", ["plan --format x", "export --catalog sal", "export sal"])
def test_the_tab_key_offers_nothing_that_is_wrong(shell, typed):
    assert completed(shell, f"metaferry {typed}") == f"metaferry {typed}"


@pytest.mark.parametrize("typed", ["plan not", "plan --report not"])
def test_another_file_is_the_last_resort_of_zsh_and_none_of_bash(shell, typed):
    if shell.name == "zsh":
        assert completed(shell, f"metaferry {typed}") == f"metaferry {typed}es.txt"  # as its _files always does
    else:
        assert completed(shell, f"metaferry {typed}") == f"metaferry {typed}"


def bash_offers(installed, *words):
    """All that bash offers for the last word."""
    script = installed / "share/bash-completion/completions/metaferry"
    return call("bash", "-c", 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _metaferry; '
                              'printf "%s\\n" "${COMPREPLY[@]}"', "bash", script, "metaferry", *words).split()


def test_all_commands_and_all_their_options_are_offered(installed, metaferry):
    commands = re.findall(r"^  metaferry ([a-z]+) .*  ", metaferry.run(["--help"]).stdout, re.MULTILINE)
    assert set(bash_offers(installed, "")) == {*commands, "help", "--help", "--version"}
    for command in commands:
        shown = metaferry.run([command, "--help"]).stdout
        options = set(re.findall(r"^  (?:-\w \[ )?(--[a-z-]+)", shown, re.MULTILINE))
        assert set(bash_offers(installed, command, "--")) == options


def test_what_is_offered_as_a_value_is_accepted(installed, metaferry, demo):
    for command in ("plan", "run", "verify"):
        formats = bash_offers(installed, command, "--format", "")
        assert "json" in formats
        for value in formats:
            done = metaferry.run([command, demo / "job.json", "--format", value, "--quiet"])
            assert "bad_option" not in done.stderr
    assert metaferry.run(["plan", demo / "job.json", "--format", "none-of-these"]).exit == 4
