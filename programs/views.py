from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render

from core.access import public
from core.http import Request
from programs.catalogue import offers_of
from programs.content import read_content
from programs.models import Program


@public
def catalogue(request: Request) -> HttpResponse:
    """Every program with what it is about and when one can next begin. Two queries."""
    programs = list(Program.objects.visible_to(request.user, at=request.now).with_latest_version())
    offers = offers_of(programs, request.now)
    entries = [
        {"program": program, "content": read_content(program.latest_content), "offers": offers[program.pk]}
        for program in programs
        if program.latest_content
    ]
    return render(request, "programs/catalogue.html", {"entries": entries})


@public
def program_page(request: Request, slug: str) -> HttpResponse:
    """Outline, outcomes, people, certificates, and the sessions one can apply to. Two queries."""
    programs = Program.objects.visible_to(request.user, at=request.now).with_latest_version()
    program = get_object_or_404(programs, slug=slug)
    if program.latest_content is None:
        raise Http404
    context = {
        "program": program,
        "content": read_content(program.latest_content),
        "offers": offers_of([program], request.now)[program.pk],
    }
    return render(request, "programs/program.html", context)
