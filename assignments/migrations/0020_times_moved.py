"""How often a deadline was moved, counted where nobody can forget it: a calendar entry follows a rising number."""

from django.db import migrations, models

COUNT = """
CREATE FUNCTION assignments_count_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Never what the row brings along: a form that was opened before another move would set it back.
    NEW.times_moved := OLD.times_moved + (NEW.due_at IS DISTINCT FROM OLD.due_at)::integer;
    RETURN NEW;
END $$;
CREATE TRIGGER assignment_moves_counted BEFORE UPDATE ON assignments_assignment
    FOR EACH ROW EXECUTE FUNCTION assignments_count_moves();
"""
FORGET = """
DROP TRIGGER assignment_moves_counted ON assignments_assignment;
DROP FUNCTION assignments_count_moves();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('assignments', '0019_papers_passed_on'),
    ]

    operations = [
        migrations.AddField(
            model_name='assignment',
            name='times_moved',
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.RunSQL(COUNT, FORGET),
    ]
