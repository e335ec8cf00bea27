"""A customer's bank account, and how far the search for duplicates has come."""

from django.db import migrations, models

from palier.database.isolation import EnableCompanyIsolation


class Migration(migrations.Migration):

    dependencies = [
        ('hub', '0006_merging'),
    ]

    operations = [
        migrations.AddField(
            model_name='customer',
            name='iban',
            field=models.TextField(null=True),
        ),
        migrations.CreateModel(
            name='MatchRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('company_id', models.BigIntegerField()),
                ('entity', models.TextField()),
                ('generation', models.UUIDField()),
                ('position', models.BigIntegerField()),
                ('at', models.DateTimeField()),
                ('report', models.JSONField()),
            ],
            options={
                'db_table': 'hub_match_run',
                'constraints': [models.UniqueConstraint(fields=('company_id', 'entity'), name='match_run_once')],
            },
        ),
        EnableCompanyIsolation('hub_match_run'),
    ]
