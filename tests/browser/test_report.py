"""report.html as people meet it: in a browser, from a file, without a network."""

import json
import sqlite3
import time
from pathlib import Path

import pytest

from support.program import ROOT, run_program, write_job

pytestmark = pytest.mark.usefixtures("metaferry")

# ---- Reports -------------------------------------------------------------------------------------


def _demo(folder, **changes):
    with sqlite3.connect(folder / "metastore.db") as connection:
        for script in ("hive_schema/sqlite-3.1.sql", "demo/metastore.sql"):
            connection.executescript((ROOT / "fixtures" / script).read_text(encoding="utf-8"))
    connection.close()
    return write_job(folder, "jdbc:sqlite:metastore.db", **changes)


RULES = [{"key": "hdfs://nn1:8020/warehouse", "value": "obs://lake/warehouse"}]


@pytest.fixture(scope="session")
def planned(tmp_path_factory, metaferry):
    """The report of a plan with everything to create."""
    folder = tmp_path_factory.mktemp("plan")
    path = _demo(folder, locations=RULES, default_owner="lake_admin")
    done = run_program("plan", path, "--quiet", "--report", folder / "report")
    assert done.returncode == 2, done.stderr
    return folder / "report" / "report.html"


@pytest.fixture(scope="session")
def mixed(tmp_path_factory, metaferry):
    """A run with something of everything: updates, refusals, what is filtered, hostile text."""
    folder = tmp_path_factory.mktemp("run")
    path = _demo(folder, locations=RULES, metaferry={"exclude": ["web_logs.page_views"]})
    assert run_program("run", path, "--quiet").returncode == 0
    hostile = "</script><img src=x onerror=\"document.title='hacked'\">\u202e=cmd()|`<b>"
    with sqlite3.connect(folder / "metastore.db") as connection:
        connection.execute('UPDATE "TBLS" SET "OWNER" = ? WHERE "TBL_NAME" = ?', (hostile, "orders"))
        connection.execute('UPDATE "TBLS" SET "SD_ID" = NULL WHERE "TBL_NAME" = ?', ("ledger",))
        connection.execute('INSERT INTO "PARTITION_PARAMS" ("PART_ID", "PARAM_KEY", "PARAM_VALUE") '
                           'SELECT "PART_ID", \'batch\', "PART_ID" % 7 FROM "PARTITIONS" WHERE "PART_ID" % 3 = 0')
    connection.close()
    done = run_program("run", path, "--quiet", "--format", "json")
    assert done.returncode == 3, done.stdout
    return Path(json.loads(done.stdout)["log_folder"]) / "report.html"


@pytest.fixture(scope="session")
def failed(tmp_path_factory, metaferry):
    """A plan that could not be made: its source is no metastore."""
    folder = tmp_path_factory.mktemp("failed")
    with sqlite3.connect(folder / "other.db") as connection:
        connection.execute("CREATE TABLE customers(id INTEGER)")
    connection.close()
    done = run_program("plan", write_job(folder, "jdbc:sqlite:other.db"), "--quiet", "--format", "html")
    assert done.returncode == 1
    (folder / "printed.html").write_bytes(done.stdout)
    return folder / "printed.html"


@pytest.fixture(scope="session")
def huge(tmp_path_factory, metaferry):
    """100,000 partitions of one database to create."""
    folder = tmp_path_factory.mktemp("huge")
    path = _demo(folder, locations=RULES)
    with sqlite3.connect(folder / "metastore.db") as connection:
        multiply_partitions(connection, 100_000)
    connection.close()
    done = run_program("plan", path, "--quiet", "--report", folder / "report")
    assert done.returncode == 2, done.stderr
    return folder / "report" / "report.html"


def multiply_partitions(connection, count):
    """Gives the table sales.orders `count` more partitions, shaped like its first."""
    table, = connection.execute('SELECT "TBL_ID" FROM "TBLS" WHERE "TBL_NAME" = \'orders\'').fetchone()
    part, sd = connection.execute('SELECT "PART_ID", "SD_ID" FROM "PARTITIONS" WHERE "TBL_ID" = ? LIMIT 1',
                                  (table,)).fetchone()
    serde, = connection.execute('SELECT "SERDE_ID" FROM "SDS" WHERE "SD_ID" = ?', (sd,)).fetchone()
    base = 10_000_000
    connection.execute("CREATE TEMP TABLE numbers AS WITH RECURSIVE n(i) AS "
                       "(SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?) SELECT i FROM n", (count,))
    name = "printf('dt=2030-%02d-%02d/region=r%04d', 1 + i % 12, 1 + i / 12 % 28, i / 336)"
    for into, key, own in (("SERDES", "SERDE_ID", serde), ("SDS", "SD_ID", sd), ("PARTITIONS", "PART_ID", part)):
        names = [row[1] for row in connection.execute(f'PRAGMA table_info("{into}")')]
        values = {key: f"{base} + i", "SERDE_ID": f"{base} + i", "SD_ID": f"{base} + i", "PART_NAME": name,
                  "LOCATION": f"'hdfs://nn1:8020/warehouse/sales.db/orders/' || {name}"}
        chosen = ", ".join(values[column] if column in values else f'o."{column}"' for column in names)
        connection.execute(f'INSERT INTO "{into}" SELECT {chosen} FROM numbers, "{into}" o WHERE o."{key}" = ?', (own,))
    for index, value in enumerate(("printf('2030-%02d-%02d', 1 + i % 12, 1 + i / 12 % 28)", "printf('r%04d', i / 336)")):
        connection.execute('INSERT INTO "PARTITION_KEY_VALS" ("PART_ID", "PART_KEY_VAL", "INTEGER_IDX") '
                           f"SELECT {base} + i, {value}, {index} FROM numbers")


EVERY_REPORT = ["planned", "mixed", "failed"]


@pytest.fixture(params=EVERY_REPORT)
def report(request):
    return request.getfixturevalue(request.param)


# ---- What holds for every report -----------------------------------------------------------------


def test_opens_without_an_error_and_asks_for_nothing(browser, report):
    browser.open(report)
    assert browser.complaints() == []
    assert browser.requests() == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_no_barrier(browser, axe, report, dark, width):
    browser.open(report, width=width, dark=dark)
    browser.js("for (const details of document.querySelectorAll('details:not(#list *)')) details.open = true;")
    if browser.find("#filter").is_displayed():
        browser.find("#unfold").click()
    assert browser.violations(axe) == []


def test_a_phone_needs_no_sideways_scrolling(browser, report):
    browser.open(report, width=360, height=740)
    browser.js("document.querySelectorAll('details').forEach((d) => d.unfold ? d.unfold() : (d.open = true))")
    assert browser.js("return document.documentElement.scrollWidth") <= 360


def test_dark_mode_is_dark(browser, report):
    brightness = ("const sum = (color) => color.match(/[0-9.]+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0);"
                  "const style = getComputedStyle(document.body);"
                  "return [sum(style.backgroundColor), sum(style.color)]")
    page, ink = browser.open(report).js(brightness)
    assert page > 600 and ink < 200
    page, ink = browser.open(report, dark=True).js(brightness)
    assert page < 200 and ink > 600


def test_paper_has_no_controls_and_a_white_page(browser, report):
    browser.open(report, media="print")
    assert browser.js("return getComputedStyle(document.querySelector('nav')).display") == "none"
    assert browser.js("return getComputedStyle(document.querySelector('#filter')).display") == "none"
    assert browser.js("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


# ---- The list of changes -------------------------------------------------------------------------


def test_like_changes_are_one_row_with_the_differing_part_marked(browser, planned):
    browser.open(planned)
    assert "2,920 partitions of sales.orders" in browser.names()
    marks = browser.js(
        "const row = [...document.querySelectorAll('#list .row')].find((r) => r.groupOf && r.textContent.includes('of sales.orders'));"
        "return [...row.querySelectorAll('.alike .values > code')].map((c) => [c.textContent, c.querySelector('mark').textContent])")
    (before, own), (after, same) = marks
    assert before.startswith("hdfs://nn1:8020/warehouse/sales.db/orders/dt=") and own.startswith("2023-01-01/")
    assert after == "obs://lake/warehouse/sales.db/orders/dt=…" and same == "…"


def test_folds_by_keyboard_down_to_a_single_partition(browser, planned):
    browser.open(planned)
    browser.js("[...document.querySelectorAll('#list details.group > summary')]"
               ".find((s) => s.textContent.includes('of sales.orders')).focus()")
    browser.press("ENTER")
    browser.wait("document.activeElement.closest('details').querySelector('.item')")
    assert "sales.orders/dt=2023-01-01/region=apac" in browser.names()
    browser.press("TAB")
    browser.press("ENTER")
    browser.wait("document.activeElement.closest('details').querySelector('.field')")
    fields = browser.js("return document.activeElement.closest('details').querySelector('.field').innerText")
    assert "obs://lake/warehouse/sales.db/orders/dt=2023-01-01/region=apac" in fields.replace("\n", "")
    browser.press("SPACE")
    assert not browser.js("return document.activeElement.closest('details').open")


def test_more_rows_come_on_demand(browser, planned):
    browser.open(planned)
    browser.js("[...document.querySelectorAll('#list details.group')]"
               ".find((d) => d.textContent.includes('of sales.orders')).unfold()")
    before = len(browser.names())
    browser.js("document.querySelector('#list details.group[open] button.page').focus()")
    browser.press("ENTER")
    assert len(browser.names()) == before + 200


def test_search_narrows_the_list(browser, planned):
    browser.open(planned)
    assert browser.search("salaries") .startswith("5 of 4,293 objects match")
    assert {name.split("/")[0] for name in browser.names()} >= {"hr.salaries"}
    assert not [name for name in browser.names() if "orders" in name]
    # All words must be there, in any of name, field and value.
    assert browser.search("2023-01-01 apac obs://").startswith("1 of ")
    assert browser.names() == ["sales.orders/dt=2023-01-01/region=apac"]
    assert browser.search("(no [such* thing").startswith("0 of ")
    assert browser.search("").startswith("4,293 objects")


def test_filters_by_kind_and_outcome(browser, mixed):
    browser.open(mixed)
    everything = browser.find("#found").text
    browser.find("label[for=show-PARTITION]").click()
    browser.wait(f"document.querySelector('#found').textContent !== {json.dumps(everything)}")
    assert not [name for name in browser.names() if "partition" in name or "/" in name]
    browser.find("label[for=show-updated]").click()
    browser.wait("![...document.querySelectorAll('#list .outcome')].some((e) => e.textContent === 'updated')")
    assert "finance.ledger" in browser.names()


def test_groups_by_kind_on_demand(browser, planned):
    browser.open(planned)
    browser.find("#order option[value=kind]").click()
    browser.wait("document.querySelector('#list .place > summary .place').textContent === 'DATABASE'")


@pytest.mark.parametrize("anchor, name", [
    ("table:sales.orders", "sales.orders"),
    ("database:hr", "hr"),
    ("function:geo.geo_distance", "geo.geo_distance"),
    ("partition:sales.orders/dt=2024-12-30/region=na", "sales.orders/dt=2024-12-30/region=na"),
    ("partition:sales.promotions/label=soldes%20d%2527%C3%A9t%C3%A9", "sales.promotions/label=soldes d%27été"),
])
def test_a_link_opens_its_object_and_goes_there(browser, planned, anchor, name):
    browser.open(planned, anchor="#" + anchor)
    browser.wait("document.querySelector('.target')")
    assert browser.js("return document.querySelector('.target .name').textContent") == name
    top, height = browser.js("const box = document.querySelector('.target').getBoundingClientRect();"
                             "return [box.top, innerHeight]")
    assert 0 <= top < height
    assert browser.js("return document.activeElement.closest('.target') !== null")
    link = browser.js("return document.querySelector('.target a.anchor').href")
    browser.open(planned, anchor=link[link.index("#"):])
    browser.wait("document.querySelector('.target')")
    assert browser.js("return document.querySelector('.target .name').textContent") == name


def test_a_link_leads_to_its_object_whatever_is_searched_for(browser, planned):
    browser.open(planned)
    browser.search("hr.")
    browser.js("location.hash = '#table:sales.orders'")
    browser.wait("document.querySelector('.target')")
    assert browser.js("return document.querySelector('.target .name').textContent") == "sales.orders"


def test_a_link_to_what_has_not_changed_says_so(browser, planned):
    browser.open(planned, anchor="#table:no.such")
    browser.wait("/is not among/.test(document.querySelector('#found').textContent)")


def test_before_printing_the_sections_unfold(browser, planned):
    browser.open(planned)
    browser.js("dispatchEvent(new Event('beforeprint'))")
    assert browser.js("return document.querySelectorAll('details.rule:not([open])').length") == 0
    browser.js("dispatchEvent(new Event('afterprint'))")
    assert browser.js("return document.querySelectorAll('details.rule[open]').length") == 0


# ---- What it says --------------------------------------------------------------------------------


def test_hostile_metadata_is_text(browser, mixed):
    browser.open(mixed)
    browser.search("hacked")
    assert browser.js("return document.title") != "hacked"
    assert browser.js("return document.images.length") == 0
    text = browser.js("return document.querySelector('#list').innerText")
    assert "</script><img src=x onerror=" in text and "\\u{202e}=cmd()|`<b>" in text
    assert browser.complaints() == []


def test_says_why_an_object_was_refused_and_what_to_do(browser, mixed):
    browser.open(mixed)
    text = browser.find("#refused").text
    assert "missing_storage_descriptor" in text and "finance.ledger" in text and "What to do:" in text


def test_says_plainly_what_went_wrong(browser, failed):
    browser.open(failed)
    text = browser.find("body").text
    assert "FAILED" in text and "What went wrong" in text and "not_a_metastore" in text


# ---- Size ----------------------------------------------------------------------------------------


def test_a_hundred_thousand_changes_open_and_are_searched_at_once(browser, huge):
    assert huge.stat().st_size < 12 << 20
    began = time.monotonic()
    browser.open(huge)
    assert time.monotonic() - began < 10
    assert browser.find("#found").text.startswith("104,293 objects")
    began = time.monotonic()
    assert browser.search("r0123 2030-05").startswith("28 of 104,293 objects match")
    assert time.monotonic() - began < 10
    assert browser.complaints() == []
