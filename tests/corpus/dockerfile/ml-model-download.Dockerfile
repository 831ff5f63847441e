FROM python:3.12-slim
ENV HF_HOME=/root/.cache/huggingface
RUN pip install --no-cache-dir transformers==4.47.1 torch==2.5.1 spacy nltk sentence-transformers
RUN python -c "from transformers import AutoModel; AutoModel.from_pretrained('bert-base-uncased')"
RUN python - <<EOF
from huggingface_hub import snapshot_download
snapshot_download("sentence-transformers/all-MiniLM-L6-v2")
EOF
RUN huggingface-cli download openai/whisper-small && hf download gpt2
RUN python -m spacy download en_core_web_sm && python -m nltk.downloader punkt
RUN wget https://example.org/resnet50.pth -O /models/resnet50.pth
RUN curl -L https://example.org/model.pkl > /models/model.pkl && gdown 1AbCdEfG -O /models/w.bin
USER 1000
CMD ["python", "serve.py"]
