# The bridge as an image. What is needed to build it stays in the first stage; the second one has neither
# npm's cache nor the tools that make the database's client. docs/operations.md says how it is run.
# A build that is to be repeatable names it by its digest: --build-arg NODE=node:24-slim@sha256:…
ARG NODE=node:24-slim
FROM ${NODE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc prisma.config.ts ./
COPY client-sdk ./client-sdk
COPY prisma ./prisma
# Generates the database's clients as well: src/storage/generated and src/storage/generated-postgresql.
RUN npm ci --omit=dev
# Needed for that alone.
RUN rm -rf node_modules/prisma node_modules/@prisma/studio-core node_modules/@prisma/engines node_modules/@electric-sql node_modules/effect node_modules/typescript node_modules/@typescript
COPY src ./src
COPY views ./views
# By the user and with the flags that it will run with, as Node keeps what was compiled apart by both; then it is root's.
RUN mkdir -p node_modules/.cache/jpki-bridge && chown 1000:1000 node_modules/.cache/jpki-bridge
USER 1000:1000
RUN node --max-semi-space-size=4 --heap-growing-percent=50 src/cli/compile-ahead.js
USER root
RUN chown -R root:root node_modules/.cache && chmod -R a+rX node_modules/.cache

FROM ${NODE}
# As the first line of the program has it: memory.
ENV NODE_ENV=production MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=131072
WORKDIR /app
# Belongs to root: the process can change nothing of its own program.
COPY --from=build /app /app
RUN mkdir -p /var/lib/jpki-bridge && chown 1000:1000 /var/lib/jpki-bridge
USER 1000:1000
VOLUME /var/lib/jpki-bridge
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["node", "-e", "fetch('http://127.0.0.1:3000/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--max-semi-space-size=4", "--heap-growing-percent=50", "/app/src/cli/jpki-bridge.js"]
CMD ["serve", "--config", "/etc/jpki-bridge/bridge.yaml"]
