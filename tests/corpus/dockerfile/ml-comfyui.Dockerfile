FROM pytorch/pytorch:2.5.1-cuda12.4-cudnn9-runtime
RUN apt-get update && apt-get install -y git wget
RUN git clone https://github.com/comfyanonymous/ComfyUI.git /ComfyUI
WORKDIR /ComfyUI
RUN pip install -r requirements.txt
RUN wget -O models/checkpoints/sd15.safetensors https://example.org/sd15.safetensors
EXPOSE 8188
CMD ["python", "main.py", "--listen", "0.0.0.0"]
