from django.urls import path

from operations.views import demo, roster
from operations.views import help as help_views

app_name = "operations"
urlpatterns = [
    path("demo/enter/", demo.demo_enter, name="demo-enter"),
    path("help/", help_views.help_ask, name="help-ask"),
    path("help/sent/", help_views.help_sent, name="help-sent"),
    path("s/<slug:session_slug>/people/roster/", roster.roster_load, name="roster-load"),
]
