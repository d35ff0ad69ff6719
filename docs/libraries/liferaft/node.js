#!/usr/bin/env node
'use strict';
// One liferaft node that says what it does: node.js NAME LISTEN PEER=ADDRESS...
//
// The library leaves the transport to its user: here one TCP connection for each message. Its events come before the state has changed, so
// they only ask for a look in the next microtask; and nothing is sent before the state is told.
const net = require('net');
const LifeRaft = require(process.env.LIFERAFT || 'liferaft');
const { say } = require('../helpers/interregnum');

const [name, listen, ...rest] = process.argv.slice(2);
const ROLES = { [LifeRaft.LEADER]: 'leader', [LifeRaft.CANDIDATE]: 'candidate', [LifeRaft.FOLLOWER]: 'follower' };
const place = (address) => {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
};

let raft;
const tell = () => say({ role: ROLES[raft.state], term: raft.term, vote: raft.votes.for, leader: raft.leader || null });

class Node extends LifeRaft {
  initialize() {
    raft = this; // called for the node itself, and not for those that it joins
    net.createServer((socket) => {
      let text = '';
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('data', (part) => {
        text += part;
        for (let end; (end = text.indexOf('\n')) >= 0; text = text.slice(end + 1)) {
          this.emit('data', JSON.parse(text.slice(0, end)), (answer) => {
            tell();
            socket.end(answer ? `${JSON.stringify(answer)}\n` : '');
          });
        }
      });
    }).listen(place(listen));
  }
}

function send(address, packet, done) {
  tell();
  const socket = net.connect(place(address));
  let text = '';
  let over = false;
  const end = (error, answer) => {
    if (!over) { over = true; done(error, answer); }
  };
  socket.setNoDelay(true);
  socket.setTimeout(100, () => socket.destroy(new Error('timed out')));
  socket.on('error', end);
  socket.on('data', (part) => { text += part; });
  socket.on('close', () => end(undefined, text ? JSON.parse(text) : undefined));
  socket.write(`${JSON.stringify(packet)}\n`);
}

const node = new Node(name, { 'election min': 150, 'election max': 300, heartbeat: 50 });
for (const event of ['term change', 'state change', 'leader change', 'vote']) node.on(event, () => queueMicrotask(tell));
node.on('error', (error) => process.stderr.write(`error: ${error.message}\n`));
process.on('unhandledRejection', (error) => process.stderr.write(`rejected: ${error && error.message}\n`));
tell();
for (const peer of rest) {
  const [other, address] = peer.split('=');
  node.join(other, (packet, done) => send(address, packet, done));
}
