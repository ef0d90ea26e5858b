"""Fill the floor's database and print, as JSON, whom to be and what the page asks."""
# ruff: noqa: E402 - Django is set up first

import json
import os
from datetime import UTC, datetime, timedelta

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.floor.settings"
django.setup()

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.bench.floor.models import Group, Task

# The table of tasks has no migrations and points to one that has.
call_command("migrate", verbosity=0)
call_command("migrate", run_syncdb=True, verbosity=0)
people = [
    User.objects.create(username=f"person{n}", email=f"person{n}@example.org", first_name=f"Person {n}")
    for n in range(10)
]
group = Group.objects.create(title="What is to be done")
began = datetime(2027, 2, 1, tzinfo=UTC)
Task.objects.bulk_create(
    Task(
        group=group,
        owner=people[n % 10],
        title=f"A task with a title of ordinary length, number {n}",
        begun_at=began,
        due_at=began + timedelta(hours=n),
        words=300 + n,
        is_done=n % 3 == 0,
    )
    for n in range(60)
)
client = Client(headers={"host": "localhost"})
client.force_login(people[0])
path = f"/groups/{group.pk}/"
with CaptureQueriesContext(connection) as asked:
    assert client.get(path).status_code == 200
print(json.dumps({"path": path, "cookie": client.cookies["sessionid"].value, "queries": len(asked)}))
