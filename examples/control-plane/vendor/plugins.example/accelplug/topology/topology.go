// Copyright 2023 The accelplug Authors
//
// SPDX-License-Identifier: Apache-2.0

// Package topology orders devices by distance.
package topology

import "sort"

// Sort returns the names in order of distance.
func Sort(names []string) []string {
	sort.Strings(names)
	return names
}
