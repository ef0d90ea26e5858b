from django.urls import path

from assignments import desk_urls
from assignments.views import arcs, lists, more_time, own_files, receipts, writing

app_name = "assignments"

PAGES = "s/<slug:session_slug>/assignments/"
ONE = f"{PAGES}<int:pk>/"

urlpatterns = [
    path(PAGES, lists.assignment_list, name="assignment-list"),
    path(f"{PAGES}mine/", arcs.own, name="own-papers"),
    path(ONE, writing.assignment_open, name="assignment-open"),
    path(f"{ONE}draft/", writing.draft_save, name="draft-save"),
    path(f"{ONE}autosave/", writing.draft_autosave, name="draft-autosave"),
    path(f"{ONE}hand-in/", writing.paper_hand_in, name="paper-hand-in"),
    path(f"{ONE}files/", own_files.file_add, name="file-add"),
    path(f"{ONE}files/<int:file>/", own_files.file_read, name="file-read"),
    path(f"{ONE}files/<int:file>/remove/", own_files.file_remove, name="file-remove"),
    path(f"{ONE}kept/<int:kept>/", writing.kept_text_settle, name="kept-text-settle"),
    path(f"{ONE}time/take/", more_time.time_take, name="time-take"),
    path(f"{ONE}time/ask/", more_time.time_ask, name="time-ask"),
    path(f"{ONE}time/asked/<int:asked>/withdraw/", more_time.request_withdraw, name="request-withdraw"),
    path(f"{ONE}receipt/<str:receipt>/", receipts.receipt_read, name="receipt-read"),
    path(f"{ONE}receipt/<str:receipt>/text/", receipts.receipt_text, name="receipt-text"),
    path(f"{ONE}receipt/<str:receipt>/quoting/", receipts.quoting_change, name="quoting-change"),
    path(f"{ONE}receipt/<str:receipt>/files/<int:position>/", own_files.receipt_file, name="receipt-file"),
    path(f"{ONE}feedback/<int:number>/", receipts.feedback_read, name="feedback-read"),
    *desk_urls.urlpatterns,
]
