from django.contrib.admin import AdminSite


class DirectorAdminSite(AdminSite):
    """The program directors' desk."""

    site_header = "Program office"
    site_title = "Program office"
    index_title = "Your programs"
