from django.apps import AppConfig
from django.core import checks
from django.utils.module_loading import autodiscover_modules


class NotificationsConfig(AppConfig):
    name = "notifications"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Find what each app declares in its `notices.py`."""
        from notifications.checks import check_addresses, check_templates

        autodiscover_modules("notices")
        checks.register(check_templates)
        checks.register(check_addresses)
