from django.urls import path

from operations.views import roster

app_name = "operations"
urlpatterns = [
    path("s/<slug:session_slug>/people/roster/", roster.roster_load, name="roster-load"),
]
