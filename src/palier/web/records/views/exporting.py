"""The download of a list as it is filtered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone, translation

from palier.accounts.permissions import Permission
from palier.database.isolation import company_scope
from palier.hub.custom import declared
from palier.hub.queries.listing import count_rows
from palier.web.http import MemberRequest, require
from palier.web.records import export
from palier.web.records.entities import SLUGS, entity_of
from palier.web.records.state import State
from palier.wording import labels

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require(Permission.VIEW_DATA)
def export_list(request: MemberRequest, slug: str) -> HttpResponseBase:
    """`?format=csv` or `xlsx`, of the columns shown or with `tout=1` of all."""
    entity = entity_of(slug)
    company, today = request.member.company, timezone.localdate()
    state = State.of(entity, request.GET, declared(company_id=company.id, entity=entity))
    # what cannot be asked is refused here, before the first byte is sent
    count_rows(company_id=company.id, entity=entity, asked=state.asked(), custom=state.custom)
    columns = export.columns_of(state, everything="tout" in request.GET)
    heads = export.heads(state, columns)
    lines = export.lines(
        state, columns, company_id=company.id, currency=company.currency, today=today
    )
    name = f"{SLUGS[entity]}-{today.isoformat()}"
    if request.GET.get("format") == "xlsx":
        book = export.as_xlsx(labels.entity(entity, many=True), heads, lines)
        return FileResponse(book, as_attachment=True, filename=f"{name}.xlsx", content_type=SHEET)
    answer = StreamingHttpResponse(
        _scoped(
            export.as_csv(heads, lines),
            company_id=company.id,
            language=translation.get_language(),
            zone=timezone.get_current_timezone(),
        ),
        content_type="text/csv; charset=utf-8",
    )
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _scoped(
    parts: Iterator[bytes], *, company_id: int, language: str, zone: dt.tzinfo
) -> Iterator[bytes]:
    """The same in the company's scope, the reader's language and time zone: an answer outlives those of its request."""
    with (
        company_scope(company_id),
        translation.override(language),
        timezone.override(zone),
    ):
        yield from parts
