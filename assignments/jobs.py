"""The long work of assignments."""

from datetime import datetime

from django.urls import reverse

from assignments.models import Bundle
from assignments.services.bundling import KIND, pack_papers
from jobs.kinds import Progress, job_kind
from jobs.models import Job


def bundle_address(job: Job) -> str:
    """Where the ZIP is fetched: by its own door, which asks once more who may read the papers."""
    bundle = Bundle.objects.filter(job=job, stored__isnull=False).select_related("assignment__session").first()
    return reverse("assignments:desk-bundle", args=[bundle.assignment.session.slug, bundle.pk]) if bundle else ""


@job_kind(KIND, title="All papers in one file", result_address=bundle_address)
def bundle_papers(job: Job, now: datetime) -> Progress:
    """Some papers at a time, then the whole."""
    return pack_papers(job, now)
