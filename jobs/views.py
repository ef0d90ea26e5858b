from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from core.access import signed_in
from core.http import Request
from core.moves import WrongState
from core.refusals import conflict
from files.responses import attachment
from files.services import BytesMissing
from jobs.kinds import result_address_of, title_of
from jobs.models import Job
from jobs.services import resume_job, stop_job


def own_job(request: Request, pk: int) -> Job:
    """The job, if it is the person's own. Raises Http404."""
    return get_object_or_404(Job.objects.visible_to(request.user, at=request.now), pk=pk)


@signed_in
@require_safe
@vary_on_headers("HX-Request")
def job_detail(request: Request, pk: int) -> HttpResponse:
    """How far it is; the page asks for the inner part alone while the job runs."""
    job = own_job(request, pk)
    template = "jobs/progress.html" if request.headers.get("HX-Request") else "jobs/detail.html"
    return render(request, template, {"job": job, "title": title_of(job.kind), "result_url": result_address_of(job)})


@signed_in
@require_POST
def job_stop(request: Request, pk: int) -> HttpResponse:
    job = own_job(request, pk)
    try:
        stop_job(job=job, now=request.now)
    except WrongState as moved_on:
        messages.warning(request, str(moved_on))
    return redirect("jobs:job-detail", pk)


@signed_in
@require_POST
def job_resume(request: Request, pk: int) -> HttpResponse:
    job = own_job(request, pk)
    try:
        resume_job(job=job)
    except WrongState as moved_on:
        messages.warning(request, str(moved_on))
    return redirect("jobs:job-detail", pk)


@signed_in
@require_safe
def job_result(request: Request, pk: int) -> HttpResponseBase:
    """The file that the job ended with."""
    job = own_job(request, pk)
    if job.result_file is None:
        raise Http404
    try:
        return attachment(job.result_file, job.result_name or title_of(job.kind))
    except BytesMissing as missing:
        return conflict(request, missing)
