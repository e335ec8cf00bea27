"""People, companies, units, memberships and invitations."""

import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.db.models.lookups
import palier.accounts.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [("database", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name='Person',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('email', models.EmailField(max_length=254, unique=True)),
                ('name', models.CharField(blank=True, max_length=120)),
                ('language', models.CharField(choices=[('fr', 'Fr'), ('en', 'En')], default='fr', max_length=2)),
                ('theme', models.CharField(choices=[('SYSTEM', 'System'), ('LIGHT', 'Light'), ('DARK', 'Dark')], default='SYSTEM', max_length=6)),
                ('is_active', models.BooleanField(default=True)),
                ('sessions_epoch', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'accounts_person',
                'constraints': [models.CheckConstraint(condition=models.Q(('email', django.db.models.functions.text.Lower('email'))), name='person_email_in_lower_case'), models.CheckConstraint(condition=models.Q(('language__in', ['fr', 'en'])), name='person_language_known'), models.CheckConstraint(condition=models.Q(('theme__in', ['SYSTEM', 'LIGHT', 'DARK'])), name='person_theme_known')],
            },
        ),
        migrations.CreateModel(
            name='Company',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.CharField(max_length=60, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('currency', models.CharField(default='EUR', max_length=3)),
                ('time_zone', models.CharField(default='Europe/Paris', max_length=60)),
                ('country', models.CharField(default='FR', max_length=2)),
                ('fiscal_year_start_month', models.PositiveSmallIntegerField(default=1)),
                ('is_demo', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'accounts_company',
                'constraints': [models.CheckConstraint(condition=models.Q(('slug__regex', '^[a-z0-9]+(-[a-z0-9]+)*$')), name='company_slug_plain'), models.CheckConstraint(condition=django.db.models.lookups.GreaterThan(django.db.models.functions.text.Length(django.db.models.functions.text.Trim(models.F('name'))), 0), name='company_name_not_blank'), models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='company_currency_code'), models.CheckConstraint(condition=models.Q(('country__regex', '^[A-Z]{2}$')), name='company_country_code'), models.CheckConstraint(condition=models.Q(('fiscal_year_start_month__range', (1, 12))), name='company_fiscal_month')],
            },
        ),
        migrations.CreateModel(
            name='OrgUnit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=palier.accounts.models.PublicId(output_field=models.UUIDField()), editable=False, unique=True)),
                ('kind', models.CharField(choices=[('COMPANY', 'Company'), ('DEPARTMENT', 'Department'), ('TEAM', 'Team')], max_length=10)),
                ('name', models.CharField(max_length=120)),
                ('parent_kind', models.CharField(choices=[('COMPANY', 'Company'), ('DEPARTMENT', 'Department'), ('TEAM', 'Team')], max_length=10, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('archived_at', models.DateTimeField(null=True)),
                ('archived_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='accounts.company')),
                ('parent', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='accounts.orgunit')),
            ],
            options={
                'db_table': 'accounts_org_unit',
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=palier.accounts.models.PublicId(output_field=models.UUIDField()), editable=False, unique=True)),
                ('role', models.CharField(choices=[('LEADER', 'LEADER'), ('MANAGER', 'MANAGER'), ('MEMBER', 'MEMBER'), ('READER', 'READER')], max_length=10)),
                ('joined_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='accounts.company')),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('org_unit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='accounts.orgunit')),
            ],
            options={
                'db_table': 'accounts_membership',
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=palier.accounts.models.PublicId(output_field=models.UUIDField()), editable=False, unique=True)),
                ('email', models.EmailField(max_length=254)),
                ('role', models.CharField(choices=[('LEADER', 'LEADER'), ('MANAGER', 'MANAGER'), ('MEMBER', 'MEMBER'), ('READER', 'READER')], max_length=10)),
                ('token_digest', models.CharField(max_length=64, unique=True)),
                ('invited_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('accepted_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('accepted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='accounts.company')),
                ('invited_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('revoked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('org_unit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='accounts.orgunit')),
            ],
            options={
                'db_table': 'accounts_invitation',
            },
        ),
        migrations.AddConstraint(
            model_name='orgunit',
            constraint=models.UniqueConstraint(fields=('company', 'id'), name='org_unit_in_company'),
        ),
        migrations.AddConstraint(
            model_name='orgunit',
            constraint=models.UniqueConstraint(fields=('company', 'id', 'kind'), name='org_unit_of_kind'),
        ),
        migrations.AddConstraint(
            model_name='orgunit',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'COMPANY')), fields=('company',), name='org_unit_one_root'),
        ),
        migrations.AddConstraint(
            model_name='orgunit',
            constraint=models.UniqueConstraint(models.F('company'), models.F('parent'), django.db.models.functions.text.Lower('name'), condition=models.Q(('archived_at__isnull', True)), name='org_unit_name_once'),
        ),
        migrations.AddConstraint(
            model_name='orgunit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'COMPANY'), ('parent__isnull', True), ('parent_kind__isnull', True)), models.Q(('kind', 'DEPARTMENT'), ('parent__isnull', False), ('parent_kind', 'COMPANY')), models.Q(('kind', 'TEAM'), ('parent__isnull', False), ('parent_kind__in', ['COMPANY', 'DEPARTMENT'])), _connector='OR'), name='org_unit_under_its_parent'),
        ),
        migrations.AddConstraint(
            model_name='orgunit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('archived_at__isnull', True), ('archived_by__isnull', True)), models.Q(('archived_at__isnull', False), ('archived_by__isnull', False)), _connector='OR'), name='org_unit_archived_pair'),
        ),
        migrations.AddConstraint(
            model_name='orgunit',
            constraint=models.CheckConstraint(condition=models.Q(('archived_at__isnull', True), models.Q(('kind', 'COMPANY'), _negated=True), _connector='OR'), name='org_unit_root_stays'),
        ),
        migrations.AddConstraint(
            model_name='orgunit',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.GreaterThan(django.db.models.functions.text.Length(django.db.models.functions.text.Trim(models.F('name'))), 0), name='org_unit_name_not_blank'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('company', 'person'), name='membership_live_once'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['LEADER', 'MANAGER', 'MEMBER', 'READER'])), name='membership_role_known'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('ended_by__isnull', True)), models.Q(('ended_at__isnull', False), ('ended_by__isnull', False)), _connector='OR'), name='membership_ended_pair'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(('ended_at__isnull', True), ('ended_at__gte', models.F('joined_at')), _connector='OR'), name='membership_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.UniqueConstraint(condition=models.Q(('accepted_at__isnull', True), ('revoked_at__isnull', True)), fields=('company', 'email'), name='invitation_pending_once'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('email', django.db.models.functions.text.Lower('email'))), name='invitation_email_in_lower_case'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['LEADER', 'MANAGER', 'MEMBER', 'READER'])), name='invitation_role_known'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('token_digest__regex', '^[0-9a-f]{64}$')), name='invitation_digest_not_token'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('invited_at'))), name='invitation_expires_later'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('accepted_at__isnull', True), ('accepted_by__isnull', True)), models.Q(('accepted_at__isnull', False), ('accepted_by__isnull', False)), _connector='OR'), name='invitation_accepted_pair'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('revoked_at__isnull', True), ('revoked_by__isnull', True)), models.Q(('revoked_at__isnull', False), ('revoked_by__isnull', False)), _connector='OR'), name='invitation_revoked_pair'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('accepted_at__isnull', True), ('revoked_at__isnull', True), _connector='OR'), name='invitation_ends_one_way'),
        ),
    ]
