// Package devices lists the accelerators that jobs can be placed on.
package devices

import (
	"plugins.example/accelplug"
)

// Names returns the accelerators in the order in which jobs prefer them.
func Names() []string {
	return accelplug.Open().Devices()
}
