"""The documentation as a site: it builds without a warning, loads nothing from elsewhere, and no link leads nowhere."""

import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest

from support.doc_pages import DOCS, pages, prose
from support.program import ROOT

LOADING = {("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("video", "src"), ("audio", "src"),
           ("embed", "src"), ("object", "data"), ("input", "src"), ("use", "href"), ("image", "href"), ("form", "action")}
EXTERNAL = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)


class Page(HTMLParser):
    """What a page loads, where it links to, and the anchors it has."""

    def __init__(self, path):
        super().__init__()
        self.loads, self.links, self.anchors, self.styles = [], [], set(), []
        self._in_style = False
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.anchors |= {values[key] for key in ("id", "name") if values.get(key)}
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])
        if tag == "link" and values.get("href") and values.get("rel") not in ("prev", "next", "canonical"):
            self.loads.append(values["href"])
        self.loads += [values[key] for name, key in LOADING if name == tag and values.get(key)]
        self.styles += [values["style"]] if values.get("style") else []
        self._in_style = tag == "style"

    def handle_endtag(self, tag):
        self._in_style = False

    def handle_data(self, data):
        if self._in_style:
            self.styles.append(data)


def build(root, folder):
    """The finished process. Without --quiet, which would have --strict overlook warnings."""
    return subprocess.run([sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", root / ".mkdocs.yml", "--site-dir", folder],
                          capture_output=True, text=True, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"})


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    done = build(ROOT, folder)
    assert done.returncode == 0 and "WARNING" not in done.stderr, done.stderr
    return folder


def test_the_build_fails_on_a_page_that_no_menu_has_and_on_a_link_to_nowhere(tmp_path):
    shutil.copytree(DOCS, tmp_path / "docs")
    shutil.copy(ROOT / ".mkdocs.yml", tmp_path)
    (tmp_path / "docs/stray.md").write_text("# Stray\n\n[nowhere](rules.md#nowhere)\n")
    done = build(tmp_path, tmp_path / "site")
    assert done.returncode != 0 and "stray.md" in done.stderr and "#nowhere" in done.stderr, done.stderr


@pytest.fixture(scope="module")
def site_pages(site):
    found = {path: Page(path) for path in sorted(site.rglob("*.html"))}
    assert len(found) == len(list(DOCS.rglob("*.md")))  # with 404.html, without README.md
    return found


def loaded_by_css(text):
    """Addresses that a style sheet brings in."""
    return re.findall(r"""url\(\s*['"]?([^'")]+)""", text) + re.findall(r"""@import\s+['"]([^'"]+)""", text)


def test_pages_load_nothing_from_elsewhere(site, site_pages):
    foreign = [f"{path.relative_to(site)}: {address}" for path, page in site_pages.items()
               for address in [*page.loads, *(item for text in page.styles for item in loaded_by_css(text))]
               if EXTERNAL.match(address)]
    foreign += [f"{path.relative_to(site)}: {address}" for path in site.rglob("*.css")
                for address in loaded_by_css(path.read_text(encoding="utf-8")) if EXTERNAL.match(address)]
    assert not foreign, "\n".join(foreign)


def test_what_pages_load_is_there(site, site_pages):
    missing = [f"{path.relative_to(site)}: {address}" for path, page in site_pages.items() for address in page.loads
               if not EXTERNAL.match(address) and not address.startswith("data:") and not target_of(site, path, address).is_file()]
    assert not missing, "\n".join(missing)


def target_of(site, page, address):
    path = unquote(urlsplit(address).path)
    base = site / path.lstrip("/") if path.startswith("/") else page.parent / path if path else page
    return base / "index.html" if base.is_dir() else base


def test_links_within_the_site_lead_somewhere(site, site_pages):
    broken = []
    for path, page in site_pages.items():
        for link in page.links:
            if EXTERNAL.match(link) or link.startswith(("mailto:", "javascript:")):
                continue
            target, anchor = target_of(site, path, link), unquote(urlsplit(link).fragment)
            if not target.resolve().is_relative_to(site.resolve()) or not target.is_file():
                broken.append(f"{path.relative_to(site)}: {link}: no such page")
            elif anchor and target in site_pages and anchor not in site_pages[target].anchors | {"__top"}:
                broken.append(f"{path.relative_to(site)}: {link}: no such place in the page")
    assert not broken, "\n".join(sorted(set(broken)))


def test_links_to_elsewhere_are_encrypted(site, site_pages):
    plain = {link for page in site_pages.values() for link in page.links if EXTERNAL.match(link) and not link.startswith("https://")}
    assert not plain


def anchor_of(heading):
    """As the web view of a repository makes it."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_the_files_lead_somewhere(page):
    """As they are read in a repository, or in /usr/share/doc."""
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if EXTERNAL.match(link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or not target.is_relative_to(ROOT):
            broken.append(f"{link}: no such file")
        elif anchor and target.suffix == ".md":
            headings = re.findall(r"^#+ (.+)$", prose(target), re.MULTILINE)
            if anchor not in map(anchor_of, headings):
                broken.append(f"{link}: no such heading")
    assert not broken, "\n".join(broken)


def test_the_contents_page_names_every_page():
    contents = (DOCS / "README.md").read_text(encoding="utf-8")
    named = {(DOCS / link.partition("#")[0]).resolve() for link in re.findall(r"\]\(([^)\s]+)\)", contents)}
    missing = [str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md") if page.name != "README.md" and page.resolve() not in named]
    assert not missing, f"docs/README.md does not name {missing}"


class TestReaderOfPages:
    """The checks themselves: what they look at is found."""

    @pytest.mark.parametrize("html, loads", [
        ('<script src="https://cdn.example/x.js"></script>', ["https://cdn.example/x.js"]),
        ('<link rel="stylesheet" href="//fonts.example/css">', ["//fonts.example/css"]),
        ('<link rel="canonical" href="https://example.org/">', []),
        ('<img src="a.png"><a href="https://example.org/">x</a>', ["a.png"]),
    ])
    def test_sees_what_a_page_loads(self, tmp_path, html, loads):
        (tmp_path / "page.html").write_text(html)
        assert Page(tmp_path / "page.html").loads == loads

    def test_sees_what_a_style_loads(self):
        assert loaded_by_css("@import 'https://a/b.css'; x {background: url(https://a/c.png)}") == ["https://a/c.png", "https://a/b.css"]
