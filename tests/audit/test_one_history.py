from django.contrib import admin

from audit.admin import AuditedAdmin


def test_whatever_the_program_office_shows_has_the_record_for_its_history():
    pages = admin.site._registry

    assert pages
    assert [str(page) for page in pages.values() if not isinstance(page, AuditedAdmin)] == []
