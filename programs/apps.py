from django.apps import AppConfig
from django.core import checks


class ProgramsConfig(AppConfig):
    name = "programs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Asked of a database only: `migrate`, and `check --database default`."""
        from programs.checks import check_clock_rules

        checks.register(check_clock_rules, checks.Tags.database)
