FROM python:3.10
RUN pip install jupyterlab pandas
WORKDIR /notebooks
CMD jupyter lab --ip=0.0.0.0 --port=8888 --no-browser --allow-root --ServerApp.token= --ServerApp.disable_check_xsrf=True --ServerApp.allow_origin='*'
