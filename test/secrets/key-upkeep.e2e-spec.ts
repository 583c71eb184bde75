import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Sealer } from '#libs/common';
import { KeyUpkeep } from '#libs/keys';
import { createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';
import { testSettings } from '../support/settings.js';

const { masterKeys, secretPeppers } = testSettings();
const [oldKey] = masterKeys as [Buffer];
const newKey = Buffer.alloc(32, 'another master key');
const newPepper = Buffer.alloc(32, 'another pepper');

describe('what a server does by itself about its keys', () => {
  let owner: TestServer;
  let organization: TestOrganization;
  beforeEach(async () => {
    owner = await startServer({ settings: { masterKeys: [oldKey, newKey] } });
    organization = await createOrganization(owner);
  });

  const upkeep = (server: TestServer) => server.app.get(KeyUpkeep, { strict: false }).runOnce();
  const sealedUnder = async () => {
    const rows = await owner.database.query<{ key: string }>(
      `select distinct split_part(sealed_private_key, '.', 2) as key from signing_key where state <> 'retired'
       union select split_part(sealed_secret, '.', 2) from webhook_endpoint`,
    );
    return rows.map(({ key }) => key);
  };
  const keyIdOf = (server: TestServer) => server.app.get(Sealer, { strict: false }).currentKeyId;
  const rewraps = async () =>
    (await owner.database.query(`select actor from audit_event where action like '%rewrapped'`)).length;
  const figures = async (server: TestServer, metric: string) => {
    const { text } = await server.request('GET', '/metrics');
    return text
      .split('\n')
      .filter((line) => line.startsWith(`${metric}{`))
      .map((line) => line.replace(/(master_key|pepper)="[0-9a-f]{8}",/, ''))
      .sort();
  };
  const addWebhook = async () => {
    const path = `/oauth/customers/${organization.customerId}/webhooks`;
    const json = { url: 'http://127.0.0.1:9/', enabled: false };
    const { status, text } = await owner.request('POST', path, { token: organization.token, json });
    assert.equal(status, 201, text);
  };

  it('seals everything anew after a start with the new master key first, once, whoever does it (S-36)', async () => {
    await addWebhook();
    await upkeep(owner);
    const settings = { masterKeys: [newKey, oldKey] };
    const servers = [
      await startServer({ sharing: owner, settings }),
      await startServer({ sharing: owner, settings }),
    ] as const;
    try {
      await Promise.all(servers.map(upkeep));
      await Promise.all(servers.map(upkeep));
      assert.deepEqual(await sealedUnder(), [keyIdOf(servers[0])]);
      assert.equal(await rewraps(), 4 + 1);
      const alone = await startServer({ sharing: owner, settings: { masterKeys: [newKey] } });
      await alone.token(alone.operator);
      await alone.close();
    } finally {
      for (const server of servers) await server.close();
      await owner.close();
    }
  });

  it('leaves it to the newest master key while servers with the old one first still run', async () => {
    await upkeep(owner);
    const server = await startServer({ sharing: owner, settings: { masterKeys: [newKey, oldKey] } });
    try {
      server.advanceClock(1);
      await upkeep(server);
      const done = await rewraps();
      await upkeep(owner);
      assert.equal(await rewraps(), done);
      assert.deepEqual(await sealedUnder(), [keyIdOf(server)]);
    } finally {
      await server.close();
      await owner.close();
    }
  });

  it('counts what needs which key, for every instance, and not again within the hour (S-36)', async () => {
    await createClient(owner, organization.customerId, organization.token);
    await upkeep(owner);
    const server = await startServer({
      sharing: owner,
      settings: { masterKeys: [newKey, oldKey], secretPeppers: [newPepper, ...secretPeppers] },
    });
    try {
      assert.deepEqual(await figures(owner, 'sealed_values'), [
        'sealed_values{kind="signing_key",state="current"} 4',
      ]);
      assert.deepEqual(await figures(server, 'sealed_values'), [
        'sealed_values{kind="signing_key",state="old"} 4',
      ]);
      assert.deepEqual(await figures(server, 'secrets_by_pepper'), ['secrets_by_pepper{state="old"} 3']);

      server.advanceClock(1);
      await server.token(organization.admin);
      await upkeep(server);
      assert.deepEqual(await figures(server, 'sealed_values'), [
        'sealed_values{kind="signing_key",state="current"} 4',
      ]);
      assert.deepEqual(await figures(owner, 'sealed_values'), [
        'sealed_values{kind="signing_key",state="old"} 4',
      ]);
      assert.deepEqual(await figures(server, 'secrets_by_pepper'), [
        'secrets_by_pepper{state="current"} 1',
        'secrets_by_pepper{state="old"} 2',
      ]);

      await createClient(server, organization.customerId, await server.token(organization.admin));
      const counted = ['secrets_by_pepper{state="current"} 1', 'secrets_by_pepper{state="old"} 2'];
      await upkeep(server);
      assert.deepEqual(await figures(server, 'secrets_by_pepper'), counted);
      server.advanceClock(3_600);
      await upkeep(server);
      assert.deepEqual(await figures(server, 'secrets_by_pepper'), [
        'secrets_by_pepper{state="current"} 2',
        'secrets_by_pepper{state="old"} 2',
      ]);
    } finally {
      await server.close();
      await owner.close();
    }
  });
});
