from django.db import migrations


class Migration(migrations.Migration):
    """The table of Django's database cache, so that nobody has to remember `createcachetable`."""

    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(
            sql="""
            CREATE TABLE cache_table (
                cache_key varchar(255) PRIMARY KEY,
                value text NOT NULL,
                expires timestamp with time zone NOT NULL
            );
            CREATE INDEX cache_table_expires ON cache_table (expires);
            """,
            reverse_sql="DROP TABLE cache_table;",
        )
    ]
