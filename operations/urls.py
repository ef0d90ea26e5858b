from django.urls import path

from operations.views import help as help_views
from operations.views import roster

app_name = "operations"
urlpatterns = [
    path("help/", help_views.help_ask, name="help-ask"),
    path("s/<slug:session_slug>/people/roster/", roster.roster_load, name="roster-load"),
]
