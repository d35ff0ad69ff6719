// Interregnum from go test: go test ./...
// INTERREGNUM is the program (default: the one on PATH), SYSTEM your system file.
package election

import (
	"os"
	"os/exec"
	"testing"
)

func env(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func TestNoPromiseOfAnElectionIsBroken(t *testing.T) {
	command := exec.Command(env("INTERREGNUM", "interregnum"), "test", "re-election", "--by", "kill",
		"--system", env("SYSTEM", "./my.toml"), "--out", t.TempDir())
	output, err := command.CombinedOutput()
	if command.ProcessState == nil {
		t.Fatal(err)
	}
	switch command.ProcessState.ExitCode() {
	case 0:
	case 2, 70: // too little was seen, or the machine failed: nothing is proved
		t.Skip(string(output))
	default:
		t.Fatal(string(output))
	}
}
