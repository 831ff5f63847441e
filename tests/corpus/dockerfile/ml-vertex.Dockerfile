FROM us-docker.pkg.dev/vertex-ai/training/pytorch-gpu.2-4.py310:latest
COPY trainer /trainer
ENTRYPOINT ["python", "-m", "trainer.task"]
