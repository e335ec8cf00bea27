from django.db import migrations, models

from palier.database.isolation import EnableCompanyIsolation

MEASURES = ["completeness", "validity", "freshness", "duplicates", "orphans"]


class Migration(migrations.Migration):

    dependencies = [
        ('hub', '0011_views'),
    ]

    operations = [
        migrations.CreateModel(
            name='QualityCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('company_id', models.BigIntegerField()),
                ('day', models.DateField()),
                ('entity', models.TextField()),
                ('tool', models.TextField(db_default='')),
                ('measure', models.TextField(choices=[(one, one) for one in MEASURES])),
                ('code', models.TextField()),
                ('failing', models.BigIntegerField()),
                ('total', models.BigIntegerField()),
            ],
            options={
                'db_table': 'hub_quality_count',
                'constraints': [
                    models.UniqueConstraint(fields=('company_id', 'day', 'entity', 'code', 'tool'), name='quality_count_once'),
                    models.CheckConstraint(condition=models.Q(('failing__gte', 0), ('failing__lte', models.F('total'))), name='quality_count_within'),
                ],
            },
        ),
        EnableCompanyIsolation("hub_quality_count"),
    ]
