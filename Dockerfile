# An image of the service. Not built where it was written: see docs/deployment.md.
FROM python:3.11-slim-bookworm AS build

WORKDIR /source
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY cards cards
COPY fhir_mappers fhir_mappers
COPY cds_service cds_service
RUN python -m venv /opt/thiopurine-cds \
    && /opt/thiopurine-cds/bin/pip install --no-cache-dir --constraint constraints.txt ".[postgresql,otel]"

FROM python:3.11-slim-bookworm

RUN useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin thiopurine-cds \
    && install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/thiopurine-cds
COPY --from=build /opt/thiopurine-cds /opt/thiopurine-cds

ENV PATH=/opt/thiopurine-cds/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    XDG_DATA_HOME=/var/lib \
    THIOPURINE_CDS_BENCH_ENABLED=false
USER 10001:10001
VOLUME /var/lib/thiopurine-cds
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ.get('THIOPURINE_CDS_PORT', '8000')}/healthz\", timeout=4)"]

# It listens on loopback only unless THIOPURINE_CDS_HOST, clients and a public URL say otherwise.
ENTRYPOINT ["thiopurine-cds"]
CMD ["serve"]
