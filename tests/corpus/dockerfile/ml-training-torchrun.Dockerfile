FROM pytorch/pytorch:2.5.1-cuda12.4-cudnn9-devel
RUN pip install lightning wandb hydra-core
COPY . /workspace
WORKDIR /workspace
ENV WANDB_API_KEY=0123456789abcdef0123456789abcdef01234567
ENV NCCL_DEBUG=INFO CUDA_VISIBLE_DEVICES=0,1
CMD torchrun --nproc_per_node=8 train.py --data /workspace/data
