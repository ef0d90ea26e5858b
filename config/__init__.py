import zoneinfo
from importlib.resources import files

from config.celery import app as celery_app

# Governments change their clocks with a few months' notice. The rules that are pinned with the product hold on every
# machine, before anything reads one; those of the operating system can be years older. By their folder, because
# zoneinfo takes several times as long to find them in the package by itself.
zoneinfo.reset_tzpath(to=(str(files("tzdata") / "zoneinfo"),))
zoneinfo.ZoneInfo.clear_cache()

__all__ = ["celery_app"]
