// Command console shows the state of the fleet. It runs on our own machines only.
package main

import (
	"os"

	"logs.example/slate"
	"nimbus.example/platform/internal/devices"
)

func main() {
	log := slate.New(os.Stdout)
	for _, name := range devices.Names() {
		log.Line("fleet", name)
	}
}
