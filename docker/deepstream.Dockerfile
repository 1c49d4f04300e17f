# pythiags beside NVIDIA's own DeepStream 7.1 (Ubuntu 22.04, Python 3.10, GStreamer 1.20).
#
# This image was never built nor run: no NVIDIA hardware was at hand. It follows NVIDIA's documentation.
#
#     docker build --file docker/deepstream.Dockerfile --tag pythiags:deepstream .
FROM nvcr.io/nvidia/deepstream:7.1-triton-multiarch
ARG TARGETARCH
ARG PYDS_VERSION=1.2.0
ARG PYDS_RELEASES=https://github.com/NVIDIA-AI-IOT/deepstream_python_apps/releases/download
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
WORKDIR /src
COPY setup setup
RUN setup/install-packages setup/aptitude.run.list setup/aptitude.build.list \
    && rm -rf /var/lib/apt/lists/* \
    && python3 -m venv --system-site-packages /opt/pythiags \
    && useradd --create-home --uid 1000 --groups video pythiags
COPY . .
# pyds 1.2.0 asks for numpy 1.
RUN machine=$([ "$TARGETARCH" = arm64 ] && echo aarch64 || echo x86_64) \
    && /opt/pythiags/bin/pip install --no-cache-dir ".[cli,ds]" "numpy<2" \
        "$PYDS_RELEASES/v$PYDS_VERSION/pyds-$PYDS_VERSION-cp310-cp310-linux_$machine.whl"
ENV PATH=/opt/pythiags/bin:$PATH
USER 1000
WORKDIR /home/pythiags
ENTRYPOINT ["pythiags"]
CMD ["doctor"]
