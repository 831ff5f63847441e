"""How servers, workers and training runs are started: their options, ports and addresses."""

from __future__ import annotations

import functools
from typing import Literal

from boxwright.text.record import NamedTuple

Kind = Literal["service", "worker", "training", "notebook", "batch"]


class Form(NamedTuple):
    """How a program of this kind is told what to do."""

    name: str
    kind: Kind = "service"
    verbs: tuple[str, ...] = ()
    """Its subcommands that start it; the first operand is one of them."""
    host: str = "127.0.0.1"
    hosts: tuple[str, ...] = ("--host",)
    port: int | None = None
    ports: tuple[str, ...] = ("--port",)
    binds: tuple[str, ...] = ()
    """Options that say host and port at once."""
    workers: tuple[str, ...] = ()
    reloads: tuple[str, ...] = ()
    debugs: tuple[str, ...] = ()
    path: str = ""
    letters: str = ""
    """All letters that take a value."""
    values: str = ""
    """Long options that take a value, besides those above."""
    apps: tuple[str, ...] = ()
    """Options that say what it runs, where it is no operand."""
    is_for_development: bool = False
    default_verb: str = ""
    """What it does without any subcommand."""


ALL_ADDRESSES = "0.0.0.0"  # noqa: S104 (what servers listen on by themselves)


@functools.cache
def forms() -> dict[str, Form]:
    """Return the programs that are known, by name; modules by the name `python -m` takes."""
    known = (
        Form(
            "uvicorn",
            port=8000,
            workers=("--workers",),
            reloads=("--reload",),
            values="uds fd log-config log-level env-file root-path app-dir loop http ws lifespan"
            " interface backlog limit-concurrency limit-max-requests timeout-keep-alive"
            " timeout-graceful-shutdown ssl-keyfile ssl-certfile reload-dir reload-include"
            " reload-exclude reload-delay forwarded-allow-ips header ws-max-size"
            " ws-ping-interval ws-ping-timeout h11-max-incomplete-event-size",
        ),
        Form(
            "gunicorn",
            port=8000,
            hosts=(),
            ports=(),
            binds=("-b", "--bind"),
            workers=("-w", "--workers"),
            reloads=("--reload",),
            letters="bwkcteupgmnSR",
            values="worker-class threads config timeout graceful-timeout keep-alive log-level"
            " access-logfile error-logfile chdir user group name pid max-requests"
            " max-requests-jitter worker-tmp-dir worker-connections env backlog log-config"
            " keyfile certfile umask access-logformat forwarded-allow-ips statsd-host",
        ),
        Form(
            "hypercorn",
            port=8000,
            hosts=(),
            ports=(),
            binds=("-b", "--bind"),
            workers=("-w", "--workers"),
            reloads=("--reload",),
            letters="bwkcpugm",
            values="worker-class config access-logfile error-logfile log-level root-path",
        ),
        Form(
            "granian",
            port=8000,
            workers=("--workers",),
            reloads=("--reload",),
            values="interface loop http threads blocking-threads runtime-threads runtime-mode"
            " log-level log-config url-path-prefix ssl-keyfile ssl-certificate backlog",
        ),
        Form("daphne", port=8000, hosts=("-b", "--bind"), ports=("-p", "--port"), letters="bpuetv"),
        Form(
            "waitress-serve", port=8080, host=ALL_ADDRESSES, binds=("--listen",), values="threads url-scheme"
        ),
        Form("uwsgi", host=ALL_ADDRESSES, hosts=(), ports=(), binds=("--http", "--http-socket", "--socket"),
              workers=("-p", "--processes", "--workers"), letters="pwH",
              values="module wsgi-file callable master threads ini chdir"),
        Form(
            "flask",
            verbs=("run",),
            port=5000,
            hosts=("-h", "--host"),
            ports=("-p", "--port"),
            reloads=("--reload",),
            debugs=("--debug", "--debugger"),
            letters="hpAe",
            values="app env-file cert key extra-files",
            apps=("-A", "--app"),
            is_for_development=True,
        ),
        Form("fastapi", verbs=("run",), host=ALL_ADDRESSES, port=8000, workers=("--workers",),
              reloads=("--reload",), values="app root-path entrypoint", letters="e"),
        Form("quart", verbs=("run",), port=5000, is_for_development=True, letters="hp",
              hosts=("-h", "--host"), ports=("-p", "--port")),
        Form("litestar", verbs=("run",), port=8000, hosts=("-H", "--host"), ports=("-p", "--port"),
              reloads=("-r", "--reload"), debugs=("-d", "--debug"), letters="HpW",
              workers=("-W", "--wc", "--web-concurrency"), values="app app-dir"),
        Form("sanic", port=8000, hosts=("-H", "--host"), ports=("-p", "--port"), letters="Hpw",
              workers=("-w", "--workers"), reloads=("-r", "--reload", "--auto-reload", "--dev", "-d"),
              debugs=("--debug",), values="loggers"),
        Form("http.server", host=ALL_ADDRESSES, port=8000, hosts=("-b", "--bind"), ports=(), letters="bdp",
              values="directory protocol", is_for_development=True),
        Form(
            "streamlit",
            verbs=("run",),
            host=ALL_ADDRESSES,
            port=8501,
            hosts=("--server.address",),
            ports=("--server.port",),
            reloads=("--server.runOnSave",),
            path="/_stcore/health",
            values="server.headless server.baseUrlPath server.enableCORS"
            " server.enableXsrfProtection browser.gatherUsageStats server.fileWatcherType"
            " server.maxUploadSize theme.base logger.level",
        ),
        Form("gradio", port=7860, hosts=(), ports=(), is_for_development=True,
              values="demo-name watch-dirs encoding"),
        Form("chainlit", verbs=("run",), port=8000, reloads=("-w", "--watch"), debugs=("-d", "--debug"),
              values="root-path"),
        Form("panel", verbs=("serve",), port=5006, hosts=("--address",), values="allow-websocket-origin",
              reloads=("--autoreload", "--dev")),
        Form("voila", port=8866, hosts=("--Voila.ip",), values="template"),
        Form("solara", verbs=("run",), port=8765),
        Form("marimo", "notebook", ("edit", "new", "tutorial"), port=2718, letters="p",
              ports=("-p", "--port"), values="base-url token-password proxy"),
        Form(
            "mlflow",
            verbs=("server", "ui"),
            port=5000,
            hosts=("-h", "--host"),
            ports=("-p", "--port"),
            workers=("-w", "--workers"),
            path="/health",
            letters="hpw",
            values="backend-store-uri registry-store-uri default-artifact-root"
            " artifacts-destination static-prefix gunicorn-opts app-name expose-prometheus"
            " uvicorn-opts allowed-hosts cors-allowed-origins",
        ),
        Form("tensorboard", port=6006, host="localhost", hosts=("--host", "--bind_all"),
              values="logdir logdir_spec path_prefix reload_interval samples_per_plugin"),
        Form("ray", verbs=("start",), host="", port=6379, hosts=("--dashboard-host",),
              values="address dashboard-port num-cpus num-gpus resources object-store-memory"
              " node-ip-address temp-dir ray-client-server-port metrics-export-port labels"),
        Form("serve", verbs=("run", "deploy"), host="127.0.0.1", port=8000, hosts=("--host",),
              values="app-dir address working-dir runtime-env", path="/-/healthz"),
        Form("bentoml", verbs=("serve", "serve-http"), host=ALL_ADDRESSES, port=3000, hosts=("-h", "--host"),
              ports=("-p", "--port"), letters="hpw", reloads=("--reload",), path="/readyz",
              workers=("--api-workers",), values="working-dir backlog timeout"),
        Form("litserve", host=ALL_ADDRESSES, port=8000),
        Form(
            "vllm",
            verbs=("serve",),
            host=ALL_ADDRESSES,
            port=8000,
            workers=("--data-parallel-size", "-dp"),
            path="/health",
            letters="tO",
            values=_VLLM,
            apps=("--model",),
        ),
        Form("vllm.entrypoints.openai.api_server", host=ALL_ADDRESSES, port=8000, path="/health",
              values=_VLLM, apps=("--model",)),
        Form("vllm.entrypoints.api_server", host=ALL_ADDRESSES, port=8000, path="/health",
              values=_VLLM, apps=("--model",)),
        Form("sglang.launch_server", port=30000, path="/health", apps=("--model-path", "--model"),
              values="tokenizer-path tp dp mem-fraction-static context-length api-key revision dtype"),
        Form("lmdeploy", verbs=("serve",), host=ALL_ADDRESSES, port=23333, ports=("--server-port",),
              hosts=("--server-name",), path="/health", values="tp session-len model-name backend"),
        Form("text-generation-launcher", host=ALL_ADDRESSES, port=3000, hosts=("--hostname",),
              ports=("-p", "--port"), letters="p", path="/health", apps=("--model-id",),
              workers=("--num-shard",),
              values="revision quantize dtype max-input-length max-total-tokens sharded"
              " max-batch-prefill-tokens max-concurrent-requests huggingface-hub-cache"),
        Form("text-embeddings-router", host=ALL_ADDRESSES, port=3000, hosts=("--hostname",),
              ports=("-p", "--port"), letters="p", path="/health", apps=("--model-id",),
              values="revision dtype pooling max-concurrent-requests max-batch-tokens api-key"),
        Form("infinity_emb", verbs=("v2",), host=ALL_ADDRESSES, port=7997, path="/health", apps=("--model-id",),
              values="revision engine batch-size device"),
        Form("llama-server", port=8080, path="/health", letters="mcnbtp", apps=("-m", "--model"),
              values="ctx-size n-gpu-layers threads parallel api-key alias hf-repo hf-file"),
        Form("llama_cpp.server", host="localhost", port=8000, apps=("--model",),
              values="n_gpu_layers n_ctx chat_format api_key"),
        Form("ollama", verbs=("serve",), port=11434, hosts=(), ports=(), path="/"),
        Form("tritonserver", host=ALL_ADDRESSES, port=8000, hosts=("--http-address",), ports=("--http-port",),
              path="/v2/health/ready", apps=("--model-repository", "--model-store"),
              values="model-control-mode load-model grpc-port metrics-port log-verbose"
              " backend-config backend-directory strict-model-config"),
        Form("torchserve", port=8080, hosts=(), ports=(), path="/ping", apps=("--models",),
              values="model-store ts-config log-config workflow-store plugins-path"),
        Form("tensorflow_model_server", host=ALL_ADDRESSES, port=8501, hosts=(), ports=("--rest_api_port",),
              apps=("--model_base_path",), values="port model_name model_config_file"),
        Form("mlserver", verbs=("start",), host=ALL_ADDRESSES, port=8080, hosts=(), ports=(),
              path="/v2/health/ready"),
        Form("seldon-core-microservice", host=ALL_ADDRESSES, port=9000, hosts=(), ports=("--http-port",),
              workers=("--workers",), values="service-type persistence"),
        Form("rasa", verbs=("run",), host=ALL_ADDRESSES, port=5005, hosts=("-i", "--interface"),
              ports=("-p", "--port"), letters="ipm", values="model endpoints credentials"),
        Form("chroma", verbs=("run",), port=8000, values="path log-path", path="/api/v2/heartbeat"),
        Form("prefect", verbs=("server",), port=4200, path="/api/health"),
        Form("airflow", verbs=("webserver", "api-server", "standalone"), host=ALL_ADDRESSES, port=8080,
              hosts=("-H", "--host", "--hostname"), ports=("-p", "--port"), letters="pwHkt",
              workers=("-w", "--workers"), debugs=("-d", "--debug"), path="/health"),
        Form("dagster-webserver", port=3000, hosts=("-h", "--host"), ports=("-p", "--port"),
              letters="hpwfmd", path="/server_info", values="workspace python-file module-name"),
        Form("dagit", port=3000, hosts=("-h", "--host"), ports=("-p", "--port"), letters="hpwfm"),
        Form("dagster", verbs=("dev",), port=3000, hosts=("-h", "--host"), ports=("-p", "--port"),
              letters="hpwfm", is_for_development=True, values="workspace python-file module-name"),
        Form("label-studio", host=ALL_ADDRESSES, port=8080, hosts=("--internal-host",), path="/health",
              values="data-dir username password"),
        Form("nginx", host=ALL_ADDRESSES, port=80, hosts=(), ports=(), letters="cgp"),
        Form("caddy", verbs=("run",), host=ALL_ADDRESSES, port=80, hosts=(), ports=()),
        Form("redis-server", port=6379, hosts=("--bind",)),
        Form("npm", verbs=("start", "run"), host=ALL_ADDRESSES, hosts=(), ports=()),
        Form("node", host=ALL_ADDRESSES, hosts=(), ports=()),
        Form("supervisord", host="", hosts=(), ports=(), letters="cjl", values="configuration"),
        # Notebooks
        *(
            Form(name, "notebook", port=8888, host="localhost",
                  hosts=("--ip", "--ServerApp.ip", "--NotebookApp.ip"),
                  ports=("--port", "--ServerApp.port", "--NotebookApp.port"),
                  values="notebook-dir config log-level", path="/api")
            for name in ("jupyter-lab", "jupyter-notebook", "jupyterlab", "notebook", "jupyterhub",
                         "start-notebook.sh", "start-notebook.py", "start-singleuser.sh",
                         "start-singleuser.py")
        ),
        Form("jupyter", "notebook", ("lab", "notebook", "server", "nbclassic", "labhub"), port=8888,
              host="localhost", hosts=("--ip", "--ServerApp.ip", "--NotebookApp.ip"),
              ports=("--port", "--ServerApp.port", "--NotebookApp.port"), path="/api",
              values="notebook-dir config log-level"),
        Form("code-server", "notebook", port=8080, hosts=(), ports=("--port",),
              binds=("--bind-addr",), values="auth user-data-dir", path="/healthz"),
        # Workers
        *(
            Form(name, "worker", verbs, host="", hosts=(), ports=(), workers=workers,
                  letters=letters, values=values, apps=apps)
            for name, verbs, workers, letters, values, apps in (
                ("celery", ("worker", "beat"), ("-c", "--concurrency"), "AcQPlnbD",
                 "app queues pool loglevel hostname broker", ("-A", "--app")),
                ("rq", ("worker", "worker-pool"), ("-n", "--num-workers"), "ucPn", "url config", ()),
                ("rqworker", (), (), "uc", "url config", ()),
                ("dramatiq", (), ("-p", "--processes"), "ptQ", "threads queues path", ()),
                ("arq", (), (), "", "watch", ()),
                ("huey_consumer", (), ("-w", "--workers"), "wkl", "worker-type", ()),
                ("huey_consumer.py", (), ("-w", "--workers"), "wkl", "worker-type", ()),
                ("taskiq", ("worker", "scheduler"), ("-w", "--workers"), "w", "", ()),
                ("faust", ("worker",), (), "Al", "app loglevel", ("-A", "--app")),
                ("dask", ("worker",), ("--nworkers",), "", "nthreads memory-limit", ()),
                ("dask-worker", (), ("--nworkers",), "", "nthreads memory-limit", ()),
                ("airflow-worker", (), (), "", "", ()),
                ("dagster-daemon", ("run",), (), "wfm", "workspace", ()),
                ("temporal", (), (), "", "", ()),
                ("cron", (), (), "", "", ()),
                ("crond", (), (), "dl", "", ()),
                ("supercronic", (), (), "", "", ()),
            )
        ),
        # Training
        *(
            Form(name, "training", verbs, host="", hosts=(), ports=(), workers=workers,
                  letters=letters, values=values)
            for name, verbs, workers, letters, values in (
                ("torchrun", (), ("--nproc_per_node", "--nproc-per-node"), "mrt", _TORCHRUN),
                ("torch.distributed.run", (), ("--nproc_per_node", "--nproc-per-node"), "mrt",
                 _TORCHRUN),
                ("torch.distributed.launch", (), ("--nproc_per_node", "--nproc-per-node"), "mrt",
                 _TORCHRUN),
                ("accelerate", ("launch",), ("--num_processes",), "", _ACCELERATE),
                ("accelerate.commands.launch", (), ("--num_processes",), "", _ACCELERATE),
                ("deepspeed", (), ("--num_gpus",), "Hie",
                 "hostfile include exclude num_nodes master_port master_addr launcher"),
                ("horovodrun", (), ("-np", "--num-proc"), "npH", "hosts"),
                ("mpirun", (), ("-np", "-n"), "nxH", "hostfile map-by bind-to mca host"),
                ("composer", (), ("-n", "--nproc"), "n", "world_size node_rank"),
                ("lightning", ("run", "fit"), (), "", "accelerator devices strategy"),
                ("axolotl", ("train",), (), "", ""),
                ("llamafactory-cli", ("train",), (), "", ""),
                ("tune", ("run",), ("--nproc_per_node",), "", "config"),
                ("yolo", ("train", "detect", "segment", "classify"), (), "", ""),
            )
        ),
    )  # fmt: skip
    return {form.name: form for form in known}


_TORCHRUN = (
    "nnodes node_rank node-rank master_addr master-addr master_port master-port rdzv_backend"
    " rdzv-backend rdzv_endpoint rdzv-endpoint rdzv_id rdzv-id max_restarts max-restarts"
    " log_dir log-dir role monitor_interval tee redirects local_addr"
)
_VLLM = (
    "model tensor-parallel-size pipeline-parallel-size max-model-len dtype"
    " gpu-memory-utilization quantization revision tokenizer served-model-name api-key"
    " download-dir max-num-seqs max-num-batched-tokens swap-space chat-template"
    " kv-cache-dtype load-format seed root-path uvicorn-log-level limit-mm-per-prompt"
    " tool-call-parser reasoning-parser enable-lora lora-modules device task runner"
    " trust-remote-code-revision code-revision tokenizer-revision config"
)
_ACCELERATE = (
    "config_file num_machines machine_rank main_process_ip main_process_port mixed_precision"
    " gpu_ids deepspeed_config_file zero_stage dynamo_backend num_cpu_threads_per_process"
)
SHOWN_NAMES = {
    "vllm.entrypoints.openai.api_server": "vllm",
    "vllm.entrypoints.api_server": "vllm",
    "sglang.launch_server": "sglang",
    "llama_cpp.server": "llama-cpp-python",
    "torch.distributed.run": "torchrun",
    "torch.distributed.launch": "torchrun",
    "accelerate.commands.launch": "accelerate",
    "serve": "ray serve",
    "jupyter-lab": "jupyter",
    "jupyter-notebook": "jupyter",
    "jupyterlab": "jupyter",
    "notebook": "jupyter",
    "start-notebook.sh": "jupyter",
    "start-notebook.py": "jupyter",
    "start-singleuser.sh": "jupyter",
    "start-singleuser.py": "jupyter",
}
"""What programs are called that have several names."""
