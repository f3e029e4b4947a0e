// Copyright (c) 2021 Slate Contributors
//
// SPDX-License-Identifier: MIT

// Package slate writes plain log lines.
package slate

import (
	"fmt"
	"io"
)

// Logger writes to one place.
type Logger struct{ to io.Writer }

// New makes a Logger.
func New(to io.Writer) *Logger { return &Logger{to: to} }

// Line writes one line.
func (l *Logger) Line(key, value string) { fmt.Fprintf(l.to, "%s=%s\n", key, value) }
