"""How often an opening was changed, counted where nobody can forget it: a calendar entry follows a rising number."""

from django.db import migrations, models

COUNT = """
CREATE FUNCTION modules_count_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Never what the row brings along: a form that was opened before another move would set it back.
    NEW.times_moved := OLD.times_moved + ((NEW.releases_at, NEW.ready_at, NEW.is_ready) IS DISTINCT FROM (OLD.releases_at, OLD.ready_at, OLD.is_ready))::integer;
    RETURN NEW;
END $$;
CREATE TRIGGER module_moves_counted BEFORE UPDATE ON modules_module
    FOR EACH ROW EXECUTE FUNCTION modules_count_moves();
"""
FORGET = """
DROP TRIGGER module_moves_counted ON modules_module;
DROP FUNCTION modules_count_moves();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('modules', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='module',
            name='times_moved',
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.RunSQL(COUNT, FORGET),
    ]
