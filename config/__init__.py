import zoneinfo

from config.celery import app as celery_app

# Governments change their clocks with a few months' notice. The rules that are pinned with the product hold on every
# machine, before anything reads one; those of the operating system can be years older.
zoneinfo.reset_tzpath(to=())
zoneinfo.ZoneInfo.clear_cache()

__all__ = ["celery_app"]
