import logging

import pytest
from django.http import HttpResponse
from django.urls import ResolverMatch

from core.request_log import RequestLogMiddleware, loggable_path


def matched(request, route, kwargs):
    request.resolver_match = ResolverMatch(lambda: None, (), kwargs, route=route)
    return request


def test_every_answer_names_its_request(rf):
    request = rf.get("/programs/")
    response = RequestLogMiddleware(lambda _: HttpResponse())(request)
    assert response["X-Request-ID"] == request.request_id
    assert len(request.request_id) == 32


def test_a_secret_in_a_path_is_not_logged(rf):
    request = matched(rf.get("/accounts/reset/b-c6x9"), "accounts/reset/<str:key>", {"key": "b-c6x9"})
    assert loggable_path(request) == "/accounts/reset/<str:key>"


def test_a_query_is_not_logged(rf):
    request = matched(rf.get("/programs/?q=who+i+am"), "programs/", {})
    assert loggable_path(request) == "/programs/"


@pytest.mark.parametrize(("path", "lines"), [("/healthz", 0), ("/programs/", 1)])
def test_what_machines_ask_all_day_is_not_logged(rf, caplog, path, lines):
    caplog.set_level(logging.INFO, logger="lyceum.request")
    RequestLogMiddleware(lambda _: HttpResponse())(rf.get(path))
    assert len([record for record in caplog.records if record.name == "lyceum.request"]) == lines
