import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Settings } from '#libs/common';
import { AddressRule } from './address-rule.js';

const ruleWith = (webhookAllowedNetworks: string[], webhookAllowHttp = false) =>
  new AddressRule({ webhookAllowedNetworks, webhookAllowHttp } as unknown as Settings);
const rule = ruleWith([]);

describe('AddressRule', () => {
  for (const host of [
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '169.254.169.254',
    '172.31.255.255',
    '192.168.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '[::]',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:a00:1]',
    '[64:ff9b::7f00:1]',
    '[64:ff9b::c0a8:1]',
    '[64:ff9b:1::1]',
    '[fe80::1]',
    '[fc00::1]',
    '[fec0::1]',
    '[ff02::1]',
    '[2001::1]',
    '[2001:db8::1]',
    '[2002:7f00:1::]',
    '[::127.0.0.1]',
  ]) {
    it(`refuses https://${host}/`, () => {
      assert.match(rule.complaint(`https://${host}/`) ?? '', /private or special/);
    });
  }

  for (const host of ['93.184.216.34', '[2606:4700::1111]', '[64:ff9b::5db8:d822]', 'hooks.example.com']) {
    it(`lets https://${host}/ pass`, () => assert.equal(rule.complaint(`https://${host}/`), undefined));
  }

  it('lets only those private networks pass that the operator opened, however they are written', () => {
    const opened = ruleWith(['10.1.0.0/16', 'fd00::/8']);
    for (const address of ['10.1.2.3', '::ffff:10.1.2.3', 'fd12::1'])
      assert.ok(opened.mayReach(address), address);
    for (const address of ['10.2.0.1', 'fc00::1', '127.0.0.1']) assert.ok(!opened.mayReach(address), address);
  });

  it('refuses http, credentials, fragments and what is no URL', () => {
    for (const url of [
      'http://a.example',
      'ftp://a.example',
      'https://u:p@a.example',
      'https://a.example/#x',
      'x',
    ]) {
      assert.notEqual(rule.complaint(url), undefined, url);
    }
    assert.equal(ruleWith([], true).complaint('http://a.example'), undefined);
  });

  it('resolves no name to an address that may not be reached', async () => {
    const resolve = (one: AddressRule) =>
      new Promise((settle) =>
        one.lookup('localhost', { all: true }, (error, found) => settle(error?.name ?? found)),
      );
    assert.equal(await resolve(rule), 'AddressRefused');
    assert.notEqual(await resolve(ruleWith(['127.0.0.0/8', '::1'])), 'AddressRefused');
  });
});
