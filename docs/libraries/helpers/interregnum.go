// Package interregnum says what a node does, as Interregnum reads it: copy this file into your module.
//
//	interregnum.Say(interregnum.State{Role: "leader", Term: 7, Vote: interregnum.Node("n1"), Leader: interregnum.Node("n1")})
//
// Call it inside the transition: after term and vote are durable, and before anything is sent, replied or counted.
package interregnum

import (
	"encoding/json"
	"os"
	"sync"
	"syscall"
	"unsafe"
)

// State of a node. A field that is nil is unknown, and left out.
type State struct {
	Role   string           `json:"role"` // follower, precandidate, candidate or leader
	Term   uint64           `json:"term"`
	Vote   *json.RawMessage `json:"vote,omitempty"`
	Leader *json.RawMessage `json:"leader,omitempty"`
	Log    *[2]uint64       `json:"log,omitempty"` // last term, last index
	At     int64            `json:"at,omitempty"`
}

// Node is the name of a node.
func Node(name string) *json.RawMessage {
	text, _ := json.Marshal(name)
	raw := json.RawMessage(text)
	return &raw
}

// None is known to be nobody.
func None() *json.RawMessage {
	raw := json.RawMessage("null")
	return &raw
}

var (
	mutex sync.Mutex
	last  string
)

// Say prints one whole line by one write, if anything has changed since the last.
func Say(state State) {
	mutex.Lock() // lines keep the order of the changes, whichever goroutine makes them
	defer mutex.Unlock()
	state.At = 0
	text, err := json.Marshal(state)
	if err != nil || string(text) == last {
		return
	}
	last = string(text)
	state.At = monotonic()
	text, _ = json.Marshal(state)
	_, _ = os.Stdout.Write(append(text, '\n')) // unbuffered
}

// monotonic is CLOCK_MONOTONIC in nanoseconds; 0, which is left out, where it cannot be read.
func monotonic() int64 {
	var now syscall.Timespec
	if _, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, 1, uintptr(unsafe.Pointer(&now)), 0); errno != 0 {
		return 0
	}
	return now.Nano()
}
