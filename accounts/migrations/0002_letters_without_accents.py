from django.contrib.postgres.operations import UnaccentExtension
from django.db import migrations


class Migration(migrations.Migration):
    """For the order of names in lists."""

    dependencies = [("accounts", "0001_initial")]

    operations = [UnaccentExtension()]
