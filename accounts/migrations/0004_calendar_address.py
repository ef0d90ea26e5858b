from django.db import migrations, models


class Migration(migrations.Migration):
    """How often the secret address of a person's calendar feed was renewed."""

    dependencies = [("accounts", "0003_language_of_mails")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="calendar_renewals",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
    ]
