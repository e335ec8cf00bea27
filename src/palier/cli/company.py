"""`palier company`: create and list companies."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Annotated

import typer

from palier.cli.app import app, emit, guarded, installation

company_app = typer.Typer(no_args_is_help=True, help="Companies of this installation.")
app.add_typer(company_app, name="company")


@company_app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Name of the company.")],
    owner: Annotated[str, typer.Option("--owner", help="E-mail address of its first leader.")],
    currency: Annotated[str, typer.Option(help="Currency of its accounts (ISO code).")] = "EUR",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Create a company; its slug is printed, and a link for the owner to choose a password."""

    def work() -> None:
        from palier.accounts import operations

        with installation():
            founded = operations.create_company(
                name=name, owner_email=owner, currency=currency, now=dt.datetime.now(dt.UTC)
            )
            link = _link(founded.token)
            answer = {
                "slug": founded.company.slug,
                "name": founded.company.name,
                "owner": owner,
                "password_link": link,
            }
            if as_json:
                emit(answer)
                return
            print(founded.company.slug)
            if link:
                typer.echo(f"{owner} : {link}", err=True)

    guarded(work, as_json=as_json)


def _link(token: str | None) -> str | None:
    """Where the first leader chooses a password."""
    from django.conf import settings
    from django.urls import reverse

    return settings.BASE_URL + reverse("accounts:invitation", args=[token]) if token else None


@company_app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the companies."""

    def work() -> None:
        from palier.accounts import queries

        with installation():
            companies = queries.list_companies()
            if as_json:
                emit({"companies": [dataclasses.asdict(one) for one in companies]})
                return
            for one in companies:
                print(f"{one.slug}\t{one.name}")

    guarded(work, as_json=as_json)
