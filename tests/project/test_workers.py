"""Workers are found with their queues, and with what needs a scheduler."""

from __future__ import annotations

import pytest
from tests.project.inspected import inspected

from boxwright.project.evidence import Evidence
from boxwright.project.facts import Worker


def test_an_application_of_celery_with_queues_and_a_schedule() -> None:
    found = inspected(
        {
            "jobs/__init__.py": "",
            "jobs/app.py": """
                import os
                from celery import Celery
                from celery.schedules import crontab
                from kombu import Queue
                celery = Celery("jobs", broker=os.environ["CELERY_BROKER_URL"])
                celery.conf.task_queues = (Queue("default"), Queue("gpu"))
                celery.conf.beat_schedule = {"x": {"task": "t", "schedule": crontab()}}
            """,
            "jobs/tasks.py": """
                from jobs.app import celery
                @celery.task(queue="slow")
                def score(): ...
            """,
        }
    ).workers

    assert found == (
        Worker(
            library="celery",
            path="jobs/app.py",
            module="jobs.app",
            root="",
            name="celery",
            evidence=Evidence("jobs/app.py", 6, "Celery: celery"),
            queues=("default", "gpu", "slow"),
            schedule=Evidence("jobs/app.py", 8, "beat_schedule"),
        ),
    )


@pytest.mark.parametrize(
    ("library", "name", "source"),
    [
        ("celery", "app", """
            from celery import Celery
            def make_celery():
                made = Celery("x")
                return made
            app = make_celery()
        """),
        ("celery", "celery_app", """
            import celery
            from web import create_app
            flask_app = create_app()
            celery_app = flask_app.extensions["celery"]
        """),
        ("dramatiq", "broker", """
            import dramatiq
            from dramatiq.brokers.redis import RedisBroker
            broker = RedisBroker(url="redis://redis")
            dramatiq.set_broker(broker)
            @dramatiq.actor
            def score(): ...
        """),
        ("arq", "WorkerSettings", """
            from arq import cron
            class WorkerSettings:
                functions = [print]
        """),
        ("huey", "huey", """
            from huey import RedisHuey
            huey = RedisHuey("x")
        """),
        ("taskiq", "broker", """
            from taskiq_redis import ListQueueBroker, RedisAsyncResultBackend
            broker = ListQueueBroker("redis://x").with_result_backend(RedisAsyncResultBackend("y"))
        """),
    ],
)  # fmt: skip
def test_a_worker_is_found(library: str, name: str, source: str) -> None:
    found = inspected({"worker.py": source}).workers

    assert [(each.library, each.module, each.name) for each in found] == [(library, "worker", name)]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("app.conf.update(beat_schedule={'x': {}})", "beat_schedule"),
        ("@app.on_after_configure.connect\ndef f(sender, **_):\n    sender.add_periodic_task(1, t)\n",
         "add_periodic_task()"),
        ("app.conf.beat_schedule = {}", None),
    ],
)  # fmt: skip
def test_a_schedule_of_celery_is_found(source: str, says: str | None) -> None:
    text = f"from celery import Celery\napp = Celery('x')\n{source}\n"
    schedule = inspected({"tasks.py": text}).workers[0].schedule

    assert (schedule.says if schedule else None) == says


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("from arq import cron\nclass WorkerSettings:\n    cron_jobs = [cron(print)]\n", "cron_jobs"),
        ("from huey import RedisHuey\nh = RedisHuey()\n@h.periodic_task(1)\ndef f(): ...\n",
         "periodic_task"),
        (("from taskiq import TaskiqScheduler\nfrom taskiq_redis import ListQueueBroker\n"
         "b = ListQueueBroker('x')\nscheduler = TaskiqScheduler(b, [])\n"), "scheduler"),
    ],
)  # fmt: skip
def test_schedules_of_others_are_found(source: str, says: str) -> None:
    schedule = inspected({"tasks.py": source}).workers[0].schedule

    assert schedule is not None
    assert schedule.says == says


def test_modules_with_tasks_that_a_worker_has_to_be_told_of() -> None:
    found = inspected(
        {
            "broker.py": """
                from taskiq import TaskiqScheduler
                from taskiq_redis import ListQueueBroker
                broker = ListQueueBroker("redis://x")
                beat = TaskiqScheduler(broker, [])
            """,
            "tasks.py": "from broker import broker\n@broker.task\nasync def f(): ...\n",
        }
    ).workers[0]

    assert (found.name, found.modules, found.scheduler) == ("broker", ("tasks",), "broker:beat")


def test_queues_of_rq_and_a_worker_that_is_a_script() -> None:
    queue = "from redis import Redis\nfrom rq import Queue\nq = Queue('high', connection=Redis())\n"
    script = """
        from redis import Redis
        from rq import Worker
        if __name__ == "__main__":
            Worker(["high", "low"], connection=Redis()).work()
    """
    alone = inspected({"jobs.py": queue}).workers
    scripted = inspected({"jobs.py": queue, "run_worker.py": script}).workers

    assert [(each.path, each.queues, each.is_script) for each in alone] == [
        ("jobs.py", ("high",), False)
    ]
    assert [(each.path, each.queues, each.is_script) for each in scripted] == [
        ("run_worker.py", ("high", "low"), True)
    ]


def test_a_client_that_only_sends_tasks_is_no_worker() -> None:
    text = """
        from celery import Celery
        class Queue:
            def __init__(self, url):
                self._celery = Celery("x", broker=url)
    """

    assert inspected({"queue_client.py": text}).workers == ()


def test_the_procfile_says_which_worker_comes_first() -> None:
    celery = "from celery import Celery\napp = Celery('x')\n"
    found = inspected(
        {"worker.py": celery, "jobs.py": celery, "Procfile": "worker: celery -A jobs worker\n"}
    )

    assert [each.module for each in found.workers] == ["jobs", "worker"]


def test_workers_are_known_without_all_that_stands_around() -> None:
    celery = "from celery import Celery\napp = Celery('x', broker='redis://redis')\n"
    found = inspected({"worker.py": celery}, whole=False)

    assert (len(found.workers), found.companions) == (1, ())
