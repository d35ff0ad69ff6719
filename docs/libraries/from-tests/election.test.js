'use strict';
// Interregnum from node --test: node --test election.test.js
// INTERREGNUM is the program (default: the one on PATH), SYSTEM your system file.
const { test } = require('node:test');
const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const program = process.env.INTERREGNUM || 'interregnum';
const system = process.env.SYSTEM || './my.toml';

test('no promise of an election is broken', (t) => {
  const out = fs.mkdtempSync(path.join(os.tmpdir(), 'interregnum-'));
  const done = spawnSync(program, ['test', 're-election', '--by', 'kill', '--system', system, '--out', out], { encoding: 'utf8' });
  assert.ifError(done.error);
  if (done.status === 2 || done.status === 70) {
    // Too little was seen, or the machine failed: nothing is proved.
    t.skip(done.stdout + done.stderr);
    return;
  }
  assert.strictEqual(done.status, 0, done.stdout + done.stderr);
});
