"""The service: `uvicorn main:app`."""

from pathlib import Path

from digits.service import make_app

app = make_app(Path(__file__).parent / "model" / "digits.safetensors")
