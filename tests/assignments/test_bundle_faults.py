"""The job that packs papers is killed wherever it can be, and another runner ends it.

Seen failing on a runner whose step was not one transaction (`take_step` without `@transaction.atomic`): the locks of a
step need one, and the jobs failed.
"""

import zipfile
from collections import Counter
from hashlib import sha256

import pytest

from assignments.models import Bundle, BundlePart, SubmissionFile
from audit.models import Entry
from files.inspection import inspect_files
from files.models import StoredFile
from files.places import place_of
from files.services import store_file
from jobs.models import Job
from tests import cast
from tests.cast import WEEK_3
from tests.children import run_child

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]

KILLED = """
import signal, time
from datetime import timedelta
from uuid import uuid4
from accounts.models import User
from assignments.models import Assignment
from assignments.services import bundling, start_bundle
from jobs.models import Job
from jobs.runner import LEASE
from jobs.services import run_jobs
from tests.cast import WEEK_3
from tests.dying import die_at, in_a_process_of_its_own
from tests.jobs.work import Ticking

bundling.AT_ONCE = 1
LAST, STRIDE = 700, 13
SOON = timedelta(milliseconds=1)

def work_and_die(point):
    die_at(point)
    run_jobs(Ticking(WEEK_3, SOON))

def work_to_the_end():
    # The server needs a moment to notice that the other end of a connection is gone.
    ends_at = time.monotonic() + 20
    while Job.objects.exclude(status="done").exists() and time.monotonic() < ends_at:
        run_jobs(Ticking(WEEK_3 + 2 * LEASE, SOON))

reader = User.objects.get(name="Ruth Adeyemi")
for point in range(1, LAST, STRIDE):
    start_bundle(
        assignment=Assignment.objects.get(), section=None, reason="", key=uuid4(), actor=reader, now=WEEK_3
    )
    code = in_a_process_of_its_own(lambda: work_and_die(point))
    in_a_process_of_its_own(work_to_the_end)
    print("killed" if code == -signal.SIGKILL else code, flush=True)
    if code == 0:
        break
"""


@pytest.fixture(autouse=True)
def files_dir(settings, tmp_path):
    settings.STORED_FILES_DIR = tmp_path / "files"


def test_wherever_it_is_killed_each_zip_is_whole_and_each_look_recorded_once(paper, amara, jack, head_fellow):
    papers = [cast.make_submission(paper, amara), cast.make_submission(paper, jack)]
    stored = store_file(content=b"%PDF-1.7 a file", content_type="application/pdf", now=WEEK_3)
    SubmissionFile.objects.create(
        submission=papers[0], stored=stored, name="a.pdf", kind="pdf", position=1, size=15, sha256=stored.sha256
    )

    code, said, complained = run_child(KILLED, patience=300)

    assert code == 0, complained
    killed = said.split()
    assert killed[-1] == "0", "the last one came to its end by itself"
    assert len(killed) > 15
    bundles = list(Bundle.objects.select_related("job", "stored"))
    assert {bundle.job.status for bundle in bundles} == {Job.Status.DONE}
    for bundle in bundles:
        with zipfile.ZipFile(place_of(bundle.stored.sha256)) as archive:
            assert archive.testzip() is None
            texts = [archive.read(name) for name in archive.namelist() if name.endswith("paper.md")]
            assert [sha256(text).hexdigest() for text in texts] == [one.sha256 for one in papers]
            assert len(archive.namelist()) == 4
    looks = Counter(Entry.objects.filter(verb="read a paper").values_list("object_id", flat=True))
    assert looks == {str(one.pk): len(bundles) for one in papers}
    # Nothing is left of the parts, in the table or, after the cleaning of what a crash leaves, on the disk.
    assert not BundlePart.objects.exists()
    assert set(StoredFile.objects.values_list("pk", flat=True)) == {
        stored.pk,
        *(bundle.stored_id for bundle in bundles),
    }
    assert not inspect_files(now=WEEK_3, reads_all=True).has_losses
