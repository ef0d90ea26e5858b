import base64
import contextlib
import json
import socket
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from celery import Celery, current_app
from django.db import transaction

from config.celery import app as lyceum
from core.publish import publish_on_commit


class ChangedMyMind(Exception):
    pass


@pytest.fixture
def broker_at():
    """Makes another broker the current one, for one test."""
    made = []

    def use(broker_url):
        app = Celery("elsewhere", set_as_current=False)
        app.config_from_object("django.conf:settings", namespace="CELERY")
        app.conf.broker_url = broker_url
        app.conf.task_default_queue = f"tests.publish.{uuid.uuid4()}"
        app.set_current()
        made.append(app)
        return app

    yield use
    for app in made:
        app.close()
    lyceum.set_current()


@pytest.fixture
def deaf_port():
    """A port whose queue of connections is full, so that one more neither succeeds nor is refused."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = []
        for _ in range(4):
            caller = socket.socket()
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
            waiting.append(caller)
        yield listener.getsockname()[1]
        for caller in waiting:
            caller.close()


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_fails_no_request_and_holds_none_up(broker_at, tmp_path):
    broker_at(f"redis+socket://{tmp_path}/nobody.sock")
    began = time.monotonic()
    with transaction.atomic():
        publish_on_commit("tests.wake")
    assert time.monotonic() - began < 0.5


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_does_not_answer_is_given_three_tenths_of_a_second(broker_at, deaf_port):
    broker_at(f"redis://127.0.0.1:{deaf_port}/0")
    began = time.monotonic()
    with transaction.atomic():
        publish_on_commit("tests.wake")
    assert time.monotonic() - began < 1


@pytest.mark.django_db(transaction=True)
def test_a_task_is_woken_once_after_the_commit_and_not_after_a_rollback(broker_at, settings):
    app = broker_at(settings.CELERY_BROKER_URL)
    queue = app.conf.task_default_queue
    with app.connection_for_read() as connection, closing(connection.default_channel.client) as broker:
        with contextlib.suppress(ChangedMyMind), transaction.atomic():
            publish_on_commit("tests.wake", number=1)
            raise ChangedMyMind
        with transaction.atomic():
            publish_on_commit("tests.wake", number=2)
            publish_on_commit("tests.wake", number=2)
            assert broker.llen(queue) == 0
        messages = broker.lrange(queue, 0, -1)
        broker.delete(queue)
    bodies = [json.loads(base64.b64decode(json.loads(message)["body"])) for message in messages]
    assert [body[1] for body in bodies] == [{"number": 2}]


def test_every_thread_publishes_to_our_broker(settings):
    with ThreadPoolExecutor(max_workers=1) as threads:
        broker_url = threads.submit(lambda: current_app.conf.broker_url).result()
    assert broker_url == settings.CELERY_BROKER_URL
