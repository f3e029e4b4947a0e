// Package health says in a word how things are.
package health

// Word is "good" or "poor".
func Word(good bool) string {
	if good {
		return "good"
	}
	return "poor"
}
