FROM nvidia/cuda:11.8.0-cudnn8-devel-ubuntu20.04
ENV DEBIAN_FRONTEND=noninteractive
ENV LD_LIBRARY_PATH=/usr/local/cuda/lib64:/usr/local/cuda/lib64/stubs:$LD_LIBRARY_PATH
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=all
RUN apt-get update && apt-get install -y python3 python3-pip libcudnn8-dev libnccl2 cuda-drivers nvidia-container-toolkit
RUN pip3 install torch==2.1.0+cu121 -f https://download.pytorch.org/whl/torch_stable.html
RUN nvidia-smi && python3 -c "import torch; assert torch.cuda.is_available()"
CMD python3 main.py
