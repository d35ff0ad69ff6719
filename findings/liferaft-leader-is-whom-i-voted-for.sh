#!/usr/bin/env bash
# npm's liferaft 1.0.0: `raft.leader` and the event "leader change" name a candidate as soon as it gets a vote, also if it never wins.
#
# Expected: a follower's leader is a node from which it heard as leader of that term. Before that it has none.
# Seen: whoever gives its vote writes the candidate's address into `leader` and emits "leader change" before it answers. A candidate that
#   gets one vote of five and loses stays the leader of its voter. The state of the candidate, which it sends along, is CANDIDATE.
# Why it matters: whoever takes the events for evidence, as the library's README suggests, sees a term with two leaders after each split
#   vote. Only "state change" to LEADER, on the node itself, is a claim to lead; what followers name proves a vote at most.
set -uo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cannot() { echo "not tried: $*"; exit 75; }

npm install --silent --ignore-scripts --no-audit --no-fund --prefix "$folder" liferaft@1.0.0 || cannot "npm's liferaft 1.0.0 is not to be had"
cat >"$folder/try.js" <<'JS'
const Raft = require('liferaft');
// Timers that do not fire by themselves: every step here is made by hand.
class Quiet extends Raft {
  write() {}   // What a node sends by itself is lost: the test carries the two messages that it is about.
}
const node = (name) => new Quiet(name, { 'election min': '1h', 'election max': '2h', heartbeat: '1h' });
const nodes = ['n1', 'n2', 'n3', 'n4', 'n5'].map(node);
const named = Object.fromEntries(nodes.map((one) => [one.address, one]));
const heard = {};
for (const one of nodes) {
  for (const other of nodes) if (other !== one) one.join(other.address);
  heard[one.address] = [];
  one.on('leader change', (now) => heard[one.address].push(now));
}
const ask = (voter, packet) => new Promise((answer) => named[voter].emit('data', packet, answer));

(async () => {
  // n1 and n2 campaign for term 1 at once: each votes for itself. n3 gets n1's request, n4 gets n2's, and n5 hears of nobody.
  for (const one of ['n1', 'n2']) await named[one].promote();
  const requests = { n1: await named.n1.packet('vote'), n2: await named.n2.packet('vote') };
  const answers = { n3: await ask('n3', requests.n1), n4: await ask('n4', requests.n2) };
  await new Promise((next) => setTimeout(next, 200));
  for (const one of nodes) {
    console.log(`${one.address}: term ${one.term}, ${Raft.states[one.state]}, leader ${one.leader || 'none'}, events ${heard[one.address].filter(Boolean).join(' ') || 'none'}`);
  }
  const granted = answers.n3.data.granted && answers.n4.data.granted;
  const elected = nodes.filter((one) => one.state === Raft.LEADER).length;
  const follows = `${named.n3.leader} ${named.n4.leader}`;
  console.log(`leaders: ${elected}, for two of five votes elect nobody; n3 and n4 name ${follows}`);
  const found = granted && elected === 0 && follows === 'n1 n2' && heard.n3.includes('n1') && heard.n4.includes('n2');
  console.log(found ? 'as found' : 'changed');
  process.exit(found ? 0 : 1);
})();
JS
cd "$folder" && node try.js
