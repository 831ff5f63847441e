FROM nvcr.io/nvidia/tritonserver:24.12-py3-min
USER triton-server
EXPOSE 8000 8001 8002
ENTRYPOINT ["tritonserver"]
CMD ["--model-repository=/models", "--exit-on-error=true"]
