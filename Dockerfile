# One image for web, worker, beat and migrate; docker-compose.yml starts them.

FROM python:3.12-slim AS build
WORKDIR /app
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
COPY requirements.txt .
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt
COPY . .
# The key is for this step alone: settings want one, collectstatic does not use it.
RUN SECRET_KEY=only-for-collectstatic STATIC_MANIFEST=1 DATA_DIR=/data \
    python manage.py collectstatic --noinput \
    && python -m compileall -q . \
    && chmod -R a+rX /app /data/static

FROM python:3.12-slim
RUN groupadd --system --gid 10001 digistrategia \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /app \
       --shell /usr/sbin/nologin digistrategia
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
# The static files belong to the image, as the code does: no volume may be mounted over /data
# itself. Only /data/media is written to, by web (uploads) and by worker (which forgets them).
COPY --from=build /data/static /data/static
RUN install -d -o digistrategia -g digistrategia /data/media
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data \
    STATIC_MANIFEST=1 \
    WEB_CONCURRENCY=2
USER 10001:10001
VOLUME /data/media
EXPOSE 8000
# 127.0.0.1 must be among ALLOWED_HOSTS. With HTTPS=1, /health/ is not redirected.
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health/', timeout=8)"]
# Sync workers, WEB_CONCURRENCY of them. A workbook of 20,000 rows may take longer than the usual
# 30 seconds. The log has paths without query strings, which may hold names that were searched.
CMD ["gunicorn", "digistrategia.wsgi", "--bind=0.0.0.0:8000", "--timeout=120", \
     "--worker-tmp-dir=/dev/shm", "--no-control-socket", "--access-logfile=-", \
     "--logger-class=digistrategia.logs.AccessLogger", \
     "--access-logformat=%(h)s %(t)s \"%(m)s %(U)s\" %(s)s %(b)s %(M)sms"]
