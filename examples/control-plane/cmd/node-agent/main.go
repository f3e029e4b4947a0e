// Command node-agent runs on each node of a customer. It starts the driver as a program of its own
// and reads one line of text for each device: a process boundary, see docs/adr/017.md.
package main

import (
	"bufio"
	"os"
	"os/exec"

	"logs.example/slate"
	"nimbus.example/platform/internal/health"
)

func main() {
	log := slate.New(os.Stderr)
	driver := exec.Command("acceldrvd", "--list")
	out, err := driver.StdoutPipe()
	if err == nil {
		err = driver.Start()
	}
	if err != nil {
		log.Line("driver", err.Error())
		os.Exit(1)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		log.Line("device", lines.Text())
	}
	log.Line("health", health.Word(driver.Wait() == nil))
}
