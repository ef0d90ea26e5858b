"""From paper to paper at the reading desk, as a reader's browser shows it. Needs Chromium; without it, it says so."""

import os
import shutil
from contextlib import contextmanager
from statistics import median

from django.urls import reverse

from tests.bench.pages import sign_in

# From the click until the next paper stands there, in ms: the slowest of all.
MOST_SHOWING = 300
STEPS = 10

# Answers with ms, once what was shown has been painted.
GO_ON = """() => new Promise((done) => {
    const began = performance.now();
    document.addEventListener(
        "desk:shown",
        () => requestAnimationFrame(() => setTimeout(() => done(performance.now() - began))),
        { once: true },
    );
    document.querySelector("#main a[rel=next]").click();
})"""


def tell(seeded, port):
    """Print what the next paper took; what missed its target."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("\nNo Chromium here, so how soon the next paper is shown was not measured (CHROMIUM may name one).")
        return []
    with browsing(chromium, sign_in(seeded.fellow), port) as page:
        queue = reverse("assignments:desk-queue", args=[seeded.session.slug])
        ahead, asked = walk(page, f"http://localhost:{port}{queue}")
    print(
        f"\nThe next paper is shown {median(ahead):.0f} ms after the click, at most {max(ahead):.0f} (sent ahead), and"
        f" {median(asked):.0f}, at most {max(asked):.0f} (asked for by the click); {MOST_SHOWING} at most is right."
    )
    slowest = max(*ahead, *asked)
    return [f"the next paper was shown after {slowest:.0f} ms"] if slowest > MOST_SHOWING else []


@contextmanager
def browsing(chromium, client, port):
    """A page of a browser in which that person is signed in."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        address = f"http://localhost:{port}"
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}])
        yield context.new_page()
        browser.close()


def walk(page, queue):
    """From the oldest paper on, ms of each step: where the next had been sent ahead, and where it had not."""
    ahead, asked = [], []
    page.goto(queue)
    page.click("tbody a[data-row]")
    page.wait_for_selector("#main a[rel=next]")
    # What the browser does once is no part of a step.
    page.evaluate(GO_ON)
    for _ in range(STEPS):
        asked.append(page.evaluate(GO_ON))
        with page.expect_response(lambda reply: reply.request.headers.get("x-desk") == "ahead") as sent:
            pass
        sent.value.finished()
        ahead.append(page.evaluate(GO_ON))
    return ahead, asked
