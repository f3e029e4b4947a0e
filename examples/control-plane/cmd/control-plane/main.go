// Command control-plane places jobs on accelerators. Customers install it on their own machines.
package main

import (
	"os"

	"logs.example/slate"
	"nimbus.example/platform/internal/devices"
	"nimbus.example/platform/internal/health"
)

func main() {
	log := slate.New(os.Stderr)
	for _, name := range devices.Names() {
		log.Line("device", name)
	}
	log.Line("health", health.Word(len(devices.Names()) > 0))
}
