from django.apps import AppConfig

from core.languages import compile_catalogues


class CoreConfig(AppConfig):
    name = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the languages at hand before the first text is said."""
        compile_catalogues()
