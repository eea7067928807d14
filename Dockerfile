# One image, two commands: the API (default) and the indexer (python -m indexer …).
FROM python:3.12-slim

# The bundled model needs no torch. Any other model and GPUs do; the argument names the build that uv should take:
#   docker compose build --build-arg TORCH_BACKEND=cpu      (or auto, cu128, …: with CUDA, 3 GB more)
ARG TORCH_BACKEND=""

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DALIL_CACHE_FOLDER=/var/cache/dalil

WORKDIR /app
COPY pyproject.toml requirements.txt README.md ./
# As constraints, so that the checkers stay out.
RUN pip install --no-cache-dir uv==0.13.9 \
 && uv pip install --system --no-cache ${TORCH_BACKEND:+--torch-backend=$TORCH_BACKEND --extra torch} \
      --extra engine --extra server --extra opensearch --extra llm --extra documents --extra traces \
      --constraints requirements.txt --requirements pyproject.toml

COPY dalil dalil
COPY indexer indexer
COPY api api
COPY seeds seeds

# A number, which Kubernetes can see is not root. The root of the file system may be read-only: deploy/compose.yml.
RUN useradd --system --uid 10001 --home-dir /app dalil \
 && mkdir -p /var/cache/dalil /var/lib/dalil \
 && chown 10001 /var/cache/dalil /var/lib/dalil \
 && chmod 700 /var/cache/dalil /var/lib/dalil
USER 10001
VOLUME ["/var/cache/dalil", "/var/lib/dalil"]
ENV DALIL_STORE__PATH=/var/lib/dalil/index

EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=180s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
# Not uvicorn alone, which has no limit on connections that hold a request back.
CMD ["python", "-m", "api", "--host", "0.0.0.0", "--port", "8000"]
