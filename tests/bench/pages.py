"""Which pages are measured, as whom, and how the figures are told."""

from statistics import median, quantiles

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.bench.seeding import sign_in
from tests.bench.serving import Page


def all_of(seeded):
    """The five pages, with the queries that each asks."""
    slug = seeded.session.slug
    participant, fellow = sign_in(seeded.participant), sign_in(seeded.fellow)
    wanted = [
        ("This week", participant, "dashboards:week", [slug]),
        ("Module", participant, "dashboards:module-detail", [slug, seeded.module.key]),
        ("Assignment", participant, "assignments:assignment-open", [slug, seeded.assignment.pk]),
        ("Queue of 25", fellow, "assignments:desk-queue", [slug]),
        ("Paper", fellow, "assignments:desk-paper", [slug, seeded.paper.pk]),
    ]
    pages = []
    for name, client, route, arguments in wanted:
        path = reverse(route, args=arguments)
        pages.append(Page(name, path, client.cookies["sessionid"].value, count_queries(client, path)))
    return pages


def count_queries(client, path):
    """How many queries the page asks the second time."""
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(path)
    if answer.status_code != 200:
        raise SystemExit(f"{path} answered {answer.status_code}")
    return len(asked)


def tell(floor, pages, limits):
    """Print the table; what misses its target."""
    print(f"\n{'':22}{'CPU ms':>8}{'× floor':>9}{'at most':>9}{'p50 ms':>8}{'p95 ms':>8}{'queries':>9}{'KiB':>7}")
    missed = []
    for page in [floor, *pages]:
        # Round by round, so that what else the machine did meets both sides.
        times = median(one / other for one, other in zip(page.cpu, floor.cpu, strict=True))
        limit = limits.get(page.name)
        p95 = quantiles(page.took, n=20)[-1]
        print(
            f"{page.name:22}{1000 * median(page.cpu):8.1f}{times:9.2f}{limit or '':>9}{1000 * median(page.took):8.1f}"
            f"{1000 * p95:8.1f}{page.queries:9}{page.size / 1024:7.1f}"
        )
        if limit and times > limit:
            missed.append(f"{page.name} costs {times:.2f} times the floor, more than {limit}")
    return missed
