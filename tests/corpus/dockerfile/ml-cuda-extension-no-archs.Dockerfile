FROM pytorch/pytorch:2.4.0-cuda12.1-cudnn9-devel
RUN git clone https://github.com/example/extension && cd extension && python setup.py install
RUN pip install xformers deepspeed apex flash-attn --no-build-isolation
