# The server as an image: no compiler, no PostgreSQL, no S3 server, not root.
#   docker build -t tonearm .
FROM python:3.13-slim AS build
WORKDIR /tonearm
RUN python -m venv .venv
# requirements-otel.lock has what traces need, too
ARG LOCK=requirements.lock
COPY requirements.lock .
COPY requirements-otel.lock .
RUN .venv/bin/pip install --no-cache-dir --require-hashes -r "$LOCK"
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY db db
COPY demo demo
COPY engine engine
COPY ingest ingest
COPY resolvers resolvers
COPY schema schema
COPY storage storage
COPY web/__init__.py web/__init__.py
COPY web/dist web/dist
RUN .venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation -e . \
    && .venv/bin/tonearm schema > /dev/null \
    && .venv/bin/python -m compileall -q app db demo engine ingest resolvers schema storage

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home tonearm
WORKDIR /tonearm
COPY --from=build /tonearm /tonearm
ENV PATH=/tonearm/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    TONEARM_HOST=0.0.0.0
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["python", "-c", \
    "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["tonearm", "serve"]
