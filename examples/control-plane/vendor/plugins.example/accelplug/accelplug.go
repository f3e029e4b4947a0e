// Copyright 2023 The accelplug Authors
//
// SPDX-License-Identifier: Apache-2.0

// Package accelplug is a scheduler plug-in for accelerators.
package accelplug

import (
	"drivers.example/acceldrv"
	"plugins.example/accelplug/topology"
)

// Plugin knows the accelerators of a machine.
type Plugin struct{ cards []acceldrv.Card }

// Open asks the driver which cards there are.
func Open() *Plugin { return &Plugin{cards: acceldrv.Cards()} }

// Devices names the cards, nearest to the processor first.
func (p *Plugin) Devices() []string {
	names := make([]string, 0, len(p.cards))
	for _, c := range p.cards {
		names = append(names, c.Name)
	}
	return topology.Sort(names)
}
