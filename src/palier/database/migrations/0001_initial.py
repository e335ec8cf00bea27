"""Functions and tables that belong to no domain."""

from django.db import migrations


def create_public_id(apps, schema_editor):
    """Random identifiers in order of time where PostgreSQL has them (18), else plain random ones."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int >= 180000")
        newer = cursor.fetchone()[0]
    if newer:
        schema_editor.execute(
            "CREATE FUNCTION palier_public_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS 'SELECT uuidv7()'"
        )
    else:
        schema_editor.execute(
            "CREATE FUNCTION palier_public_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS 'SELECT gen_random_uuid()'"
        )


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.RunPython(create_public_id, migrations.RunPython.noop),
        migrations.RunSQL(
            "CREATE TABLE palier_cache (cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL);"
            "CREATE INDEX palier_cache_expires ON palier_cache (expires)",
            "DROP TABLE palier_cache",
        ),
    ]
