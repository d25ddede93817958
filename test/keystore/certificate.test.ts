import { X509Certificate, createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { issueCertificate } from '../../src/keystore/certificate.js';

const NAMES = ['localhost', '127.0.0.1', '::1', '2001:db8::a:0:0:1', 'writ.example'] as const;
const issue = (days = 825) =>
  issueCertificate({ names: [...NAMES], notBefore: new Date('2026-01-01T00:00:00Z'), days });

describe('the development certificate', () => {
  it('names every host and address that it was made for', () => {
    const { subjectAltName, subject } = new X509Certificate(issue().cert);
    expect(subjectAltName).toBe(
      'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, ' +
        'IP Address:2001:DB8:0:0:A:0:0:1, DNS:writ.example',
    );
    expect(subject).toBe('CN=localhost');
  });

  it('is signed by its authority, and by no other', () => {
    const [one, other] = [issue(), issue()];
    const cert = new X509Certificate(one.cert);
    const ca = new X509Certificate(one.ca);
    expect(cert.checkIssued(ca)).toBe(true);
    expect(cert.verify(ca.publicKey)).toBe(true);
    expect(cert.verify(new X509Certificate(other.ca).publicKey)).toBe(false);
    expect(ca.ca).toBe(true);
    expect(cert.ca).toBe(false);
  });

  it('may be used for servers only, or for clients only', () => {
    expect(new X509Certificate(issue().cert).keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    const { cert } = issueCertificate({
      names: ['kube-apiserver'],
      notBefore: new Date(),
      days: 1,
      use: 'client',
    });
    expect(new X509Certificate(cert).keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  });

  it('lasts as long as asked, at most 825 days', () => {
    const validTo = (days: number) => new Date(new X509Certificate(issue(days).cert).validTo).toISOString();
    expect(new Date(new X509Certificate(issue().cert).validFrom).toISOString()).toBe(
      '2026-01-01T00:00:00.000Z',
    );
    expect(validTo(10)).toBe('2026-01-11T00:00:00.000Z');
    expect(validTo(826)).toBe('2028-04-05T00:00:00.000Z');
  });

  it('comes with the private key of the server, and never that of the authority', () => {
    const { cert, ca, key } = issue();
    const privateKey = createPrivateKey(key);
    expect(new X509Certificate(cert).checkPrivateKey(privateKey)).toBe(true);
    expect(new X509Certificate(ca).checkPrivateKey(privateKey)).toBe(false);
  });

  it('has a serial number of its own, positive and at most 20 bytes', () => {
    const serials = [issue(), issue()].flatMap(({ ca, cert }) =>
      [ca, cert].map(pem => new X509Certificate(pem).serialNumber),
    );
    expect(new Set(serials).size).toBe(4);
    for (const serial of serials) expect(serial).toMatch(/^[89A-F][0-9A-F]{31}$/);
  });

  it('lets a TLS client that trusts the authority connect, by name and by address', async () => {
    const { ca, cert, key } = issueCertificate({
      names: ['localhost', '127.0.0.1'],
      notBefore: new Date(),
      days: 2,
    });
    const server = createServer({ cert, key });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const socket = connect({ host: '127.0.0.1', port, ca, servername: 'localhost' });
    await once(socket, 'secureConnect');
    expect(socket.authorized).toBe(true);
    socket.destroy();
    const byAddress = connect({ host: '127.0.0.1', port, ca });
    await once(byAddress, 'secureConnect');
    expect(byAddress.authorized).toBe(true);
    byAddress.destroy();
    server.close();
  });
});
