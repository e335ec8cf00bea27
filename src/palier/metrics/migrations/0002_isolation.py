"""Bind every table of metrics to its company."""

from django.db import migrations

from palier.database.isolation import EnableCompanyIsolation

TABLES = ("metrics_reading", "metrics_target", "metrics_refresh_run")


class Migration(migrations.Migration):
    dependencies = [("metrics", "0001_initial")]
    operations = [EnableCompanyIsolation(table) for table in TABLES]
