// A node of hashicorp/raft, the Raft of Consul, Nomad and Vault: elections only, over its own TCP transport, with its own BoltDB store.
//
//	hashicorp-raft-node NAME LISTEN DATA NAME=ADDRESS...
//
// Term and vote are read in the stable store: each write of the library goes through `Stable`, and is printed once it is on disk and before
// the library continues. Role and leader are asked of the library, by the filter of an observer, which runs inside its transition.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"github.com/hashicorp/raft"
	raftboltdb "github.com/hashicorp/raft-boltdb"
)

// Stable is the library's own store; what it writes last is what is printed.
type Stable struct {
	*raftboltdb.BoltStore
	mutex     sync.Mutex // two goroutines of the library write: the main one, and the one that answers heartbeats
	raft      *raft.Raft
	term      uint64
	votedTerm uint64
	voted     string
	last      string
}

// open reads what an earlier process has stored.
func (s *Stable) open() {
	s.term, _ = s.BoltStore.GetUint64([]byte("CurrentTerm"))
	s.votedTerm, _ = s.BoltStore.GetUint64([]byte("LastVoteTerm"))
	voted, _ := s.BoltStore.Get([]byte("LastVoteCand"))
	s.voted = string(voted)
}

// SetUint64 stores a term. A vote is two writes, its term first: the second says that it is whole.
func (s *Stable) SetUint64(key []byte, value uint64) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if err := s.BoltStore.SetUint64(key, value); err != nil {
		return err
	}
	switch string(key) {
	case "CurrentTerm":
		s.term = value
		s.say()
	case "LastVoteTerm":
		s.votedTerm, s.voted = value, ""
	}
	return nil
}

// Set stores for whom the node voted.
func (s *Stable) Set(key []byte, value []byte) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if err := s.BoltStore.Set(key, value); err != nil {
		return err
	}
	if string(key) == "LastVoteCand" {
		s.voted = string(value)
		s.say()
	}
	return nil
}

// changed is called by the library inside its transitions, after the state or the leader was set.
func (s *Stable) changed(observation *raft.Observation) bool {
	switch what := observation.Data.(type) {
	case raft.RaftState:
		if what == raft.Candidate {
			return false // its term has not risen yet; that is a write, and comes next
		}
	case raft.LeaderObservation:
		if what.Leader == "" {
			return false // forgotten on the way to another state, which is told itself
		}
	default:
		return false
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.say()
	return false
}

// say prints one whole line, if anything has changed. Called with the mutex held.
func (s *Stable) say() {
	state := map[string]interface{}{"role": "follower", "term": s.term}
	if s.raft != nil {
		state["role"] = strings.ToLower(s.raft.State().String())
		if state["role"] == "shutdown" {
			return
		}
		if leader := s.raft.Leader(); leader != "" {
			state["leader"] = string(leader)
		}
	}
	switch {
	case s.votedTerm != s.term && state["role"] != "candidate":
		state["vote"] = nil
	case s.votedTerm == s.term && s.voted != "":
		state["vote"] = s.voted
	} // A candidate stores its own vote after its term: what is between the two is left out.
	text, _ := json.Marshal(state)
	if string(text) == s.last {
		return
	}
	s.last = string(text)
	state["at"] = monotonic()
	text, _ = json.Marshal(state)
	_, _ = os.Stdout.Write(append(text, '\n'))
}

// monotonic is CLOCK_MONOTONIC in nanoseconds.
func monotonic() int64 {
	var now syscall.Timespec
	_, _, _ = syscall.Syscall(syscall.SYS_CLOCK_GETTIME, 1, uintptr(unsafe.Pointer(&now)), 0)
	return now.Nano()
}

// Peers is where each node is reached, by its name: members know names only, so each may be given addresses of its own.
type Peers map[raft.ServerID]raft.ServerAddress

func (p Peers) ServerAddr(id raft.ServerID) (raft.ServerAddress, error) {
	if address, known := p[id]; known {
		return address, nil
	}
	return raft.ServerAddress(id), nil // itself, by its name
}

// Nothing is replicated but the library's own entries.
type Nothing struct{}

func (Nothing) Apply(*raft.Log) interface{}          { return nil }
func (Nothing) Snapshot() (raft.FSMSnapshot, error)  { return Nothing{}, nil }
func (Nothing) Restore(old io.ReadCloser) error      { return old.Close() }
func (Nothing) Persist(sink raft.SnapshotSink) error { return sink.Close() }
func (Nothing) Release()                             {}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	name, listen, data := os.Args[1], os.Args[2], os.Args[3]
	peers, servers := Peers{}, []raft.Server{{ID: raft.ServerID(name), Address: raft.ServerAddress(name)}}
	for _, argument := range os.Args[4:] {
		pair := strings.SplitN(argument, "=", 2)
		peers[raft.ServerID(pair[0])] = raft.ServerAddress(pair[1])
		servers = append(servers, raft.Server{ID: raft.ServerID(pair[0]), Address: raft.ServerAddress(pair[0])})
	}
	config := raft.DefaultConfig()
	config.LocalID = raft.ServerID(name)
	store, err := raftboltdb.NewBoltStore(filepath.Join(data, "raft.db"))
	must(err)
	snapshots, err := raft.NewFileSnapshotStore(data, 1, os.Stderr)
	must(err)
	known, err := raft.HasExistingState(store, store, snapshots)
	must(err)
	advertise, err := net.ResolveTCPAddr("tcp", listen)
	must(err)
	transport, err := raft.NewTCPTransportWithConfig(listen, advertise, &raft.NetworkTransportConfig{
		ServerAddressProvider: peers, MaxPool: 3, Timeout: time.Second,
	})
	must(err)
	if !known {
		must(raft.BootstrapCluster(config, store, store, snapshots, Named{transport, raft.ServerAddress(name)}, raft.Configuration{Servers: servers}))
	}
	stable := &Stable{BoltStore: store}
	stable.open()
	stable.say()
	node, err := raft.NewRaft(config, Nothing{}, store, stable, snapshots, Named{transport, raft.ServerAddress(name)})
	must(err)
	node.RegisterObserver(raft.NewObserver(nil, false, stable.changed))
	stable.mutex.Lock()
	stable.raft = node
	stable.say()
	stable.mutex.Unlock()

	ends := make(chan os.Signal, 1)
	signal.Notify(ends, syscall.SIGTERM, syscall.SIGINT)
	<-ends
	must(node.Shutdown().Error())
}

// Named is the library's own transport, with the node's name as its address.
type Named struct {
	*raft.NetworkTransport
	name raft.ServerAddress
}

func (n Named) LocalAddr() raft.ServerAddress { return n.name }
