from django.urls import path

from notifications.views import inbox, mailbox, reports, stopping

app_name = "notifications"

urlpatterns = [
    path("inbox/", inbox.inbox_list, name="inbox-list"),
    path("inbox/read/", inbox.inbox_read, name="inbox-read"),
    path("inbox/<int:pk>/", inbox.notice_open, name="notice-open"),
    path("demo/mailbox/", mailbox.mailbox_list, name="mailbox-list"),
    path("demo/mailbox/<str:name>/", mailbox.mailbox_read, name="mailbox-read"),
    path("mails/stop/<str:token>/", stopping.mails_stop, name="mails-stop"),
    path("mails/reports/", reports.report_take, name="report-take"),
]
