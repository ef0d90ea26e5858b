"""A real Chromium against the real site. A test fails when a page breaks the content policy or writes an error.

    def test_a_participant_reads_the_module(page, live_server, sign_in, participant_in_kolkata, check_access):
        sign_in(participant_in_kolkata.user)
        page.goto(f"{live_server.url}/")
        check_access(page)

`page` is 1280 px wide; `resize(page, 390)` makes it a phone, `page.emulate_media(color_scheme="dark")` makes it night.
"""

import os
import shutil
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

# Playwright's own loop runs in the thread of the test, which also asks the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# What comes at once on a quiet machine comes later on a busy one.
expect.set_options(timeout=15_000)

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS = (1280, 390)
SCHEMES = ("light", "dark")
# To look into imported sheets axe writes styles of its own, which the content policy refuses and the test would count.
AXE = {"preload": False}


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("No Chromium here: install Debian's package, or name one in CHROMIUM.")
    return {**browser_type_launch_args, "executable_path": chromium, "args": ARGUMENTS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {
        **browser_context_args,
        "viewport": {"width": 1280, "height": 900},
        "locale": "en-US",
        "reduced_motion": "reduce",
    }


@dataclass
class Complaints:
    """What the browser found wrong; a test that expects some of it clears the list."""

    found: list = field(default_factory=list)

    def watch(self, page):
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.found.append(f"{page.url}: {error}"))
        page.on("response", self._on_response)

    def _on_console(self, message):
        # A refused document is the test's own business; refused parts of a page are noted by their response.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.found.append(f"{message.location.get('url')}: {message.text}")

    def _on_response(self, response):
        if response.status >= 400 and response.request.resource_type != "document":
            self.found.append(f"{response.status} for {response.url}")


@pytest.fixture
def complaints():
    return Complaints()


@pytest.fixture
def page(transactional_db, page, complaints):
    """Playwright's page, which fails the test for any content policy violation, script error or missing part.

    It is closed before the database is emptied under it.
    """
    complaints.watch(page)
    use_zone(page, "America/New_York")
    yield page
    assert complaints.found == []


@pytest.fixture
def sign_in_to(live_server):
    """Let a browser's context be somebody, without the form."""

    def become(context, user):
        client = Client()
        client.force_login(user)
        session = client.cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": session.key, "value": session.value, "url": live_server.url}])

    return become


@pytest.fixture
def sign_in(page, sign_in_to):
    """Be somebody, without the form, on a computer that shows their own clock."""

    def become(user):
        sign_in_to(page.context, user)
        if user.zone:
            use_zone(page, user.zone)

    return become


def use_zone(page, zone):
    """Let the computer show another clock from the next page on."""
    # The session that set a zone is the only one that may set another.
    if not hasattr(page, "zone_session"):
        page.zone_session = page.context.new_cdp_session(page)
    page.zone_session.send("Emulation.setTimezoneOverride", {"timezoneId": zone})


def resize(page, width):
    page.set_viewport_size({"width": width, "height": 900})


@pytest.fixture(scope="session")
def axe():
    return Axe()


@pytest.fixture
def check_access(axe):
    """Nothing serious for axe, and nothing wider than the window: at both widths, by day and by night."""

    def check(page):
        for width in WIDTHS:
            for scheme in SCHEMES:
                resize(page, width)
                page.emulate_media(color_scheme=scheme)
                where = f"{page.url} at {width} px, {scheme}"
                assert serious(axe.run(page, options=AXE)) == [], where
                assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{where}: too wide"

    return check


def serious(result):
    return [
        f"{violation['id']}: {violation['help']} – {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for violation in result.response["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]
