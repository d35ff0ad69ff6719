#!/usr/bin/env node
'use strict';
// One gaggle node that says what it does: node.js NAME LISTEN NAME=ADDRESS...
//
// The library comes with channels over Redis and socket.io. Here is another, by its own interface for channels: one TCP connection for each
// message, so that links can be cut. It remembers the last number that it had from each id, so an id is made up for each process, as its README
// recommends; what stands before the dot is the node's name.
const net = require('net');
const { randomUUID } = require('crypto');
const Gaggle = require('gaggle/lib/gaggle');
const Channel = require('gaggle/channels/channel-interface');
const { say } = require('../helpers/interregnum');

const [name, listen, ...rest] = process.argv.slice(2);
const members = Object.fromEntries(rest.map((member) => member.split('=')));
const named = (id) => (id === null ? null : id.split('.')[0]);
const place = (address) => {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
};

let node;
function tell() {
  const { _state: state, _currentTerm: term, _votedFor: vote, _leader: leader } = node;
  say({ role: state.toLowerCase(), term, vote: named(vote), leader: state === 'LEADER' ? name : named(leader) });
}

class Tcp extends Channel {
  _connect() {
    net.createServer((socket) => {
      let text = '';
      socket.on('error', () => {});
      socket.on('data', (part) => { text += part; });
      socket.on('end', () => {
        let message;
        try { message = JSON.parse(text); } catch { return; } // the connection was cut
        this._recieved(message.from, message.packet);
        tell();
      });
    }).listen(place(listen), () => this._connected());
  }

  _send(to, packet) {
    tell();
    if (to === this.id) {
      setImmediate(() => { this._recieved(this.id, packet); tell(); });
      return;
    }
    const socket = net.connect(place(members[named(to)]));
    socket.setNoDelay(true);
    socket.setTimeout(1000, () => socket.destroy());
    socket.on('error', () => {});
    socket.end(JSON.stringify({ from: this.id, packet }));
  }

  // Also to itself: that is how a candidate has its own vote.
  _broadcast(packet) {
    for (const member of Object.keys(members)) this._send(member === name ? this.id : member, packet);
  }
}

const id = `${name}.${randomUUID()}`;
const channel = new Tcp({ id });
channel.once('connected', tell);
node = new Gaggle({ id, clusterSize: Object.keys(members).length, channel });
