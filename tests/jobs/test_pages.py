import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from files.places import place_of
from jobs.models import Job
from jobs.runner import claim_job, take_step
from jobs.services import run_jobs, start_job, stop_job
from tests.jobs.work import MONDAY, Ticking

pytestmark = pytest.mark.django_db


@pytest.fixture
def me(client, owner, time_machine):
    time_machine.move_to(MONDAY)
    client.force_login(owner)
    return client


@pytest.fixture
def stranger(client, outsider):
    client.force_login(outsider.user)
    return client


def page_of(client, job, **headers):
    response = client.get(reverse("jobs:job-detail", args=[job.pk]), headers=headers)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def words(soup):
    return " ".join(soup.get_text(" ").split())


def buttons(soup):
    return [words(button) for button in soup.select("#job button, #job a.btn-primary")]


def finished(owner, kind):
    job = start_job(kind=kind, owner=owner, now=MONDAY)
    run_jobs(Ticking())
    job.refresh_from_db()
    return job


def test_a_waiting_job_can_be_stopped_and_its_page_looks_again_by_itself(me, job):
    page = page_of(me, job)

    assert page.h1.text == "Doing items"
    assert "Waiting for its turn" in words(page)
    assert "09:00 New York" in words(page)
    assert buttons(page) == ["Stop"]
    assert (page.select_one("#job")["hx-get"], page.select_one("#job")["hx-trigger"]) == (
        f"/jobs/{job.pk}/",
        "every 2s",
    )
    assert page.select_one("noscript a")["href"] == f"/jobs/{job.pk}/"


def test_a_running_job_shows_how_far_it_is(me, job):
    held = claim_job(now=MONDAY)
    take_step(held.pk, held.leased_by, Ticking())

    page = page_of(me, job)

    assert "Under way 3 items So far 3 of 10" in words(page)
    assert (page.progress["value"], page.progress["max"]) == ("3", "10")


def test_the_script_gets_the_inner_part_alone(me, job):
    part = page_of(me, job, HX_Request="true")

    assert part.select_one("#job")
    assert not part.select("html, header, h1")
    answer = me.get(reverse("jobs:job-detail", args=[job.pk]))
    assert "HX-Request" in answer["Vary"]


def test_a_job_that_ended_is_not_asked_for_again(me, owner):
    job = finished(owner, "test.export")

    page = page_of(me, job)

    assert not page.select("[hx-get]")
    assert not page.select("script[src*=htmx]")
    assert "Done" in words(page.select_one("[role=alert]"))
    assert buttons(page) == ["Save the file"]


def test_what_another_app_keeps_is_fetched_by_its_own_door_once_it_is_there(me, owner):
    waiting = start_job(kind="test.elsewhere", owner=owner, now=MONDAY)
    assert not page_of(me, waiting).select("a.btn-primary")
    run_jobs(Ticking())

    page = page_of(me, waiting)

    assert page.select_one("a.btn-primary")["href"] == f"/elsewhere/{waiting.pk}/"
    assert me.get(reverse("jobs:job-result", args=[waiting.pk])).status_code == 404


def test_a_failed_job_says_why_and_can_be_resumed(me, owner):
    page = page_of(me, finished(owner, "test.refuses"))

    assert "Failed" in words(page)
    assert "Row 7 has no e-mail address. Add it and start again." in words(page)
    assert buttons(page) == ["Go on where it ended"]


def test_a_job_is_stopped_and_resumed_from_its_page(me, job):
    address = reverse("jobs:job-detail", args=[job.pk])

    answer = me.post(reverse("jobs:job-stop", args=[job.pk]))
    assert (answer.status_code, answer.url) == (302, address)
    job.refresh_from_db()
    assert job.status == Job.Status.STOPPED
    assert buttons(page_of(me, job)) == ["Go on where it ended"]

    answer = me.post(reverse("jobs:job-resume", args=[job.pk]))
    assert (answer.status_code, answer.url) == (302, address)
    job.refresh_from_db()
    assert job.status == Job.Status.WAITING


@pytest.mark.parametrize("act", ["job-stop", "job-resume"])
def test_acting_on_a_job_that_has_moved_on_says_how_it_stands(me, owner, act):
    job = finished(owner, "test.export")

    page = me.post(reverse(f"jobs:{act}", args=[job.pk]), follow=True)

    assert "so it cannot become" in page.content.decode()
    job.refresh_from_db()
    assert job.status == Job.Status.DONE


@pytest.mark.parametrize("act", ["job-stop", "job-resume"])
def test_following_a_link_neither_stops_nor_resumes(me, job, act):
    assert me.get(reverse(f"jobs:{act}", args=[job.pk])).status_code == 405


def test_the_owner_saves_the_file_that_the_job_ended_with(me, owner):
    job = finished(owner, "test.export")

    answer = me.get(reverse("jobs:job-result", args=[job.pk]))

    assert b"".join(answer) == b"name\nAmara Rao\n"
    assert answer["Content-Disposition"] == 'attachment; filename="roster.csv"'
    assert answer["Content-Type"] == "text/csv"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    answer.close()


def test_a_job_without_a_file_has_none_to_save(me, job):
    assert me.get(reverse("jobs:job-result", args=[job.pk])).status_code == 404


def test_a_file_that_is_gone_from_the_server_is_said_to_be(me, owner):
    job = finished(owner, "test.export")
    place_of(job.result_file.sha256).unlink()

    answer = me.get(reverse("jobs:job-result", args=[job.pk]))

    assert answer.status_code == 409
    assert "cannot be found on the server" in answer.content.decode()


def test_somebody_elses_job_is_nowhere(stranger, owner):
    done, waiting = finished(owner, "test.export"), start_job(kind="test.export", owner=owner, now=MONDAY)
    stopped = start_job(kind="test.export", owner=owner, now=MONDAY)
    stop_job(job=stopped, now=MONDAY)

    assert stranger.get(reverse("jobs:job-detail", args=[done.pk])).status_code == 404
    assert stranger.get(reverse("jobs:job-result", args=[done.pk])).status_code == 404
    assert stranger.post(reverse("jobs:job-stop", args=[waiting.pk])).status_code == 404
    assert stranger.post(reverse("jobs:job-resume", args=[stopped.pk])).status_code == 404
    waiting.refresh_from_db()
    stopped.refresh_from_db()
    assert (waiting.status, stopped.status) == (Job.Status.WAITING, Job.Status.STOPPED)


@pytest.mark.parametrize(
    ("route", "method"), [("detail", "get"), ("result", "get"), ("stop", "post"), ("resume", "post")]
)
def test_a_visitor_is_asked_to_sign_in(client, job, route, method):
    answer = getattr(client, method)(reverse(f"jobs:job-{route}", args=[job.pk]))

    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/login/")


def test_the_page_asks_the_same_few_questions_whatever_the_job(me, job, django_assert_max_num_queries):
    with django_assert_max_num_queries(5):
        page_of(me, job)
