import pytest

from files.responses import attachment, safe_name
from files.services import store_file
from tests.files.moments import MONDAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def page():
    return store_file(content=b"<script>alert(1)</script>", content_type="text/html", now=MONDAY)


def test_a_file_is_saved_never_shown_and_never_run(page):
    response = attachment(page, "story.html")

    assert b"".join(response) == b"<script>alert(1)</script>"
    assert response["Content-Type"] == "text/html"
    assert response["Content-Disposition"] == 'attachment; filename="story.html"'
    assert response["Content-Length"] == "25"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Cache-Control"] == "private, no-store"
    response.close()


def test_a_name_in_any_script_travels_as_the_standard_says(page):
    response = attachment(page, "私の公の物語.pdf")

    assert response["Content-Disposition"] == (
        "attachment; filename*=utf-8''%E7%A7%81%E3%81%AE%E5%85%AC%E3%81%AE%E7%89%A9%E8%AA%9E.pdf"
    )
    response.close()


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "etc_passwd"),
        ("C:\\story.pdf", "C:_story.pdf"),
        ('a"; filename="b.exe', 'a"; filename="b.exe'),
        ("line\r\nSet-Cookie: a=b", "line_Set-Cookie: a=b"),
        ("invoice\u202efdp.exe", "invoice_fdp.exe"),
        ("", "file"),
        ("...", "file"),
        ("x" * 300 + ".docx", "x" * 145 + ".docx"),
        ("x" * 300, "x" * 150),
    ],
)
def test_a_name_cannot_lead_elsewhere_or_pretend(page, name, safe):
    assert safe_name(name) == safe
    response = attachment(page, name)
    assert "\n" not in response["Content-Disposition"]
    assert response["Content-Disposition"].count('filename="') <= 1
    response.close()
