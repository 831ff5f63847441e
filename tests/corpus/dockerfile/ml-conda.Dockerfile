FROM continuumio/miniconda3
COPY environment.yml .
RUN conda env create -f environment.yml
RUN conda install -y -c pytorch pytorch pytorch-cuda=12.1 -c nvidia
SHELL ["conda", "run", "-n", "ml", "/bin/bash", "-c"]
RUN echo "conda activate ml" >> ~/.bashrc
COPY . .
ENTRYPOINT ["conda", "run", "-n", "ml", "python", "main.py"]
