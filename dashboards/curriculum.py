"""The pages of a session's curriculum: its outline, a module, an item."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import Perm
from cohorts.http import SessionRequest
from cohorts.models import Enrollment
from core.access import requires
from dashboards.lines import count_done, lines_of
from dashboards.own_work import Task, own_tasks
from modules.models import Item, Module
from modules.opening import Standing
from modules.outline import Outline
from modules.services import mark_done, unmark_done


@dataclass
class Step:
    """A module in the timeline: how far the person is, and which work it waits for."""

    module: Module
    is_readable: bool
    is_current: bool
    done: int = 0
    total: int = 0
    meets_at: datetime | None = None
    awaits: list[str] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Everything required is done."""
        return self.total > 0 and self.done == self.total


def read_outline(request: SessionRequest) -> Outline:
    """The session's modules as this person finds them. One query."""
    return Outline.of(request.program_session, request.membership, request.now)


def steps_of(outline: Outline) -> list[Step]:
    """The timeline, with what is done of each readable module. One query."""
    steps = {
        module.pk: Step(module, outline.is_readable(module), module is outline.current) for module in outline.modules
    }
    awaited: dict[int, list[str]] = defaultdict(list)
    columns = ("module_id", "title", "kind", "is_required", "done_at", "blocks_until", "meeting__starts_at")
    for module_id, title, kind, is_required, done_at, blocks_until, meets_at in (
        outline.items().order_by("position").values_list(*columns)
    ):
        step = steps[module_id]
        step.total += is_required
        step.done += bool(is_required and done_at)
        step.meets_at = step.meets_at or meets_at
        is_settled = done_at or (blocks_until and blocks_until <= outline.at)
        if is_required and kind == Item.Kind.ASSIGNMENT and not is_settled:
            awaited[module_id].append(title)
    # Only of the next one it is said which work it waits for: what later ones wait for is partly not open itself.
    blocked = next((step for step in steps.values() if step.module.standing is Standing.BLOCKED), None)
    if blocked is not None:
        earlier = (one for one in outline.readable if one.position < blocked.module.position)
        blocked.awaits = [title for module in earlier for title in awaited[module.pk]]
    return list(steps.values())


@requires(Perm.VIEW_SESSION)
@require_safe
def module_list(request: SessionRequest, session_slug: str) -> HttpResponse:
    """Every module in its order; of a closed one only its name, its outcome and when it opens."""
    outline = read_outline(request)
    context = {"session": request.program_session, "outline": outline, "steps": steps_of(outline)}
    return render(request, "modules/outline.html", context)


def readable_module(outline: Outline, key: str) -> Module:
    """Raises Http404 for a module that is not open, as for one that does not exist."""
    module = outline.find(key)
    if module is None:
        raise Http404
    return module


def may_tick(request: SessionRequest) -> bool:
    """Whether the person marks items as done: participants whose place is not over."""
    place = request.membership.enrollment
    return place is not None and place.status in Enrollment.WORKING and request.membership.may(Perm.DO_WORK)


@requires(Perm.VIEW_SESSION)
@require_safe
def module_detail(request: SessionRequest, session_slug: str, module_key: str) -> HttpResponse:
    """One module with everything in it."""
    outline = read_outline(request)
    module = readable_module(outline, module_key)
    lines = lines_of(outline, module)
    tasks: dict[int | None, Task] = {task.assignment.pk: task for task in own_tasks(outline, [module])}
    done, total = count_done(lines)
    before, after = outline.neighbours(module)
    context = {
        "session": request.program_session,
        "module": module,
        "rows": [(line, tasks.get(line.assignment_id)) for line in lines],
        "done": done,
        "total": total,
        "next_line": next((line for line in lines if line.done_at is None), None) if may_tick(request) else None,
        "may_tick": may_tick(request),
        "is_staff": outline.is_staff,
        "may_open": request.membership.may(Perm.OPEN_MODULE),
        "may_edit": request.membership.may(Perm.EDIT_CURRICULUM),
        "before": before,
        "after": after,
    }
    return render(request, "modules/module.html", context)


@requires(Perm.VIEW_SESSION)
@require_safe
def item_detail(request: SessionRequest, session_slug: str, module_key: str, item_key: str) -> HttpResponse:
    """One item, with the way to the ones before and after it; an assignment has a page of its own."""
    outline = read_outline(request)
    module = readable_module(outline, module_key)
    lines = lines_of(outline, module)
    place = next((place for place, line in enumerate(lines) if line.key == item_key), None)
    if place is None:
        raise Http404
    if lines[place].assignment_id is not None:
        return redirect(lines[place].address)
    item = outline.items().select_related("meeting").get(module=module, key=item_key)
    context = {
        "session": request.program_session,
        "module": module,
        "item": item,
        "item_template": f"modules/kinds/{item.kind}.html",
        "before": lines[place - 1] if place else None,
        "after": lines[place + 1] if place + 1 < len(lines) else None,
        "may_tick": may_tick(request),
        "player": player_of(item),
        "host": urlsplit(item.url).hostname,
        "can_be_joined": item.meeting is not None and item.meeting.can_be_joined(request.now),
    }
    return render(request, "modules/item.html", context)


def player_of(item: Item) -> str:
    """The address of the video if its player may stand in the page; other videos are links."""
    address = urlsplit(item.url)
    origin = f"{address.scheme}://{address.netloc}"
    return item.url if item.kind == Item.Kind.VIDEO and origin in settings.FRAME_SOURCES else ""


@requires(Perm.DO_WORK)
@require_POST
def item_done(request: SessionRequest, session_slug: str, module_key: str) -> HttpResponse:
    """Tick `item`, or take the tick of `undo` back, and return to where it was done. Work is done by handing it in."""
    outline = read_outline(request)
    module = readable_module(outline, module_key)
    mine = outline.items().filter(module=module).ticked_by_hand()
    takes_back = "undo" in request.POST
    item = get_object_or_404(mine, key=request.POST.get("undo" if takes_back else "item", ""))
    if outline.enrollment is None or not may_tick(request):
        raise Http404
    if takes_back:
        unmark_done(item=item, enrollment=outline.enrollment)
    else:
        mark_done(item=item, enrollment=outline.enrollment, now=request.now)
    if request.POST.get("from") == "module":
        return redirect("dashboards:module-detail", session_slug, module_key)
    return redirect("dashboards:item-detail", session_slug, module_key, item.key)
