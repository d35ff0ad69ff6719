#!/usr/bin/env bash
# hashicorp/raft 1.1.2: a heartbeat is handled beside the main goroutine, so a term falls, and a node writes into a term that another leads.
#
# Expected: a node's term never falls (Raft, figure 2), and only the leader of a term makes entries of that term.
# Seen: `appendEntries` "must only be called from the main thread", but the TCP transport calls it for heartbeats in the goroutine of their
#   connection (`SetHeartbeatHandler`). 1. A node campaigns: it takes term 2, and the write waits for the disk. A heartbeat of term 3 is taken
#   meanwhile. Then the write of term 2 ends, and the node is back in term 2. 2. A node has won term 2 and tells its application
#   (`NotifyCh`). A heartbeat of term 3 comes meanwhile. The node goes on as leader, reads its term anew, and appends an entry of term 3.
# Why it matters: Consul, Nomad and Vault are made of it, and 1.7.3 has the same lines (https://github.com/hashicorp/raft/issues/695, open). A
#   checker of terms sees a term fall after a pause, without a restart, and is right. Whoever takes the term from one call and the role from
#   another may pair them wrongly: here even the library does.
set -uo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cannot() { echo "not tried: $*"; exit 75; }

cd "$folder" || exit 75
apt-get download -qq golang-github-hashicorp-raft-dev=1.1.2-1 golang-github-armon-go-metrics-dev golang-github-fatih-color-dev \
  golang-github-hashicorp-go-hclog-dev golang-github-hashicorp-go-immutable-radix-dev golang-github-hashicorp-go-msgpack-dev \
  golang-github-hashicorp-golang-lru-dev golang-github-mattn-go-colorable-dev golang-github-mattn-go-isatty-dev golang-golang-x-sys-dev \
  2>/dev/null || cannot "Debian's golang-github-hashicorp-raft-dev 1.1.2 is not to be had"
for package in ./*.deb; do dpkg -x "$package" root; done
command -v go >/dev/null || cannot "there is no go"
mkdir -p try/src/try
cat >try/src/try/main.go <<'GO'
package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"
)

// Store keeps the term in memory; its write of term `slow` takes half a second, as one does that waits for a disk.
type Store struct {
	*raft.InmemStore
	slow  uint64
	began chan bool
}

func (s *Store) SetUint64(key []byte, value uint64) error {
	if string(key) == "CurrentTerm" && value == s.slow {
		s.began <- true
		time.Sleep(500 * time.Millisecond)
	}
	return s.InmemStore.SetUint64(key, value)
}

type nothing struct{}

func (nothing) Apply(*raft.Log) interface{}         { return nil }
func (nothing) Snapshot() (raft.FSMSnapshot, error) { return nil, fmt.Errorf("none") }
func (nothing) Restore(io.ReadCloser) error         { return nil }

func must(err error) {
	if err != nil {
		fmt.Println("not tried:", err)
		os.Exit(75)
	}
}

// cluster is one node, A, and the transports of its two peers, which this program plays.
func cluster(slow uint64, notify chan bool) (*raft.Raft, *Store, [3]*raft.NetworkTransport) {
	var at [3]*raft.NetworkTransport
	var servers []raft.Server
	for i, name := range []string{"A", "B", "C"} {
		one, err := raft.NewTCPTransport("127.0.0.1:0", nil, 2, time.Second, io.Discard)
		must(err)
		at[i] = one
		servers = append(servers, raft.Server{ID: raft.ServerID(name), Address: one.LocalAddr()})
	}
	config := raft.DefaultConfig()
	config.LocalID, config.NotifyCh, config.Logger = "A", notify, hclog.NewNullLogger()
	store := &Store{raft.NewInmemStore(), 0, make(chan bool, 1)}
	snapshots := raft.NewInmemSnapshotStore()
	must(raft.BootstrapCluster(config, store, store, snapshots, at[0], raft.Configuration{Servers: servers}))
	store.slow = slow
	node, err := raft.NewRaft(config, nothing{}, store, store, snapshots, at[0])
	must(err)
	return node, store, at
}

// heartbeat is what C sends as leader of term 3, elected by B and itself.
func heartbeat(at [3]*raft.NetworkTransport) {
	leads := raft.AppendEntriesRequest{RPCHeader: raft.RPCHeader{ProtocolVersion: 3}, Term: 3, Leader: at[2].EncodePeer("C", at[2].LocalAddr())}
	must(at[2].AppendEntries("A", at[0].LocalAddr(), &leads, &raft.AppendEntriesResponse{}))
}

func falls() bool {
	node, store, at := cluster(2, nil)
	<-store.began // A campaigns, and term 2 waits for the disk
	heartbeat(at)
	high, _ := store.GetUint64([]byte("CurrentTerm"))
	fmt.Println("1. after C's heartbeat of term 3, A has stored term", high)
	low := high
	for until := time.Now().Add(5 * time.Second); low == high && time.Now().Before(until); time.Sleep(10 * time.Millisecond) {
		low, _ = store.GetUint64([]byte("CurrentTerm"))
	}
	fmt.Printf("   then A has stored term %d, and its Stats say term %s\n", low, node.Stats()["term"])
	return high == 3 && low == 2
}

func writes() bool {
	notify := make(chan bool)
	node, store, at := cluster(0, notify)
	go func() {
		for rpc := range at[1].Consumer() { // B votes for A in term 2, and for C in term 3
			switch asked := rpc.Command.(type) {
			case *raft.RequestVoteRequest:
				rpc.Respond(&raft.RequestVoteResponse{RPCHeader: raft.RPCHeader{ProtocolVersion: 3}, Term: asked.Term, Granted: asked.Term == 2}, nil)
			case *raft.AppendEntriesRequest:
				fmt.Printf("   B is sent AppendEntries of term %d by A, with %d entries\n", asked.Term, len(asked.Entries))
				rpc.Respond(&raft.AppendEntriesResponse{RPCHeader: raft.RPCHeader{ProtocolVersion: 3}, Term: 3}, nil)
			}
		}
	}()
	for until := time.Now().Add(20 * time.Second); node.State() != raft.Leader && time.Now().Before(until); {
		time.Sleep(time.Millisecond)
	}
	fmt.Printf("2. A is %s of term %s\n", node.State(), node.Stats()["term"])
	heartbeat(at)
	fmt.Printf("   after C's heartbeat of term 3 A is %s of term %s; its application is told now that A leads: %v\n", node.State(), node.Stats()["term"], <-notify)
	go func() {
		for range notify {
		}
	}()
	var entry raft.Log
	for until := time.Now().Add(5 * time.Second); store.GetLog(2, &entry) != nil && time.Now().Before(until); {
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(300 * time.Millisecond)
	fmt.Printf("   C has sent A no entry, and the log of A has entry %d of term %d\n", entry.Index, entry.Term)
	return entry.Term == 3
}

func main() {
	fell := falls()
	if wrote := writes(); fell && wrote {
		fmt.Println("as found")
		return
	}
	fmt.Println("changed")
	os.Exit(1)
}
GO
GO111MODULE=off GOFLAGS='' GOPATH="$folder/try:$folder/root/usr/share/gocode" GOCACHE="$folder/cache" go build -o "$folder/node" try 2>build.log ||
  { tail -5 build.log; cannot "hashicorp/raft 1.1.2 cannot be built"; }
timeout 60 ./node
