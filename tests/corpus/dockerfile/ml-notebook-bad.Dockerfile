FROM jupyter/scipy-notebook:latest
USER root
RUN apt update && apt install -y vim sudo git
RUN pip install torch torchvision matplotlib
EXPOSE 8888
CMD ["start-notebook.sh", "--NotebookApp.token=''", "--NotebookApp.password=''", "--allow-root"]
