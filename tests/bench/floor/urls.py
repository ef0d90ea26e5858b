from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, render
from django.urls import path

from tests.bench.floor.models import Group, Task


@login_required
def tasks(request, pk):
    """Session, user, and four more queries."""
    group = get_object_or_404(Group, pk=pk)
    rows = Task.objects.filter(group=group).select_related("owner").order_by("due_at")
    counts = {
        "done": Task.objects.filter(group=group, is_done=True).count(),
        "own": Task.objects.filter(owner=request.user).count(),
    }
    return render(request, "tasks.html", {"group": group, "tasks": rows, **counts})


urlpatterns = [path("groups/<int:pk>/", tasks, name="tasks"), path("tasks/<int:pk>/", tasks, name="task")]
