"""`palier worker`: the job worker alone."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from palier.cli.app import app, guarded, installation

CONCURRENCY = 2
"""Jobs at a time: a company's own jobs exclude each other by their lock [ours]."""


@app.command("worker")
def worker(
    supervised: Annotated[bool, typer.Option("--supervised", hidden=True)] = False,
) -> None:
    """Run background jobs until stopped, beside `palier start --no-worker`."""
    os.environ["PALIER_PROCESS"] = "worker"

    def work() -> None:
        with installation(migrate=not supervised):
            from procrastinate.contrib.django import app as jobs
            from procrastinate.contrib.django.django_connector import DjangoConnector

            with jobs.replace_connector(DjangoConnector().get_worker_connector()) as running:
                running.run_worker(
                    concurrency=CONCURRENCY,
                    install_signal_handlers=True,
                    shutdown_graceful_timeout=20,
                )

    guarded(work)
