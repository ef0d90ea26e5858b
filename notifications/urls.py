from django.urls import path

from notifications import views

app_name = "notifications"

urlpatterns = [
    path("inbox/", views.inbox_list, name="inbox-list"),
    path("inbox/read/", views.inbox_read, name="inbox-read"),
    path("inbox/<int:pk>/", views.notice_open, name="notice-open"),
    path("demo/mailbox/", views.mailbox_list, name="mailbox-list"),
    path("demo/mailbox/<str:name>/", views.mailbox_read, name="mailbox-read"),
]
