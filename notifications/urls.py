from django.urls import path

from notifications import views

app_name = "notifications"

urlpatterns = [
    path("", views.mailbox_list, name="mailbox-list"),
    path("<str:name>/", views.mailbox_read, name="mailbox-read"),
]
