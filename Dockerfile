# The production image: what the product runs on and nothing of development. Build: docker build -t lyceum .
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
RUN python -m venv /venv
COPY requirements/base.txt requirements/base.txt
RUN /venv/bin/pip install --no-cache-dir --require-hashes --only-binary=:all: -r requirements/base.txt
COPY . .
# The demo's settings keep static files as production does, and need no secret.
RUN ENVIRONMENT=demo /venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
    && /venv/bin/python -m compileall -q /app

FROM python:3.11-slim-bookworm
RUN groupadd --system --gid 10001 lyceum \
    && useradd --system --uid 10001 --gid lyceum --no-create-home --shell /usr/sbin/nologin lyceum \
    && install --directory --owner=lyceum --group=lyceum /data/files
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV ENVIRONMENT=production \
    BIND=0.0.0.0:8000 \
    STORED_FILES_DIR=/data/files \
    VAR_DIR=/tmp/lyceum \
    PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001:10001
VOLUME ["/data/files"]
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "--config", "config/gunicorn.py", "--no-control-socket", "config.wsgi"]
