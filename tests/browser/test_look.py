"""Every page that stands before the programs: in both widths, by day and by night, under the strict content policy."""

import re

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import expect

from tests import cast
from tests.browser.conftest import resize, use_zone

OPEN_PAGES = [
    "/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/login/code/",
    "/accounts/password/reset/key/1-nonsense/",
    "/nowhere/",
]
OWN_PAGES = [
    "/",
    "/profile/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/webauthn/add/",
    "/accounts/2fa/webauthn/",
    "/accounts/sessions/",
    "/accounts/logout/",
]


@pytest.fixture
def amara(transactional_db):
    user = cast.make_user("Amara Rao", zone="Asia/Kolkata")
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


@pytest.mark.parametrize("path", ["unreadable", "forbidden", "too-late", "broken", "no-database"])
def test_refusals_can_be_used_by_everybody(page, live_server, check_access, settings, path):
    settings.ROOT_URLCONF = "tests.core.test_refusals"

    page.goto(f"{live_server.url}/{path}/")

    check_access(page)


def sign_in_by_form(page, live_server, user):
    page.goto(f"{live_server.url}/accounts/login/")
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password").fill("a long pass phrase")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(f"{live_server.url}/")


def show_once_more_that_it_is_me(page, live_server, path):
    """Open a page that asks for the password first."""
    page.goto(f"{live_server.url}{path}")
    page.get_by_label("Password").fill("a long pass phrase")
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_url(f"{live_server.url}{path}")


@pytest.mark.parametrize("path", OPEN_PAGES)
def test_pages_before_signing_in_can_be_used_by_everybody(page, live_server, check_access, path):
    page.goto(f"{live_server.url}{path}")

    check_access(page)


def test_own_pages_can_be_used_by_everybody(page, live_server, check_access, amara):
    use_zone(page, "Asia/Kolkata")
    sign_in_by_form(page, live_server, amara)
    page.goto(f"{live_server.url}/accounts/reauthenticate/")
    check_access(page)
    show_once_more_that_it_is_me(page, live_server, "/accounts/2fa/totp/activate/")

    for path in OWN_PAGES:
        page.goto(f"{live_server.url}{path}")
        expect(page).to_have_url(f"{live_server.url}{path}")
        check_access(page)


def test_a_form_with_errors_says_where_and_can_be_used_by_everybody(page, live_server, check_access):
    page.goto(f"{live_server.url}/accounts/signup/")
    page.get_by_label("Your name").fill("Amara Rao")
    page.get_by_label("E-mail address").fill("amara@example.org")
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Create the account").click()

    expect(page.get_by_label("Password")).to_have_attribute("aria-invalid", "true")
    check_access(page)


def test_the_first_steps_propose_the_zone_of_the_computer(page, live_server, sign_in, check_access, transactional_db):
    newcomer = cast.make_user("Nina Okoye", zone="", first_steps_at=None)
    use_zone(page, "Africa/Lagos")
    sign_in(newcomer)

    page.goto(f"{live_server.url}/first-steps/")
    expect(page.get_by_label("Your time zone")).to_have_value("Africa/Lagos")
    check_access(page)
    page.get_by_role("button", name="Begin").click()

    expect(page).to_have_url(f"{live_server.url}/")
    newcomer.refresh_from_db()
    assert newcomer.zone == "Africa/Lagos"
    assert newcomer.first_steps_at is not None


def test_another_zone_of_the_computer_is_asked_about_on_the_page_where_it_is_noticed(
    page, live_server, sign_in, check_access, amara
):
    sign_in(amara)
    use_zone(page, "Europe/Lisbon")

    page.goto(f"{live_server.url}/profile/")
    question = page.get_by_role("form", name="Your time zone")
    expect(question).to_contain_text("Your computer is on Lisbon time; your profile says Kolkata.")
    check_access(page)
    page.get_by_role("button", name="Keep Kolkata").click()

    expect(page).to_have_url(f"{live_server.url}/profile/")
    expect(question).to_have_count(0)
    amara.refresh_from_db()
    assert (amara.zone, amara.zone_kept_for) == ("Asia/Kolkata", "Europe/Lisbon")


def test_the_old_name_of_the_own_zone_is_no_other_zone(page, live_server, sign_in, amara):
    sign_in(amara)
    use_zone(page, "Asia/Calcutta")

    page.goto(f"{live_server.url}/profile/")
    page.reload()

    expect(page.get_by_role("form", name="Your time zone")).to_have_count(0)


def test_the_account_menu_opens_by_keyboard_and_closes_on_escape(page, live_server, sign_in, amara):
    sign_in(amara)
    page.goto(f"{live_server.url}/")

    menu = page.locator("details.menu > summary")
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Profile and time zone")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_role("link", name="Profile and time zone")).to_be_hidden()
    expect(menu).to_be_focused()


def test_the_first_key_leads_past_the_header(page, live_server):
    page.goto(f"{live_server.url}/accounts/login/")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("#main$"))


def test_somebody_without_scripts_signs_in_and_saves_the_profile(browser, live_server, amara):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in_by_form(page, live_server, amara)

    page.goto(f"{live_server.url}/profile/")
    page.get_by_label("How to address you").fill("Dr. Rao")
    page.get_by_label("Your time zone").select_option("Europe/Belgrade")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("status")).to_contain_text("Saved.")
    amara.refresh_from_db()
    assert (amara.addressed_as, amara.zone) == ("Dr. Rao", "Europe/Belgrade")
    context.close()


def test_a_passkey_is_added_and_signs_its_owner_in(page, live_server, amara):
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
            }
        },
    )
    sign_in_by_form(page, live_server, amara)
    show_once_more_that_it_is_me(page, live_server, "/accounts/2fa/webauthn/add/")
    page.get_by_label("What to call it").fill("Phone")
    page.get_by_label("Sign in with it alone, without the password").check()
    page.get_by_role("button", name="Add it").click()
    page.wait_for_url("**/accounts/2fa/recovery-codes/**")

    page.goto(f"{live_server.url}/accounts/2fa/webauthn/")
    expect(page.get_by_text("Phone", exact=True)).to_be_visible()
    page.context.clear_cookies()
    page.goto(f"{live_server.url}/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()

    expect(page).to_have_url(f"{live_server.url}/")
    expect(page.locator("details.menu > summary")).to_contain_text("Amara Rao")


def test_a_passkey_that_is_not_there_is_told_on_the_page(page, live_server, check_access):
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True}},
    )
    page.goto(f"{live_server.url}/accounts/login/")

    page.get_by_role("button", name="Use a passkey").click()

    expect(page.get_by_role("alert")).to_contain_text("No passkey was used")
    check_access(page)


def test_the_page_prints_without_what_can_be_pressed(page, live_server, sign_in, amara):
    sign_in(amara)
    page.goto(f"{live_server.url}/profile/")

    page.emulate_media(media="print")

    expect(page.locator(".site-header")).to_be_hidden()
    expect(page.get_by_role("button", name="Save")).to_be_hidden()
    expect(page.get_by_role("heading", name="Your profile")).to_be_visible()


def test_the_menu_stays_within_a_phone(page, live_server, sign_in, amara):
    sign_in(amara)
    resize(page, 390)
    page.goto(f"{live_server.url}/")

    page.locator("details.menu > summary").click()

    box = page.locator(".menu-panel").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


@pytest.mark.parametrize("name", ["Maximiliane-Alexandra von Hohenlohe-Langenburg", "Oluwaseunfunmilayo", "Ana"])
def test_nobodys_name_is_cut_in_the_header_of_a_phone(page, live_server, sign_in, name):
    """Seen to fail when a name had one line of seven rem."""
    sign_in(cast.make_user(name))
    resize(page, 390)
    page.goto(f"{live_server.url}/")

    shown = page.locator(".menu-name")
    assert shown.inner_text().split() == name.split()
    assert shown.evaluate("one => one.scrollWidth <= one.clientWidth")
    assert shown.bounding_box()["x"] + shown.bounding_box()["width"] <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
