'use strict';
// Says what a node does, as Interregnum reads it: copy this file beside yours.
//
//     const { say } = require('./interregnum');
//     say({ role: 'leader', term: 7, vote: 'n1', leader: 'n1' });
//
// Call it inside the transition: after term and vote are durable, and before anything is sent, replied or counted. What a node does
// not know it leaves out; null is *known to be none*. A worker thread must not print: post the state to the main thread and wait.
const fs = require('fs');

let last;

function say(state) {
  const text = JSON.stringify(state);
  if (text === last) return;
  last = text;
  // process.hrtime is CLOCK_MONOTONIC. Not console.log: on a pipe it returns before the line is written.
  const line = Buffer.from(`${text.slice(0, -1)},"at":${process.hrtime.bigint()}}\n`);
  for (let done = 0; done < line.length;) {
    try {
      done += fs.writeSync(1, line, done);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

module.exports = { say };
