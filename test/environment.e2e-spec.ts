import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { EnvironmentError, parseEnvironment } from '#app/environment';
import { renderExample } from '#app/environment/example';
import { variableNames } from '#app/environment/variables';

const key = () => randomBytes(32).toString('base64');
const keys = { MASTER_KEY: key(), SECRET_PEPPER: key() };

const settings = (env: NodeJS.ProcessEnv) => parseEnvironment({ ...keys, ...env }, false);

/** The message with which the environment is refused. */
function refusal(env: NodeJS.ProcessEnv): string {
  try {
    parseEnvironment({ ...keys, ...env }, false);
  } catch (error) {
    assert.ok(error instanceof EnvironmentError, `not an EnvironmentError: ${error}`);
    return error.message;
  }
  return assert.fail(`accepted: ${JSON.stringify(env)}`);
}

describe('the environment', () => {
  it('needs nothing but the keys', () => {
    const { masterKeys, secretPeppers, dataDir, ...rest } = settings({});
    assert.deepEqual([masterKeys[0]?.length, secretPeppers[0]?.length], [32, 32]);
    assert.match(dataDir, /^\/.*\.data$/);
    assert.deepEqual(rest, {
      host: '127.0.0.1',
      port: 3000,
      issuer: 'http://localhost:3000',
      databaseUrl: undefined,
      databaseOwnerUrl: undefined,
      databaseRuntimeRole: 'clientele_runtime',
      databasePoolSize: 10,
      redisUrl: undefined,
      bootstrapClientId: undefined,
      bootstrapClientSecret: undefined,
      bcryptCost: 10,
      defaultAccessTokenTtlSeconds: 3600,
      maxAccessTokenTtlSeconds: 43200,
      maxCredentialsPerClient: 5,
      tokenQuota: undefined,
      workers: 1,
      githubLeakKeys: undefined,
      registryMaxClients: 100000,
      databaseOutageGraceSeconds: 60,
      signingKeyAnnounceSeconds: 300,
      signingKeyRotationDays: 90,
      idempotencyWindowSeconds: 86400,
      idempotencySecretWindowSeconds: 600,
      auditCheckpointSeconds: 300,
      auditRetentionDays: 0,
      bodyLimitBytes: 1048576,
      shutdownGraceSeconds: 20,
      webhookAllowedNetworks: [],
      webhookAllowHttp: false,
      webhookTimeoutSeconds: 10,
      webhookDisableAfterDays: 5,
      trustedProxies: [],
      corsOrigins: [],
      logLevel: 'info',
      logFormat: 'json',
    });
  });

  it('takes an empty variable for one not given', () => {
    assert.equal(settings({ PORT: '', DATABASE_URL: ' ', BOOTSTRAP_CLIENT_SECRET: '' }).port, 3000);
  });

  it('lets the issuer follow the port', () => {
    assert.equal(settings({ PORT: '8080' }).issuer, 'http://localhost:8080');
    assert.match(refusal({ PORT: '0' }), /ISSUER must be given when PORT is 0/);
  });

  it('reads several keys, the newest first', () => {
    const [newest, older] = [randomBytes(32), randomBytes(32)];
    const list = `${newest.toString('base64')}, ${older.toString('base64url')}`;
    assert.deepEqual(settings({ MASTER_KEY: list }).masterKeys, [newest, older]);
  });

  it('reads lists of proxies and origins', () => {
    const read = settings({
      TRUST_PROXY: '10.0.0.0/8, ::1 ,192.0.2.7',
      CORS_ORIGINS: 'https://a.example,http://localhost:5173,',
    });
    assert.deepEqual(read.trustedProxies, ['10.0.0.0/8', '::1', '192.0.2.7']);
    assert.deepEqual(read.corsOrigins, ['https://a.example', 'http://localhost:5173']);
  });

  it('reads a token quota with its mode', () => {
    assert.deepEqual(settings({ TOKEN_QUOTA: '600/60' }).tokenQuota, {
      tokens: 600,
      seconds: 60,
      mode: 'enforce',
    });
    assert.equal(settings({ TOKEN_QUOTA: '600/60', TOKEN_QUOTA_MODE: 'shadow' }).tokenQuota?.mode, 'shadow');
  });

  it('writes pretty log lines to a terminal, and JSON elsewhere', () => {
    assert.equal(parseEnvironment(keys, true).logFormat, 'pretty');
    assert.equal(parseEnvironment(keys, false).logFormat, 'json');
    assert.equal(parseEnvironment({ ...keys, LOG_FORMAT: 'json' }, true).logFormat, 'json');
  });
});

describe('a wrong environment', () => {
  it('is refused with one message that names every bad variable, what was given and what is allowed', () => {
    const message = refusal({ PORT: '70000', LOG_LEVEL: 'loud', BCRYPT_COST: '3', CORS_ORIGINS: '*' });
    assert.match(message, /PORT "70000" must be a whole number from 0 to 65535/);
    assert.match(message, /LOG_LEVEL "loud" must be one of trace, debug, info, warn, error, silent/);
    assert.match(message, /BCRYPT_COST "3" must be a whole number from 4 to 14/);
    assert.match(message, /CORS_ORIGINS "\*" must name each origin/);
    assert.equal(message.split('\n').length, 6);
  });

  const refused: [name: string, values: string[]][] = [
    ['PORT', ['-1', '3000.5', '0x10', '1e3', 'http', '99999999999999999999']],
    ['HOST', ['localhost:3000', 'http://localhost', 'a b', '256.1.1.1/8']],
    [
      'ISSUER',
      ['localhost', '//a.example', 'ftp://a.example', 'https://a.example/', 'https://a.example?x=1'],
    ],
    [
      'ISSUER',
      ['https://a.example#x', 'https://u:p@a.example', 'https://A.example', 'https://a.example:443'],
    ],
    ['ISSUER', ['http://auth.example.com', 'http://127.0.0.1.example.com', 'http://10.0.0.1:3000']],
    [
      'DATABASE_URL',
      ['localhost', 'mysql://localhost/a', 'postgres:localhost', 'postgres://u:1#2@localhost/a'],
    ],
    ['DATABASE_OWNER_URL', ['localhost', 'postgres://owner@localhost/a']],
    ['DATABASE_RUNTIME_ROLE', ['Runtime', '1st', 'a-b', 'a b', 'x; drop', 'x'.repeat(64)]],
    ['BOOTSTRAP_CLIENT_SECRET', ['1234567', 'x'.repeat(257), 'line\nbreak', 'geheimnüsse']],
    [
      'MASTER_KEY',
      ['short', key().slice(0, 40), `${key()},`, `${key()},short`, randomBytes(33).toString('base64')],
    ],
    ['TRUST_PROXY', ['true', '1', 'proxy.example.com', '10.0.0.0/33', '10.0.0.0/8/8', '0.0.0.0/0', '::/0']],
    [
      'CORS_ORIGINS',
      ['a.example', 'https://a.example/', 'https://a.example/x', 'null', 'https://*.a.example/'],
    ],
    ['DB_OUTAGE_GRACE_SECONDS', ['3601', '-1']],
    ['ACCESS_TOKEN_TTL_SECONDS', ['43201', '0']],
    ['IDEMPOTENCY_SECRET_WINDOW_SECONDS', ['86401']],
    ['ALLOW_INSECURE_ISSUER', ['yes', '1']],
    ['TOKEN_QUOTA', ['0/60', '100', '100/0', '100/86401', '1e3/60', '-1/60']],
  ];
  for (const [name, values] of refused) {
    it(`is one with ${name} ${values.map((value) => JSON.stringify(value.slice(0, 30))).join(', ')}`, () => {
      for (const value of values) {
        const message = refusal({ ...keysFor(name), [name]: value });
        assert.match(message, new RegExp(`^ {2}${name} `, 'm'), `${value}: ${message}`);
        assert.equal(message.split('\n').length, 3, message);
      }
    });
  }

  it('is told from a right one that looks like it', () => {
    for (const ISSUER of [
      'http://127.0.0.2:9',
      'http://[::1]:3000',
      'https://a.example/auth',
      'http://a.localhost',
    ])
      assert.equal(settings({ ISSUER }).issuer, ISSUER);
    assert.equal(
      settings({ ISSUER: 'http://auth.internal', ALLOW_INSECURE_ISSUER: 'true' }).issuer,
      'http://auth.internal',
    );
    for (const DATABASE_URL of [
      'postgres:///app?host=/run/postgresql',
      'postgresql://u:p%2Fw@db:5432/app?sslmode=require',
    ])
      assert.equal(settings({ DATABASE_URL }).databaseUrl, DATABASE_URL);
  });

  it('says why TRUST_PROXY may not be true', () => {
    assert.match(refusal({ TRUST_PROXY: 'true' }), /lets any caller choose the address it is known by/);
  });

  it('is one that uses a server of its own without both keys', () => {
    const message = refusal({
      DATABASE_URL: 'postgres://u:p@db/app',
      MASTER_KEY: '',
      SECRET_PEPPER: undefined,
    });
    assert.match(message, /MASTER_KEY must be given with DATABASE_URL/);
    assert.match(message, /SECRET_PEPPER must be given with DATABASE_URL/);
    assert.equal(message.split('\n').length, 4);
  });
});

/** For a row about one key, the environment must not hold a good one of the same name. */
function keysFor(name: string): NodeJS.ProcessEnv {
  return name in keys ? { ...keys, [name]: undefined } : keys;
}

describe('the message about a wrong environment', () => {
  it('never holds a secret', () => {
    const secrets = {
      MASTER_KEY: 'opensesame-master',
      SECRET_PEPPER: `${key()},opensesame-pepper`,
      BOOTSTRAP_CLIENT_SECRET: 'opensesame\n',
    };
    const message = refusal(secrets);
    assert.equal(message.split('\n').length, 5);
    assert.doesNotMatch(message, /sesame/);
    assert.doesNotMatch(message, new RegExp(secrets.SECRET_PEPPER.slice(0, 20).replace(/\W/g, '.')));
  });

  it('never holds the password of a database, wherever the typing error is', () => {
    const urls = [
      'mysql://user:sesame@host/db',
      'postgres://user:se/same@host/db',
      'postgres://user:1#sesame@host/db',
      'postgres://user:1?sesame@host/db',
      'postgres://user:12/sesame@host/db',
      'postgres:user:sesame@host/db',
      'user:sesame@host/db',
      ' mysql://host/db?password=sesame',
      'mysql://host/db#sesame',
    ];
    for (const name of ['DATABASE_URL', 'DATABASE_OWNER_URL'])
      for (const url of urls) {
        const message = refusal({ [name]: url });
        assert.match(message, new RegExp(`${name} "`));
        assert.doesNotMatch(message, /same/, url);
      }
  });

  it('shortens a long value and keeps to one line for each variable', () => {
    const message = refusal({ LOG_LEVEL: `x\n${'y'.repeat(5000)}` });
    assert.ok(message.length < 400, message);
    assert.equal(message.split('\n').length, 3);
  });
});

describe('a misspelled variable', () => {
  const slips: [given: string, meant: string][] = [
    ['DATABSE_URL', 'DATABASE_URL'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['DATABASEURL', 'DATABASE_URL'],
    ['database_url', 'DATABASE_URL'],
    ['LOG_LEVELS', 'LOG_LEVEL'],
    ['MASTER_KEYS', 'MASTER_KEY'],
    ['MATSER_KEY', 'MASTER_KEY'],
    ['SECRET_PEPER', 'SECRET_PEPPER'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['DB_OUTAGE_GRACE_SECOND', 'DB_OUTAGE_GRACE_SECONDS'],
    ['DATADIR', 'DATA_DIR'],
  ];
  for (const [given, meant] of slips) {
    it(`${given} is refused with the name that was meant`, () => {
      assert.match(
        refusal({ [given]: 'anything' }),
        new RegExp(`${given} is not a variable of this server. Did you mean ${meant}\\?`),
      );
    });
  }

  it('is not shown with its value, which may be a secret', () => {
    assert.doesNotMatch(refusal({ MASTER_KEYS: 'sesame' }), /sesame/);
  });

  it('is not seen in what ordinary shells, runners, containers and platforms set', () => {
    const names =
      `PATH HOME USER LOGNAME SHELL TERM LANG LC_ALL PWD OLDPWD SHLVL EDITOR HOSTNAME TZ DISPLAY XDG_DATA_DIRS
      XDG_DATA_HOME XDG_RUNTIME_DIR SSH_AUTH_SOCK DBUS_SESSION_BUS_ADDRESS PGHOST PGPORT PGDATA PGDATABASE PGPASSWORD
      NODE_ENV NODE_OPTIONS NODE_PATH NODE_EXTRA_CA_CERTS npm_lifecycle_event npm_config_cache npm_package_name INIT_CWD
      CI GITHUB_ACTIONS GITHUB_TOKEN RUNNER_OS GITLAB_CI CI_JOB_ID BUILD_NUMBER JENKINS_URL
      KUBERNETES_SERVICE_HOST KUBERNETES_PORT DATABASE_PORT DATABASE_HOST DATABASE_NAME DATABASE_USER DATABASE_PASSWORD
      DATABASE_SERVICE_HOST DATABASE_PORT_5432_TCP_ADDR TEST_DATABASE_URL TEST_CLUSTER_URL TEST_TEMPLATE
      HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy no_proxy LOG_DIR LOG_FILE LOG_PATH LOG_PORT DEBUG DEBUG_LEVEL
      WEB_CONCURRENCY DYNO SECRET_KEY SECRET_KEY_BASE MASTER_HOST RAILS_MASTER_KEY AWS_SECRET_ACCESS_KEY
      INVOCATION_ID JOURNAL_STREAM NOTIFY_SOCKET STATE_DIRECTORY container POSTGRES_PASSWORD POSTGRES_USER POSTGRES_DB`.split(
        /\s+/,
      );
    assert.equal(settings(Object.fromEntries(names.map((name) => [name, 'x']))).port, 3000);
  });
});

describe('.env.example', () => {
  it('is what the table of variables says', () => {
    const file = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
    assert.equal(file, renderExample(), 'run `npm run docs` and commit .env.example');
  });

  it('describes every variable by a sentence', () => {
    for (const name of variableNames)
      assert.match(renderExample(), new RegExp(`^# [A-Z].*\\.\\n(# \\(.*\\)\\n)?#${name}=`, 'm'));
  });
});
