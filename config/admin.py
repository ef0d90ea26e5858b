from django.contrib.admin.apps import AdminConfig


class LyceumAdminConfig(AdminConfig):
    default_site = "dashboards.office.Office"
