import fc from 'fast-check';
import { reachOf } from './network-address.js';
import { faultOfOutgoingUrl, namesPrivateAddress } from './outgoing-address.js';

describe('an address that the desk might reach', () => {
  it.each([
    ['93.184.215.14', 'public'],
    ['2606:2800:21f:cb07:6820:80da:af6b:8b2c', 'public'],
    ['64:ff9b::5db8:d70e', 'public'],
    ['127.0.0.1', 'private'],
    ['127.255.255.254', 'private'],
    ['10.1.2.3', 'private'],
    ['172.31.0.1', 'private'],
    ['172.32.0.1', 'public'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['::1', 'private'],
    ['fd12:3456::1', 'private'],
    ['::ffff:127.0.0.1', 'private'],
    ['::ffff:7f00:1', 'private'],
    ['::127.0.0.1', 'private'],
    ['::ffff:0:127.0.0.1', 'private'],
    ['64:ff9b::7f00:1', 'private'],
    ['2002:7f00:1::', 'private'],
    ['0.0.0.0', 'never'],
    ['::', 'never'],
    ['169.254.169.254', 'never'],
    ['::ffff:169.254.169.254', 'never'],
    ['64:ff9b::a9fe:a9fe', 'never'],
    ['fd00:ec2::254', 'never'],
    ['100.100.100.200', 'never'],
    ['fe80::1', 'never'],
    ['fe80::1%eth0', 'never'],
    ['224.0.0.1', 'never'],
    ['255.255.255.255', 'never'],
    ['ff02::1', 'never'],
    ['not an address', 'never'],
  ])('%s is %s', (address, reach) => {
    expect(reachOf(address)).toBe(reach);
  });

  it('is judged alike whether IPv4 comes plain or wrapped in IPv6', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(reachOf(`::ffff:${address}`)).toBe(reachOf(address));
      }),
    );
  });
});

describe('the URL of a webhook', () => {
  it.each(['https://alerts.example.com/hook?x=1', 'http://127.0.0.1:4800/', 'http://[::1]:4800/', 'http://localhost/'])(
    'may be %s',
    (url) => {
      expect(faultOfOutgoingUrl(url)).toBeNull();
    },
  );

  it.each([
    'nothing',
    'ftp://alerts.example.com/',
    'file:///etc/passwd',
    'https://user:secret@alerts.example.com/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[fe80::1]/',
    'http://0.0.0.0/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://127.1/',
    'http://0177.0.0.1/',
    'http://[::ffff:169.254.169.254]/',
  ])('cannot be %s', (url) => {
    expect(faultOfOutgoingUrl(url)).toEqual(expect.any(String));
  });

  it('says itself whether it leads into a private network', () => {
    expect(['http://localhost:1/', 'http://10.0.0.1/', 'http://[::1]/'].every(namesPrivateAddress)).toBe(true);
    expect(['https://localhost.example.com/', 'http://93.184.215.14/'].some(namesPrivateAddress)).toBe(false);
  });
});
