"""The documentation as data: its pages and the blocks of text in them."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from support.program import ROOT

DOCS = ROOT / "docs"
FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^`]*)$")


@dataclass
class Block:
    """What stands between two fences."""
    page: Path
    line: int  # of the opening fence, from 1
    language: str  # empty when there is none
    title: str  # the file it stands for; empty when it is none
    lines: list = field(default_factory=list)

    @property
    def text(self):
        return "\n".join(self.lines) + "\n"

    @property
    def place(self):
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def pages():
    """README.md and every page of docs/."""
    return [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def name_of(page):
    """`how-to/merge.md`; the README of the project is `../README.md`."""
    return str(page.relative_to(DOCS)) if page.is_relative_to(DOCS) else "../" + page.name


def blocks(page):
    found, block, indent = [], None, ""
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fence = FENCE.match(line)
        if block is not None and line.strip() == "```":
            found.append(block)
            block = None
        elif block is not None:
            block.lines.append(line.removeprefix(indent))
        elif fence:
            language, *_ = fence["info"].split() or [""]
            title = re.search(r'title="([^"]+)"', fence["info"])
            indent = fence["indent"]
            block = Block(page, number, language, title[1] if title else "")
    assert block is None, f"{block.place}: the block has no end"
    return found


def prose(page):
    """The page without its blocks."""
    kept, inside = [], False
    for line in page.read_text(encoding="utf-8").splitlines():
        if FENCE.match(line) or line.strip() == "```":
            inside = not inside
        elif not inside:
            kept.append(line)
    return "\n".join(kept)
