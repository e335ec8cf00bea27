"""`palier worker`: the job worker alone."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated, Any

import typer

from palier.cli.app import app, guarded, installation

CONCURRENCY = 2
"""Jobs at a time: a company's own jobs exclude each other by their lock [ours]."""
DELIVERIES_AT_ONCE = 8
"""Jobs at a time that wait for other people's servers; they use no processor while they do [ours]."""
STOPPING_S = 20


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
                asyncio.run(_work(running))

    guarded(work)


async def _work(jobs: Any) -> None:
    """Two workers in one process, and an ear for changes; the first that fails ends all of them."""
    from procrastinate import signals

    from palier.hub.operations import CHANGES_CHANNEL
    from palier.jobs.listening import listen
    from palier.jobs.queue import DEFAULT_QUEUE, DELIVERIES
    from palier.journeys.webhooks import hear_all

    async with jobs.open_async(), asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(
                jobs.run_worker_async(
                    queues=[queue],
                    concurrency=places,
                    delete_jobs=deleted,
                    install_signal_handlers=False,
                    shutdown_graceful_timeout=STOPPING_S,
                )
            )
            for queue, places, deleted in (
                (DEFAULT_QUEUE, CONCURRENCY, "never"),
                (DELIVERIES, DELIVERIES_AT_ONCE, "successful"),
            )
        ]
        tasks.append(group.create_task(listen(channel=CHANGES_CHANNEL, heard=hear_all)))

        def stop() -> None:
            for task in tasks:
                task.cancel()

        with signals.on_stop(stop):
            await asyncio.wait(tasks)
