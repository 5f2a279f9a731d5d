import t from 'tap';
import { annotate } from '../../src/transcript/annotate.ts';

/** RTM_NEWLINK, as it was sent for `ip link set dev v0 master br0`: written by hand from the kernel's headers. */
const MASTER =
  '30000000 1000 0500 02000000 00000000' +
  '00 00 0000 00000000 00000000 00000000' +
  '0700 0300 763000 00' +
  '0800 0a00 07000000';

t.test('each part of a message, with its place, its bytes and its meaning', async (t) => {
  t.same(annotate(MASTER.replaceAll(' ', '')), [
    '0000  30 00 00 00 10 00 05 00 02 00 00 00 00 00 00 00  nlmsghdr: 48 bytes, RTM_NEWLINK, NLM_F_REQUEST|NLM_F_ACK, sequence 2',
    '0010  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00    ifinfomsg: family 0, type 0, index 0, flags 0, change 0',
    '0020  07 00 03 00 76 30 00 00                            IFLA_IFNAME "v0"',
    '0028  08 00 0a 00 07 00 00 00                            IFLA_MASTER 7',
  ]);
});

t.test('a question for the tables of nftables, which is not of rtnetlink', async (t) => {
  t.same(annotate('14000000010a0103010000000000000000000000'), [
    '0000  14 00 00 00 01 0a 01 03 01 00 00 00 00 00 00 00  nlmsghdr: 20 bytes, NFT_MSG_GETTABLE, NLM_F_REQUEST|NLM_F_DUMP, sequence 1',
    '0010  00 00 00 00                                        nfgenmsg: family 0, version 0, res_id 0',
  ]);
});

t.test('what it does not know is shown all the same, and nothing is lost', async (t) => {
  const twice = (MASTER + MASTER).replaceAll(' ', '').replace('08000a00', '08000a7f');
  const bytes = annotate(twice)
    .map((line) => line.slice(6, 54).replaceAll(' ', ''))
    .join('');
  t.equal(bytes, twice);
  t.match(annotate(twice)[3], /attribute 16138 7$/);
  t.match(annotate('14000000ff0001000100000000000000aabbccdd')[0], /type 255/);
  t.equal(annotate('14000000ff0001000100000000000000aabbccdd')[1], '0010  aa bb cc dd');
  t.same(annotate(''), []);
  t.ok(annotate('ffffffff1000').length === 0, 'cut before its header is whole: nothing to say (control)');
});
