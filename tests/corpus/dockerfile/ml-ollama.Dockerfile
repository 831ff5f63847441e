FROM ollama/ollama:0.5.4
RUN ollama serve & sleep 5 && ollama pull llama3.2
EXPOSE 11434
