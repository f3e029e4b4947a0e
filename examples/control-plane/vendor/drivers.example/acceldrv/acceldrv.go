// Copyright (C) 2022 Halyard Devices
//
// SPDX-License-Identifier: GPL-3.0-only

// Package acceldrv talks to accelerator cards.
package acceldrv

import "drivers.example/acceldrv/ioctl"

// Card is one accelerator.
type Card struct{ Name string }

// Cards lists the cards that answer.
func Cards() []Card {
	var cards []Card
	for _, name := range ioctl.Probe() {
		cards = append(cards, Card{Name: name})
	}
	return cards
}
