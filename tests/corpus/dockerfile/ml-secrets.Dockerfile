FROM python:3.12-slim
ARG PIP_USER
ARG PIP_TOKEN
ARG GITHUB_TOKEN
ENV HF_TOKEN=hf_0123456789abcdefghijABCDEFGHIJ0123 OPENAI_API_KEY=sk-0123456789abcdef0123456789abcdef0123456789abcdef
COPY .env /app/.env
COPY id_rsa /root/.ssh/id_rsa
COPY kaggle.json /root/.kaggle/
RUN pip install --index-url https://$PIP_USER:$PIP_TOKEN@pypi.example.org/simple internal
RUN git clone https://$GITHUB_TOKEN@example.org/team/private.git
RUN echo "machine example.org login me password s3cr3tvalue" > ~/.netrc
RUN huggingface-cli login --token $HF_TOKEN && wandb login 0123456789abcdef0123456789abcdef01234567
RUN aws configure set aws_secret_access_key wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
RUN rm /app/.env /root/.ssh/id_rsa
CMD ["python", "main.py"]
