from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.access import public


@public
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where everybody begins."""
    return render(request, "dashboards/home.html")
