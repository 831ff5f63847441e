"""What containers start."""

from __future__ import annotations

import pytest
from tests.practices.programs.scripts import command

from boxwright.practices.programs.servers import ServerCommand, server_command

EVERYWHERE = "0.0.0.0"  # noqa: S104 (what servers are told)


def started(script: str) -> ServerCommand:
    found = server_command(command(script))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("uvicorn app:app", ("service", "uvicorn", "127.0.0.1", 8000, "app:app")),
        ("uvicorn app:app --host 0.0.0.0 --port 80", ("service", "uvicorn", EVERYWHERE, 80, "app:app")),
        ("uv run uvicorn app:app --port=80", ("service", "uvicorn", "127.0.0.1", 80, "app:app")),
        ("python -m uvicorn --factory app:app", ("service", "uvicorn", "127.0.0.1", 8000, "app:app")),
        ("uvicorn app:app --port $PORT", ("service", "uvicorn", "127.0.0.1", None, "app:app")),
        ("uvicorn app:app --port ${PORT:-9000}", ("service", "uvicorn", "127.0.0.1", 9000, "app:app")),
        ("gunicorn -w 4 -k uvicorn.workers.UvicornWorker -b 0.0.0.0:5000 app:app",
         ("service", "gunicorn", EVERYWHERE, 5000, "app:app")),
        ("gunicorn app:app --bind=:8080", ("service", "gunicorn", EVERYWHERE, 8080, "app:app")),
        ("gunicorn --bind unix:/run/x.sock app:app", ("service", "gunicorn", "", None, "app:app")),
        ("gunicorn app:app", ("service", "gunicorn", "127.0.0.1", 8000, "app:app")),
        ("hypercorn app:app -b [::]:80", ("service", "hypercorn", "[::]", 80, "app:app")),
        ("flask --app app run -h 0.0.0.0 -p 80", ("service", "flask", EVERYWHERE, 80, "app")),
        ("fastapi run app.py", ("service", "fastapi", EVERYWHERE, 8000, "app.py")),
        ("fastapi dev app.py", ("service", "fastapi", "127.0.0.1", 8000, "app.py")),
        ("streamlit run app.py --server.port=80", ("service", "streamlit", EVERYWHERE, 80, "app.py")),
        ("python -m http.server 80", ("service", "http.server", EVERYWHERE, 80, None)),
        ("python -m http.server", ("service", "http.server", EVERYWHERE, 8000, None)),
        ("mlflow server --host 0.0.0.0", ("service", "mlflow", EVERYWHERE, 5000, None)),
        ("mlflow models serve -m /model -p 80", ("service", "mlflow", "127.0.0.1", 80, "/model")),
        ("tensorboard --logdir /logs --bind_all", ("service", "tensorboard", EVERYWHERE, 6006, None)),
        ("vllm serve org/model --port 80", ("service", "vllm", EVERYWHERE, 80, "org/model")),
        ("python3 -m vllm.entrypoints.openai.api_server --model org/model",
         ("service", "vllm", EVERYWHERE, 8000, "org/model")),
        ("text-generation-launcher --model-id org/model --port 80",
         ("service", "text-generation-launcher", EVERYWHERE, 80, "org/model")),
        ("tritonserver --model-repository=/models",
         ("service", "tritonserver", EVERYWHERE, 8000, "/models")),
        ("torchserve --start --models a=a.mar", ("service", "torchserve", "127.0.0.1", 8080, "a=a.mar")),
        ("bentoml serve service:svc -p 80", ("service", "bentoml", EVERYWHERE, 80, "service:svc")),
        ("ray start --head --block", ("service", "ray", "", 6379, None)),
        ("jupyter lab --ip=0.0.0.0 --port 9999", ("notebook", "jupyter", EVERYWHERE, 9999, None)),
        ("start-notebook.sh --ServerApp.ip='*'", ("notebook", "jupyter", "*", 8888, None)),
        ("jupyter nbconvert --execute x.ipynb", ("batch", "jupyter", "", None, "x.ipynb")),
        ("celery -A app worker -c 4", ("worker", "celery", "", None, "app")),
        ("rq worker high", ("worker", "rq", "", None, "high")),
        ("dramatiq app", ("worker", "dramatiq", "", None, "app")),
        ("arq app.Settings", ("worker", "arq", "", None, "app.Settings")),
        ("torchrun --nproc_per_node=8 train.py", ("training", "torchrun", "", None, "train.py")),
        ("python -m torch.distributed.run train.py", ("training", "torchrun", "", None, "train.py")),
        ("accelerate launch --config_file x train.py",
         ("training", "accelerate", "", None, "train.py")),
        ("deepspeed --num_gpus 8 train.py", ("training", "deepspeed", "", None, "train.py")),
        ("airflow webserver -p 80", ("service", "airflow", EVERYWHERE, 80, None)),
        ("airflow scheduler", ("worker", "airflow", "", None, None)),
        ("supervisord -c /etc/x.conf", ("service", "supervisord", "", None, None)),
        ("python train.py --epochs 3", ("training", "python", "", None, "train.py")),
        ("python -u src/train_model.py", ("training", "python", "", None, "src/train_model.py")),
        ("python worker.py", ("worker", "python", "", None, "worker.py")),
        ("python app.py --port 80", ("service", "python", "", 80, "app.py")),
        ("python manage.py runserver 0.0.0.0:80", ("service", "django", EVERYWHERE, 80, "manage.py")),
        ("uv run app.py", ("service", "python", "", None, "app.py")),
    ],
)  # fmt: skip
def test_servers(script: str, expected: tuple[str, str, str, int | None, str | None]) -> None:
    found = started(script)

    app = found.app.value if found.app else None
    assert (found.kind, found.name, found.host, found.port, app) == expected


@pytest.mark.parametrize(
    "script",
    [
        "bash",
        "python",
        "python -c 'x'",
        "flask db upgrade",
        "ray status",
        "python x.py",
        "sleep 1",
        "$X",
    ],
)
def test_no_servers(script: str) -> None:
    assert server_command(command(script)) is None


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("uvicorn a:b --reload --workers 4", ("4", "--reload", None)),
        ("gunicorn -w 4 a:b", ("4", None, None)),
        ("flask run --debug", (None, None, "--debug")),
        ("uvicorn a:b --no-reload", (None, None, None)),
        ("streamlit run a.py --server.runOnSave=false", (None, None, None)),
        ("fastapi dev", (None, "dev", None)),
    ],
)
def test_manners(script: str, words: tuple[str | None, str | None, str | None]) -> None:
    found = started(script)

    assert (
        tuple(
            word.value if word else None
            for word in (found.workers, found.reloading, found.debugging)
        )
        == words
    )


def test_servers_for_development() -> None:
    scripts = ("flask run", "python -m http.server", "fastapi dev", "fastapi run", "uvicorn a:b")

    assert [started(script).is_for_development for script in scripts] == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_port_and_host_are_pointed_at_where_they_are_said() -> None:
    script = "exec uvicorn a:b --host=0.0.0.0 --port 80"
    found = started(script)

    assert [script[slice(*word.span)] for word in (found.host_word, found.port_word) if word] == [
        EVERYWHERE,
        "80",
    ]
    assert started("uvicorn a:b").port_word is None
    assert found.is_open
    assert not started("uvicorn a:b").is_open
