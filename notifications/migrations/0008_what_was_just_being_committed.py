from django.db import migrations, models
from django.db.models import F


def as_it_was(apps, _schema_editor):
    """The next look goes on from the last one."""
    apps.get_model("notifications", "Planning").objects.update(looks_from=F("planned_at"))


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0007_what_was_told'),
    ]

    operations = [
        migrations.AddField(
            model_name='planning',
            name='looks_from',
            field=models.DateTimeField(help_text='What falls due after this moment is looked at the next time.', null=True),
        ),
        migrations.RunPython(as_it_was, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='planning',
            name='looks_from',
            field=models.DateTimeField(help_text='What falls due after this moment is looked at the next time.'),
        ),
    ]
