"""A headless browser for tests of report.html, and axe-core, which checks a page for accessibility."""

import contextlib
import functools
import json
import subprocess
import tarfile
import tempfile

from support.servers import ServerUnavailable, cache_folder, find_program

AXE = "4.14.1"


@functools.cache
def axe_source():
    """axe-core, which npm brings once and keeps in the cache."""
    kept = cache_folder() / f"axe-core-{AXE}" / "axe.min.js"
    if not kept.is_file():
        folder = kept.parent
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run([find_program("npm"), "pack", "--silent", f"axe-core@{AXE}"], cwd=folder,
                              capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            raise ServerUnavailable(f"npm has no axe-core: {done.stderr[-500:]}")
        archive = folder / done.stdout.split()[-1]
        with tarfile.open(archive) as packed, packed.extractfile("package/axe.min.js") as source:
            kept.with_suffix(".part").write_bytes(source.read())
        kept.with_suffix(".part").rename(kept)
        archive.unlink()
    return kept.read_text(encoding="utf-8")


class Browser:
    """Chromium without a network, with what a test of a page wants to know of it."""

    def start(self):
        try:
            from selenium import webdriver
        except ImportError as error:
            raise ServerUnavailable(f"the Python package selenium is not installed: {error}") from error
        self._profile = tempfile.TemporaryDirectory(prefix="metaferry-chromium-")
        options = webdriver.ChromeOptions()
        options.binary_location = find_program("chromium")
        # Whatever a page asks for, no name is resolved.
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                         "--host-resolver-rules=MAP * ~NOTFOUND", "--disable-background-networking",
                         "--disable-component-update", "--no-first-run", "--lang=en-US",
                         f"--user-data-dir={self._profile.name}"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(find_program("chromedriver")))
        self.driver.set_script_timeout(90)
        return self

    def close(self):
        self.driver.quit()
        with contextlib.suppress(OSError):
            self._profile.cleanup()

    def open(self, path, width=1280, height=900, dark=False, media="", anchor=""):
        emulate = self.driver.execute_cdp_cmd
        emulate("Emulation.setDeviceMetricsOverride",
                {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500})
        emulate("Emulation.setEmulatedMedia", {
            "media": media, "features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})
        self.driver.get("about:blank")
        for kind in ("performance", "browser"):
            self.driver.get_log(kind)  # what pages before it left
        self.driver.get(path.as_uri() + anchor)
        self.wait("document.querySelector('#list') === null || document.querySelector('#found').textContent !== ''")
        return self

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def wait(self, condition, seconds=30):
        """Until the JavaScript expression holds."""
        done = self.driver.execute_async_script(
            "const [end, done] = [performance.now() + 1000 * arguments[0], arguments[1]];"
            f"const look = () => ({condition}) ? done(true) : performance.now() > end ? done(false) : setTimeout(look, 20);"
            "look();", seconds)
        assert done, f"{condition} does not come true"

    def find(self, selector):
        return self.driver.find_element("css selector", selector)

    def press(self, key):
        from selenium.webdriver.common.keys import Keys
        self.driver.switch_to.active_element.send_keys(getattr(Keys, key))

    def search(self, text):
        self.js("document.querySelector('#found').textContent = ''")
        box = self.find("#search")
        box.clear()
        box.send_keys(text or " ")
        self.wait("/object/.test(document.querySelector('#found').textContent)")
        return self.find("#found").text

    def names(self):
        """The objects and groups that can be seen in the list."""
        return self.js("return [...document.querySelectorAll('#list .name, #list .title')]"
                       ".filter((e) => e.checkVisibility()).map((e) => e.textContent)")

    def complaints(self):
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self):
        """What the page asked for besides itself."""
        sent = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        urls = [event["params"]["request"]["url"] for event in sent if event["method"] == "Network.requestWillBeSent"]
        return [url for url in urls if not url.split("#")[0].endswith(".html") and url != "about:blank"]

    def violations(self, source):
        """What axe-core finds, run beside the page's policy, which lets no other script in."""
        self.driver.execute_cdp_cmd("Runtime.evaluate", {"expression": source})
        found = self.driver.execute_async_script(
            "const done = arguments[0]; axe.run(document, {resultTypes: ['violations']})"
            ".then((result) => done(result.violations), (error) => done([{id: String(error), nodes: []}]));")
        return [(item["id"], node["html"][:200], node.get("failureSummary", "")) for item in found
                for node in item["nodes"] or [{"html": ""}]]
