FROM rocm/dev-ubuntu-22.04:6.2-complete
RUN pip3 install --pre torch --index-url https://download.pytorch.org/whl/nightly/rocm6.2
ENV HSA_OVERRIDE_GFX_VERSION=10.3.0
RUN rocm-smi
CMD ["python3", "train.py"]
